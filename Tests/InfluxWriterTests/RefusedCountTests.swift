import CoinlineBase
import Testing

@testable import InfluxWriter

@Suite("How many lines were refused")
struct RefusedCountTests {
    @Test(
        "the server's count is the last, with nothing but the database behind it",
        arguments: [
            ("partial write: x dropped=2", 2), ("partial write: x dropped=2\n", 2), ("dropped=10", 10),
            ("oldest point m,a=x\\ dropped=99 at 2026 dropped=2 for database: ca77 for retention policy: autogen", 2),
            ("oldest point m,a=x\\ dropped=99 at 2026 is too old", nil), ("field type conflict", nil),
            ("a dropped=", nil), ("a dropped=x", nil), ("a dropped=3x", nil), ("undropped=3", nil),
            ("a dropped=99999999999999999999", nil), ("a dropped=-1", nil), ("", nil),
        ] as [(String, Int?)])
    func server(words: String, count: Int?) {
        #expect(RefusedCount.counted(byServer: words) == count)
    }

    private func reply(_ status: Int, _ body: String, api: InfluxDB.API, isCut: Bool = false) throws -> Reply {
        let configuration = influxConfiguration(api: api)
        let context = WriteReply.Context(
            requests: try WriteRequests(configuration), bucket: Bucket("b"), now: UTCTime(seconds: 1_700_000_000))
        let answer = WriteReply.Answer(status: status, body: Array(body.utf8), isBodyCut: isCut)
        return WriteReply.reply(to: answer, context)
    }

    private func retention(_ end: String) -> String {
        let point = "r1 at 2026-01-01T00:00:00Z dropped because it violates a Retention Policy Lower Bound"
        return
            #"{"code":"unprocessable entity","message":"failure writing points to database: partial write: dropped 2 "#
            + "points outside retention policy of duration 1h0m0s - oldest point \(point) at 2026-11-21T11:53:24Z, "
            + "newest point \(point) at 2026-11-21T11:53:24Z\(end)"
    }

    @Test("a count far behind what is shown of the server's words is found")
    func farBehind() throws {
        let body = retention(#" dropped=2 for database: ca77b278349632 for retention policy: autogen"}"#)
        let reply = try reply(422, body, api: .v2)

        #expect(refusedCount(of: reply) == RefusedCount(lines: 2, isAtLeast: true))
        #expect(message(of: reply).hasPrefix("stored but for at least 2 lines"))
        #expect(message(of: reply).utf8.count < 300)
    }

    @Test("of an answer that was cut nothing is taken for the count, and what is named is the least")
    func cut() throws {
        for end in [" dropped=2", " dropped=99 for database: a", " dropped=", ""] {
            let reply = try reply(422, retention(end), api: .v2, isCut: true)
            #expect(refusedCount(of: reply) == RefusedCount(lines: 1, isAtLeast: true), "\(reply)")
        }
        let named =
            #"{"error":"partial write: unable to parse 'a v= 2': missing field value\nunable to parse 'b x': "#
            + #"bad\nunable to parse 'c,a=x\\ dropped=7"#
        let reply = try reply(400, named, api: .v1, isCut: true)
        #expect(refusedCount(of: reply) == RefusedCount(lines: 2, isAtLeast: true))
        #expect(message(of: reply) == "stored but for at least 2 lines, the first because of: missing field value")
    }

    @Test("where all refused lines are named, the message says no more")
    func named() throws {
        let body = #"{"error":"partial write: unable to parse 'a v= 2': missing field value dropped=0"}"#
        let reply = try reply(400, body, api: .v1)
        #expect(refusedCount(of: reply) == RefusedCount(lines: 1, isAtLeast: false))
        #expect(message(of: reply) == "stored but for 1 line, the first because of: missing field value")
    }

    @Test("a partial write that names and counts nothing refused at least one line")
    func uncounted() throws {
        for words in ["no number at all", "dropped=x", "the field dropped=9 of m"] {
            let reply = try reply(422, #"{"message":"partial write: \#(words)"}"#, api: .v2)
            #expect(refusedCount(of: reply) == RefusedCount(lines: 1, isAtLeast: true), "\(reply)")
        }
    }
}
