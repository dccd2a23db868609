import HTTPServer
import TestKit
import Testing

private func post(_ headers: String, _ body: String = "") -> String {
    "POST /p HTTP/1.1\r\nHost: h\r\n\(headers)\r\n\r\n\(body)"
}

private func chunked(_ pieces: String...) -> String {
    post(
        "Transfer-Encoding: chunked",
        pieces.map { "\(String($0.utf8.count, radix: 16))\r\n\($0)\r\n" }.joined() + "0\r\n\r\n")
}

/// What a peer may try with a server, row by row, over real connections; here the rows that state an answer, in
/// `ProbeTableLimitTests.swift` those that state a deadline or a bound.
@Suite("Probe table", .timeLimit(.minutes(8)))
struct ProbeTableTests {
    /// The method, the path, what `X` says, each value on its own, and the body.
    static let handler: HTTPServer.Handler = { request in
        let values = request.headers.filter { $0.name.lowercased() == "x" }.map(\.value)
        do {
            let body = String(decoding: try await request.body.collect(), as: UTF8.self)
            return .text("\(request.method) \(request.path) \(values) \(body)")
        } catch {
            return .text("\(error)", status: 418)
        }
    }

    private static let heads: [Probe] = [
        Probe("head within the memory", .send(get("/", headers: "X: \(text(24_000))\r\n")), .answer(200)),
        Probe(
            "head over the memory: one header", .send(get("/", headers: "X: \(text(40_000))\r\n")), .answer(431), .end),
        Probe(
            "head over the memory: 5,000 headers",
            .send(get("/", headers: (0..<5_000).map { "X\($0): y\r\n" }.joined())), .answer(431), .end),
        Probe("64 kB request line", .send(get("/" + text(64_000))), .answer(414), .end),
        .refused("no Host", 400, "GET / HTTP/1.1\r\n\r\n"),
        .refused("no Host beside an absolute target", 400, "GET http://h/ HTTP/1.1\r\n\r\n"),
        Probe("no Host in HTTP/1.0", .send("GET / HTTP/1.0\r\n\r\n"), .answer(200), .end),
        Probe("HTTP/0.9", .send("GET /\r\n\r\n"), .answer(400), .end),
        Probe("HTTP/0.9 by its name", .send(get("/", version: "0.9")), .answer(505), .end),
        Probe("HTTP/2.0", .send(get("/", version: "2.0")), .answer(505), .end),
        Probe("HTTP/2 preface", .send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), .answer(505), .end),
        .refused("two equal Content-Length", 400, post("Content-Length: 1\r\nContent-Length: 1", "1")),
        .refused("two different Content-Length", 400, post("Content-Length: 1\r\nContent-Length: 2", "12")),
        .refused(
            "Content-Length with Transfer-Encoding", 400,
            post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n")),
        .refused(
            "Transfer-Encoding with Content-Length", 400,
            post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n")),
        .refused("unknown transfer coding", 400, post("Transfer-Encoding: gzip")),
        .refused("unknown transfer coding before chunked", 400, post("Transfer-Encoding: gzip, chunked")),
        .refused("unknown transfer coding like chunked", 400, post("Transfer-Encoding: xchunked", "0\r\n\r\n")),
        .refused("chunked in HTTP/1.0", 400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Probe("length that is no number", .send(post("Content-Length: x")), .answer(400)),
        Probe("negative length", .send(post("Content-Length: -1")), .answer(400)),
        .refused("CR in a value", 400, get("/", headers: "X: a\rb\r\n")),
        .refused("space before the colon", 400, get("/", headers: "X : a\r\n")),
        .refused("two Host", 400, get("/", headers: "Host: test\r\n")),
        .refused("odd method", 400, "G@T / HTTP/1.1\r\nHost: h\r\n\r\n"),
        .refused("CONNECT", 501, "CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n"),
        .refused("target without a slash", 400, get("a")),
        .refused("space in a target", 400, get("/a b")),
        .refused("tab in a target", 400, get("/a\tb")),
    ]

    private static let bodies: [Probe] = [
        .served("body at the cap, announced", post("Content-Length: 10", "0123456789"), "POST /p [] 0123456789"),
        // Refused at the head: nothing of the body was sent.
        .refused("body over the cap, announced", 413, post("Content-Length: 11")),
        .served("body at the cap, chunked", chunked("01234", "56789"), "POST /p [] 0123456789"),
        Probe(
            "body over the cap, chunked", .send(chunked("0123456789", "0") + get("/next")), .answer(413),
            .answer(200, "GET /next [] ")),
        Probe(
            "body at twice the cap, chunked", .send(chunked("0123456789", "0123456789") + get("/next")), .answer(413),
            .answer(200, "GET /next [] ")),
        Probe("body over twice the cap, chunked", .send(chunked("0123456789", "0123456789", "0")), .end),
        Probe("chunk that is none", .send(post("Transfer-Encoding: chunked", "xyz\r\n\r\n")), .answer(400), .end),
        Probe(
            "Expect: 100-continue", .send(post("Expect: 100-continue\r\nContent-Length: 5")), .answer(100),
            .send("hello" + get("/next")), .answer(200, "POST /p [] hello"), .answer(200, "GET /next [] ")),
        .refused("Expect: 100-continue over the cap", 413, post("Expect: 100-continue\r\nContent-Length: 11")),
        .refused(
            "Expect: 100-continue of a refused head", 400,
            post("Expect: 100-continue\r\nContent-Length: 1\r\nContent-Length: 1")),
    ]

    private static let targets: [Probe] = [
        .served("%00 in a path", get("/public%00/../secret"), "GET /public\0/../secret [] "),
        .served("absolute-form target", get("http://other:99/a/b?c"), "GET /a/b [] "),
        .served("absolute-form target without a path", get("HTTP://other"), "GET / [] "),
        .served("asterisk-form target", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS * [] "),
    ]

    /// The threat model names them. They are served with what the library leaves of them, nothing is decided by it, and the
    /// connection stays in step.
    private static let unseen: [Probe] = [
        .served("NUL in a header value", get("/", headers: "X: a\0b\r\n"), "GET / [\"a\"] "),
        .served("NUL in a target", get("/a\0b"), "GET /a [] "),
        .served("folded header", get("/", headers: "X: a\r\n b\r\nY: c\r\n"), "GET / [] "),
        .refused("folded header with a colon", 400, get("/", headers: "Y: a\r\n X: b\r\n")),
        .served("bare LF", "GET / HTTP/1.1\nHost: h\nX: a\n\n", "GET / [\"a\"] "),
        .served("header without a name", get("/", headers: ": a\r\n"), "GET / [] "),
    ]

    private static let kinds: [Probe] = [
        Probe(
            "pipelining",
            steps: [.send((1...20).map { $0 % 2 == 0 ? get("/\($0)") : post("Content-Length: 1", "x") }.joined())]
                + (1...20).map { .answer(200, $0 % 2 == 0 ? "GET /\($0) [] " : "POST /p [] x") }),
        Probe(
            "HEAD", .send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/next")), .head(200),
            .answer(200, "GET /next [] ")),
        Probe("HTTP/1.0", .send(get("/", version: "1.0") + get("/next")), .answer(200, "GET / [] "), .end),
        .served("HTTP/1.0 to be kept", get("/", version: "1.0", headers: "Connection: keep-alive\r\n"), "GET / [] "),
        .served(
            "Upgrade: h2c",
            get("/", headers: "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
            "GET / [] "),
        .served(
            "repeated headers", get("/", headers: "X: 1\r\nY: 2\r\nx: 3\r\nX: 1\r\n"),
            "GET / [\"1\", \"3\", \"1\"] "),
    ]

    private static func text(_ count: Int) -> String { String(repeating: "y", count: count) }

    @Test("rows that state an answer", arguments: heads + bodies + targets + unseen + kinds)
    func row(probe: Probe) async throws {
        try await withServer(
            { ($0.headBytesMax, $0.bodyBytesMax) = (32 << 10, 10) }, handler: Self.handler
        ) { server async throws in
            try await probe.run(port: server.port)

            #expect(try await answer(to: get("/"), port: server.port)?.status == 200)
        }
    }
}
