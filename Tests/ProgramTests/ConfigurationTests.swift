import CoinlineJSON
import Foundation
import MarketSimulator
import MarketStore
import TestKit
import Testing

@Suite("Where settings come from")
struct ConfigurationTests {
    @Test("config shows every setting in its group with its origin, and secrets masked")
    func text() async throws {
        try await withTemporaryFolder { folder in
            var run = try ProgramRun.coinline("config", "--log-level", "debug")
            run.folder = folder
            run.environment["LCW_API_KEY"] = "key-3f9c1b7e5d2a4860"
            run.environment["INFLUXDB_TOKEN"] = "short-secret"
            run.environment["INFLUXDB_ORG"] = "my market"
            run.environment["TRACKED_COINS"] = "btc, eth,btc"
            run.environment["COINLINE_STORE_RETENTION"] = "30D"
            run.environment["COINLINE_OUTBOX_MIN_FREE"] = nil
            try "# mine\nCOINS_PER_PAGE=50\nexport COINLINE_CURRENCY='eur'\n".write(
                toFile: folder + "/.env", atomically: true, encoding: .utf8)

            let result = try await run.result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(result.errorText.isEmpty, "\(result)")
            #expect(result.outputText == Self.expected)
        }
    }

    private static let expected = """
        API
          LCW_API_KEY                …4860  (environment)
          LCW_BASE_URL               https://api.livecoinwatch.com
          REQUESTS_PER_MINUTE        60
          COINLINE_CURRENCY          EUR  (.env:3)

        Database
          INFLUXDB_URL               http://localhost:8086
          INFLUXDB_TOKEN             …  (environment)
          INFLUXDB_ORG               my market  (environment)
          INFLUXDB_BUCKET            cryptocurrency_data
          COINLINE_INFLUXDB_API      v2
          DATABASE_NAME              crypto_timeseries
          COINLINE_GZIP              1

        More destinations
          COINLINE_DESTINATIONS      not set

        Application
          LOG_LEVEL                  DEBUG  (--log-level)
          ENABLE_METRICS             true
          METRICS_PORT               9099

        Scheduling
          ENABLE_SCHEDULER           true
          FETCH_INTERVAL_MINUTES     5
          SCHEDULER_TIMEZONE         UTC
          JOB_MISFIRE_GRACE_TIME     60

        Tracked coins
          TRACKED_COINS              BTC,ETH  (environment)
          MAX_COINS_PER_FETCH        100
          COINS_LIST_PAGES           2
          COINS_PER_PAGE             50  (.env:2)

        Storage
          COINLINE_DATA_DIR          ./data
          COINLINE_STORE_RETENTION   30d  (environment)

        Outbox
          COINLINE_BATCH_LINES       5000
          COINLINE_BATCH_BYTES       4MiB
          COINLINE_BATCH_TIME        1s
          COINLINE_OUTBOX_MAX        2GiB
          COINLINE_OUTBOX_MIN_FREE   512MiB
          COINLINE_OUTBOX_MAX_AGE    not set
          COINLINE_OUTBOX_WHEN_FULL  not set
          COINLINE_OUTBOX_SYNC       every-batch
          COINLINE_DEAD_LETTERS      10000
          COINLINE_DEAD_LETTERS_MAX  256MiB

        Network
          COINLINE_REQUEST_TIMEOUT   30s
          COINLINE_CA_FILE           not set

        """

    @Test("a .env in the working folder is used, the environment beats it, and an option beats both")
    func precedence() async throws {
        try await withWorld { world in
            let file = "COINLINE_DATA_DIR=./from-file\nLCW_API_KEY=\(world.key)\n"
            try file.write(toFile: world.folder + "/.env", atomically: true, encoding: .utf8)
            var run = try world.program("fetch", "-c", "BTC")
            run.environment["LCW_API_KEY"] = nil
            let fromFile = try await run.result()
            run.environment["COINLINE_DATA_DIR"] = "./from-environment"
            let fromEnvironment = try await run.result()
            run.arguments += ["--data-dir", "./from-option"]
            let fromOption = try await run.result()

            for result in [fromFile, fromEnvironment, fromOption] { #expect(result.exitCode == 0, "\(result)") }
            let folders = try namesIn(world.folder).filter { $0.hasPrefix("from-") }.sorted()
            #expect(folders == ["from-environment", "from-file", "from-option"])
            for folder in folders {
                let reader = try StoreReader(path: "\(world.folder)/\(folder)/coinline.sqlite")
                #expect(try reader.points(of: "cryptocurrency_data").count == 1, "\(folder)")
            }
        }
    }

    @Test("config tells which of the three it was")
    func origins() async throws {
        try await withTemporaryFolder { folder in
            try "COINLINE_DATA_DIR=./a\nLOG_LEVEL=ERROR\nCOINS_PER_PAGE=20\n".write(
                toFile: folder + "/.env", atomically: true, encoding: .utf8)
            var run = try ProgramRun.coinline("config", "--json", "--data-dir", "./c")
            run.folder = folder
            run.environment["COINLINE_DATA_DIR"] = "./b"
            run.environment["LOG_LEVEL"] = "WARNING"
            let result = try await run.result()

            #expect(result.exitCode == 0, "\(result)")
            func told(_ name: String) throws -> [String?] {
                let entry = try result.json().member(name)
                return [try entry?.member("value")?.string(), try entry?.member("origin")?.string()]
            }
            #expect(try told("COINLINE_DATA_DIR") == ["./c", "--data-dir"])
            #expect(try told("LOG_LEVEL") == ["WARNING", "environment"])
            #expect(try told("COINS_PER_PAGE") == ["20", ".env:3"])
            #expect(try told("COINS_LIST_PAGES") == ["2", "default"])
        }
    }

    @Test("an ordinary user who may not write the data folder is told so before anything is contacted")
    func unwritableFolder() async throws {
        try await withWorld { world in
            let files = FileManager.default
            try files.createDirectory(atPath: world.folder + "/data", withIntermediateDirectories: false)
            var run = try world.program("run-once")
            if getuid() == 0 {
                // A folder of root, and a copy of the program where somebody else may run it.
                let program = world.folder + "/coinline"
                try await copyProgram(run.program, to: program)
                try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: world.folder)
                try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: world.folder + "/data")
                run.arguments = ["--reuid=65534", "--regid=65534", "--clear-groups", program, "run-once"]
                run.program = "/usr/bin/setpriv"
            } else {
                try files.setAttributes([.posixPermissions: 0o500], ofItemAtPath: world.folder + "/data")
            }

            let result = try await run.result()

            #expect(result.exitCode == 78, "\(result)")
            #expect(result.errorText.contains("COINLINE_DATA_DIR") && result.errorText.contains("./data"), "\(result)")
            #expect(world.simulator.requestCount == 0)
            #expect(try namesIn(world.folder + "/data").isEmpty)
        }
    }
}
