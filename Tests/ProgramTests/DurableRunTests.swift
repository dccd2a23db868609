import CoinlineBase
import CoinlineCompression
import CoinlineJSON
import Foundation
import HTTPServer
import LineProtocol
import MarketSimulator
import TestKit
import Testing

@Suite("What a run cannot deliver waits, and goes with the next one", .timeLimit(.minutes(8)))
struct DurableRunTests {
    private static let down = "http://127.0.0.1:1"

    private func withServer(
        speed: Double = 5, _ body: (World, FakeInfluxDB2) async throws -> Void
    ) async throws {
        try await withWorld(speed: speed) { world in
            let server = try FakeInfluxDB2(
                FakeInfluxDB2.Configuration(
                    organization: "o", organizationID: "94448bf527b570fd",
                    buckets: [.init("b", id: "1e3caa06a3c78a6e")], tokens: [.init(world.token, writes: ["b"])]))
            do { try await body(world, server) } catch {
                await server.stop()
                throw error
            }
            await server.stop()
        }
    }

    private func settings(_ world: World, _ url: String) -> [String: String] {
        ["INFLUXDB_URL": url, "INFLUXDB_TOKEN": world.token, "INFLUXDB_ORG": "o", "INFLUXDB_BUCKET": "b"]
    }

    private func backup(_ world: World, _ url: String) -> [String: String] {
        [
            "COINLINE_DESTINATIONS": "backup", "COINLINE_DEST_BACKUP_URL": url, "COINLINE_DEST_BACKUP_ORG": "o",
            "COINLINE_DEST_BACKUP_TOKEN": world.token, "COINLINE_DEST_BACKUP_BUCKET": "b",
        ]
    }

    private func batches(_ world: World, of destination: String = "main") -> [String] {
        filesBelow(world.folder + "/data/outbox/\(destination)").filter { $0.hasSuffix(".lp.gz") }
    }

    /// The times of all points, in the order in which they were sent.
    private func times(sentTo server: FakeInfluxDB2) throws -> [Int64] {
        try server.requests.flatMap { request in
            var parser = LineParser(
                try Gunzip.decompress(request.body, outputBytesMax: 1 << 24), precision: .milliseconds)
            var times: [Int64] = []
            while let line = try parser.next() { times.append(line.point.time?.nanoseconds ?? 0) }
            return times
        }
    }

    @Test("while the database is down the points are safe, and the next run sends them first, each once")
    func nextRun() async throws {
        try await withServer { world, server in
            let first = try await world.program("fetch", "-c", "BTC", "-c", "ETH", settings: settings(world, Self.down))
                .result()
            #expect(first.exitCode == 1, "\(first)")
            #expect(first.outputText.contains("2 points are safe on disk"), "\(first)")
            #expect(first.outputText.contains("the next run sends them first"), "\(first)")
            #expect(first.outputText.contains("outbox flush"), "\(first)")
            #expect(first.outputText.contains("acknowledged  0 of 2"), "\(first)")
            #expect(batches(world).count == 1)

            let second = try await world.program("fetch", "-c", "BTC", settings: settings(world, server.url)).result()

            #expect(second.exitCode == 0, "\(second)")
            #expect(second.outputText.contains("acknowledged  1 of 1"), "\(second)")
            #expect(second.outputText.contains("2 points of earlier runs were sent"), "\(second)")
            #expect(batches(world).isEmpty)
            let sent = try times(sentTo: server)
            #expect(sent.count == 3 && sent == sent.sorted(), "\(sent)")
            #expect(server.points(in: "b").count == 3)
            #expect(!world.leaks(first) && !world.leaks(second))
        }
    }

    @Test("the same against a real InfluxDB 1.6, for a whole run and its history", .requiresTestServers)
    func realServer() async throws {
        let server = try await InfluxDB1.start()
        do {
            try await server.createDatabase("crypto_data")
            try await withWorld(speed: 5) { world in
                var settings = [
                    "INFLUXDB_BUCKET": "crypto_data", "COINLINE_INFLUXDB_API": "v1", "TRACKED_COINS": "BTC",
                ]
                settings["INFLUXDB_URL"] = Self.down
                let first = try await world.program("run-once", "--json", settings: settings).result()
                settings["INFLUXDB_URL"] = server.url
                let second = try await world.program("fetch", "-c", "ETH", "--json", settings: settings).result()

                #expect(first.exitCode == 1 && second.exitCode == 0, "\(first)\(second)")
                let pending = try #require(try first.number("points_pending"))
                #expect(try first.number("points_offered") == pending && pending > 400)
                let main = try #require(try second.json().member("destinations")?.elements().first)
                #expect(try main.member("earlier_points_acknowledged")?.int64() == pending)
                var stored = 0
                for measurement in ["cryptocurrency_data", "exchange_data", "market_overview", "api_usage"] {
                    let series = try await server.series(
                        "SELECT * FROM \(measurement) GROUP BY *", database: "crypto_data")
                    stored += series.reduce(0) { $0 + $1.rows.count }
                }
                #expect(stored == Int(pending) + 1)
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test("of two destinations the one that is up gets everything at once, and the other when it is there")
    func twoDestinations() async throws {
        try await withServer { world, server in
            let down = settings(world, server.url).merging(backup(world, Self.down)) { $1 }
            let first = try await world.program("fetch", "-c", "BTC", "-c", "ETH", "--json", settings: down).result()

            #expect(first.exitCode == 1, "\(first)")
            #expect(try first.number("points_acknowledged") == 2 && first.number("coins_stored") == 2)
            let told = try #require(try first.json().member("destinations")).elements()
            #expect(try told.map { try $0.member("name")?.string() } == ["main", "backup"])
            #expect(try told.map { try $0.member("points_pending")?.int64() } == [0, 2])
            #expect(first.outputText.contains("COINLINE_DEST_BACKUP_URL"), "\(first)")
            #expect(batches(world).isEmpty && batches(world, of: "backup").count == 1)
            #expect(server.points(in: "b").count == 2)

            let other = try FakeInfluxDB2(
                FakeInfluxDB2.Configuration(
                    organization: "o", organizationID: "94448bf527b570fd",
                    buckets: [.init("b", id: "1e3caa06a3c78a6e")], tokens: [.init(world.token, writes: ["b"])]))
            let up = settings(world, server.url).merging(backup(world, other.url)) { $1 }
            let second = try await world.program("fetch", "-c", "GLQ", settings: up).result()
            let stored = other.points(in: "b").count
            await other.stop()

            #expect(second.exitCode == 0, "\(second)")
            #expect(stored == 3 && server.points(in: "b").count == 3)
        }
    }

    @Test("a bucket of real data at any destination refuses simulated data everywhere, and its setting is named")
    func originConflict() async throws {
        try await withServer { world, server in
            let mark = world.folder + "/data/outbox/backup/b"
            try FileManager.default.createDirectory(atPath: mark, withIntermediateDirectories: true)
            try "real\n".write(toFile: mark + "/.origin", atomically: true, encoding: .utf8)
            let both = settings(world, server.url).merging(backup(world, server.url)) { $1 }
            let result = try await world.program("fetch", "-c", "BTC", settings: both).result()

            #expect(result.exitCode == 78, "\(result)")
            #expect(result.outputText.contains("COINLINE_DEST_BACKUP_BUCKET"), "\(result)")
            #expect(server.requests.isEmpty && batches(world).isEmpty && batches(world, of: "backup").isEmpty)
            #expect(!filesBelow(world.folder + "/data/outbox/main").contains { $0.hasSuffix(".origin") })
        }
    }

    @Test("two runs at once on one data folder account for every point, whichever of them delivers")
    func twoAtOnce() async throws {
        try await withServer(speed: 1) { world, server in
            let settings = settings(world, server.url)
            // Points of different times, so that none lies over another.
            let running = [
                try await world.program("fetch", "--limit", "200", "--json", settings: settings).start(),
                try await world.program("history", "-c", "ETH", "--json", settings: settings).start(),
            ]
            var results: [ProgramResult] = []
            for one in running { results.append(await one.result()) }

            for result in results {
                #expect(result.exitCode == 0, "\(result)")
                #expect(try result.number("points_acknowledged") == result.number("points_offered"), "\(result)")
            }
            #expect(batches(world).isEmpty)
            let offered = try results.reduce(0) { $0 + (try $1.number("points_offered") ?? 0) }
            #expect(Int64(server.points(in: "b").count) == offered && offered > 400)
        }
    }

    @Test("a stop while the database stalls ends with a report that matches what is on disk")
    func stopped() async throws {
        try await withWorld(faults: [try Fault("coins/single/history=slow:300sx1@3")]) { world in
            let asked = Locked(false)
            let database = try HTTPServer { _ in
                asked.withLock { $0 = true }
                // Longer than the test; the stop of the server ends it.
                try? await Task.sleep(for: .seconds(300))
                return ServerResponse(204)
            }
            let running = try await world.program(
                "history", "-c", "BTC", "-c", "ETH", "-c", "GLQ", "--json", settings: settings(world, database.baseURL)
            ).start()
            while world.simulator.requestCounts[.coinsSingleHistory] != 3 || !asked.withLock({ $0 }), running.isRunning
            {
                try await Task.sleep(for: .milliseconds(5))
            }
            running.signal(SIGTERM)
            let result = await running.result()
            await database.stop(grace: .zero)

            #expect(result.exitCode == 143, "\(result)")
            #expect(result.duration < .seconds(60))
            let lines = batches(world).map { name in
                Int64(name.split(separator: "-").last?.prefix { $0 != "." } ?? "") ?? 0
            }
            #expect(try result.number("points_pending") == lines.reduce(0, +), "\(result)")
            #expect(try result.number("points_pending") == result.number("points_offered"))
            #expect(try result.number("points_pending") == 2 * 288)
        }
    }
}
