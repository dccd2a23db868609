import CoinlineBase
import CoinlineJSON
import LineProtocol
import MarketData
import MarketSimulator
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
            try await withWorld { world in
                let result = try await world.program("run-once", "--json", settings: settings(server)).result()

                #expect(result.exitCode == 0, "\(result)")
                #expect(try result.number("points_offered") == result.number("points_acknowledged"))
                let rows = try await currentCoins(server)
                #expect(rows.count == 300)
                for row in rows { try compare(row, world.simulator.market) }
                #expect(rows.contains { $0.tags["name"].map { name in name.contains(",") } ?? false })
                #expect(rows.contains { $0.tags["name"].map { name in name.contains("=") } ?? false })
                try await compareTypes(server)
            }
        }
    }

    /// One point as the server gave it back.
    private struct Row {
        let tags: [String: String]
        let fields: [String: JSONCursor]
    }

    private func currentCoins(_ server: InfluxDB1) async throws -> [Row] {
        let text = "SELECT * FROM cryptocurrency_data WHERE time >= \(World.start.nanoseconds) GROUP BY *"
        return try await server.series(text, database: "crypto_data").flatMap { series in
            series.rows.map { values in
                let pairs = zip(series.columns, values).filter { !$0.1.isNull && $0.0 != "time" }
                return Row(
                    tags: series.tags.filter { !$0.value.isEmpty }, fields: Dictionary(uniqueKeysWithValues: pairs))
            }
        }
    }

    private func compare(_ row: Row, _ market: Market) throws {
        let code = try #require(row.tags["code"])
        var coin = try #require(market.coin(code, at: World.start), "\(code)")
        coin.liquidity = nil
        if code == Market.malformedCode { (coin.rate, coin.delta) = (nil, Deltas()) }
        let time = Timestamp(nanoseconds: World.start.nanoseconds)
        let expected = try #require(MarketPoints.point(coin, currency: "USD", time: time))
        #expect(Set(row.fields.keys) == Set(expected.fields.map(\.key)), "\(code)")
        for field in expected.fields {
            let got = try #require(row.fields[field.key], "\(code) \(field.key)")
            switch field.value {
            case .float(let number): #expect(try got.double() == number, "\(code) \(field.key)")
            case .integer(let number): #expect(try got.int64() == number, "\(code) \(field.key)")
            default: Issue.record("\(field.key) is neither a float nor an integer")
            }
        }
        #expect(row.tags == (try tagsAsWritten(expected)), "\(code)")
    }

    /// What line protocol can say of a point's tags: a newline in a name becomes two characters, for example.
    private func tagsAsWritten(_ point: Point) throws -> [String: String] {
        var encoder = LineEncoder(text: .replace)
        try encoder.append(point)
        var parser = LineParser(encoder.take(), precision: .milliseconds)
        let tags = try parser.next()?.point.tags ?? []
        return Dictionary(uniqueKeysWithValues: tags.map { ($0.key, $0.value) })
    }

    private func compareTypes(_ server: InfluxDB1) async throws {
        for schema in Schema.measurements {
            let series = try await server.series("SHOW FIELD KEYS FROM \(schema.name)", database: "crypto_data")
            let keys = try series.first?.column("fieldKey").map { try $0.string() } ?? []
            let types = try series.first?.column("fieldType").map { try $0.string() } ?? []
            for (key, type) in zip(keys, types) {
                let field = try #require(schema.fields.first { $0.name == key }, "\(schema.name).\(key)")
                #expect("\(field.type)" == type, "\(schema.name).\(key)")
            }
        }
    }

    @Test("a missing database is named, the batches are kept, and load sends them once it is there")
    func missingDatabase() async throws {
        try await withServer { server in
            try await withWorld { world in
                let settings = settings(server)
                let result = try await world.program(
                    "fetch", "-c", "BTC", "-c", "ETH", settings: settings
                ).result()

                #expect(result.exitCode == 1, "\(result)")
                #expect(result.outputText.contains("crypto_data") && result.outputText.contains("coinline load "))
                let file = try #require(filesBelow(world.folder).first { $0.hasSuffix(".lp.gz") })
                #expect(file.hasPrefix("data/outbox/main/crypto_data/"))

                try await server.createDatabase("crypto_data")
                let load = try await world.program("load", file, settings: settings).result()

                #expect(load.exitCode == 0, "\(load)")
                #expect(!filesBelow(world.folder).contains(file))
                #expect(try await currentCoins(server).count == 2)
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
                let time = World.start.nanoseconds
                try await server.write(
                    "cryptocurrency_data,code=X,currency=USD rank=1.5 \(time)", database: "crypto_data")

                let result = try await world.program(
                    "fetch", "-c", "BTC", "-c", "ETH", "--json", settings: settings(server)
                ).result()

                #expect(result.exitCode == 1, "\(result)")
                #expect(result.outputText.contains("rank"))
                let offered = try result.number("points_offered") ?? 0
                let sum = try ["acknowledged", "refused", "kept", "lost"].reduce(0) {
                    $0 + (try result.number("points_\($1)") ?? 0)
                }
                #expect(offered == 2 && sum == 2)
            }
        }
    }
}
