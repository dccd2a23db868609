import CoinlineBase
import CoinlineCompression
import CoinlineHTTP
import HTTPServer
import TestKit
import Testing

@testable import InfluxWriter

/// Against what the server's source and documentation say: none of that kind was there to be asked.
@Suite("InfluxDB 3: requests, answers and the check", .timeLimit(.minutes(8)))
struct InfluxDB3Tests {
    private func reply(
        _ status: Int, _ body: String, delivered: String? = nil, isCut: Bool = false, token: String? = "the-token",
        api: InfluxDB.API = .v3
    ) throws -> Reply {
        let context = WriteReply.Context(
            requests: try WriteRequests(influxConfiguration(api: api, token: token)), bucket: Bucket("market"),
            now: UTCTime(seconds: 0))
        var gzip = try Gzip()
        let sent = try delivered.map { try gzip.compress(Array($0.utf8)) }
        let answer = WriteReply.Answer(status: status, body: Array(body.utf8), isBodyCut: isCut)
        return WriteReply.reply(to: answer, context, delivered: sent)
    }

    private static func partial(_ data: String) -> String {
        FakeInfluxDB3.partial(data)
    }

    private static func report(_ number: Int, _ line: String, _ reason: String = "No fields were provided") -> String {
        FakeInfluxDB3.report(number, line, reason)
    }

    // MARK: Requests

    @Test(
        "a write names database and unit in full, is stored in part, and waits until it is on disk",
        arguments: [
            (Precision.nanoseconds, "nanosecond"), (.microseconds, "microsecond"), (.milliseconds, "millisecond"),
            (.seconds, "second"),
        ])
    func write(precision: Precision, name: String) throws {
        let requests = try WriteRequests(influxConfiguration("http://h:8181/x/", api: .v3))

        let request = requests.write([1, 2], precision: precision, to: Bucket("a&b"))

        #expect(requests.takes(precision))
        #expect(
            request.url
                == "http://h:8181/x/api/v3/write_lp?db=a%26b&precision=\(name)&accept_partial=true&no_sync=false")
        #expect(
            request.headers.map(\.description) == [
                "Content-Type: text/plain; charset=utf-8", "Accept: application/json",
                "Authorization: Bearer ‹redacted›", "Content-Encoding: gzip",
            ])
        #expect(request.answerBytesMax == 4 << 20)
    }

    @Test("without a token there is no authorization, and the organisation goes nowhere")
    func bare() throws {
        let request = try WriteRequests(influxConfiguration(api: .v3, token: nil)).emptyWrite(to: Bucket("b"))

        #expect(!request.headers.contains { $0.name == "Authorization" })
        #expect(!request.url.contains("market"))
    }

    @Test("several batches are one gzip member, since older builds read the first one only")
    func joined() async throws {
        let server = try ScriptedServer { _ in ServerResponse(204) }
        let influx = try InfluxDB(influxConfiguration(server.url, api: .v3))
        let batches = try (1...3).map { try batch("a v=\($0) \($0)\n", number: UInt32($0)) }

        #expect(await influx.deliver(batches, to: Bucket("b")) == .acknowledged)
        #expect(await influx.deliver([batches[0]], to: Bucket("b")) == .acknowledged)

        let bodies = server.requests.map(\.body)
        let text = try Gunzip.decompress(bodies[0], outputBytesMax: 1_000)
        #expect(String(decoding: text, as: UTF8.self) == "a v=1 1\na v=2 2\na v=3 3\n")
        // A member begins with these two bytes and the method.
        #expect(bodies[0].ranges(of: [0x1F, 0x8B, 0x08]).count == 1)
        #expect(bodies[1] == batches[0].body)
        await server.stop()
    }

    @Test("of a delivery with a damaged batch nothing is sent, and the reply names that batch and no other")
    func damaged() async throws {
        let server = try ScriptedServer { _ in ServerResponse(204) }
        let influx = try InfluxDB(influxConfiguration(server.url, api: .v3))
        let good = try (1...2).map { try batch("a v=1 1\n", number: UInt32($0)) }
        let whole = try batch("b v=1 1\n", number: 3)
        let damaged = BatchFile(name: whole.name, body: Array(whole.body.dropLast(5)))

        let reply = await influx.deliver([good[0], damaged, good[1]], to: Bucket("b"))

        #expect(
            reply
                == .rejected(
                    lines: [],
                    message: "nothing was sent: the batch \(whole.name) is damaged (the gzip data ends too early), "
                        + "the others of the delivery are not at fault"))
        #expect(server.requests.isEmpty)
        await server.stop()
    }

    @Test("batches that are too large together are not sent, and smaller deliveries of them may pass")
    func tooLarge() async throws {
        let server = try ScriptedServer { _ in ServerResponse(204) }
        let influx = try InfluxDB(influxConfiguration(server.url, api: .v3))
        // 40 MiB of blanks each, which are some 40 KiB of gzip.
        var gzip = try Gzip()
        let body = try gzip.compress([UInt8](repeating: 0x20, count: 40 << 20))
        let batches = try (1...2).map { BatchFile(name: try batch("", number: UInt32($0)).name, body: body) }

        let both = await influx.deliver(batches, to: Bucket("b"))

        #expect(
            both
                == .tooLarge("nothing was sent: the batches hold more than 67108864 bytes: smaller deliveries may pass")
        )
        #expect(server.requests.isEmpty)
        #expect(await influx.deliver([batches[0]], to: Bucket("b")) == .acknowledged)
        await server.stop()
    }

    @Test("damage is told from the cap, whichever batch it is in")
    func joining() throws {
        let requests = try WriteRequests(influxConfiguration(api: .v3))
        let batches = try (1...2).map { try batch("0123456789\n", number: UInt32($0)) }
        let damaged = BatchFile(name: batches[1].name, body: [1, 2, 3])

        #expect(throws: Never.self) { try requests.body(of: batches, bytesMax: 22) }
        do throws(WriteRequests.JoiningError) {
            _ = try requests.body(of: batches, bytesMax: 21)
            Issue.record("joined")
        } catch {
            #expect("\(error)" == "tooLarge(bytesMax: 21)")
        }
        do throws(WriteRequests.JoiningError) {
            _ = try requests.body(of: [batches[0], damaged], bytesMax: 11)
            Issue.record("joined")
        } catch {
            guard case .damaged(let name, .damaged) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(name == damaged.name)
        }
    }

    // MARK: Answers

    @Test(
        "each answer becomes the right reply",
        arguments: [
            (204, "", "acknowledged"), (200, "{}", "unexpected 200"),
            (400, partial("[\(report(2, "a v="))]"), "partial 1"),
            (400, partial("[\(report(2, "a v=")),\(report(3, "b x"))]"), "partial 2"),
            (400, partial("null"), "partial 0"), (400, partial("7"), "partial 0"),
            (422, partial("[\(report(1, "a v=1", "Update to schema would exceed number of columns"))]"), "limited"),
            (422, partial("7"), "limited"),
            (400, #"{"error":"line protocol parsing error","data":\#(report(2, "a v="))}"#, "rejected 1"),
            (400, #"{"error":"parsing failed for write_lp endpoint","data":\#(report(2, "a v="))}"#, "rejected 1"),
            (422, #"{"error":"Adding a new database would exceed limit of 5 databases"}"#, "limited"),
            (422, #"{"error":"something else"}"#, "unexpected 422"),
            (400, #"{"error":"db name did not start with a number or letter","data":null}"#, "no database"),
            (
                400,
                #"{"error":"invalid character in database or rp name: must be ASCII, containing only letters"}"#,
                "no database"
            ),
            (400, "serde error: missing field `db`", "unexpected 400"),
            (400, #"{"error": "Authorization header was malformed, the request was not in the form"}"#, "unauthorized"),
            (401, #"{"error": "the request was not authenticated"}"#, "unauthorized"),
            (403, #"{"error": "requestor is forbidden from requested resource"}"#, "forbidden"),
            (404, "not found", "no path"), (404, #"{"error":"database not found: market"}"#, "no database"),
            (404, "{\n\t\"code\": \"not found\",\n\t\"message\": \"path not found\"\n}", "no path"),
            (404, "404 page not found\n", "no path"),
            (400, #"remoteAddr: "127.0.0.1:1"; unsupported path requested: "/api/v3/write_lp""#, "no path"),
            (405, #"{"error":"unsupported method"}"#, "unexpected 405"),
            (413, "max request size (10485760 bytes) exceeded", "tooLarge"),
            (500, "max request size (10485760 bytes) exceeded", "tooLarge"),
            (500, "body content is not valid utf8: invalid utf-8 sequence", "rejected 0"),
            (400, "body content is not valid utf8: invalid utf-8 sequence", "rejected 0"),
            (500, "error decoding gzip stream: invalid gzip header", "failed"),
            (500, "error from wal: object store", "failed"), (429, "", "overloaded"), (503, "", "overloaded"),
        ])
    func answers(status: Int, body: String, expected: String) throws {
        #expect(kind(of: try reply(status, body)) == expected)
    }

    @Test("a reported line is known by its number, among the lines that count, and shown as it was sent")
    func numbers() throws {
        let delivered = "# c\n\na v=1 1\nlong,tag=aaaaaaaaaaaaaaaaaaaaaaaaaaaa v=2.50 2\na s=\"x\ny\" 3\na v=4i 4\n"
        let body = Self.partial(
            "[\(Self.report(2, "long,tag=aaaaaaaaaaa", "invalid column type for column 'v'")),"
                + "\(Self.report(4, "y\\\" 3", "invalid column type")),\(Self.report(9, "who"))]")

        let reply = try reply(400, body, delivered: delivered)

        #expect(
            reply
                == .partial(
                    refused: [
                        RejectedLine(
                            line: "long,tag=aaaaaaaaaaaaaaaaaaaaaaaaaaaa v=2.50 2", number: 2,
                            reason: "invalid column type for column 'v'"),
                        RejectedLine(line: "a v=4i 4", number: 4, reason: "invalid column type"),
                        RejectedLine(line: "who", number: nil, reason: "No fields were provided"),
                    ], count: RefusedCount(lines: 3, isAtLeast: false),
                    message: "stored but for 3 lines, the first because of: invalid column type for column 'v'"))
    }

    @Test(
        "lines that a limit of the server keeps out make the whole delivery one to be sent again, over every API",
        arguments: InfluxDB.API.allCases,
        [
            "Update to schema would exceed number of columns per table limit of 500 columns",
            "Update to schema would exceed number of tables limit of 2000 tables",
            "Update to schema would exceed the field limit (5) for field family 'f'",
            "Schema update for table 'a' would exceed the tag column limit: 251 tag columns, but the limit is 250",
            "Adding a new database would exceed limit of 5 databases",
        ])
    func limits(api: InfluxDB.API, reason: String) throws {
        let bad = Self.report(1, "a v=")
        let body = Self.partial("[\(bad),\(Self.report(2, "a v=1", reason))]")

        let replies = try [400, 422].map { try reply($0, body, delivered: "a v=\na v=1 1\na v=2 2\n", api: api) }

        #expect(
            replies
                == [400, 422].map {
                    .limited(
                        "not all lines were stored: a limit of the server is reached (\($0): \(reason)): "
                            + "raise it and send all of them again, which stores over themselves those that are there")
                })
        #expect(kind(of: try reply(400, Self.partial("[\(bad)]"), api: api)) == "partial 1")
    }

    @Test("of an answer that is cut the whole reports count, and the number is at least theirs")
    func cut() throws {
        let body = Self.partial("[" + (1...50).map { Self.report($0, "a v=") }.joined(separator: ",") + "]")
        let lines = (1...50).map { _ in "a v=\n" }.joined()

        let some = try reply(400, String(body.prefix(1_000)), delivered: lines, isCut: true)
        let none = try reply(400, String(body.prefix(100)), delivered: lines, isCut: true)

        guard case .partial(let refused, let count, _) = some else {
            Issue.record("\(some)")
            return
        }
        #expect(refused.map(\.number) == (1...refused.count).map { $0 })
        #expect((5...20).contains(refused.count) && count == RefusedCount(lines: refused.count, isAtLeast: true))
        #expect(refusedCount(of: none) == RefusedCount(lines: 1, isAtLeast: true))
    }

    @Test("a body that is not the server's JSON names no line and is a partial write all the same")
    func broken() throws {
        let bodies = [
            Self.partial("[{}]"), Self.partial(#"[{"line_number":"2"}]"#), Self.partial("[[]]"),
            Self.partial(#"[{"line_number":-1}]"#), Self.partial("[]"),
        ]

        let replies = try bodies.map { try reply(400, $0, delivered: "a v=1 1\n") }

        #expect(replies.map { kind(of: $0) } == ["partial 1", "partial 0", "partial 0", "partial 1", "partial 0"])
        #expect(replies.allSatisfy { refusedCount(of: $0)?.lines == 1 })
    }

    @Test("messages say what is wrong and what to do")
    func messages() throws {
        let texts = [
            try reply(401, #"{"error": "the request was not authenticated"}"#),
            try reply(401, #"{"error": "the request was not authenticated"}"#, token: nil),
            try reply(403, #"{"error": "forbidden"}"#),
            try reply(400, #"{"error":"db name did not start with a number or letter"}"#),
            try reply(422, #"{"error":"Adding a new database would exceed limit of 5 databases"}"#),
            try reply(404, "not found"),
        ].map { message(of: $0) }

        #expect(
            texts == [
                "http://localhost:8086 does not know the token (401: the request was not authenticated): "
                    + "use a token of this server",
                "http://localhost:8086 asks for a token, and none is set (401: the request was not authenticated)",
                #"the token may not write to the database "market" (403: forbidden): "#
                    + "use one with the right to write there",
                #"http://localhost:8086 takes no database of the name "market" "#
                    + "(400: db name did not start with a number or letter): "
                    + "use letters, digits, - and _, with a letter or digit first",
                "nothing was stored: a limit of the server is reached "
                    + "(422: Adding a new database would exceed limit of 5 databases)",
                "http://localhost:8086 answers, but knows no /api/v3/write_lp (404: not found): correct the address"
                    + ", or use the API v2 or v1 if that is what the server speaks",
            ])
    }

    // MARK: A server as the source describes it

    @Test("a delivery is settled by one request: the good lines are stored and the bad ones numbered")
    func delivery() async throws {
        try await FakeInfluxDB3.with { url, _ in
            let influx = try InfluxDB(influxConfiguration(url, api: .v3, token: "the-token"))
            let batches = [try batch("a v=1 1\na v=\n"), try batch("b v=\nb v=1 1\n")]

            let reply = await influx.deliver(batches, to: Bucket("market"))

            #expect(
                reply
                    == .partial(
                        refused: [
                            RejectedLine(line: "a v=", number: 2, reason: "No fields were provided"),
                            RejectedLine(line: "b v=", number: 3, reason: "No fields were provided"),
                        ], count: RefusedCount(lines: 2, isAtLeast: false),
                        message: "stored but for 2 lines, the first because of: No fields were provided"))
        }
    }

    @Test("thousands of bad lines are all read from the answer")
    func manyBad() async throws {
        try await FakeInfluxDB3.with { url, _ in
            let influx = try InfluxDB(influxConfiguration(url, api: .v3, token: "the-token"))
            let lines = (1...5_000).map { "a,n=\($0) v=\n" }.joined()

            let reply = await influx.deliver([try batch(lines)], to: Bucket("market"))

            guard case .partial(let refused, let count, _) = reply else {
                Issue.record("\(kind(of: reply))")
                return
            }
            #expect(refused.map(\.number) == (1...5_000).map { $0 })
            #expect(count == RefusedCount(lines: 5_000, isAtLeast: false))
        }
    }

    @Test("a ping tells the version")
    func ping() async throws {
        let server = try ScriptedServer { _ in
            ServerResponse(
                200, headers: [("X-Influxdb-Version", "3.1.0"), ("X-Influxdb-Build", "Core")],
                body: .bytes(Array(#"{"version":"3.1.0"}"#.utf8)))
        }
        let influx = try InfluxDB(influxConfiguration(server.url, api: .v3))

        #expect(await influx.ping() == InfluxDB.Ping(reply: .acknowledged, version: "3.1.0", build: "Core"))
        await server.stop()
    }
}
