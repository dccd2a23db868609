public import CoinlineBase

/// An HTTP/1.1 server: libmicrohttpd on one thread of its own, handlers in tasks.
///
/// The library's parser is lenient about some malformed heads (see the threat model): listen on loopback or a Unix socket, or
/// behind a proxy. Every answer of a handler carries the `Date` of the clock that was given.
///
/// `stop` ends the server; letting the last reference go does too, without grace and without waiting.
public final class HTTPServer: Sendable {
    public typealias Handler = @Sendable (ServerRequest) async -> ServerResponse

    /// The real port; 0 for a Unix socket.
    public let port: UInt16
    /// `http://127.0.0.1:4711`, `http://[::1]:4711`; for an address that stands for all, that of loopback; for a Unix
    /// socket `http://localhost`, to be asked through its path.
    public let baseURL: String

    private let mailbox: Mailbox

    /// Listens when it returns.
    public init(
        _ configuration: ServerConfiguration = ServerConfiguration(),
        now: @escaping @Sendable () -> UTCTime = Timing.system.now,
        handler: @escaping Handler
    ) throws(HTTPServerError) {
        let listener = try Listener(configuration.address)
        port = listener.port
        baseURL = Self.baseURL(configuration.address, port: listener.port)
        mailbox = Mailbox()
        let loop = ServerLoop(configuration, listener: listener, mailbox: mailbox, now: now, handler: handler)
        try loop.start()
    }

    deinit {
        mailbox.post(.stop(deadline: .now))
    }

    /// Refuses new connections, lets requests under way finish for at most `grace`, breaks the rest, frees everything.
    /// Requests that arrive meanwhile get 503; handlers of upgraded connections are cancelled and may say goodbye. Idempotent; of two calls the earlier deadline counts.
    public func stop(grace: Duration = .seconds(5)) async {
        mailbox.post(.stop(deadline: .now + grace))
        await mailbox.waitUntilFinished()
    }

    private static func baseURL(_ address: ListenAddress, port: UInt16) -> String {
        switch address {
        case .tcp("0.0.0.0", _): "http://127.0.0.1:\(port)"
        case .tcp("::", _): "http://[::1]:\(port)"
        case .tcp(let host, _): "http://\(ListenAddress.tcp(host: host, port: port))"
        case .unix: "http://localhost"
        }
    }
}
