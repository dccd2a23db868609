import HTTPServer
import TestKit

/// Fifty connections, in every state that the end of a server can find them in.
struct EveryState: Sendable {
    private let begun = Counter()

    private static let states: [(name: String, sent: String)] = [
        ("silent", ""),
        ("head half sent", "GET / HTT"),
        ("body half sent", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n123"),
        ("chunk half sent", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
        (
            "body that nobody reads",
            "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + String(repeating: "x", count: 200_000)
        ),
        ("handler at work, another request waiting", get("/wait") + get("/wait")),
        ("answer that nobody reads", get("/big")),
        ("stream that nobody reads", get("/full")),
        ("stream that is silent", get("/quiet")),
        ("kept alive", get("/done")),
        (
            "upgraded",
            get("/upgrade", headers: "Connection: Upgrade\r\nUpgrade: test\r\n") + "sent along"
        ),
    ]

    /// As many as there are in all.
    static let count = 50

    func handler(_ request: ServerRequest) async -> ServerResponse {
        if request.path != "/upgrade" { begun.add() }
        switch request.path {
        case "/wait":
            await Latch().openWhenCancelled()
            return .text("x")
        case "/big": return ServerResponse(body: .bytes([UInt8](repeating: 1, count: 20 << 20)))
        case "/full":
            return ServerResponse(
                body: .stream(length: nil) { writer in
                    while await writer.write([UInt8](repeating: 1, count: 100_000)) {}
                })
        case "/quiet":
            return ServerResponse(
                body: .stream(length: 5) { writer in
                    _ = await writer.write([1])
                    await Latch().openWhenCancelled()
                })
        case "/upgrade":
            return .upgrade(to: "test") { connection in
                begun.add()
                while (try? await connection.read(within: .seconds(60))) != nil {}
            }
        default:
            _ = try? await request.body.collect()
            return .text("x")
        }
    }

    /// Opens them and returns when each is where it should be.
    func open(port: UInt16) async throws -> [RawConnection] {
        let connections = try await onThread {
            try (0..<Self.count).map { number in
                let connection = try RawConnection(port: port)
                let state = Self.states[number % Self.states.count]
                try connection.send(state.sent)
                if state.name == "kept alive" { _ = try RawAnswerReader(connection).next() }
                return connection
            }
        }
        // Of the silent ones and of half a head no handler hears.
        let headless = (0..<Self.count).count { !Self.states[$0 % Self.states.count].sent.contains("\r\n\r\n") }
        await begun.reached(Self.count - headless)
        return connections
    }
}
