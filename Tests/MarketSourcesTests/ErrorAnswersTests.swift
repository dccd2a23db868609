import CoinlineBase
import CoinlineHTTP
import CoinlineJSON
import Testing

@testable import MarketSources

private let errors = LiveCoinWatchErrors(key: Secret("planted-key-0123456789"))

private func kind(_ status: Int, _ body: String) -> UpstreamError.Kind? {
    switch errors.read(Reply(status: status, body: Array(body.utf8)), name: "coins") {
    case .success: nil
    case .failure(let fault): fault.kind
    }
}

private func object(_ code: Int, _ description: String = "d") -> String {
    #"{"error":{"code":\#(code),"status":"s","description":"\#(description)"}}"#
}

@Suite("Error answers of Live Coin Watch")
struct ErrorAnswersTests {
    @Test("an error object is an error whatever the status, and its code counts", arguments: [200, 400, 503])
    func errorObjects(status: Int) {
        #expect(kind(status, object(401)) == .unauthorized("d"))
        #expect(kind(status, object(403)) == .forbidden("d"))
        #expect(kind(status, object(404)) == .notFound("d"))
        #expect(kind(status, object(429)) == .rateLimited(after: nil))
        #expect(kind(status, object(500)) == .server(status: 500, "d"))
        for code in [400, 405, 406, 410, 418] { #expect(kind(status, object(code)) == .badRequest(status: code, "d")) }
    }

    @Test(
        "an error object without a code that makes sense counts as its status",
        arguments: [
            #"{"error":{}}"#, #"{"error":{"code":null}}"#, #"{"error":{"code":"x"}}"#, #"{"error":{"code":200}}"#,
            #"{"error":{"code":1e300}}"#,
        ])
    func errorsWithoutCode(body: String) {
        #expect(kind(503, body) == .server(status: 503, ""))
        #expect(kind(429, body) == .rateLimited(after: nil))
        #expect(kind(200, body) == .server(status: 200, ""))
    }

    @Test("the short phrase stands in for a missing description")
    func phrase() {
        #expect(kind(400, #"{"error":{"code":400,"status":"Bad."}}"#) == .badRequest(status: 400, "Bad."))
        #expect(kind(400, #"{"error":{"code":400,"description":7}}"#) == .badRequest(status: 400, ""))
    }

    @Test("a status of 4xx and 5xx is an error also without an error object")
    func statusAlone() {
        #expect(kind(401, "{}") == .unauthorized("{}"))
        #expect(kind(500, "[]") == .server(status: 500, "[]"))
        #expect(kind(503, "<html>\nmaintenance</html>") == .server(status: 503, "<html> maintenance</html>"))
        #expect(kind(403, "") == .forbidden(""))
        #expect(kind(404, "<h1>nothing here</h1>") == .notJSON(status: 404, prefix: "<h1>nothing here</h1>"))
        #expect(kind(418, "") == .badRequest(status: 418, ""))
    }

    @Test("other statuses are no answers of the service", arguments: [201, 204, 301, 302, 307, 304])
    func otherStatuses(status: Int) {
        #expect(kind(status, "{}") == .unexpected(status: status))
    }

    @Test(
        "a page, an empty body and plain text under 200 are recognised before they are decoded",
        arguments: [
            ("<!doctype html>\r\n<title>x</title>", "a web page titled x"), ("", ""), ("  \n", "   "),
            ("ok", "ok"), ("\u{FEFF}{}", "_{}"),
        ])
    func notJSON(body: String, prefix: String) {
        #expect(kind(200, body) == .notJSON(status: 200, prefix: prefix))
    }

    @Test("at most 200 bytes of such a page are kept")
    func longPage() {
        guard case .notJSON(_, let prefix)? = kind(200, String(repeating: "<p>", count: 10_000)) else {
            Issue.record("a page was not recognised")
            return
        }
        #expect(prefix.utf8.count == 200)
    }

    @Test("damaged JSON is told from a page", arguments: [#"{"a":1"#, "[1,2", "[1,]", "{} {}", " \n[\"\u{1}\"]"])
    func damaged(body: String) {
        guard case .malformed(let error)? = kind(200, body) else {
            Issue.record("\(body) was not recognised")
            return
        }
        #expect(error.path.hasPrefix("coins"))
    }

    @Test(
        "good answers are no errors",
        arguments: [
            "{}", "[]", #"{"error":null}"#, #"{"error":"none"}"#, #"[{"error":{"code":500}}]"#,
        ])
    func goodAnswers(body: String) {
        #expect(kind(200, body) == nil)
    }

    @Test("a key that the service repeats does not come through")
    func repeatedKey() {
        let text = "the key planted-key-0123456789 is wrong"

        #expect(kind(401, object(401, text)) == .unauthorized("the key ‹redacted› is wrong"))
        #expect(kind(500, text) == .server(status: 500, "the key ‹redacted› is wrong"))
        #expect(kind(200, text) == .notJSON(status: 200, prefix: "the key ‹redacted› is wrong"))
    }
}

@Suite("What people are told of errors")
struct ErrorTextTests {
    private func text(_ kind: UpstreamError.Kind) -> String {
        "\(UpstreamError(service: LiveCoinWatch.service, endpoint: "/coins/list", kind: kind))"
    }

    @Test("a refused key names its setting")
    func key() {
        #expect(
            text(.unauthorized("Your API key is wrong."))
                == #"LCW_API_KEY was refused by Live Coin Watch ("Your API key is wrong."): set the account's current "#
                + "key (making a new one voids the old)")
    }

    @Test("exhausted credits say when there are new ones")
    func credits() {
        #expect(text(.outOfCredits).contains("renewed at 00:00 UTC"))
        #expect(text(.rateLimited(after: nil)).contains("renewed at 00:00 UTC"))
        #expect(text(.rateLimited(after: .seconds(300))).contains("asks to wait 5 min"))
    }

    @Test("every kind has one line that says something of its own")
    func allKinds() {
        let kinds: [UpstreamError.Kind] = [
            .unauthorized(""), .forbidden(""), .badRequest(status: 400, ""), .notFound(""), .rateLimited(after: nil),
            .outOfCredits, .server(status: 500, ""), .network(.timeout, "x"), .network(.resolve, "x"),
            .network(.badRequest, "x"), .network(.transfer, "x"), .notJSON(status: 200, prefix: ""),
            .notJSON(status: 200, prefix: "<p>"), .unexpected(status: 302),
            .malformed(.init(path: "coins", byte: 3, reason: .invalidUTF8)),
            .breakerOpen(after: .seconds(42), last: "fault of the service (500)"), .toldToWait(.seconds(90)),
            .cancelled,
        ]

        let texts = kinds.map(text)

        #expect(Set(texts).count == texts.count)
        for line in texts { #expect(line.contains("Live Coin Watch") && !line.contains("\n") && !line.hasSuffix(".")) }
        #expect(Set(kinds.map(\.label)).count == kinds.count - 1)
    }

    @Test("an unreachable upstream names the setting of its address")
    func network() {
        #expect(text(.network(.connect, "nobody listens at http://127.0.0.1:1")).contains("LCW_BASE_URL"))
        #expect(text(.notJSON(status: 200, prefix: "<html>")).contains("LCW_BASE_URL"))
    }
}
