import CoinlineBase
import LineProtocol
import TestKit
import Testing

@testable import InfluxWriter

/// A server tells one reason for a whole batch. What it left out for others must not pass for stored.
@Suite("The writer, against InfluxDB 1.6", .requiresTestServers, .timeLimit(.minutes(8)))
struct WriterServersTests {
    private static let now = Timing.system.now().nanoseconds

    private static func point(_ key: String, _ fields: [Field], old: Bool = false) -> Point {
        let time = now - (old ? 90_000_000_000_000 : 0) + (Int64(key) ?? 0)
        return Point(
            measurement: "m", tags: [Tag("k", key)], fields: fields, time: Timestamp(nanoseconds: time))
    }

    /// The fields `a`, `b` and `e` exist already: a string, an integer, a boolean.
    private static let cases: [(points: [Point], bucket: String, stored: Set<String>)] = [
        (
            [
                point("1", [Field("a", .float(1))]), point("2", [Field("b", .float(1.5))]),
                point("3", [Field("c", .float(1))]), point("4", [Field("e", .float(1))]),
                point("5", [Field("e", .float(2))]), point("6", [Field("b", .float(2.5))]),
                point("7", [Field("b", .integer(7)), Field("a", .string("x"))]),
            ], "market", ["3", "7"]
        ),
        (
            [
                point("1", [Field("b", .float(1))]), point("2", [Field("c", .float(1))], old: true),
                point("3", [Field("c", .float(2))], old: true), point("4", [Field("c", .float(3))]),
            ], "market/short", ["4"]
        ),
    ]

    @Test(
        "of a batch with several reasons each point is stored or a dead letter, and none is both or neither",
        arguments: [0, 1])
    func severalReasons(index: Int) async throws {
        let (points, bucket, expected) = Self.cases[index]
        let server = try await InfluxDB1.start()
        try await server.createDatabase("market")
        _ = try await server.query("CREATE RETENTION POLICY short ON market DURATION 1h REPLICATION 1")
        let influx = try InfluxDB(influxConfiguration(server.url, api: .v1, token: nil))
        let first = "m,k=0 a=\"t\",b=5i,e=true \(Self.now)\n"
        #expect(await influx.deliver([try batch(first, precision: .nanoseconds)], to: Bucket(bucket)) == .acknowledged)

        let folder = try TemporaryFolder()
        var configuration = Writer.Configuration(dataFolder: folder.path)
        configuration.dialect = .influx1
        configuration.precision = .nanoseconds
        let writer = try Writer(configuration, to: influx)
        _ = try await writer.write(points, to: Bucket(bucket))
        let report = await writer.drain(givingUpAfter: .seconds(20))
        let types = writer.core.typesNow.types
        _ = await writer.close(within: .seconds(5))

        let from = bucket == "market" ? "m" : "short.m"
        let keys = try await server.series("SELECT * FROM \(from)", database: "market").flatMap { $0.texts("k") }
        let stored = Set(keys.map { $0.filter { $0 != "\"" } }).subtracting(["0"])
        #expect(stored == expected)
        #expect(report.status.own.acknowledged == expected.count, "\(report)")
        #expect(report.status.own.deadLettered == points.count - expected.count, "\(report)")
        #expect(report.isDrained && report.status.own.addsUp, "\(report)")
        // What the server has in another type was not learned from what it left out.
        #expect(types.kind(of: "b", measurement: "m", in: Bucket(bucket)) != .float)
        await server.stop()
    }
}
