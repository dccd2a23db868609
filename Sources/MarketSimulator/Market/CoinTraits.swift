import CoinlineBase

/// What does not change about a simulated coin.
struct CoinTraits: Sendable {
    /// What makes this coin's answers differ from the ordinary, as recorded answers of the service do.
    struct Quirks: OptionSet, Sendable {
        let rawValue: Int

        static let nameNull = Quirks(rawValue: 1 << 0)
        static let nameMissing = Quirks(rawValue: 1 << 1)
        static let symbolMissing = Quirks(rawValue: 1 << 2)
        static let rankNull = Quirks(rawValue: 1 << 3)
        static let rankMissing = Quirks(rawValue: 1 << 4)
        static let ageNull = Quirks(rawValue: 1 << 5)
        /// No known supply, and so no market capitalisation.
        static let supplyNull = Quirks(rawValue: 1 << 6)
        /// No longer traded.
        static let rateNull = Quirks(rawValue: 1 << 7)
        static let categoriesMissing = Quirks(rawValue: 1 << 8)
        static let linksMissing = Quirks(rawValue: 1 << 9)
        /// Every change is null.
        static let deltasNull = Quirks(rawValue: 1 << 10)
        /// The change of the last hour alone is null.
        static let hourNull = Quirks(rawValue: 1 << 11)
        static let deltaMissing = Quirks(rawValue: 1 << 12)
        /// Small prices are written without an exponent.
        static let plainRate = Quirks(rawValue: 1 << 13)
        /// In lists, `rate` is an object.
        static let malformed = Quirks(rawValue: 1 << 14)
    }

    let code: String
    let name: String
    let symbol: String?
    /// US dollars around which the price wanders.
    let price: Double
    let supply: Double
    var totalSupply: Double?
    var maxSupply: Double?
    /// Midnight of its first day.
    let born: UTCTime
    /// A coin that is always this old, so that there is a young one at any time.
    var steadyAgeDays: Int64?
    /// 1 is ordinary, 0 does not move at all.
    var volatility = 1.0
    /// Part of the capitalisation that is traded in a day.
    var turnover = 0.04
    var quirks: Quirks = []

    let stream: UInt64

    init(
        _ code: String, _ name: String, _ symbol: String? = nil, price: Double, supply: Double, total: Double? = nil,
        max: Double? = nil, born: String = "2021-03-01", age: Int64? = nil, volatility: Double = 1,
        turnover: Double = 0.04, _ quirks: Quirks = []
    ) {
        self.code = code
        self.name = name
        self.symbol = symbol
        self.price = price
        self.supply = supply
        totalSupply = total
        maxSupply = max
        self.born = UTCTime(rfc3339: born + "T00:00:00Z") ?? UTCTime(seconds: 0)
        steadyAgeDays = age
        self.volatility = volatility
        self.turnover = turnover
        self.quirks = quirks
        stream = Noise.stream(of: code)
    }

    /// When it began, as somebody who asks at `time` is told. However early one asks, it is a day old.
    func birth(askedAt time: UTCTime) -> UTCTime {
        if let steadyAgeDays { return time.advanced(by: .seconds(steadyAgeDays * -86_400)) }
        return min(born, time.advanced(by: .seconds(-86_400)))
    }
}
