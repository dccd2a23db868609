import CoinlineBase
import HTTPServer

/// A database in this process that takes every write at once, answers 204 and keeps nothing.
final class Sink: Sendable {
    private struct Seen {
        var requests = 0
        var firstAt: ContinuousClock.Instant?
    }

    private let server: HTTPServer
    private let seen: SeenBox

    /// Behind a lock, since requests come on any thread.
    private final class SeenBox: Sendable {
        let value = Locked(Seen())
    }

    init() throws {
        let seen = SeenBox()
        self.seen = seen
        var configuration = ServerConfiguration()
        configuration.bodyBytesMax = 64 << 20
        server = try HTTPServer(configuration) { request in
            seen.value.withLock { seen in
                seen.requests += 1
                if seen.firstAt == nil { seen.firstAt = .now }
            }
            // A body that breaks off is the client's affair.
            while let _ = try? await request.body.next() {}
            return ServerResponse(204)
        }
    }

    var url: String { server.baseURL }
    var requests: Int { seen.value.withLock { $0.requests } }
    var firstRequestAt: ContinuousClock.Instant? { seen.value.withLock { $0.firstAt } }

    func stop() async {
        await server.stop()
    }
}
