import CoinlineBase
import LineProtocol
import MarketData
import MarketSimulator
import Testing

/// What a run of the main job should leave, made from the simulated market itself: past the program, its wire and its
/// files. Points of what is current carry the moment at which the world began; the time of receipt is a little later.
struct ExpectedPoints {
    let market: Market
    let start: UTCTime

    init(_ world: World) {
        (market, start) = (world.simulator.market, world.start)
    }

    private var stamp: Timestamp { Timestamp(nanoseconds: start.nanoseconds) }

    /// A coin as a list tells it.
    func coin(_ code: String) throws -> Point {
        var coin = try #require(market.coin(code, at: start), "\(code)")
        coin.liquidity = nil
        // One record of the market has a wrong shape on purpose: its price and changes are left out.
        if code == Market.malformedCode { (coin.rate, coin.delta) = (nil, Deltas()) }
        return try #require(MarketPoints.point(coin, currency: "USD", time: stamp))
    }

    /// The most visited exchanges, those of equal visitors by code.
    func exchanges(_ count: Int = 20) throws -> [Point] {
        let ordered = market.exchanges(at: start).sorted { left, right in
            let (a, b) = (left.visitors ?? 0, right.visitors ?? 0)
            return a == b ? left.code < right.code : a > b
        }
        return try ordered.prefix(count).map { exchange in
            try #require(MarketPoints.point(exchange, currency: "USD", time: stamp))
        }
    }

    func overview() throws -> Point {
        let overview = try #require(market.overview(at: start))
        return try #require(MarketPoints.point(overview, currency: "USD", time: stamp))
    }

    /// After the first call of a run, which is the one that asks.
    func usage(credits: Int64 = 10_000) throws -> Point {
        let left = Credits(remaining: credits - 1, limit: credits)
        return try #require(MarketPoints.point(left, source: "livecoinwatch", time: stamp))
    }

    /// As it is told to somebody who asks within the world's first minutes: no point of the grid comes to be restated
    /// between them.
    func history(_ code: String, hours: Int64 = 24) throws -> [Point] {
        let end = start.milliseconds
        let moments = try #require(market.history(code, from: end - hours * 3_600_000, through: end, askedAt: start))
        let entries = moments.map { moment in
            var entry = CoinHistoryEntry(time: Timestamp(nanoseconds: moment.time.nanoseconds))
            entry.rate = moment.rate
            entry.volume = moment.volume
            entry.marketCap = moment.marketCap
            entry.liquidity = moment.liquidity
            return entry
        }
        let name = try #require(market.coin(code, at: start)).name
        return MarketPoints.points(CoinHistory(code: code, name: name, entries: entries), currency: "USD")
    }
}

extension Point {
    /// What line protocol can say of the tags: a newline in a name becomes two characters, for example.
    func tagsAsWritten() throws -> [String: String] {
        var encoder = LineEncoder(text: .replace)
        try encoder.append(self)
        var parser = LineParser(encoder.take(), precision: .milliseconds)
        let tags = try parser.next()?.point.tags ?? []
        return Dictionary(uniqueKeysWithValues: tags.map { ($0.key, $0.value) })
    }

    func tag(_ key: String) -> String? {
        tags.first { $0.key == key }?.value
    }

    /// Where the order of the fields does not matter.
    var fieldsByKey: [String: FieldValue] {
        Dictionary(uniqueKeysWithValues: fields.map { ($0.key, $0.value) })
    }
}

/// Compares a stored point with what it should be, in every value, type and tag.
func compare(_ point: Point, _ expected: Point) throws {
    let name = "\(expected.measurement) \(expected.tag("code") ?? "")"
    #expect(point.fieldsByKey == expected.fieldsByKey, "\(name)")
    let tags = Dictionary(uniqueKeysWithValues: point.tags.map { ($0.key, $0.value) })
    #expect(tags == (try expected.tagsAsWritten()), "\(name)")
}
