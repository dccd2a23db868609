public import LineProtocol

/// What an upstream says a coin was worth at past times.
///
/// Holds no rank and no supply: an answer gives them for today only, and repeating them on past points would be wrong.
public struct CoinHistory: Sendable, Equatable {
    public var code: String
    public var name: String?
    /// In the order of the answer, which is ascending.
    public var entries: [CoinHistoryEntry]

    public init(code: String, name: String? = nil, entries: [CoinHistoryEntry] = []) {
        self.code = code
        self.name = name
        self.entries = entries
    }
}

/// One past moment of a coin; money in the quote currency of the request.
public struct CoinHistoryEntry: Sendable, Equatable {
    /// The upstream's own time.
    public var time: Timestamp
    public var rate: Double?
    public var volume: Double?
    public var marketCap: Double?
    public var liquidity: Double?

    public init(time: Timestamp) {
        self.time = time
    }
}
