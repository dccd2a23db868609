import CoinlineBase
import Testing

@testable import InfluxWriter

@Suite("InfluxDB: what an answer means")
struct InfluxDBReplyTests {
    private func reply(
        _ status: Int, _ body: String = "", headers: [(String, String)] = [], api: InfluxDB.API = .v2,
        token: String? = "the-token-of-the-test", organization: String? = "market", bucket: String = "crypto_data"
    ) throws -> Reply {
        let configuration = influxConfiguration(api: api, token: token, organization: organization)
        let context = WriteReply.Context(
            requests: try WriteRequests(configuration), bucket: Bucket(bucket), now: UTCTime(seconds: 1_700_000_000))
        let answer = WriteReply.Answer(
            status: status, headers: headers.map { ($0.0, $0.1) }, body: Array(body.utf8))
        return WriteReply.reply(to: answer, context)
    }

    private static func json(_ code: String, _ message: String) -> String {
        #"{"code":"\#(code)","message":"\#(message)"}"#
    }

    @Test(
        "InfluxDB 2",
        arguments: [
            (204, "", "acknowledged"),
            (204, "stored?", "unexpected 204"), (200, "", "unexpected 200"), (202, "", "unexpected 202"),
            (200, "<html>welcome</html>", "unexpected 200"), (301, "", "unexpected 301"), (307, "", "unexpected 307"),
            (400, json("invalid", "unable to parse 'a v=': missing field value"), "rejected 1"),
            (400, json("invalid", "unable to read data: gzip: invalid checksum"), "rejected 0"),
            (400, json("invalid", "Please provide either orgID or org"), "no organization"),
            (400, json("invalid", "invalid precision; valid precision units are ns, us, ms, and s"), "unexpected 400"),
            (400, "<html><title>400 Bad Request</title></html>", "unexpected 400"), (400, "", "unexpected 400"),
            (401, json("unauthorized", "unauthorized access"), "unauthorized"),
            (403, json("forbidden", "insufficient permissions for write"), "forbidden"),
            (403, json("forbidden", "insufficient permissions for write: token is inactive"), "forbidden"),
            (404, json("not found", #"bucket \"x\" not found"#), "no bucket"),
            (404, json("not found", "bucket not found"), "no bucket"),
            (404, json("not found", #"bucket \"organization\" not found"#), "no bucket"),
            (404, json("not found", #"database not found: \"bucket\""#), "no database"),
            (404, json("not found", #"organization name \"x\" not found"#), "no organization"),
            (404, "{\n\t\"code\": \"not found\",\n\t\"message\": \"path not found\"\n}", "no path"),
            (404, "404 page not found\n", "no path"), (404, "<html>404</html>", "no path"), (404, "", "no unknown"),
            (405, json("method not allowed", "allow: OPTIONS, POST"), "unexpected 405"),
            (408, "", "unavailable"), (411, "", "unexpected 411"), (413, "", "tooLarge"),
            (413, json("request too large", "points batch is too large"), "tooLarge"),
            (
                422,
                json("unprocessable entity", "failure writing points to database: partial write: x dropped=2"),
                "partial 0"
            ),
            (422, json("unprocessable entity", "limit exceeded"), "unexpected 422"), (422, "", "unexpected 422"),
            (429, "", "overloaded"), (499, "", "unavailable"),
            (500, json("internal error", "unable to read data: unexpected EOF"), "failed"),
            (501, "", "unavailable"),
            (502, "<html><head><title>502 Bad Gateway</title></head></html>", "unavailable"), (503, "", "overloaded"),
            (504, "", "unavailable"), (507, "", "unavailable"), (599, "", "unavailable"), (600, "", "unexpected 600"),
            (418, "", "unexpected 418"), (101, "", "unexpected 101"),
        ])
    func influx2(status: Int, body: String, expected: String) throws {
        let reply = try reply(status, body)

        #expect(kind(of: reply) == expected)
        #expect((reply == .acknowledged) == message(of: reply).isEmpty)
    }

    @Test(
        "InfluxDB 1",
        arguments: [
            (204, "", "acknowledged"),
            (
                400, #"{"error":"unable to parse 'a v= 2': missing field value\nunable to parse 'b x': bad"}"#,
                "rejected 2"
            ),
            (400, #"{"error":"partial write: unable to parse 'a v= 2': missing field value dropped=0"}"#, "partial 1"),
            (
                400,
                #"{"error":"partial write: field type conflict: input field \"v\" on measurement \"a\" is type "#
                    + #"integer, already exists as type float dropped=1"}"#,
                "partial 0"
            ),
            (400, #"{"error":"database is required"}"#, "no database"), (400, #"{"error":"EOF"}"#, "rejected 0"),
            (400, #"{"code":"invalid","message":"missing db"}"#, "no database"),
            (400, #"{"error":"gzip: invalid header"}"#, "rejected 0"),
            (401, #"{"error":"authorization failed"}"#, "unauthorized"),
            (401, #"{"error":"unable to parse authentication credentials"}"#, "unauthorized"),
            (403, #"{"error":"\"r\" user is not authorized to write to database \"m\""}"#, "forbidden"),
            (404, #"{"error":"database not found: \"nope\""}"#, "no database"),
            (404, #"{"code":"not found","message":"no dbrp mapping found"}"#, "no database"), (404, "", "no database"),
            (404, "404 page not found", "no path"),
            (413, #"{"error":"Request Entity Too Large"}"#, "tooLarge"),
            (500, #"{"error":"retention policy not found: nope"}"#, "no database"),
            (500, #"{"error":"timeout"}"#, "failed"),
            (503, #"{"error":"hinted handoff queue not empty"}"#, "overloaded"),
        ])
    func influx1(status: Int, body: String, expected: String) throws {
        #expect(kind(of: try reply(status, body, api: .v1)) == expected)
    }

    @Test("VictoriaMetrics")
    func victoriaMetrics() throws {
        let refusal =
            #"cannot process influx line protocol data: incorrect influx line "m14 v=\nm14 v=2 1767225601\n": "#
            + #"cannot parse field value for "v": field value cannot be empty; see https://docs.victoriametrics.com/x"#

        let bad = try reply(400, refusal)
        let path = try reply(400, #"remoteAddr: "127.0.0.1:1"; requestURI: /x; unsupported path requested: "/x""#)

        #expect(
            bad
                == .rejected(
                    lines: [
                        RejectedLine(
                            line: "m14 v=", number: nil,
                            reason: #"cannot parse field value for "v": field value cannot be empty"#)
                    ],
                    message: "nothing was stored: the server could not read 1 line, the first because of: "
                        + #"cannot parse field value for "v": field value cannot be empty"#))
        #expect(kind(of: path) == "no path")
    }

    @Test(
        "how long to wait",
        arguments: [
            (429, "3", "overloaded 3 s"), (503, "120", "overloaded 2 min"),
            (429, "Tue, 14 Nov 2023 22:13:30 GMT", "overloaded 10 s"), (503, "soon", "overloaded"),
            (429, "-1", "overloaded"),
        ])
    func retryAfter(status: Int, value: String, expected: String) throws {
        #expect(kind(of: try reply(status, headers: [("retry-after", value)])) == expected)
    }

    @Test("each message says what is wrong and what to do")
    func messages() throws {
        let unauthorized = Self.json("unauthorized", "unauthorized access")
        let texts = [
            try reply(401, unauthorized), try reply(401, unauthorized, token: nil),
            try reply(401, #"{"error":"authorization failed"}"#, api: .v1),
            try reply(403, Self.json("forbidden", "insufficient permissions for write: token is inactive")),
            try reply(403, Self.json("forbidden", "insufficient permissions for write")),
            try reply(404, Self.json("not found", #"bucket \"crypto_data\" not found"#)),
            try reply(404, Self.json("not found", #"organization name \"market\" not found"#)),
            try reply(400, Self.json("invalid", "Please provide either orgID or org"), organization: nil),
            try reply(404, #"{"error":"database not found: \"d\""}"#, api: .v1, bucket: "d/r"),
            try reply(500, #"{"error":"retention policy not found: r"}"#, api: .v1, bucket: "d/r"),
            try reply(404, "404 page not found\n"),
            try reply(502, "<html><head><title>502 Bad\nGateway</title></head><body>x</body></html>"),
            try reply(301, headers: [("Location", "https://user:pa55word@db.example/login?token=s3cret#x")]),
        ].map { message(of: $0) }

        #expect(
            texts == [
                "http://localhost:8086 does not know the token (401: unauthorized access): use a token of this server",
                "http://localhost:8086 asks for a token, and none is set (401: unauthorized access)",
                "http://localhost:8086 refuses user and password (401: authorization failed): check them",
                "the token, or who owns it, is inactive (403: insufficient permissions for write: token is inactive): "
                    + "activate it or use another",
                #"the token may not write to the bucket "crypto_data" (403: insufficient permissions for write): "#
                    + "use one with the right to write there",
                #"the bucket "crypto_data" does not exist, or the token has no right to it "#
                    + #"(404: bucket "crypto_data" not found): create it or correct the name"#,
                #"the organisation "market" does not exist, or the token is not of it "#
                    + #"(404: organization name "market" not found): correct the name"#,
                "http://localhost:8086 needs the name of an organisation, and none is set "
                    + "(400: Please provide either orgID or org)",
                #"the database "d" does not exist (404: database not found: "d"): create it or correct the name"#,
                #"the database "d" has no retention policy "r" (500: retention policy not found: r): "#
                    + "create it or correct the name",
                "http://localhost:8086 answers, but knows no /api/v2/write (404: 404 page not found): "
                    + "correct the address, or use the API v1 if that is what the server speaks",
                #"the server failed to answer the write (502: an HTML page, "502 Bad Gateway"): its log may tell why"#,
                "http://localhost:8086 redirects to https://db.example/login (status 301): "
                    + "set the address to where the database itself is",
            ])
    }

    @Test("what a server says is one line, bounded, harmless, and never repeats the token")
    func serverTexts() throws {
        let hostile =
            "a\u{1B}[31mred\u{0}\r\n\tb\u{202E}c the-token-of-the-test d " + String(repeating: "ü", count: 500)

        let text = message(of: try reply(500, hostile))

        #expect(text.contains("a_[31mred_ b_c ‹redacted› d üüü"))
        #expect(!text.contains("the-token"))
        #expect(text.utf8.count < 400)
        #expect(text.contains("…"))
    }

    @Test("user, password and their encoded form are kept out too")
    func basicSecrets() throws {
        let echo = "you sent user:pa55word as Basic \(TextEncodings.base64("user:pa55word")), that is pa55word"

        let text = message(of: try reply(500, echo, api: .v1, token: "user:pa55word"))

        #expect(!text.contains("pa55word"))
        #expect(!text.contains(TextEncodings.base64("user:pa55word")))
    }
    /// Answers that bring the token into the reasons of lines, into lines and behind "partial write:".
    private static let echoes: [(status: Int, api: InfluxDB.API, body: String, kind: String)] = [
        (
            400, .v2,
            json("invalid", "unable to parse 'm v=the-token-of-the-test': bad, Token the-token-of-the-test"),
            "rejected 1"
        ),
        (
            400, .v2,
            #"cannot process influx line protocol data: incorrect influx line "m v=the-token-of-the-test\n": "#
                + "the-token-of-the-test", "rejected 1"
        ),
        (
            400, .v1, #"{"error":"partial write: unable to parse 'x the-token-of-the-test': the-token-of-the-test"}"#,
            "partial 1"
        ),
        (
            422, .v2, json("unprocessable entity", "failure: partial write: the-token-of-the-test is odd dropped=1"),
            "partial 0"
        ),
        (400, .v3, report("partial write of line protocol occurred"), "partial 1"),
        (400, .v3, report("parsing failed for write_lp endpoint"), "rejected 1"),
        (422, .v3, report("partial write of line protocol occurred", "Update to schema would exceed"), "limited"),
        (422, .v3, #"{"error":"the-token-of-the-test would exceed"}"#, "limited"),
    ]

    private static func report(_ error: String, _ reason: String = "no") -> String {
        #"{"error":"\#(error)","data":[{"original_line":"m the-token-of-the-test","line_number":7,"#
            + #""error_message":"\#(reason) the-token-of-the-test"}]}"#
    }

    @Test("a refusal, a partial write and a report of lines never repeat the token", arguments: echoes.indices)
    func refusals(index: Int) async throws {
        let echo = Self.echoes[index]
        let reply = try reply(echo.status, echo.body, api: echo.api)
        #expect(kind(of: reply) == echo.kind)

        var shown = "\(reply)"
        if case .partial(let named, let count, _) = reply {
            let batch = try batch("m v=1i 1\n")
            let settlement = await Settlement.find(
                in: [batch], named, count, types: FieldTypes(), bucket: Bucket("b"), now: Timestamp(nanoseconds: 0),
                losesUnreadable: false)
            shown += "\(try #require(settlement).doubts)"
        }

        #expect(!shown.contains("the-token"), "\(shown)")
        #expect(shown.contains("‹redacted›"))
    }
}
