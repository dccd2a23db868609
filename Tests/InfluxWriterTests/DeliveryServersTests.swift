import CoinlineBase
import LineProtocol
import TestKit
import Testing

@testable import InfluxWriter

/// What is worked out locally against a real server that stores in part.
@Suite("Delivery: lines left out, against InfluxDB 1.6", .requiresTestServers, .timeLimit(.minutes(8)))
struct DeliveryServersTests {
    @Test(
        "conflicts, lines that cannot be read and points beyond the retention are found as the server left them out",
        arguments: [
            (["m,k=1 v=1i", "m,k=2 v=1.5", "m,k=3 v=2i"], "market", [2]), (["m,k=1 v=1i"], "market", []),
            (["m,k=1 v=1.5", "m,k=2 w=1i", "m,k=3 v=\"s\",w=2i"], "market", [1, 3]),
            // It reads on behind what it cannot read, and tells of the conflict only.
            (["m,k=1 v=1i", "m,k=2 v=", "m,k=3 v=1.5", "m,k=4 v=2i"], "market", [2, 3]),
            (["m,k=1 v=1i", "m,k=2 v=", "m,k=3 v=2i"], "market", [2]),
            (["m,k=1 v=1i OLD", "m,k=2 v=1i", "m,k=3 v=1i OLD"], "market/short", [1, 3]),
            (["m,k=1 v=1i OLD", "m,k=2 v=1i OLD"], "market/short", [1, 2]),
        ])
    func partial(lines: [String], bucket: String, expected: [Int]) async throws {
        let server = try await InfluxDB1.start()
        try await server.createDatabase("market")
        _ = try await server.query("CREATE RETENTION POLICY short ON market DURATION 1h REPLICATION 1")
        let influx = try InfluxDB(influxConfiguration(server.url, api: .v1, token: nil))
        let now = Timing.system.now().nanoseconds
        let texts = lines.enumerated().map { index, line in
            let isOld = line.hasSuffix(" OLD")
            return "\(isOld ? String(line.dropLast(4)) : line) \(now - (isOld ? 86_400_000_000_000 : 0) + Int64(index))"
        }
        // Before the batch comes, the field is an integer.
        #expect(
            await influx.deliver([try batch("m,k=0 v=0i \(now)\n", precision: .nanoseconds)], to: Bucket(bucket))
                == .acknowledged)

        let sent = try batch(texts.joined(separator: "\n"), precision: .nanoseconds)
        let reply = await influx.deliver([sent], to: Bucket(bucket))

        let from = bucket == "market" ? "m" : "short.m"
        let stored = try await server.series("SELECT * FROM \(from)", database: "market")
        let keys = Set(stored.flatMap { $0.texts("k") })
        let missing = lines.indices.map { $0 + 1 }.filter { !keys.contains("\"\($0)\"") }
        guard case .partial(let named, let count, _) = reply else {
            #expect(missing.isEmpty && reply == .acknowledged && expected == missing, "\(reply)")
            return await server.stop()
        }
        var knowledge = Offenders.Knowledge()
        knowledge.losesUnreadable = true
        knowledge.now = Timestamp(nanoseconds: now)
        let found = Offenders.find(
            in: Array(texts.joined(separator: "\n").utf8), precision: .nanoseconds, named: named, count: count,
            knowledge: knowledge)
        #expect(found.lines.map(\.number) == missing, "\(reply): \(found)")
        #expect(missing == expected, "\(reply)")
        await server.stop()
    }
}
