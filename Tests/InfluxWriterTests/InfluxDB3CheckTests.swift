import HTTPServer
import TestKit
import Testing

@testable import InfluxWriter

@Suite("InfluxDB 3: what a check proves, and that it makes nothing", .timeLimit(.minutes(8)))
struct InfluxDB3CheckTests {
    private func influx(_ url: String, api: InfluxDB.API = .v3, token: String? = "the-token") throws -> InfluxDB {
        try InfluxDB(influxConfiguration(url, api: api, token: token))
    }

    @Test(
        "a check tells what is wrong, or what it proves and what not, and a mistyped name makes no database",
        arguments: [
            ("the-token", "market", "unproved"), ("another", "market", "unauthorized"),
            ("the-token", "_market", "no database"),
        ])
    func check(token: String, database: String, expected: String) async throws {
        try await FakeInfluxDB3.with { url, fake in
            let reply = await (try influx(url, token: token)).check(Bucket(database))

            #expect(kind(of: reply) == expected)
            #expect(fake.seen.databases.isEmpty)
            #expect(fake.seen.requests == 1)
            guard case .unproved(let text) = reply else { return }
            #expect(
                text
                    == "\(url) speaks the API of InfluxDB 3 and refuses neither the token nor the name of the database "
                    + "\"market\"; not proved are the right to write to it and that it exists: the first points make "
                    + "it where there is none")
        }
    }

    @Test("without a token nothing is said of one")
    func bare() async throws {
        let server = try ScriptedServer { _ in
            .json(
                Array(#"{"error":"parsing failed for write_lp endpoint","data":{"line_number":1}}"#.utf8), status: 400)
        }

        let reply = await (try influx(server.url, token: nil)).check(Bucket("market"))

        #expect(message(of: reply).contains("of InfluxDB 3 and does not refuse the name of the database \"market\";"))
        await server.stop()
    }

    @Test("a check posts one line that cannot be read, to be refused as a whole, and for an impossible name again")
    func requests() async throws {
        let server = try ScriptedServer { _ in .text("line protocol? no", status: 400) }

        _ = await (try influx(server.url)).check(Bucket("market"))

        let seen = server.requests
        #expect(seen.map { String(decoding: $0.body, as: UTF8.self) } == ["coinline-check\n", "coinline-check\n"])
        #expect(
            seen.allSatisfy { $0.headers["content-encoding"] == nil && $0.target.contains("&accept_partial=false&") })
        #expect(seen.map { $0.target.contains("db=_coinline-check&") } == [false, true])
        var parser = LineParser(Array("coinline-check\n".utf8), precision: .nanoseconds)
        #expect(throws: LineParsingError.self) { _ = try parser.next() }
        await server.stop()
    }

    @Test(
        "a server that answers any name alike is none, and one in between shows itself",
        arguments: [
            (400, "Bad Request", "unexpected 400"), (204, "", "unexpected 204"),
            (400, "<html><title>400 Bad Request</title></html>", "unexpected 400"), (404, "not found", "no path"),
            (503, "", "overloaded"), (500, "x", "failed"), (403, #"{"error":"no"}"#, "forbidden"),
            (200, "<html>welcome</html>", "unexpected 200"),
            (422, #"{"error":"Adding a new database would exceed limit of 5 databases"}"#, "limited"),
        ])
    func elsewhere(status: Int, body: String, expected: String) async throws {
        let server = try ScriptedServer { _ in ServerResponse(status, body: .bytes(Array(body.utf8))) }

        #expect(kind(of: await (try influx(server.url)).check(Bucket("market"))) == expected)
        await server.stop()
    }

    @Test("words that no rule knows count where an impossible name is answered otherwise", arguments: [true, false])
    func otherWords(isForbidden: Bool) async throws {
        let server = try ScriptedServer { seen in
            if seen.target.contains("db=market&") {
                return .text("the line is bad, in the words of some day", status: 400)
            }
            return isForbidden
                ? .json(Array(#"{"error": "requestor is forbidden from requested resource"}"#.utf8), status: 403)
                : .json(Array(#"{"error": "db name did not start with a number or letter"}"#.utf8), status: 400)
        }

        #expect(kind(of: await (try influx(server.url)).check(Bucket("market"))) == "unproved")
        await server.stop()
    }

    @Test(
        "behind the API of an older server InfluxDB 3 is found, and its own API named",
        arguments: [InfluxDB.API.v1, .v2], [false, true])
    func behindOlder(api: InfluxDB.API, takesNothing: Bool) async throws {
        try await FakeInfluxDB3.with(takesNothing: takesNothing) { url, fake in
            let influx = try influx(url, api: api)

            let reply = await influx.check(Bucket("market"))

            let said = takesNothing ? "db name did not start with a number or letter" : "incoming write was empty"
            let text =
                "\(url) answers an empty write as InfluxDB 3 does (400: \(said)): write to it over its own API, v3"
            #expect(reply == .rejected(lines: [], message: text))
            // Of the name asked for only.
            #expect(fake.seen.databases == ["market"])
            #expect(await (try self.influx(url, api: api, token: "another")).check(Bucket("b")).isUnauthorized)
        }
    }

    @Test("what is in between is not taken for InfluxDB 3, nor is an early InfluxDB 2")
    func notInfluxDB3() async throws {
        let html = try ScriptedServer { _ in .text("<html><title>400 Bad Request</title></html>", status: 400) }
        let early = try ScriptedServer { seen in
            seen.target.contains("bucket=market&")
                ? .json(Array(#"{"code":"invalid","message":"writing requires points"}"#.utf8), status: 400)
                : .json(Array(#"{"code":"not found","message":"bucket \"x\" not found"}"#.utf8), status: 404)
        }

        #expect(kind(of: await (try influx(html.url, api: .v2)).check(Bucket("market"))) == "unexpected 400")
        #expect(await (try influx(early.url, api: .v2)).check(Bucket("market")) == .acknowledged)
        await html.stop()
        await early.stop()
    }
}

extension Reply {
    fileprivate var isUnauthorized: Bool {
        if case .unauthorized = self { true } else { false }
    }
}
