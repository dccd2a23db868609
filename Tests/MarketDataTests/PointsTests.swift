import LineProtocol
import MarketData
import TestKit
import Testing

private let time = Timestamp(nanoseconds: 1_760_000_000_000_000_000)

private func coin(_ code: String = "BTC", rate: Double? = 1.5) -> Coin {
    var coin = Coin(code: code)
    coin.rate = rate
    return coin
}

private func line(_ point: Point?) throws -> String {
    var encoder = LineEncoder(precision: .milliseconds)
    try encoder.append(#require(point))
    return String(decoding: encoder.take(), as: UTF8.self).trimmingSuffix("\n")
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}

@Suite("Points of market data")
struct PointsTests {
    @Test("points of random values have declared tags and fields of the declared types only")
    func onlyDeclaredFields() throws {
        let seed = SeededGenerator.seed
        var market = RandomMarket(seed: seed)

        for _ in 0..<2_000 {
            for point in market.points() {
                let schema = try #require(Schema.measurement(point.measurement), "seed \(seed)")
                check(point, against: schema, seed: seed)
            }
        }
    }

    private func check(_ point: Point, against schema: MeasurementSchema, seed: UInt64) {
        let keys = point.fields.map(\.key)
        #expect(keys == keys.sorted() && Set(keys).count == keys.count && !keys.isEmpty, "seed \(seed)")
        for field in point.fields {
            switch field.value {
            case .float(let number): #expect(schema.field(field.key)?.type == .float && number.isFinite, "seed \(seed)")
            case .integer: #expect(schema.field(field.key)?.type == .integer, "seed \(seed)")
            default: Issue.record("\(field) is of no declared type, seed \(seed)")
            }
        }
        let tags = point.tags.map(\.key)
        #expect(tags == tags.sorted(), "seed \(seed)")
        for tag in point.tags { #expect(schema.tag(tag.key) != nil && !tag.value.isEmpty, "seed \(seed)") }
        for tag in schema.tags where !tag.isOptional { #expect(tags.contains(tag.name), "seed \(seed)") }
    }

    @Test("a coin of which everything is known has every declared field")
    func fullCoin() throws {
        var market = RandomMarket(seed: 7)
        let names = Schema.cryptocurrencyData.fields.map(\.name)

        // One random coin in about fifty lacks nothing.
        let points = (0..<5_000).lazy.compactMap { _ in
            var coin = market.coin()
            coin.code = "BTC"
            return MarketPoints.point(coin, currency: "USD", time: time)
        }

        #expect(points.contains { $0.fields.map(\.key) == names })
    }

    @Test("the lines are LCW-Fetch's, byte for byte")
    func compatibilityLines() throws {
        var bitcoin = Coin(code: "BTC")
        bitcoin.name = "Bitcoin"
        bitcoin.rate = 61234.5
        bitcoin.volume = 23_100_393_182
        bitcoin.marketCap = 1_200_000_000_000
        bitcoin.rank = 1
        bitcoin.delta.hour = 1.0012
        bitcoin.delta.day = 0.987
        var binance = Exchange(code: "binance")
        binance.name = "Binance"
        binance.visitors = 779_440
        binance.volume = 27_523_372_418
        binance.volumePerVisitor = 35311.7
        let overview = MarketOverview(
            marketCap: 1_810_888_785_486, volume: 70_194_520_152, liquidity: 3_934_498_354, btcDominance: 0.5932)

        #expect(
            try line(MarketPoints.point(bitcoin, currency: "USD", time: time))
                == "cryptocurrency_data,code=BTC,currency=USD,name=Bitcoin delta_1h=1.0012,delta_24h=0.987,"
                + "market_cap=1200000000000,rank=1i,rate=61234.5,volume=23100393182 1760000000000")
        #expect(
            try line(MarketPoints.point(binance, currency: "USD", time: time))
                == "exchange_data,code=BINANCE,currency=USD,name=Binance record_count=1i,visitors=779440i,"
                + "volume=27523372418,volume_per_visitor=35311.7 1760000000000")
        #expect(
            try line(MarketPoints.point(overview, currency: "USD", time: time))
                == "market_overview,currency=USD btc_dominance=0.5932,record_count=1i,total_liquidity=3934498354,"
                + "total_market_cap=1810888785486,total_volume=70194520152 1760000000000")
    }

    @Test("a rank below 1 drops the rank and not the coin", arguments: [(Int64.min, false), (0, false), (1, true)])
    func rankBelowOne(rank: Int64, isKept: Bool) throws {
        var ranked = coin()
        ranked.rank = rank

        let point = try #require(MarketPoints.point(ranked, currency: "USD", time: time))

        #expect(point.fields.map(\.key) == (isKept ? ["rank", "rate"] : ["rate"]))
    }

    @Test("a coin without any value makes no point")
    func emptyCoin() {
        #expect(MarketPoints.point(coin(rate: nil), currency: "USD", time: time) == nil)
        #expect(MarketPoints.point(coin(rate: .nan), currency: "USD", time: time) == nil)
    }

    @Test("a blank code makes no point", arguments: ["", "  ", "\n\t", "\u{A0}"])
    func blankCode(code: String) {
        #expect(MarketPoints.point(coin(code), currency: "USD", time: time) == nil)
        #expect(MarketPoints.point(Exchange(code: code), currency: "USD", time: time) == nil)
        #expect(MarketPoints.point(coin(), currency: code, time: time) == nil)
    }

    @Test(
        "codes are trimmed and in upper case, and keep their underscores",
        arguments: [
            (" btc ", "BTC"), ("_stx", "_STX"), ("__GMX", "__GMX"), ("a b", "A B"), ("ß", "SS"),
        ])
    func codes(code: String, expected: String) throws {
        let point = try #require(MarketPoints.point(coin(code), currency: " eur ", time: time))

        #expect(point.tags == [Tag("code", expected), Tag("currency", "EUR")])
    }

    @Test(
        "names are trimmed, and a blank one is no tag",
        arguments: [
            (" Shiba Inu ", "Shiba Inu"), ("a\nb", "a\nb"), ("", nil), (" \t", nil), (nil, nil),
        ] as [(String?, String?)])
    func names(name: String?, expected: String?) throws {
        var named = coin()
        named.name = name

        let point = try #require(MarketPoints.point(named, currency: "USD", time: time))

        #expect(point.tags.first { $0.key == "name" }?.value == expected)
    }

    @Test("a history point carries only what was given for its time, at its time")
    func history() {
        var first = CoinHistoryEntry(time: Timestamp(nanoseconds: 1_000_000))
        first.rate = 2
        first.marketCap = 3
        let empty = CoinHistoryEntry(time: Timestamp(nanoseconds: 2_000_000))
        var last = CoinHistoryEntry(time: Timestamp(nanoseconds: 3_000_000))
        last.liquidity = 4

        let points = MarketPoints.points(
            CoinHistory(code: "btc", name: "Bitcoin", entries: [first, empty, last]), currency: "USD")

        let tags = [Tag("code", "BTC"), Tag("currency", "USD"), Tag("name", "Bitcoin")]
        #expect(
            points == [
                Point(
                    measurement: "cryptocurrency_data", tags: tags,
                    fields: [Field("market_cap", .float(3)), Field("rate", .float(2))], time: first.time),
                Point(
                    measurement: "cryptocurrency_data", tags: tags, fields: [Field("liquidity", .float(4))],
                    time: last.time),
            ])
    }

    @Test("overviews of the past have their own times")
    func overviewHistory() {
        let times = [Timestamp(nanoseconds: 300_000_000_000), Timestamp(nanoseconds: 600_000_000_000)]

        let points = MarketPoints.points(
            times.map { MarketOverviewEntry(time: $0, overview: MarketOverview(volume: 1)) }, currency: "USD")

        #expect(points.map(\.time) == times)
        #expect(
            points.allSatisfy { $0.fields == [Field("record_count", .integer(1)), Field("total_volume", .float(1))] })
    }

    @Test("an exchange is counted even where nothing else is known of it")
    func bareExchange() {
        let point = MarketPoints.point(Exchange(code: "kraken"), currency: "USD", time: time)

        #expect(point?.fields == [Field("record_count", .integer(1))])
    }

    @Test(
        "made credits are the limit less what remains, never negative and never overflowing",
        arguments: [
            (9_995, 10_000, 5), (10_001, 10_000, 0), (0, 0, 0), (Int64.min, 1, .max), (.max, .min, 0),
        ] as [(Int64, Int64, Int64)])
    func credits(remaining: Int64, limit: Int64, made: Int64) {
        let point = MarketPoints.point(
            Credits(remaining: remaining, limit: limit), source: "livecoinwatch", time: time)

        #expect(point?.tags == [Tag("source", "livecoinwatch")])
        #expect(
            point?.fields == [
                Field("requests_limit", .integer(limit)), Field("requests_made", .integer(made)),
                Field("requests_remaining", .integer(remaining)),
            ])
    }
}
