import CoinlineBase
import CoinlineJSON
import Foundation
import HTTPServer
import LineProtocol
import MarketSimulator
import TestKit
import Testing

@Suite("The program as such")
struct LifeTests {
    @Test(
        "SIGTERM and SIGINT end a run after its report, with 143 and 130",
        arguments: [(SIGTERM, 143), (SIGINT, 130)] as [(Int32, Int32)])
    func signals(number: Int32, code: Int32) async throws {
        try await withWorld(faults: [try Fault("exchanges/list=slow:300s")]) { world in
            let running = try await world.program("run-once", settings: ["TRACKED_COINS": "BTC"]).start()
            // The slow answer has begun once the request was counted.
            while world.simulator.requestCounts[.exchangesList] == nil, running.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            running.signal(number)
            let result = await running.result()

            #expect(result.exitCode == code, "\(result)")
            #expect(result.outputText.contains("stopped before everything was fetched"), "\(result)")
            #expect(result.duration < .seconds(60))
            // What had come by then is stored, or waits on disk for the next run.
            let waiting = filesBelow(world.folder).compactMap { path in
                path.wholeMatch(of: /.*-(\d+)\.lp\.gz/).flatMap { Int($0.1) }
            }
            let stored = try StoreSummaries(world.folder).read().points("cryptocurrency_data")
            #expect(stored + waiting.reduce(0, +) > 100, "\(stored) stored, \(waiting) waiting")
        }
    }

    @Test(
        "SIGTERM in a slow delivery, or while it waits to deliver again, leaves the points on disk, and the report says so",
        arguments: [true, false])
    func signalInDelivery(isSlow: Bool) async throws {
        try await withWorld { world in
            let asked = Asked()
            let database = try HTTPServer { _ in
                asked.isSo.withLock { $0 = true }
                // Longer than the test; the stop of the server ends it.
                if isSlow { try? await Task.sleep(for: .seconds(600)) }
                return ServerResponse(503, headers: [("Retry-After", "300")])
            }
            let settings = ["INFLUXDB_URL": database.baseURL, "INFLUXDB_ORG": "o", "INFLUXDB_TOKEN": world.token]
            let running = try await world.program("fetch", "-c", "BTC", "--json", settings: settings).start()
            while !asked.isSo.withLock({ $0 }), running.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            running.signal(SIGTERM)
            let result = await running.result()
            await database.stop(grace: .zero)

            #expect(result.exitCode == 143, "\(result)")
            #expect(result.duration < .seconds(60))
            #expect(try result.number("points_pending") == 1 && result.number("points_offered") == 1)
            #expect(filesBelow(world.folder).contains { $0.hasSuffix("-ms-1.lp.gz") })
        }
    }

    private final class Asked: Sendable {
        let isSo = Locked(false)
    }

    @Test(
        "SIGINT ends a load that waits for standard input or a named pipe, after its report",
        // A pipe that is open for writing here as well never ends; into the last one nobody ever writes.
        arguments: [("- 0<>pipe", "standard input"), ("pipe 3<>pipe", "pipe"), ("pipe", "pipe")])
    func signalWhileReading(words: String, name: String) async throws {
        try await withTemporaryFolder { folder in
            let program = try ProgramRun.coinlinePath()
            var run = ProgramRun("/bin/bash", ["-c", "mkfifo pipe; exec '\(program)' load \(words)"])
            run.folder = folder
            let running = try await run.start()
            while !running.errorsSoFar.contains("No InfluxDB"), running.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            running.signal(SIGINT)
            let result = await running.result()

            #expect(result.exitCode == 130, "\(result)")
            // The signal may come before reading begins.
            let reports = ["\(name): stopped before the end", "\(name) was not loaded"]
            #expect(reports.contains { result.outputText.contains($0) }, "\(result)")
        }
    }

    @Test("where no file descriptor is left it says so and ends with 1")
    func noDescriptor() async throws {
        try await withTemporaryFolder { folder in
            // One is enough to load the libraries, and too few to hear signals.
            let program = try ProgramRun.coinlinePath()
            var run = ProgramRun("/bin/bash", ["-c", "ulimit -n 4; exec '\(program)' config"])
            run.folder = folder
            let result = try await run.result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.errorText == "coinline: no file descriptor is left (ulimit -n)\n", "\(result)")
        }
    }

    @Test("what standard input has brought lands while it is still open")
    func openInput() async throws {
        try await withTemporaryFolder { folder in
            let asked = Asked()
            let database = try HTTPServer { _ in
                asked.isSo.withLock { $0 = true }
                return ServerResponse(204)
            }
            let program = try ProgramRun.coinlinePath()
            let line =
                #"mkfifo pipe; exec 3<>pipe; printf 'm v=1 1767268800000\n' >&3; exec '\#(program)' load - --json <&3"#
            var run = ProgramRun("/bin/bash", ["-c", line])
            run.folder = folder
            run.environment["INFLUXDB_URL"] = database.baseURL
            run.environment["INFLUXDB_ORG"] = "o"
            let running = try await run.start()
            while !asked.isSo.withLock({ $0 }), running.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            running.signal(SIGINT)
            let result = await running.result()
            await database.stop(grace: .zero)

            #expect(result.exitCode == 130, "\(result)")
            #expect(try result.number("points_offered") == 1, "\(result)")
            #expect(try result.number("points_lost") == 0, "\(result)")
        }
    }

    @Test("a command that only prints ends silently with 0 when nobody reads on")
    func closedPipe() async throws {
        try await withWorld { world in
            let program = try ProgramRun.coinlinePath()
            var run = ProgramRun(
                "/bin/bash", ["-c", "'\(program)' run-once --dry-run | head -n 1; echo ${PIPESTATUS[0]}"])
            run.environment.merge(try world.program("x").environment) { _, new in new }
            run.folder = world.folder

            let result = try await run.result()

            #expect(result.outputText.hasSuffix("\n0\n"), "\(result)")
        }
    }

    @Test("simulate serves until it is stopped, in the time it is told, and names the clock to share")
    func simulate() async throws {
        try await withTemporaryFolder { folder in
            var run = try ProgramRun.coinline(
                "simulate", "--port", "0", "--seed", "5", "--start", "2026-02-03T04:05:06Z", "--speed", "2")
            run.folder = folder
            let simulator = try await run.start()
            while !simulator.outputSoFar.contains("Ctrl-C"), simulator.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            let words = simulator.outputSoFar.split { $0 == " " || $0 == "\n" }
            let base = try #require(words.first { $0.hasPrefix("LCW_BASE_URL=") }).dropFirst("LCW_BASE_URL=".count)
            let clock = try #require(words.first { $0.hasPrefix("COINLINE_TEST_CLOCK=") })
            var fetch = try ProgramRun.coinline("fetch", "-c", "BTC", "--json")
            fetch.folder = folder
            fetch.environment["LCW_BASE_URL"] = String(base)
            fetch.environment["LCW_API_KEY"] = "any"
            fetch.environment["COINLINE_TEST_CLOCK"] = String(clock.dropFirst("COINLINE_TEST_CLOCK=".count))
            let result = try await fetch.result()
            let end = await simulator.stop()

            #expect(result.exitCode == 0, "\(result)")
            #expect(try result.json().member("simulated")?.boolean() == true)
            #expect(end.exitCode == 0, "\(end)")
            let point = try #require(try coinPoint(folder))
            #expect(UTCTime(nanoseconds: point).rfc3339().hasPrefix("2026-02-03T04:05"))
        }
    }

    private func coinPoint(_ folder: String) throws -> Int64? {
        try StoreSummaries(folder).read().last("cryptocurrency_data")?.nanoseconds
    }

    @Test("a test clock is refused against an upstream that is not simulated, before anything is written")
    func clockAgainstReal() async throws {
        try await withWorld { world in
            let clock = world.clock
            let real = try HTTPServer(now: clock.timing.now) { _ in
                .json(Array(#"[{"code":"BTC","rate":1}]"#.utf8))
            }
            let result = try await world.program("fetch", "-c", "BTC", settings: ["LCW_BASE_URL": real.baseURL])
                .result()
            await real.stop()

            #expect(result.exitCode == 78, "\(result)")
            #expect(result.outputText.contains("COINLINE_TEST_CLOCK"))
            #expect(try StoreSummaries(world.folder).read().points("cryptocurrency_data") == 0)
        }
    }

    @Test("key and token come from files as well, and config shows no more than their last four characters")
    func secretsFromFiles() async throws {
        try await withWorld { world in
            let files = try TemporaryFolder()
            var run = try world.program("config", "--json")
            run.environment["LCW_API_KEY"] = nil
            run.environment["LCW_API_KEY_FILE"] = try files.write(world.key + "\n", to: "key")
            run.environment["INFLUXDB_TOKEN_FILE"] = try files.write(world.token + "\n", to: "token")
            let result = try await run.result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(!world.leaks(result))
            let value = try result.json().member("LCW_API_KEY")?.member("value")?.string()
            #expect(value == "…4860")
        }
    }

    @Test("called as lcw-fetcher it is the same program under that name")
    func secondName() async throws {
        let folder = try TemporaryFolder()
        let link = folder.file("lcw-fetcher")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: try ProgramRun.coinlinePath())
        let result = try await ProgramRun(link, ["--help"]).result()

        #expect(result.exitCode == 0 && result.outputText.hasPrefix("Usage: lcw-fetcher"), "\(result)")
    }

    @Test("status says what is proved about the embedded store, and ends with 1 when the key is wrong")
    func status() async throws {
        try await withWorld { world in
            let good = try await world.program("status").result()
            var run = try world.program("status", "--json")
            run.environment["LCW_API_KEY"] = "wrong-key-of-somebody"
            let wrong = try await run.result()

            #expect(good.exitCode == 0 && good.outputText.contains("proved"), "\(good)")
            #expect(wrong.exitCode == 1, "\(wrong)")
            #expect(try wrong.json().member("ok")?.boolean() == false)
        }
    }
}
