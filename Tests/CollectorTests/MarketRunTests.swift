import CoinlineBase
import CoinlineFiles
import CoinlineHTTP
import CoinlineJSON
import InfluxWriter
import MarketSimulator
import MarketSources
import TestKit
import Testing

@testable import Collector

@Suite("A run against the simulated upstream")
struct MarketRunTests {
    private func run(
        faults: [String] = [], credits: Int = 10_000, tracked: [String] = ["BTC"], areNamed: Bool = true,
        destination: ScriptedDestination = ScriptedDestination(.acknowledged), _ folder: String
    ) async throws -> RunSummary {
        var configuration = SimulatorConfiguration()
        configuration.credits = credits
        configuration.faults = try faults.map { try Fault($0) }
        let simulator = try MarketSimulator(configuration)
        var upstream = LiveCoinWatch.Configuration(key: Secret("any"))
        upstream.baseURL = simulator.baseURL
        upstream.requestsPerMinute = 6_000
        let target = Target(
            name: "main", destination: destination, bucket: Bucket("b"), dialect: .influx2, label: "a script")
        let run = MarketRun(
            source: LiveCoinWatch(upstream, timing: .system, http: try HTTPClient(), random: { 0 }),
            landing: Landing(.onAnyDisk(target: target, dataFolder: folder)),
            plan: CollectionPlan(
                coins: 200, coinsPerRequest: 150, trackedCoins: tracked, areTrackedCoinsNamed: areNamed,
                currency: "USD"))
        let summary = await run.runOnce()
        await simulator.stop()
        return summary
    }

    @Test("a good run lands every stage and counts every credit")
    func good() async throws {
        try await withTemporaryFolder { folder in
            let summary = try await run(folder)

            #expect(summary.exitCode == 0, "\(summary.problems)")
            #expect(summary.fetched[.coins] == 200 && summary.fetched[.exchanges] == 20)
            #expect(summary.landing.isComplete && summary.landing.addsUp)
            // Credits, two pages of at most 100, exchanges, overview, one history.
            #expect(summary.creditsUsed == 6)
            #expect(summary.creditsRemaining == 9_994)
            #expect(summary.isSimulated)
            #expect(try OriginMark(folder: folder + "/outbox/main/b").read() == .simulated)
        }
    }

    @Test("a wrong clock writes nothing at all", arguments: ["skew:75s", "skew:-75s"])
    func clock(fault: String) async throws {
        try await withTemporaryFolder { folder in
            let destination = ScriptedDestination(.acknowledged)
            let summary = try await run(faults: [fault], destination: destination, folder)

            #expect(summary.exitCode == 1)
            #expect(destination.received.isEmpty && summary.landing.offered == 0)
            #expect(summary.problems.contains { $0.contains("clock") })
        }
    }

    @Test("an unknown default coin is a warning, an unknown named one a failure")
    func unknownCoins() async throws {
        try await withTemporaryFolder { folder in
            let standard = try await run(tracked: ["BTC", "NOSUCH"], areNamed: false, folder)
            let named = try await run(tracked: ["BTC", "NOSUCH"], areNamed: true, folder)

            #expect(standard.exitCode == 0 && !standard.warnings.isEmpty, "\(standard.problems)")
            #expect(named.exitCode == 1)
        }
    }

    @Test("what one failing stage brings is missing, the other stages land")
    func oneStage() async throws {
        try await withTemporaryFolder { folder in
            let summary = try await run(faults: ["exchanges/list=400"], folder)

            #expect(summary.exitCode == 1)
            #expect(summary.fetched[.exchanges] == nil && summary.stored(.overview) == 1)
        }
    }

    @Test("an upstream that answers, but refuses its status, is asked for the rest")
    func oddStatus() async throws {
        try await withTemporaryFolder { folder in
            let summary = try await run(faults: ["status=404"], folder)

            #expect(summary.exitCode == 1)
            #expect(summary.fetched[.coins] == 200 && summary.landing.isComplete)
        }
    }

    @Test("a mark that cannot be read stops the run with 1, since no setting mends it")
    func brokenMark() async throws {
        try await withTemporaryFolder { folder in
            try Files.makeFolders(folder + "/outbox/main/b")
            try DurableFile.write(Array("perhaps".utf8), to: ".origin", in: folder + "/outbox/main/b")
            let destination = ScriptedDestination(.acknowledged)
            let summary = try await run(destination: destination, folder)

            #expect(summary.exitCode == 1 && destination.received.isEmpty)
            #expect(summary.problems.contains { $0.contains(".origin") })
        }
    }

    @Test("history is left out when the credits run low")
    func fewCredits() async throws {
        try await withTemporaryFolder { folder in
            let summary = try await run(credits: 8, folder)

            #expect(summary.exitCode == 1)
            #expect(summary.fetched[.history] == nil && summary.stored(.overview) == 1)
            #expect(summary.problems.contains { $0.contains("history was left out") })
            #expect(summary.warnings.contains { $0.contains("credits are left") })
        }
    }

    @Test("a bucket of real data is not touched")
    func mixed() async throws {
        try await withTemporaryFolder { folder in
            _ = try OriginMark(folder: folder + "/outbox/main/b").claim(.real)
            let destination = ScriptedDestination(.acknowledged)
            let summary = try await run(destination: destination, folder)

            #expect(summary.exitCode == 78)
            #expect(destination.received.isEmpty)
        }
    }

    @Test("the summary as JSON has LCW-Fetch's counts and adds up")
    func json() async throws {
        try await withTemporaryFolder { folder in
            let summary = try await run(folder)
            let text = summary.json(command: "run-once", destination: "a \"script\"", isDryRun: false)
            let root = try JSONCursor(Array(text.utf8))

            for name in [
                "coins_fetched", "coins_stored", "exchanges_fetched", "exchanges_stored", "markets_fetched",
                "markets_stored", "historical_fetched", "historical_stored", "errors",
            ] {
                #expect(try root.member(name)?.int64() != nil, "\(name)")
            }
            #expect(try root.member("destination")?.string() == "a \"script\"")
            #expect(try root.member("ok")?.boolean() == true)
        }
    }
}
