import CoinlineBase
import LineProtocol
import MarketSimulator
import MarketStore
import TestKit
import Testing

@Suite("The main job, as a user runs it")
struct MainJobTests {
    @Test("run-once lands everything in the embedded store, value for value as the market said it")
    func embeddedStore() async throws {
        try await withWorld(speed: World.unhurried) { world in
            let result = try await world.program("run-once", "--json", settings: ["COINS_LIST_PAGES": "3"]).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(result.errorText.contains("No InfluxDB is configured"))
            #expect(try result.number("points_offered") == result.number("points_acknowledged"))
            #expect(try result.number("exchanges_stored") == 20)
            #expect(try result.number("markets_stored") == 1)
            #expect(try result.number("historical_stored") ?? 0 > 800)
            let reader = try StoreReader(path: world.folder + "/data/coinline.sqlite")
            let expected = ExpectedPoints(world)
            try compareCoins(try reader.points(of: "cryptocurrency_data"), expected)
            try compareAll(try reader.points(of: "exchange_data"), expected.exchanges())
            try compareAll(try reader.points(of: "market_overview"), [expected.overview()])
            try compareAll(try reader.points(of: "api_usage"), [expected.usage()])
            #expect(try reader.origin() == .simulated)
            #expect(!world.leaks(result))
        }
    }

    /// Every coin of the store against the market itself; history has times of its own and is told by them.
    private func compareCoins(_ points: [Point], _ expected: ExpectedPoints) throws {
        let started = Timestamp(nanoseconds: World.start.nanoseconds)
        let current = points.filter { $0.time.map { $0 >= started } ?? false }
        #expect(current.count == 300)
        for point in current { try compare(point, expected.coin(#require(point.tag("code")))) }
        let past = points.filter { $0.time.map { $0 < started } ?? false }
        #expect(past.count == 3 * 288)
        for code in ["BTC", "ETH", "GLQ"] {
            let (stored, history) = (past.filter { $0.tag("code") == code }, try expected.history(code))
            #expect(stored.map(\.time) == history.map(\.time), "\(code)")
            for (point, moment) in zip(stored, history) { try compare(point, moment) }
        }
    }

    /// Told apart by their codes, where they have any.
    private func compareAll(_ points: [Point], _ expected: [Point]) throws {
        #expect(points.count == expected.count)
        for one in expected {
            try compare(#require(points.first { $0.tag("code") == one.tag("code") }), one)
            #expect(points.allSatisfy { ($0.time?.nanoseconds ?? 0) >= World.start.nanoseconds })
        }
    }

    @Test("a second run adds one point a series and no series")
    func secondRun() async throws {
        try await withWorld { world in
            let settings = ["COINS_LIST_PAGES": "1", "TRACKED_COINS": "BTC"]
            let first = try await world.program("run-once", "--json", settings: settings).result()
            let store = StoreSummaries(world.folder)
            let before = try store.read()

            let second = try await world.program("run-once", "--json", settings: settings).result()

            #expect(first.exitCode == 0 && second.exitCode == 0)
            let after = try store.read()
            #expect(after.series("cryptocurrency_data") == before.series("cryptocurrency_data"))
            #expect(after.points("market_overview") == 2)
        }
    }

    @Test("fetch takes named coins, or the first of the ranking, and nothing else is a usage error")
    func fetch() async throws {
        try await withWorld { world in
            let named = try await world.program("fetch", "-c", "btc", "--coin", "GLQ", "--json").result()
            let first = try await world.program("fetch", "--limit", "150", "--json").result()
            let neither = try await world.program("fetch").result()

            #expect(named.exitCode == 0, "\(named)")
            #expect(try named.number("coins_stored") == 2)
            #expect(try named.number("credits_used") == 1)
            #expect(try first.number("credits_used") == 2)
            #expect(neither.exitCode == 64)
            #expect(neither.errorText.contains("--coin") && neither.errorText.contains("--limit"))
        }
    }

    @Test("history lands past points at the upstream's own times")
    func history() async throws {
        try await withWorld { world in
            let result = try await world.program("history", "-c", "ETH", "-h", "6", "--json").result()

            #expect(result.exitCode == 0, "\(result)")
            let points = try StoreReader(path: world.folder + "/data/coinline.sqlite").points(of: "cryptocurrency_data")
            #expect(points.count == 72 || points.count == 73)
            #expect(points.allSatisfy { ($0.time?.nanoseconds ?? 1) % 300_000_000_000 == 0 })
            #expect(points.allSatisfy { point in !point.fields.contains { $0.key == "rank" } })
        }
    }

    @Test("history without a coin takes the tracked ones, and says what to give where none is tracked")
    func historyOfTracked() async throws {
        try await withWorld { world in
            let none = try await world.program("history", settings: ["TRACKED_COINS": ","]).result()
            #expect(none.exitCode == 64, "\(none)")
            #expect(none.errorText.contains("--coin") && none.errorText.contains("TRACKED_COINS"), "\(none)")
            #expect(world.simulator.requestCount == 0)

            let tracked = try await world.program(
                "history", "--hours", "2", "--json", settings: ["TRACKED_COINS": "eth,GLQ"]
            ).result()

            #expect(tracked.exitCode == 0, "\(tracked)")
            #expect(try tracked.number("credits_used") == 2)
            let points = try StoreReader(path: world.folder + "/data/coinline.sqlite").points(of: "cryptocurrency_data")
            #expect(Set(points.map { $0.tag("code") }) == ["ETH", "GLQ"])
            for code in ["ETH", "GLQ"] {
                let history = try ExpectedPoints(world).history(code, hours: 2)
                let stored = points.filter { $0.tag("code") == code }
                #expect(stored.map(\.time) == history.map(\.time))
                for (point, moment) in zip(stored, history) { try compare(point, moment) }
            }
        }
    }

    @Test("a dry run prints strict line protocol and writes nothing at all")
    func dryRun() async throws {
        try await withWorld { world in
            let result = try await world.program("run-once", "--dry-run", settings: ["TRACKED_COINS": "BTC"]).result()

            #expect(result.exitCode == 0, "\(result)")
            var parser = LineParser(result.output, precision: .milliseconds)
            var count = 0
            while try parser.next() != nil { count += 1 }
            #expect(count > 500)
            #expect(result.errorText.contains("dry run"))
            #expect(try namesIn(world.folder).isEmpty)
        }
    }

    @Test("the demo ends with 0, ignores the environment, and shows what it read back")
    func demo() async throws {
        try await withTemporaryFolder { folder in
            var run = try ProgramRun.coinline("demo")
            run.folder = folder
            run.environment["INFLUXDB_URL"] = "http://127.0.0.1:1"
            run.environment["METRICS_PORT"] = "no number"

            let result = try await run.result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(result.outputText.contains("BTC") && result.outputText.contains("Bitcoin"), "\(result)")
            #expect(result.outputText.contains("LCW_API_KEY=") && result.outputText.contains("INFLUXDB_URL="))
            let points = try StoreReader(path: folder + "/data-demo/coinline.sqlite").points(of: "cryptocurrency_data")
            #expect(points.count > 299)
        }
    }
}
