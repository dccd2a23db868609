import CoinlineBase
import HTTPServer
import TestKit
import Testing

@Suite("Deadlines", .timeLimit(.minutes(1)))
struct DeadlineTests {
    private static let handler: HTTPServer.Handler = { request in
        _ = try? await request.body.collect()
        return request.path == "/big"
            ? ServerResponse(body: .bytes([UInt8](repeating: 1, count: 50 << 20))) : .text("ok")
    }

    /// Sends `start` and then `drip` again and again until the connection is closed; gives what came.
    private static func drip(_ start: String, _ drip: String, port: UInt16) async throws -> [UInt8] {
        try await onThread {
            let connection = try RawConnection(port: port, timeout: .milliseconds(10))
            try connection.send(start)
            var received: [UInt8] = []
            while true {
                do {
                    let bytes = try connection.receive()
                    if bytes.isEmpty { return received }
                    received += bytes
                } catch {
                    // Nothing came within the time limit: the next drop. Sending to a closed connection is its end.
                    do { try connection.send(drip) } catch { return received }
                }
            }
        }
    }

    @Test("a head that drips is cut off")
    func drippingHead() async throws {
        try await withServer({ $0.headTimeout = .milliseconds(300) }, handler: Self.handler) { server async throws in
            #expect(try await Self.drip("GET / HTTP/1.1\r\nHost: a\r\nX: ", "y", port: server.port).isEmpty)
            #expect(try await Self.drip("", "G", port: server.port).isEmpty)
        }
    }

    @Test("a later head that drips is cut off as well")
    func drippingLaterHead() async throws {
        try await withServer({ $0.headTimeout = .seconds(1) }, handler: Self.handler) { server async throws in
            let bytes = try await Self.drip(get("/") + "GET / HTTP/1.1\r\nX: ", "y", port: server.port)

            #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("ok"))
        }
    }

    @Test("a body that drips is cut off", arguments: ["Content-Length: 100000", "Transfer-Encoding: chunked"])
    func drippingBody(header: String) async throws {
        try await withServer({ $0.bodyTimeout = .milliseconds(300) }, handler: Self.handler) { server async throws in
            let start = "POST / HTTP/1.1\r\nHost: a\r\n\(header)\r\n\r\n"

            #expect(try await Self.drip(start, "1\r\n1\r\n", port: server.port).isEmpty)
        }
    }

    @Test("a silent connection is closed, before and after a request")
    func silence() async throws {
        try await withServer(
            { ($0.headTimeout, $0.idleTimeout) = (.seconds(1), .milliseconds(200)) }, handler: Self.handler
        ) { server async throws in
            let isClosed = try await onThread {
                let first = try RawConnection(port: server.port)
                let second = try RawConnection(port: server.port)
                try second.send(get("/"))
                let answer = try RawAnswerReader(second).next()
                return (try first.isClosed(), answer?.text, try second.isClosed())
            }

            #expect(isClosed == (true, "ok", true))
        }
    }

    @Test("a peer that does not read an answer is cut off", arguments: ["/big", "/stream"])
    func stalledReader(path: String) async throws {
        try await withServer(
            {
                $0.answerTimeout = .milliseconds(300)
                $0.connectionsMax = 1
            },
            handler: { request in
                guard request.path == "/stream" else { return await Self.handler(request) }
                return ServerResponse(
                    body: .stream(length: nil) { writer in
                        while await writer.write([UInt8](repeating: 1, count: 100_000)) {}
                    })
            }
        ) { server async throws in
            let stalled = try RawConnection(port: server.port)
            try stalled.send(get(path))

            // There is room for one connection: this one is served once the other is gone.
            #expect(try await answer(to: get("/"), port: server.port)?.text == "ok")
            // What the kernel held is all there is to read.
            let count = try await onThread { try stalled.receiveAll().count }
            #expect(count < 50 << 20)
        }
    }

    @Test("a handler may take as long as it likes, and the time in which it does not read is not the peer's")
    func slowHandler() async throws {
        let (begun, go) = (Counter(), Latch())
        try await withServer(
            { ($0.bodyTimeout, $0.idleTimeout, $0.answerTimeout) = (.seconds(1), .seconds(1), .seconds(1)) },
            handler: { request in
                if request.path == "/slow" {
                    begun.add()
                    await go.wait()
                }
                return await Self.handler(request)
            }
        ) { server async throws in
            let body = [UInt8](repeating: 1, count: 1 << 20)
            async let uploaded = onThread {
                let connection = try RawConnection(port: server.port)
                try connection.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: \(body.count)\r\n\r\n")
                try connection.send(body)
                return try RawAnswerReader(connection).next()?.text
            }
            async let got = answer(to: get("/slow"), port: server.port)
            await begun.reached(2)
            // Two others are cut off meanwhile: the deadlines of the first two would have passed as well.
            for _ in 0..<2 {
                let start = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
                #expect(try await Self.drip(start, "1", port: server.port).isEmpty)
            }
            go.open()

            #expect(try await got?.text == "ok")
            #expect(try await uploaded == "ok")
        }
    }
}
