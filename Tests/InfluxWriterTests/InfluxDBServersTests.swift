import TestKit
import Testing

@testable import InfluxWriter

@Suite("InfluxDB: real servers", .requiresTestServers, .timeLimit(.minutes(8)))
struct InfluxDBServersTests {
    @Test("InfluxDB 1.6 stores what is delivered, names what it refuses, and a check tells what is missing")
    func influx1() async throws {
        let server = try await InfluxDB1.start()
        try await server.createDatabase("market")
        let influx = try InfluxDB(influxConfiguration(server.url, api: .v1, token: nil))
        let bucket = Bucket("market")
        let good = try [batch("a,t=x v=1,n=2i 1\n"), batch("a,t=x v=3 2\n")]

        #expect(await influx.deliver(good, to: bucket) == .acknowledged)
        let partial = await influx.deliver([try batch("a v=4 3\na v= 4\na v=5 5\nb x\n")], to: bucket)
        let rejected = await influx.deliver([try batch("a v= 4\nb x\n")], to: bucket)
        let conflict = await influx.deliver([try batch("a v=1i 9\na v=9 10\n")], to: bucket)
        let policy = await influx.deliver(good, to: Bucket("market/nope"))
        let stored = try await server.series("SELECT v FROM a", database: "market", epoch: "ms")

        let refused = [
            RejectedLine(line: "a v= 4", number: 2, reason: "missing field value"),
            RejectedLine(line: "b x", number: 4, reason: "invalid field format"),
        ]
        #expect(
            partial
                == .partial(
                    refused: refused, count: RefusedCount(lines: 2, isAtLeast: false),
                    message: "stored but for 2 lines, the first because of: missing field value"))
        #expect(kind(of: rejected) == "rejected 2")
        #expect(kind(of: conflict) == "partial 0")
        #expect(message(of: conflict).contains("already exists as type float"))
        #expect(kind(of: policy) == "no database")
        #expect(stored.first?.texts("time") == ["1", "2", "3", "5", "10"])
        #expect(stored.first?.texts("v") == ["1", "3", "4", "5", "9"])
        #expect(await influx.check(bucket) == .acknowledged)
        #expect(await influx.check(Bucket("market/autogen")) == .acknowledged)
        #expect(kind(of: await influx.check(Bucket("nope"))) == "no database")
        #expect(await influx.ping().version?.hasPrefix("1.6.7") == true)
        #expect(kind(of: await (try InfluxDB(influxConfiguration(server.url))).check(bucket)) == "no path")
        await server.stop()
    }

    @Test("InfluxDB 1.6 with users: a wrong password and a missing one are told")
    func authentication() async throws {
        let server = try await InfluxDB1.start(isAuthenticated: true)
        try await server.createDatabase("market")
        func check(_ token: String?, _ bucket: String = "market") async throws -> Reply {
            await (try InfluxDB(influxConfiguration(server.url, api: .v1, token: token))).check(Bucket(bucket))
        }

        #expect(try await check("admin:secret") == .acknowledged)
        #expect(kind(of: try await check("admin:wrong")) == "unauthorized")
        #expect(kind(of: try await check(nil)) == "unauthorized")
        #expect(message(of: try await check(nil)).contains("none are set"))
        #expect(kind(of: try await check("admin:secret", "nope")) == "no database")
        await server.stop()
    }

    @Test("VictoriaMetrics takes both APIs and several members, and proves nothing", arguments: [InfluxDB.API.v1, .v2])
    func victoriaMetrics(api: InfluxDB.API) async throws {
        let server = try await VictoriaMetrics.start()
        let influx = try InfluxDB(influxConfiguration(server.url, api: api))
        let start: Int64 = 1_767_225_600_000

        let reply = await influx.deliver(
            [try batch("a,t=x v=1 \(start)\n"), try batch("a,t=x v=2 \(start + 1_000)\n")], to: Bucket("any"))

        #expect(reply == .acknowledged)
        let series = try await server.export(#"{__name__="a_v",t="x"}"#)
        #expect(series.first?.values == [1, 2])
        #expect(series.first?.timesMs == [start, start + 1_000])
        #expect(kind(of: await influx.check(Bucket("any"))) == "unproved")
        #expect(await influx.ping().reply == .acknowledged)
        let elsewhere = try InfluxDB(influxConfiguration(server.url + "/no/such/prefix", api: api))
        #expect(kind(of: await elsewhere.check(Bucket("any"))) == "no path")
        await server.stop()
    }
}
