/// A coin as an upstream described it at one moment.
///
/// Every number is optional: an upstream that does not know a value sends none, and none becomes no field, never 0.
/// Money is in the quote currency of the request, which no answer repeats: whoever makes points must pass it on.
public struct Coin: Sendable, Equatable {
    /// The ticker, with the leading underscores of a duplicate (`_STX` and `STX` are two coins).
    public var code: String
    public var name: String?
    /// The currency sign (`₿`), not the ticker; never identifies a coin.
    public var symbol: String?

    /// Price of one coin, in the quote currency. Down to 1e-12 and less.
    public var rate: Double?
    /// Traded in 24 hours, in the quote currency.
    public var volume: Double?
    /// Rate times circulating supply, in the quote currency.
    public var marketCap: Double?
    /// Order-book depth within 2 % of the price, in the quote currency.
    public var liquidity: Double?
    /// Highest price ever, in US dollars whatever the quote currency is.
    public var allTimeHighUSD: Double?

    /// Rank by market capitalisation, from 1.
    public var rank: Int64?
    /// Coins; more than 2^53 is possible, and then rounded to a double.
    public var circulatingSupply: Double?
    public var totalSupply: Double?
    public var maxSupply: Double?
    /// Whole days since the coin began.
    public var ageDays: Int64?
    /// How many exchanges, markets and pairs trade it.
    public var exchanges: Int64?
    public var markets: Int64?
    public var pairs: Int64?

    public var delta = Deltas()

    public init(code: String) {
        self.code = code
    }
}

/// How the price changed, as ratios new/old: 1 is unchanged, 1.02 is +2 %.
///
/// Each is missing on its own where a coin is younger than the window. Values above 2 are real.
public struct Deltas: Sendable, Equatable {
    public var hour: Double?
    public var day: Double?
    public var week: Double?
    public var month: Double?
    /// 90 days.
    public var quarter: Double?
    /// 365 days.
    public var year: Double?

    public init() {}
}
