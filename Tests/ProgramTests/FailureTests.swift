import CoinlineBase
import Foundation
import MarketSimulator
import TestKit
import Testing

@Suite("What goes wrong is said once, with what to do, the right exit code and no key")
struct FailureTests {
    @Test(
        "a failing upstream ends with 1 and names what happened",
        arguments: [
            ("401", "LCW_API_KEY"), ("403", "forbids"), ("429:120", "asked too often"), ("html", "502"),
            ("html:200", "no JSON"),
            ("error200", "Live Coin Watch"), ("empty", "empty body"), ("skew:120s", "clock"), ("skew:-120s", "clock"),
        ])
    func upstream(fault: String, words: String) async throws {
        try await withWorld(faults: [try Fault("credits=\(fault)"), try Fault("coins/map=\(fault)")]) { world in
            let result = try await world.program("fetch", "-c", "BTC", "-c", "ETH").result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains(words), "\(result)")
            #expect(!world.leaks(result))
            #expect(!result.errorText.contains("Fatal error"))
        }
    }

    @Test("a wrong key is told once and nothing is written")
    func wrongKey() async throws {
        try await withWorld { world in
            var run = try world.program("run-once")
            run.environment["LCW_API_KEY"] = "another-key-of-somebody"
            let result = try await run.result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("LCW_API_KEY was refused"))
            #expect(!result.outputText.contains("another-key") && !result.errorText.contains("another-key"))
        }
    }

    @Test("exhausted credits are told with the hour of their renewal")
    func credits() async throws {
        try await withWorld(credits: 1) { world in
            let result = try await world.program("run-once").result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("00:00 UTC"))
        }
    }

    @Test("an unknown coin is named, the others land, and only a coin that somebody named fails the run")
    func unknownCoin() async throws {
        try await withWorld { world in
            let named = try await world.program("fetch", "-c", "BTC", "-c", "NOSUCH").result()
            let set = try await world.program(
                "run-once", settings: ["TRACKED_COINS": "BTC,NOSUCH", "COINS_LIST_PAGES": "1"]
            ).result()

            #expect(named.exitCode == 1 && set.exitCode == 1, "\(named)\(set)")
            #expect(named.outputText.contains("NOSUCH") && set.outputText.contains("NOSUCH"))
            #expect(try StoreSummaries(world.folder).read().points("cryptocurrency_data") > 100)
        }
    }

    @Test("one failed page costs its own coins only")
    func failedPage() async throws {
        try await withWorld(faults: [try Fault("coins/list=400x1@2")]) { world in
            let result = try await world.program("fetch", "--limit", "300", "--json").result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(try result.number("coins_stored") ?? 0 >= 198)
        }
    }

    @Test("failures that pass are asked again and the run is good")
    func retries() async throws {
        try await withWorld(faults: [try Fault("coins/map=503x1"), try Fault("overview=dropx1")]) { world in
            let result = try await world.program("fetch", "-c", "BTC").result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(result.errorText.contains("Asking upstream again."))
        }
    }

    @Test("an upstream that is not there is said so in time")
    func unreachable() async throws {
        try await withWorld { world in
            let run = try world.program(
                "run-once", settings: ["LCW_BASE_URL": "http://127.0.0.1:1", "COINLINE_TEST_CLOCK": ""])
            let result = try await run.result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("Live Coin Watch could not be reached"))
            #expect(result.outputText.contains("LCW_BASE_URL"))
        }
    }

    @Test("for a database that is down every point waits on disk, and none is lost or counted twice")
    func databaseDown() async throws {
        try await withWorld(speed: 10) { world in
            let settings = ["INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o", "TRACKED_COINS": "BTC"]
            let result = try await world.program("run-once", "--json", settings: settings).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(try result.number("points_pending") == result.number("points_offered"))
            #expect(try result.number("coins_stored") == 0 && result.number("coins_accepted") == 200)
            let files = filesBelow(world.folder + "/data/outbox/main/cryptocurrency_data")
            #expect(files.contains(".origin") && files.count > 3)
            #expect(result.outputText.contains("refused"))
        }
    }

    @Test("bad settings are all told together, before anything is contacted")
    func settings() async throws {
        try await withWorld { world in
            let result = try await world.program(
                "run-once", settings: ["METRICS_PORT": "90x", "COINS_PER_PAGE": "5", "INFLUXDB_TOKEN": world.token]
            ).result()

            #expect(result.exitCode == 78, "\(result)")
            for word in ["3 problems", "METRICS_PORT", "90x", "COINS_PER_PAGE", "INFLUXDB_ORG"] {
                #expect(result.errorText.contains(word), "\(word) in \(result)")
            }
            #expect(world.simulator.requestCount == 0)
            #expect(!world.leaks(result))
        }
    }

    @Test("a broken .env and a missing config file are told with their place")
    func envFile() async throws {
        try await withWorld { world in
            let folder = try TemporaryFolder()
            _ = try folder.write("GOOD=1\nnonsense here\n", to: ".env")
            var broken = try world.program("config")
            broken.folder = folder.path
            let missing = try await world.program("config", "--config-file", "nowhere.env").result()
            let result = try await broken.result()

            #expect(result.exitCode == 78 && result.errorText.contains(".env:2"), "\(result)")
            #expect(missing.exitCode == 78 && missing.errorText.contains("nowhere.env"), "\(missing)")
        }
    }

    @Test("a data folder that cannot be made is told before anything is contacted")
    func dataFolder() async throws {
        try await withWorld { world in
            let file = try TemporaryFolder()
            let path = try file.write("a file", to: "blocked")
            let result = try await world.program("run-once", "--data-dir", path + "/data").result()

            #expect(result.exitCode == 78, "\(result)")
            #expect(result.errorText.contains("COINLINE_DATA_DIR"))
            #expect(world.simulator.requestCount == 0)
        }
    }

    @Test("a store of real data refuses simulated data, and nothing of it changes")
    func mixedOrigins() async throws {
        try await withWorld { world in
            let lines = try TemporaryFolder()
            let file = try lines.write("m,code=A v=1 1767268805000\n", to: "a.lp")
            let load = try await world.program("load", file).result()
            let run = try await world.program("fetch", "-c", "BTC").result()

            #expect(load.exitCode == 0, "\(load)")
            #expect(run.exitCode == 78, "\(run)")
            #expect(run.outputText.contains("not mixed") || run.errorText.contains("not mixed"))
            #expect(try StoreSummaries(world.folder).read().points("cryptocurrency_data") == 0)
        }
    }

    @Test("a wrong command line ends with 64 and says what was meant")
    func usage() async throws {
        try await withWorld { world in
            let unknown = try await world.program("fetsh").result()
            let option = try await world.program("fetch", "--limt", "3").result()
            let help = try await world.program("fetch", "--help").result()

            #expect(unknown.exitCode == 64 && unknown.errorText.contains("fetch"), "\(unknown)")
            #expect(option.exitCode == 64 && option.errorText.contains("--limit"), "\(option)")
            #expect(help.exitCode == 0 && help.outputText.contains("--dry-run"))
        }
    }

    @Test("a wrong command line is told before a wrong setting, whatever is missing")
    func usageFirst() async throws {
        try await withWorld { world in
            for words in [["fetch"], ["history", "--hours", "x"], ["fetch", "--limit", "0"]] {
                var run = try world.program("x", settings: ["METRICS_PORT": "no number"])
                run.arguments = words
                run.environment["LCW_API_KEY"] = nil
                let result = try await run.result()

                #expect(result.exitCode == 64, "\(words) \(result)")
            }
        }
    }

    @Test("a bucket of real data refuses simulated data and names the setting that mends it")
    func mixedBucket() async throws {
        try await withWorld { world in
            let settings = ["INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o", "INFLUXDB_BUCKET": "b"]
            let mark = world.folder + "/data/outbox/main/b"
            try FileManager.default.createDirectory(atPath: mark, withIntermediateDirectories: true)
            try "real\n".write(toFile: mark + "/.origin", atomically: true, encoding: .utf8)
            let result = try await world.program("fetch", "-c", "BTC", settings: settings).result()

            #expect(result.exitCode == 78, "\(result)")
            #expect(result.outputText.contains("INFLUXDB_BUCKET"), "\(result)")
            #expect(!result.outputText.contains("COINLINE_DATA_DIR"))
        }
    }

    @Test("a store that keeps a day takes the history that run-once adds")
    func retention() async throws {
        try await withWorld { world in
            for retention in ["1d", "1h"] {
                let result = try await world.program(
                    "run-once", "--json", settings: ["COINLINE_STORE_RETENTION": retention, "TRACKED_COINS": "BTC"]
                ).result()

                #expect(result.exitCode == 0, "\(result)")
                #expect(try result.number("historical_stored") ?? 0 > 9)
            }
        }
    }

    @Test("two runs at once into one store, and into one outbox, both account for everything")
    func twoAtOnce() async throws {
        try await withWorld(speed: 10) { world in
            for settings in [
                ["TRACKED_COINS": "BTC"],
                ["TRACKED_COINS": "BTC", "INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o"],
            ] {
                let (first, second) = (
                    try await world.program("run-once", "--json", settings: settings).start(),
                    try await world.program("run-once", "--json", settings: settings).start()
                )
                for result in [await first.result(), await second.result()] {
                    let sum = try (result.number("points_acknowledged") ?? 0) + (result.number("points_pending") ?? 0)
                    #expect(try sum == result.number("points_offered") && sum > 200, "\(result)")
                    #expect(result.exitCode == (settings["INFLUXDB_URL"] == nil ? 0 : 1))
                }
            }
        }
    }
}
