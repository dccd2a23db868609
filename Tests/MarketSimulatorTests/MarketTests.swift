import CoinlineBase
import MarketData
import MarketSimulator
import Testing

@Suite("The simulated market")
struct MarketTests {
    static let now = SimulatedService.time
    static let hour: Int64 = 3_600_000
    let market = Market(seed: 7)

    @Test("two markets of one seed agree, of two seeds they do not")
    func seeds() {
        #expect(Market(seed: 7).coins(at: Self.now) == market.coins(at: Self.now))
        #expect(Market(seed: 8).coin("BTC", at: Self.now) != market.coin("BTC", at: Self.now))
        #expect(Market(seed: 7).exchanges(at: Self.now) == market.exchanges(at: Self.now))
    }

    @Test("a coin's values do not depend on how many others there are")
    func independence() throws {
        var small = try #require(Market(seed: 7, coins: 40).coin("USDT", at: Self.now))
        var big = try #require(Market(seed: 7, coins: 1_000).coin("USDT", at: Self.now))
        #expect(small.rank != nil && big.rank != nil)
        (small.rank, big.rank) = (nil, nil)
        #expect(small == big)
    }

    @Test(
        "there are as many coins as asked for, the tracked ones always among them, and none twice",
        arguments: [(1, 3), (3, 3), (32, 32), (300, 300), (1_000, 1_000), (5_000, 1_000)])
    func counts(asked: Int, given: Int) {
        let codes = Market(seed: 7, coins: asked).coinCodes

        #expect(codes.count == given)
        #expect(Set(codes).count == given)
        #expect(Set(codes).isSuperset(of: ["BTC", "ETH", "GLQ"]))
    }

    @Test("values change once a minute and not within it")
    func minutes() {
        let start = UTCTime(milliseconds: 1_782_909_240_000)

        #expect(market.coin("BTC", at: start) == market.coin("BTC", at: start.advanced(by: .milliseconds(59_999))))
        #expect(market.coin("BTC", at: start) != market.coin("BTC", at: start.advanced(by: .seconds(60))))
    }

    @Test("ranks run from 1 by capitalisation, without gaps but for the coins that tell none")
    func ranks() throws {
        let coins = market.coins(at: Self.now)

        var cap = Double.infinity
        for (index, coin) in coins.enumerated() {
            #expect(coin.rank == nil || coin.rank == Int64(index + 1))
            if let own = coin.marketCap {
                #expect(own <= cap + 1)
                cap = own
            }
        }
        #expect(coins.filter { $0.rank == nil }.count == 3)
    }

    @Test(
        "at any time the record of a wrong shape is on the first page, and GLQ on none of the first two",
        arguments: [1, 7, 42, 1_234_567, UInt64.max])
    func places(seed: UInt64) throws {
        let market = Market(seed: seed)
        for days in stride(from: Int64(0), to: 3_000, by: 300) {
            let codes = market.coins(at: UTCTime(seconds: 1_600_000_000 + days * 86_400)).map(\.code)
            #expect(codes.first == "BTC")
            #expect(try #require(codes.firstIndex(of: Market.malformedCode)) < 100)
            #expect(try #require(codes.firstIndex(of: "GLQ")) >= 200)
        }
    }

    // MARK: History

    @Test(
        "the grid is 5 minutes for a day and coarser for more, with both ends included",
        arguments: [
            (24, 300_000, 289), (25, 900_000, 101), (168, 900_000, 673), (169, 3_600_000, 170), (720, 3_600_000, 721),
            (721, 21_600_000, 121), (8_760, 21_600_000, 1_461), (8_784, 86_400_000, 367),
        ])
    func grid(hours: Int64, step: Int64, count: Int) throws {
        let end: Int64 = 1_782_864_000_000
        let history = try #require(
            market.history("BTC", from: end - hours * Self.hour, through: end, askedAt: Self.now))

        #expect(history.count == count)
        #expect(history.allSatisfy { $0.time.milliseconds % step == 0 })
        #expect(history.last?.time.milliseconds == end)
        #expect(zip(history, history.dropFirst()).allSatisfy { $0.time.duration(to: $1.time) == .milliseconds(step) })
    }

    @Test("a start between grid points begins at the next one, and nothing lies ahead of the time of asking")
    func ends() throws {
        let history = try #require(
            market.history("ETH", from: 1_782_909_000_001, through: .max, askedAt: Self.now))
        #expect(history.isEmpty, "beyond a year's length the grid is a day")

        let recent = try #require(
            market.history("ETH", from: 1_782_908_400_001, through: 1_782_912_000_000, askedAt: Self.now))
        #expect(recent.map(\.time.milliseconds) == [1_782_908_700_000, 1_782_909_000_000])
        #expect(market.history("ETH", from: 5, through: 4, askedAt: Self.now) == [])
        #expect(market.history("ETH", from: .max, through: .min, askedAt: Self.now) == [])
        #expect(market.history("ETH", from: .max, through: .max, askedAt: Self.now) == [])
        #expect(market.history("NONE", from: 0, through: 1, askedAt: Self.now) == nil)
        #expect(market.history("ETH", from: 0, through: 1, askedAt: Self.now, currency: "???") == nil)
    }

    @Test("history is what was current at its times, but for the points that were restated", arguments: ["USD", "ETH"])
    func agreement(currency: String) throws {
        let end: Int64 = 1_782_909_000_000
        let history = try #require(
            market.history("GLQ", from: end - 24 * Self.hour, through: end, askedAt: Self.now, currency: currency))

        var restated = 0
        for moment in history {
            let coin = try #require(market.coin("GLQ", at: moment.time, currency: currency))
            let isSame =
                coin.rate == moment.rate && coin.volume == moment.volume && coin.marketCap == moment.marketCap
                && coin.liquidity == moment.liquidity
            if isSame { continue }
            restated += 1
            #expect(moment.time.duration(to: Self.now) >= Market.restatementDelay)
            let factor = try #require(moment.rate) / #require(coin.rate)
            #expect((0.998...1.002).contains(factor))
        }
        #expect((10...45).contains(restated), "about one in twelve of 289")
    }

    @Test("a point is restated once, an hour after its time")
    func restatement() throws {
        let start: Int64 = 1_782_864_000_000
        func asked(after minutes: Int64) throws -> [CoinMoment] {
            let time = UTCTime(milliseconds: start + 2 * Self.hour + minutes * 60_000)
            let history = market.history("BTC", from: start, through: start + 2 * Self.hour, askedAt: time)
            return try #require(history)
        }

        let (fresh, hourLater, dayLater) = (try asked(after: 0), try asked(after: 60), try asked(after: 1_440))
        #expect(fresh.suffix(12) != hourLater.suffix(12) || fresh != hourLater)
        #expect(hourLater == dayLater)
        let overview = try [Int64(0), 1_440].map { minutes in
            let time = UTCTime(milliseconds: start + minutes * 60_000 + 24 * Self.hour)
            return try #require(
                market.overviewHistory(from: start, through: start + 24 * Self.hour, askedAt: time)
            ).map(\.overview)
        }
        #expect(overview[0].count == 289)
        #expect(overview[0].prefix(270) == overview[1].prefix(270))
    }

    @Test("nothing is older than its coin, and a coin is at least a day old")
    func births() throws {
        let young = try #require(market.coin("FRESH", at: Self.now))
        #expect(young.ageDays == 21)
        #expect(young.delta.week != nil && young.delta.month == nil && young.delta.quarter == nil)
        let history = try #require(
            market.history("FRESH", from: 0, through: Self.now.milliseconds, askedAt: Self.now))
        #expect(history.count == 21)
        let early = UTCTime(seconds: 1_300_000_000)
        #expect(market.coin("GLQ", at: early)?.ageDays == 1)
        #expect(market.coin("GLQ", at: early)?.delta.week == nil)
    }

    @Test("a change is the ratio of two prices, to four decimals")
    func deltas() throws {
        for coin in market.coins(at: Self.now) {
            guard let day = coin.delta.day, let rate = coin.rate else { continue }
            let before = try #require(market.coin(coin.code, at: Self.now.advanced(by: .seconds(-86_400)))?.rate)
            #expect(abs(day - rate / before) <= 0.000051)
        }
        let all = market.coins(at: Self.now)
        #expect(all.compactMap(\.delta.year).contains { $0 > 2 })
        #expect(all.first { $0.code == "FLAT" }?.delta.year == 1)
    }

    // MARK: The awkward ones

    @Test("the awkward coins are there")
    func awkward() throws {
        let coins = Dictionary(uniqueKeysWithValues: market.coins(at: Self.now).map { ($0.code, $0) })
        let names = coins.values.compactMap(\.name)

        for part in [",", "=", "\"", "\\", "🚀", "\n", "\t", "\u{1}", "ש", "ع", "人"] {
            #expect(names.contains { $0.contains(part) }, "\(part.debugDescription)")
        }
        #expect(names.contains { $0.hasSuffix("\\") })
        #expect(names.contains { $0.hasPrefix(" ") && $0.hasSuffix(" ") })
        #expect(coins["_STX"] != nil && coins["__GMX"] != nil)
        #expect(try #require(coins["PICO"]?.rate) < 2e-12)
        #expect(coins.values.filter { ($0.circulatingSupply ?? 0) > 9_007_199_254_740_992 }.count >= 3)
        #expect(coins.values.contains { ($0.circulatingSupply ?? 0) > 9.3e18 })
        #expect(coins["NONAME"]?.name == nil && coins["NULLS"]?.name == nil && coins["NULLS"]?.marketCap == nil)
        #expect(coins["DEAD"]?.rate == nil)
        #expect(coins["STILL"]?.delta == Deltas())
        #expect(coins["HOURLY"]?.delta.hour == nil && coins["HOURLY"]?.delta.day != nil)
        #expect(coins.values.filter { $0.marketCap == nil }.count >= 3)
    }

    // MARK: Currencies

    @Test("money is converted, whole in currencies of states; ratios, counts and the highest price are not")
    func currencies() throws {
        let dollars = try #require(market.coin("BTC", at: Self.now))
        let euros = try #require(market.coin("BTC", at: Self.now, currency: "EUR"))
        let ether = try #require(market.coin("BTC", at: Self.now, currency: "ETH"))
        let etherRate = try #require(market.coin("ETH", at: Self.now)?.rate)

        let euroRate = try #require(dollars.rate) / #require(euros.rate)
        #expect((1.0...1.2).contains(euroRate))
        #expect(euros.marketCap.map { $0 == $0.rounded() } == true)
        #expect(try #require(ether.rate) == #require(dollars.rate) / etherRate)
        #expect(ether.marketCap.map { $0 != $0.rounded() } == true)
        #expect(euros.allTimeHighUSD == dollars.allTimeHighUSD)
        #expect(try #require(dollars.allTimeHighUSD) > #require(dollars.rate))
        #expect(market.coin("ETH", at: Self.now, currency: "ETH")?.rate == 1)
        #expect(market.coin("BTC", at: Self.now, currency: "usd") == nil)
        #expect(market.coin("BTC", at: Self.now, currency: "DEAD") == nil)
        #expect(market.coin("NONE", at: Self.now) == nil)
    }

    @Test("the overview is the sum of the coins")
    func overview() throws {
        let overview = try #require(market.overview(at: Self.now))
        let coins = market.coins(at: Self.now)

        let cap = coins.compactMap(\.marketCap).reduce(0, +)
        #expect(abs(try #require(overview.marketCap) - cap) < 300)
        #expect(abs(try #require(overview.volume) - coins.compactMap(\.volume).reduce(0, +)) < 300)
        let bitcoin = try #require(coins.first { $0.code == "BTC" }?.marketCap)
        #expect(abs(try #require(overview.btcDominance) - bitcoin / cap) < 1e-6)
        #expect((0.3...0.7).contains(try #require(overview.btcDominance)))
    }

    @Test("exchanges have depth where they have order books")
    func exchanges() throws {
        let exchanges = market.exchanges(at: Self.now)

        #expect(exchanges.count == 60)
        for exchange in exchanges {
            if let bid = exchange.bidTotal, let ask = exchange.askTotal {
                #expect(exchange.depth == bid + ask)
            } else {
                #expect(exchange.depth == 0 && exchange.isCentralized == false)
            }
            let visitors = Double(try #require(exchange.visitors))
            #expect(exchange.volumePerVisitor == exchange.volume.map { $0 / visitors })
        }
        #expect(exchanges.contains { $0.bidTotal == nil })
        #expect(exchanges.contains { $0.name == nil })
    }
}
