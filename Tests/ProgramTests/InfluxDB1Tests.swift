import CoinlineBase
import CoinlineJSON
import LineProtocol
import MarketData
import TestKit
import Testing

@Suite("The main job into a real InfluxDB 1.6", .requiresTestServers)
struct InfluxDB1Tests {
    private func withServer(
        isAuthenticated: Bool = false, _ body: (InfluxDB1) async throws -> Void
    ) async throws {
        let server = try await InfluxDB1.start(isAuthenticated: isAuthenticated)
        do { try await body(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func settings(_ server: InfluxDB1, bucket: String = "crypto_data") -> [String: String] {
        ["INFLUXDB_URL": server.url, "INFLUXDB_BUCKET": bucket, "COINLINE_INFLUXDB_API": "v1", "COINS_LIST_PAGES": "3"]
    }

    @Test("every value comes back from the server as the market said it, with its type and its awkward names")
    func everyValue() async throws {
        try await withServer { server in
            try await server.createDatabase("crypto_data")
            try await withWorld(speed: World.unhurried) { world in
                let result = try await world.program("run-once", "--json", settings: settings(server)).result()

                #expect(result.exitCode == 0, "\(result)")
                #expect(try result.number("points_offered") == result.number("points_acknowledged"))
                let expected = ExpectedPoints(world)
                let coins = try await rows(server, "cryptocurrency_data")
                #expect(coins.count == 300)
                for row in coins { try compare(row, expected.coin(#require(row.tags["code"]))) }
                for sign in [",", "=", #"\"#, "\""] {
                    #expect(coins.contains { $0.tags["name"]?.contains(sign) ?? false }, "\(sign)")
                }
                try compare(await rows(server, "exchange_data"), expected.exchanges())
                try compare(await rows(server, "market_overview"), [expected.overview()])
                try compare(await rows(server, "api_usage"), [expected.usage()])
                for code in ["BTC", "ETH", "GLQ"] { try await compareHistory(of: code, server, expected) }
                try await compareTypes(server)
            }
        }
    }

    /// One point as the server gave it back.
    private struct Row {
        let time: Int64
        let tags: [String: String]
        let fields: [String: JSONCursor]
    }

    /// The points of this run, or with a condition those that it names.
    private func rows(_ server: InfluxDB1, _ measurement: String, where condition: String? = nil) async throws -> [Row]
    {
        let condition = condition ?? "time >= \(World.start.nanoseconds)"
        let text = "SELECT * FROM \(measurement) WHERE \(condition) GROUP BY *"
        return try await server.series(text, database: "crypto_data").flatMap { series in
            try series.rows.map { values in
                let pairs = Dictionary(uniqueKeysWithValues: zip(series.columns, values))
                return Row(
                    time: try #require(pairs["time"]).int64(), tags: series.tags.filter { !$0.value.isEmpty },
                    fields: pairs.filter { !$0.value.isNull && $0.key != "time" })
            }
        }
    }

    private func compareHistory(of code: String, _ server: InfluxDB1, _ expected: ExpectedPoints) async throws {
        let past = "code = '\(code)' AND time < \(World.start.nanoseconds)"
        let rows = try await rows(server, "cryptocurrency_data", where: past)
        let points = try expected.history(code)
        #expect(points.count == 288)
        #expect(rows.map(\.time) == points.map { $0.time?.nanoseconds })
        for (row, point) in zip(rows, points) { try compare(row, point) }
    }

    /// Told apart by their codes, where they have any.
    private func compare(_ rows: [Row], _ expected: [Point]) throws {
        #expect(rows.count == expected.count)
        for point in expected {
            let code = point.tag("code")
            try compare(#require(rows.first { $0.tags["code"] == code }, "\(code ?? "")"), point)
        }
    }

    private func compare(_ row: Row, _ expected: Point) throws {
        let name = "\(expected.measurement) \(expected.tag("code") ?? "")"
        #expect(Set(row.fields.keys) == Set(expected.fields.map(\.key)), "\(name)")
        for field in expected.fields {
            let got = try #require(row.fields[field.key], "\(name) \(field.key)")
            switch field.value {
            case .float(let number): #expect(try got.double() == number, "\(name) \(field.key)")
            case .integer(let number): #expect(try got.int64() == number, "\(name) \(field.key)")
            default: Issue.record("\(field.key) is neither a float nor an integer")
            }
        }
        #expect(row.tags == (try expected.tagsAsWritten()), "\(name)")
    }

    private func compareTypes(_ server: InfluxDB1) async throws {
        for schema in Schema.measurements {
            let series = try await server.series("SHOW FIELD KEYS FROM \(schema.name)", database: "crypto_data")
            let keys = try series.first?.column("fieldKey").map { try $0.string() } ?? []
            let types = try series.first?.column("fieldType").map { try $0.string() } ?? []
            #expect(keys.count >= 3 && keys.count == types.count, "\(schema.name)")
            for (key, type) in zip(keys, types) {
                let field = try #require(schema.fields.first { $0.name == key }, "\(schema.name).\(key)")
                #expect("\(field.type)" == type, "\(schema.name).\(key)")
            }
        }
    }

    @Test("a missing database is named, the points wait, and load or outbox flush sends them once it is there")
    func missingDatabase() async throws {
        try await withServer { server in
            try await withWorld { world in
                let settings = settings(server)
                let result = try await world.program(
                    "fetch", "-c", "BTC", "-c", "ETH", settings: settings
                ).result()

                #expect(result.exitCode == 1, "\(result)")
                #expect(
                    result.outputText.contains("crypto_data") && result.outputText.contains("coinline outbox flush"))
                let file = try #require(filesBelow(world.folder).first { $0.hasSuffix(".lp.gz") })
                #expect(file.hasPrefix("data/outbox/main/crypto_data/"))

                try await server.createDatabase("crypto_data")
                let load = try await world.program("load", file, settings: settings).result()

                #expect(load.exitCode == 0, "\(load)")
                #expect(!filesBelow(world.folder).contains(file))
                let flush = try await world.program("outbox", "flush", settings: settings).result()
                #expect(flush.exitCode == 0, "\(flush)")
                let rows = try await rows(server, "cryptocurrency_data")
                #expect(Set(rows.map { $0.tags["code"] }) == ["BTC", "ETH"])
            }
        }
    }

    @Test("a wrong password is refused by name and keeps the batch; the right one is proved by status")
    func authentication() async throws {
        try await withServer(isAuthenticated: true) { server in
            try await server.createDatabase("crypto_data")
            try await withWorld { world in
                var settings = settings(server)
                settings["INFLUXDB_TOKEN"] = world.token
                let wrong = try await world.program("fetch", "-c", "BTC", settings: settings).result()
                let status = try await world.program("status", settings: settings).result()
                settings["INFLUXDB_TOKEN"] = "admin:secret"
                let right = try await world.program("status", "--json", settings: settings).result()

                #expect(wrong.exitCode == 1 && status.exitCode == 1, "\(wrong)\(status)")
                #expect(!world.leaks(wrong) && !world.leaks(status))
                #expect(right.exitCode == 0, "\(right)")
                #expect(right.outputText.contains(#""state":"proved""#))
            }
        }
    }

    @Test("a field whose type the database knows otherwise is refused with the reason, and the rest lands")
    func typeConflict() async throws {
        try await withServer { server in
            try await server.createDatabase("crypto_data")
            try await withWorld { world in
                // A little before, since types are only compared within some days.
                let earlier = World.start.nanoseconds - 1
                try await server.write(
                    "cryptocurrency_data,code=X,currency=USD rank=1.5 \(earlier)", database: "crypto_data")

                // The third has no rank.
                let result = try await world.program(
                    "fetch", "-c", "BTC", "-c", "ETH", "-c", "NULLS", "--json", settings: settings(server)
                ).result()

                #expect(result.exitCode == 1, "\(result)")
                #expect(result.outputText.contains("rank"))
                let counts = try ["offered", "acknowledged", "refused", "dead_lettered", "pending", "lost"].map {
                    try result.number("points_\($0)")
                }
                #expect(counts == [3, 1, 0, 2, 0, 0], "\(result)")
                try await compare(rows(server, "cryptocurrency_data"), [ExpectedPoints(world).coin("NULLS")])
            }
        }
    }
}
