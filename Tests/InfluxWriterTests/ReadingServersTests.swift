import TestKit
import Testing

@testable import InfluxWriter

@Suite("Queries to real servers", .requiresTestServers, .timeLimit(.minutes(8)))
struct ReadingServersTests {
    private static let start: Int64 = 1_767_225_600_000_000_000
    private static let window = Duration.seconds(3_600)
    private static let end = Timestamp(nanoseconds: start + 3_600_000_000_000)

    @Test("InfluxDB 1.6 counts by the most frequent field, knows the newest times exactly, and both ends of the window")
    func influx1() async throws {
        let server = try await InfluxDB1.start()
        try await server.createDatabase("market")
        try await server.write(
            """
            m,c=a rate=1.5,rank=1i,note="x",ok=true \(Self.start)
            m,c=b rate=2 \(Self.start)
            m,c=b rate=3 \(Self.start + 1)
            m,c=c other=1 \(Self.start + 3_599_999_999_999)
            n big=9007199254740993i \(Self.start + 7)
            m,c=d rate=1 \(Self.start - 1)
            m,c=d rate=1 \(Self.start + 3_600_000_000_000)
            old v=1 \(Self.start - 1)
            """, database: "market")
        let influx = try InfluxDB(influxConfiguration(server.url, api: .v1, token: nil))

        let found = try await influx.activity(in: Bucket("market"), window: Self.window, before: Self.end)
        let exact = try await influx.influxQL("SELECT big FROM n", in: Bucket("market/autogen"))
        let databases = try await influx.influxQL("SHOW DATABASES", in: Bucket("market"))

        #expect(
            found == [
                MeasurementActivity(
                    measurement: "m", points: 3, newest: Timestamp(nanoseconds: Self.start + 3_599_999_999_999)),
                MeasurementActivity(measurement: "n", points: 1, newest: Timestamp(nanoseconds: Self.start + 7)),
            ])
        #expect(exact.first?.rows == [[.integer(Self.start + 7), .integer(9_007_199_254_740_993)]])
        #expect(databases.first?.rows.contains([.string("market")]) == true)
        #expect(try await error(influx, "nope")?.kind == .notFound)
        #expect(try await error(influx, "market/nope")?.kind == .notFound)
        #expect(try await error(influx, "market", "SELECT")?.kind == .rejected)
        #expect(try await error(influx, "market", "SELECT nope(v) FROM m")?.kind == .failed)
        #expect(
            try await influx.activity(in: Bucket("market"), window: Self.window, before: Timestamp(nanoseconds: 5))
                .isEmpty)
        // The API of InfluxDB 2, which this server does not have.
        let flux = try InfluxDB(influxConfiguration(server.url))
        #expect(try await error(flux, "market")?.kind == .noQueries)
        await server.stop()
    }

    /// What a query is refused with; nil for none.
    private func error(_ influx: InfluxDB, _ bucket: String, _ statement: String? = nil) async throws -> QueryError? {
        do throws(QueryError) {
            if let statement {
                _ = try await influx.influxQL(statement, in: Bucket(bucket))
            } else {
                _ = try await influx.activity(in: Bucket(bucket), window: Self.window, before: Self.end)
            }
            return nil
        } catch {
            return error
        }
    }

    @Test("InfluxDB 1.6 with users: who may only write cannot read, and is told so without a password")
    func rights() async throws {
        let server = try await InfluxDB1.start(isAuthenticated: true)
        try await server.createDatabase("market")
        for statement in ["CREATE USER writer WITH PASSWORD 'only-writes'", "GRANT WRITE ON market TO writer"] {
            _ = try await server.query(statement, user: "admin", password: "secret")
        }
        func error(_ token: String?) async throws -> QueryError? {
            try await self.error(try InfluxDB(influxConfiguration(server.url, api: .v1, token: token)), "market")
        }

        #expect(try await error("admin:secret") == nil)
        #expect(try await error("writer:only-writes")?.kind == .forbidden)
        #expect(try await error("writer:only-writes")?.message.contains("requires READ") == true)
        #expect(try await error("writer:wrong-password")?.kind == .unauthorized)
        #expect(try await error("writer:wrong-password")?.message.contains("wrong-password") == false)
        #expect(try await error(nil)?.kind == .unauthorized)
        await server.stop()
    }

    @Test("VictoriaMetrics answers every InfluxQL with a list of databases, which is not taken for figures")
    func victoriaMetrics() async throws {
        let server = try await VictoriaMetrics.start()
        let influx1 = try InfluxDB(influxConfiguration(server.url, api: .v1))
        let influx2 = try InfluxDB(influxConfiguration(server.url))

        #expect(try await error(influx1, "any")?.kind == .unreadable)
        #expect(try await error(influx1, "any")?.message.contains("VictoriaMetrics") == true)
        #expect(try await error(influx2, "any")?.kind == .noQueries)
        await server.stop()
    }
}
