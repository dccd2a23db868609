import HTTPServer
import TestKit
import Testing

@Suite("Over the wire", .timeLimit(.minutes(1)))
struct StrictnessTests {
    private static let handler: HTTPServer.Handler = { request in
        _ = try? await request.body.collect()
        return .text(request.path)
    }

    @Test(
        "what two programs could read differently is refused",
        arguments: [
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n", 400),
            ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
            ("GET /\r\n\r\n", 400),
        ])
    func refusals(text: String, status: Int) async throws {
        try await withServer(handler: Self.handler) { server async throws in
            #expect(try await answer(to: text, port: server.port)?.status == status)
        }
    }

    @Test("a chunk that is none breaks the request off")
    func badChunk() async throws {
        try await withServer(handler: Self.handler) { server async throws in
            let text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n"
            let answer = try await answer(to: text, port: server.port)

            #expect(answer == nil || answer?.status == 400)
        }
    }

    @Test("a head over the cap is refused, and the last one under it is served")
    func headCap() async throws {
        try await withServer(handler: Self.handler) { server async throws in
            func header(_ count: Int) -> String { "X: \(String(repeating: "y", count: count))\r\n" }
            #expect(try await answer(to: get("/", headers: header(8_000)), port: server.port)?.status == 200)
            #expect(try await answer(to: get("/", headers: header(40_000)), port: server.port)?.status == 431)
            let many = (0..<5_000).map { "X\($0): y\r\n" }.joined()
            #expect(try await answer(to: get("/", headers: many), port: server.port)?.status == 431)
            #expect(
                try await answer(to: get("/" + String(repeating: "a", count: 65_000)), port: server.port)?.status == 414
            )
            #expect(try await answer(to: get("/"), port: server.port)?.status == 200)
        }
    }

    @Test("an escaped NUL does not shorten a path, and an upgrade to HTTP/2 is passed over")
    func harmless() async throws {
        try await withServer(handler: Self.handler) { server async throws in
            #expect(try await answer(to: get("/public%00/../secret"), port: server.port)?.text == "/public\0/../secret")
            let upgrade = get(
                "/", headers: "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n")
            #expect(try await answer(to: upgrade, port: server.port)?.status == 200)
            let options = "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"
            #expect(try await answer(to: options, port: server.port)?.text == "*")
        }
    }

    @Test("random bytes never stop the server", arguments: 0..<4 as Range<UInt64>)
    func garbage(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let samples = (0..<100).map { _ in
            var bytes = Array(
                "POST /x?y=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            return Array(bytes.prefix(Int.random(in: 1...bytes.count, using: &random)))
        }
        // Half a request is given up when a deadline is looked at, which is done more often the shorter they are.
        try await withServer({ $0.headTimeout = .milliseconds(60) }, handler: Self.handler) { server async throws in
            try await onThread {
                for sample in samples {
                    let connection = try RawConnection(port: server.port)
                    try connection.send(sample)
                    connection.endSending()
                    _ = try connection.receiveAll()
                }
            }
            #expect(try await answer(to: get("/"), port: server.port)?.status == 200, "seed \(seed)")
        }
    }
}
