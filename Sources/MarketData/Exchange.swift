/// An exchange as an upstream described it at one moment; money in the quote currency of the request.
public struct Exchange: Sendable, Equatable {
    /// As the upstream writes it (`binance`), which is also what it wants to be asked for; tags carry it in upper case.
    public var code: String
    public var name: String?

    /// Traded in 24 hours.
    public var volume: Double?
    /// Estimated visitors a day.
    public var visitors: Int64?
    public var volumePerVisitor: Double?
    /// Rank, where an upstream sends one.
    public var rank: Int64?
    /// Value of the bids within 2 % of the price; missing for decentralised exchanges.
    public var bidTotal: Double?
    /// Value of the asks within 2 % of the price; missing for decentralised exchanges.
    public var askTotal: Double?
    /// Bids and asks together.
    public var depth: Double?
    /// Active markets.
    public var markets: Int64?

    public var isCentralized: Bool?
    public var isUSCompliant: Bool?

    public init(code: String) {
        self.code = code
    }
}
