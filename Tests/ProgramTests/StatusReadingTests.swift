import CoinlineBase
import CoinlineJSON
import LineProtocol
import MarketStore
import TestKit
import Testing

/// The text that `status` sends to an InfluxDB 2: tried on a real one, so a change of it is tried there again.
private let recentFlux = """
    recent = () => from(bucket: "crypto_data") |> range(start: -86400s)

    recent()
        |> count()
        |> group(columns: ["_measurement", "_field"])
        |> sum()
        |> group(columns: ["_measurement"])
        |> max()
        |> yield(name: "points")

    recent()
        |> last()
        |> map(fn: (r) => ({_measurement: r._measurement, _value: int(v: r._time)}))
        |> group(columns: ["_measurement"])
        |> max()
        |> yield(name: "newest")

    """

/// What a server holds of a measurement, counted by the test.
private struct Held: Equatable {
    var points: Int
    var newest: Int64
}

/// By the field that has most values, as no server counts points.
private func held(_ points: [FakeInfluxDB2.StoredPoint]) -> [String: Held] {
    Dictionary(grouping: points, by: \.measurement).mapValues { points in
        let counts = points.flatMap(\.fields.keys).reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        return Held(points: counts.values.max() ?? 0, newest: points.map(\.time).max() ?? 0)
    }
}

@Suite("status: what the destination got in the last 24 hours")
struct StatusReadingTests {
    private static let windowStart = World.start.advanced(by: .seconds(-86_400)).nanoseconds
    private static let run = [
        "COINS_LIST_PAGES": "1", "TRACKED_COINS": "BTC,ETH", "INFLUXDB_BUCKET": "crypto_data",
    ]

    /// Just in front of the hours that count.
    private static let old = """
        cryptocurrency_data,code=BTC,currency=USD,name=Bitcoin rate=1 \(windowStart - 1_000_000)
        long_ago v=1 \(windowStart - 1_000_000)
        """

    private func writeOld(_ fake: FakeInfluxDB2) async throws {
        var request = RawRequest("POST", fake.url + "/api/v2/write?org=market&bucket=crypto_data")
        request.headers.append(("Authorization", "Token \(FakeInfluxDB2.operatorToken)"))
        request.body = Array(Self.old.utf8)
        #expect(try await request.send().status == 204)
    }

    private func withFake(_ body: (FakeInfluxDB2) async throws -> Void) async throws {
        let fake = try FakeInfluxDB2()
        do { try await body(fake) } catch {
            await fake.stop()
            throw error
        }
        await fake.stop()
    }

    private func settings(_ fake: FakeInfluxDB2, token: String = FakeInfluxDB2.operatorToken) -> [String: String] {
        var settings = Self.run
        settings["INFLUXDB_URL"] = fake.url
        settings["INFLUXDB_ORG"] = "market"
        settings["INFLUXDB_TOKEN"] = token
        return settings
    }

    /// What a real server makes of the text: one table a measurement and result, columns in any order.
    private static func tables(_ points: [FakeInfluxDB2.StoredPoint]) -> [FakeInfluxDB2.Table] {
        let all = held(points).sorted { $0.key < $1.key }
        let counts = all.map { name, held in
            var table = FakeInfluxDB2.Table(
                columns: [
                    .init("_field", .string), .init("_value", .long),
                    .init("_measurement", .string, isInGroupKey: true),
                ],
                rows: [[.string("rate"), .long(Int64(held.points)), .string(name)]])
            table.result = "points"
            return table
        }
        let times = all.map { name, held in
            var table = FakeInfluxDB2.Table(
                columns: [.init("_measurement", .string, isInGroupKey: true), .init("_value", .long)],
                rows: [[.string(name), .long(held.newest)]])
            table.result = "newest"
            return table
        }
        return counts + times
    }

    private func recent(_ result: ProgramResult) throws -> JSONCursor {
        try #require(try result.json().member("recent"))
    }

    private func told(_ result: ProgramResult) throws -> [String: Held] {
        let list = try #require(try recent(result).member("measurements")).elements()
        return try Dictionary(
            uniqueKeysWithValues: list.map { one in
                let time = try #require(UTCTime(rfc3339: try one.requiredMember("last").string()))
                let points = Int(try one.requiredMember("points").int64())
                return (try one.requiredMember("measurement").string(), Held(points: points, newest: time.nanoseconds))
            })
    }

    private func expectLines(_ expected: [String: Held], in result: ProgramResult) {
        for (name, held) in expected {
            let points = held.points == 1 ? "1 point" : "\(held.points) points"
            let line = "\(name): \(points), last \(UTCTime(nanoseconds: held.newest).rfc3339())"
            #expect(result.outputText.contains(line), "\(line) in \(result)")
        }
    }

    @Test("an InfluxDB 2 is asked in Flux, and each measurement is told with its count and its newest time")
    func influxDB2() async throws {
        try await withFake { fake in
            fake.register(flux: recentFlux, times: Self.windowStart...Int64.max, Self.tables)
            try await withWorld { world in
                let run = try await world.program("run-once", settings: settings(fake)).result()
                try await writeOld(fake)
                let json = try await world.program("status", "--json", settings: settings(fake)).result()
                let text = try await world.program("status", settings: settings(fake)).result()

                #expect(run.exitCode == 0 && json.exitCode == 0 && text.exitCode == 0, "\(run)\(json)\(text)")
                let all = fake.points(in: "crypto_data")
                let expected = held(all.filter { $0.time >= Self.windowStart })
                #expect(expected.count == 4 && held(all) != expected)
                #expect(try told(json) == expected)
                #expect(try recent(json).member("state")?.string() == "read")
                #expect(try recent(json).member("counted")?.string() == "most frequent field")
                #expect(try recent(json).member("hours")?.int64() == 24)
                expectLines(expected, in: text)
                #expect(text.outputText.contains("last 24 h        points, counted by the field that has most of them"))
            }
        }
    }

    @Test("a token that may only write cannot read: status says so, gives no figures, and is content")
    func writeOnly() async throws {
        try await withFake { fake in
            fake.register(flux: recentFlux, Self.tables)
            try await withWorld { world in
                let settings = settings(fake, token: FakeInfluxDB2.writeToken)
                let text = try await world.program("status", settings: settings).result()
                let json = try await world.program("status", "--json", settings: settings).result()

                #expect(text.exitCode == 0 && json.exitCode == 0, "\(text)\(json)")
                #expect(text.outputText.contains("proved: points can be written"), "\(text)")
                #expect(text.outputText.contains("last 24 h        cannot be read: "), "\(text)")
                #expect(text.outputText.contains("the token may not read it"), "\(text)")
                #expect(text.outputText.contains("INFLUXDB_TOKEN") && !text.outputText.contains("write-token-of"))
                #expect(try recent(json).member("state")?.string() == "unreadable")
                #expect(try recent(json).member("measurements")?.isNull == true)
                #expect(try recent(json).member("problem")?.string().contains("could not find bucket") == true)
            }
        }
    }

    @Test("a token that may only read is told as the fault that it is, and still gives the figures")
    func readOnly() async throws {
        try await withFake { fake in
            fake.register(flux: recentFlux, Self.tables)
            try await writeOld(fake)
            try await withWorld { world in
                let settings = settings(fake, token: FakeInfluxDB2.readToken)
                let json = try await world.program("status", "--json", settings: settings).result()

                #expect(json.exitCode == 1, "\(json)")
                #expect(try json.json().member("destination")?.member("state")?.string() == "wrong")
                #expect(try told(json) == held(fake.points(in: "crypto_data")))
            }
        }
    }

    @Test("a failure behind the first rows, and a query that is refused, give no figures either")
    func failures() async throws {
        try await withFake { fake in
            try await withWorld { world in
                let run = try await world.program("fetch", "-c", "BTC", settings: settings(fake)).result()
                let refused = try await world.program("status", settings: settings(fake)).result()
                fake.register(flux: recentFlux) { Self.tables($0) + [.error("it broke behind the rows")] }
                let broken = try await world.program("status", settings: settings(fake)).result()

                #expect(run.exitCode == 0 && refused.exitCode == 0 && broken.exitCode == 0, "\(refused)\(broken)")
                #expect(refused.outputText.contains("cannot be read: \(fake.url) does not understand the query"))
                #expect(broken.outputText.contains("it broke behind the rows"), "\(broken)")
                #expect(!broken.outputText.contains("cryptocurrency_data"), "\(broken)")
            }
        }
    }

    @Test("a bucket without a point in these hours has none, which is not the same as unreadable")
    func nothingRecent() async throws {
        try await withFake { fake in
            fake.register(flux: recentFlux) { _ in [] }
            try await withWorld { world in
                let text = try await world.program("status", settings: settings(fake)).result()
                let json = try await world.program("status", "--json", settings: settings(fake)).result()

                #expect(text.outputText.contains("last 24 h        no points"), "\(text)")
                #expect(try told(json).isEmpty && text.exitCode == 0 && json.exitCode == 0)
            }
        }
    }

    @Test("a server that is not there for the check is not asked again")
    func unreachable() async throws {
        try await withWorld { world in
            let settings = ["INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o"]
            let json = try await world.program("status", "--json", settings: settings).result()

            #expect(json.exitCode == 1, "\(json)")
            #expect(try recent(json).member("state")?.string() == "not asked")
            #expect(try recent(json).member("measurements")?.isNull == true)
        }
    }

    @Test("a real InfluxDB 1 is asked in InfluxQL", .requiresTestServers)
    func influxDB1() async throws {
        let server = try await InfluxDB1.start()
        do { try await compare(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func compare(_ server: InfluxDB1) async throws {
        try await server.createDatabase("crypto_data")
        try await withWorld { world in
            var settings = Self.run
            settings["INFLUXDB_URL"] = server.url
            settings["COINLINE_INFLUXDB_API"] = "v1"
            let run = try await world.program("run-once", settings: settings).result()
            try await server.write(Self.old, database: "crypto_data")
            let json = try await world.program("status", "--json", settings: settings).result()
            let text = try await world.program("status", settings: settings).result()

            #expect(run.exitCode == 0 && json.exitCode == 0 && text.exitCode == 0, "\(run)\(json)\(text)")
            var expected: [String: Held] = [:]
            for series in try await server.series(
                "SELECT * FROM /.*/ WHERE time >= \(Self.windowStart)", database: "crypto_data")
            {
                let tags = ["time", "code", "currency", "name", "source"]
                let counts = series.columns.filter { !tags.contains($0) }
                    .map { column in series.column(column).count { !$0.isNull } }
                expected[series.name] = Held(
                    points: counts.max() ?? 0, newest: try series.column("time").map { try $0.int64() }.max() ?? 0)
            }
            #expect(expected.count == 4 && (expected["cryptocurrency_data"]?.points ?? 0) > 400)
            #expect(try told(json) == expected)
            expectLines(expected, in: text)
        }
    }

    @Test("VictoriaMetrics cannot be read, over either API, and status says so", .requiresTestServers)
    func victoriaMetrics() async throws {
        let server = try await VictoriaMetrics.start()
        do {
            for api in ["v1", "v2"] {
                try await withWorld { world in
                    let settings = [
                        "INFLUXDB_URL": server.url, "INFLUXDB_ORG": "any", "INFLUXDB_TOKEN": world.token,
                        "COINLINE_INFLUXDB_API": api,
                    ]
                    let text = try await world.program("status", settings: settings).result()

                    #expect(text.exitCode == 0 && text.outputText.contains("cannot be read: "), "\(text)")
                    #expect(!text.outputText.contains("no points") && !world.leaks(text))
                }
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    @Test("of the embedded store the points of these hours stand beside all that it holds")
    func store() async throws {
        try await withWorld { world in
            let run = try await world.program("run-once", settings: Self.run).result()
            let json = try await world.program("status", "--json", settings: Self.run).result()
            let text = try await world.program("status", settings: Self.run).result()

            #expect(run.exitCode == 0 && json.exitCode == 0 && text.exitCode == 0, "\(run)\(json)\(text)")
            let reader = try StoreReader(path: world.folder + "/data/coinline.sqlite")
            var expected: [String: Held] = [:]
            for one in try reader.summaries() {
                let times = try reader.points(of: one.measurement).compactMap { $0.time?.nanoseconds }
                    .filter { $0 >= Self.windowStart }
                expected[one.measurement] = Held(points: times.count, newest: times.max() ?? 0)
                let part = "; \(times.count == 1 ? "1 point" : "\(times.count) points") in the last 24 h"
                #expect(text.outputText.contains(part), "\(part) in \(text)")
            }
            #expect(expected.count == 4)
            #expect(try told(json) == expected)
            #expect(try recent(json).member("counted")?.string() == "points")
        }
    }
}
