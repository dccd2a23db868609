import CoinlineBase
import HTTPServer
import TestKit
import Testing

@Suite("Deadlines", .timeLimit(.minutes(8)))
struct DeadlineTests {
    private static let handler: HTTPServer.Handler = { request in
        _ = try? await request.body.collect()
        return .text("ok")
    }

    @Test("a later head that drips is cut off as well")
    func drippingLaterHead() async throws {
        try await withServer({ $0.headTimeout = .seconds(3) }, handler: Self.handler) { server async throws in
            let bytes = try await drip(get("/") + "GET / HTTP/1.1\r\nX: ", "y", port: server.port)

            #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("ok"))
        }
    }

    @Test("a handler may take as long as it likes, and the time in which it does not read is not the peer's")
    func slowHandler() async throws {
        let (begun, go) = (Counter(), Latch())
        try await withServer(
            { ($0.bodyTimeout, $0.idleTimeout, $0.answerTimeout) = (.seconds(5), .seconds(5), .seconds(5)) },
            handler: { request in
                if request.path == "/slow" {
                    begun.add()
                    await go.waitRegardless()
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
                #expect(try await drip(start, "1", port: server.port).isEmpty)
            }
            go.open()

            #expect(try await got?.text == "ok")
            #expect(try await uploaded == "ok")
        }
    }
}
