public import CoinlineBase
public import MarketData

/// A market whose every value is a function of the seed, the coin and the time.
///
/// Asking twice gives the same answer, in any order and in any process, and history agrees with what was current at its
/// times. Only restated values depend on when one asks: an hour after its time, one point of history in twelve is
/// corrected by up to 0.2 %, as the service has been seen to do.
///
/// Current values change once a minute. Money is rounded to whole units in currencies of states, and is not in coins.
public struct Market: Sendable {
    public let seed: UInt64
    let coins: [CoinTraits]
    let exchanges: [ExchangeTraits]
    private let coinsByCode: [String: CoinTraits]
    let noise: Noise

    /// - Parameters:
    ///   - coins: 3 to 1,000; what is outside is cut. BTC, ETH and GLQ are always among them.
    ///   - exchanges: 1 to 500; what is outside is cut.
    public init(seed: UInt64, coins: Int = 300, exchanges: Int = 60) {
        self.seed = seed
        self.coins = Catalogue.coins(coins, seed: seed)
        self.exchanges = Catalogue.exchanges(exchanges, seed: seed)
        coinsByCode = Dictionary(self.coins.map { ($0.code, $0) }) { first, _ in first }
        noise = Noise(seed: seed)
    }

    /// How often current values change.
    static let step: Int64 = 60_000

    /// The code of the one coin whose record has a wrong shape in lists.
    public static let malformedCode = Catalogue.malformedCode

    public var coinCodes: [String] { coins.map(\.code) }
    public var exchangeCodes: [String] { exchanges.map(\.code) }

    func traits(of code: String) -> CoinTraits? { coinsByCode[code] }

    /// The moment whose values are current at `time`, in milliseconds.
    func moment(_ time: UTCTime) -> Int64 { floorDivide(time.milliseconds, by: Self.step) * Self.step }

    // MARK: Questions

    /// A coin as it is at `time`, with all that any of the service's answers tells of it: lists leave `liquidity` out.
    /// Nil for an unknown code or currency.
    public func coin(_ code: String, at time: UTCTime, currency: String = "USD") -> Coin? {
        guard let traits = traits(of: code), let quote = quote(currency) else { return nil }
        return coin(traits, rank: ranks(at: time)[code], at: time, in: quote)
    }

    /// All coins by rank, the biggest first. Empty for an unknown currency.
    public func coins(at time: UTCTime, currency: String = "USD") -> [Coin] {
        guard let quote = quote(currency) else { return [] }
        return ranking(at: time).enumerated().map { index, traits in
            coin(traits, rank: Int64(index + 1), at: time, in: quote)
        }
    }

    /// Nil for an unknown currency.
    public func overview(at time: UTCTime, currency: String = "USD") -> MarketOverview? {
        quote(currency).map { overview(at: moment(time), in: $0) }
    }

    /// Nil for an unknown code or currency.
    public func exchange(_ code: String, at time: UTCTime, currency: String = "USD") -> Exchange? {
        guard let traits = exchanges.first(where: { $0.code == code }), let quote = quote(currency) else { return nil }
        return exchange(traits, at: time, in: quote)
    }

    /// All exchanges, in no order. Empty for an unknown currency.
    public func exchanges(at time: UTCTime, currency: String = "USD") -> [Exchange] {
        guard let quote = quote(currency) else { return [] }
        return exchanges.map { exchange($0, at: time, in: quote) }
    }
}
