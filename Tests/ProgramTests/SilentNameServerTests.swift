import CoinlineJSON
import Glibc
import TestKit
import Testing

/// A name that is never answered for, looked up by the program.
@Suite("A name server that is silent, as a user meets it", .timeLimit(.minutes(8)), .requiresNamespaces, .inNamespaces)
struct SilentNameServerProgramTests {
    private let settings = ["LCW_BASE_URL": "http://service.example", "COINLINE_REQUEST_TIMEOUT": "30s"]

    @Test("a signal during the lookup ends the program at once", .serialized, arguments: [SIGTERM, SIGINT])
    func signal(number: Int32) async throws {
        try await withWorld { world in
            let names = try SilentNameServer()
            let running = try await world.program("fetch", "-c", "BTC", settings: settings).start()
            await names.firstQuestion(for: "service.example")
            let start = ContinuousClock.now

            running.signal(number)
            let result = await running.result()

            #expect(result.exitCode == 128 + number, "\(result)")
            // The lookup is given up after ten.
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test("the lookup costs the deadline of a request, which is told, and no more")
    func deadline() async throws {
        // A hundred times as fast are the pauses between repeats; deadlines are real.
        try await withWorld(speed: 100) { world in
            let names = try SilentNameServer()
            var run = try world.program("fetch", "-c", "BTC", settings: settings)
            run.environment["COINLINE_REQUEST_TIMEOUT"] = "1s"

            let result = try await run.result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("no connection to http://service.example within 1 s"), "\(result)")
            #expect(result.duration < .seconds(45), "\(result)")
            withExtendedLifetime(names) {}
        }
    }

    @Test("a database whose name is not found in time costs its points a wait on disk, and the upstream nothing")
    func database() async throws {
        try await withWorld(speed: 100) { world in
            let names = try SilentNameServer()
            let settings = [
                "INFLUXDB_URL": "http://database.example:8086", "INFLUXDB_ORG": "o", "INFLUXDB_TOKEN": world.token,
                "COINLINE_REQUEST_TIMEOUT": "1s",
            ]
            let result = try await world.program("fetch", "-c", "BTC", "--json", settings: settings).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(try result.number("points_pending") == 1)
            #expect(result.outputText.contains("http://database.example:8086"), "\(result)")
            #expect(!world.leaks(result))
            withExtendedLifetime(names) {}
        }
    }
}
