public import LineProtocol

/// The whole market at one moment; money in the quote currency of the request.
public struct MarketOverview: Sendable, Equatable {
    /// All coins together.
    public var marketCap: Double?
    /// Traded in 24 hours.
    public var volume: Double?
    /// Order-book depth within 2 % of the prices.
    public var liquidity: Double?
    /// Bitcoin's part of the market capitalisation, a fraction 0…1.
    public var btcDominance: Double?

    public init(
        marketCap: Double? = nil, volume: Double? = nil, liquidity: Double? = nil, btcDominance: Double? = nil
    ) {
        self.marketCap = marketCap
        self.volume = volume
        self.liquidity = liquidity
        self.btcDominance = btcDominance
    }
}

/// The whole market at a past moment. A later answer may restate it: the same time with other values.
public struct MarketOverviewEntry: Sendable, Equatable {
    /// The upstream's own time.
    public var time: Timestamp
    public var overview: MarketOverview

    public init(time: Timestamp, overview: MarketOverview) {
        self.time = time
        self.overview = overview
    }
}

/// What an account may still ask of an upstream today.
public struct Credits: Sendable, Equatable {
    /// Left until they are renewed.
    public var remaining: Int64
    /// Given for a day.
    public var limit: Int64

    public init(remaining: Int64, limit: Int64) {
        self.remaining = remaining
        self.limit = limit
    }

    /// Spent since they were renewed; 0 where the upstream says that more is left than it gives.
    public var made: Int64 {
        let (made, hasOverflowed) = limit.subtractingReportingOverflow(remaining)
        return hasOverflowed ? (limit > remaining ? .max : 0) : max(0, made)
    }
}
