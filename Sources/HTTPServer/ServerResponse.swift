/// An answer.
public struct ServerResponse: Sendable {
    public enum Body: Sendable {
        case bytes([UInt8])

        /// Written piece by piece. With a length the peer is told it beforehand, and ending short of it breaks the
        /// connection; without, the body is sent in chunks. Not run for HEAD, 204 and 304. Cancelled when the peer goes.
        case stream(length: Int?, @Sendable (BodyWriter) async -> Void)

        /// Gives the connection to another protocol: see `ServerResponse.upgrade`, which makes the head that belongs to it.
        case upgrade(UpgradeHandler)

        /// Closes the connection without an answer.
        case drop
    }

    /// Speaks the other protocol; the connection is closed when it returns.
    public typealias UpgradeHandler = @Sendable (UpgradedConnection) async -> Void

    /// 200 to 599, or 101 for an upgrade; anything else is sent as 500.
    public var status: Int

    /// `Content-Length` and `Transfer-Encoding` are the server's own and left out here; `Date` is added when missing.
    /// A name that is no token or a value with a control byte turns the answer into an empty 500.
    public var headers: [(name: String, value: String)]

    public var body: Body

    public init(_ status: Int = 200, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public static func text(_ text: String, status: Int = 200) -> ServerResponse {
        ServerResponse(
            status, headers: [("Content-Type", "text/plain; charset=utf-8")], body: .bytes(Array(text.utf8)))
    }

    public static func json(_ bytes: [UInt8], status: Int = 200) -> ServerResponse {
        ServerResponse(status, headers: [("Content-Type", "application/json")], body: .bytes(bytes))
    }

    /// Leaves HTTP (RFC 9110 §7.8): the peer is told 101, and `handler` gets the connection once that is out.
    ///
    /// Whoever did not offer `name` in its request is told 426 instead, with `Upgrade: name`; 503 when there are
    /// `ServerConfiguration.upgradedConnectionsMax` already, or when the server is stopping. Then `handler` is not run.
    public static func upgrade(
        to name: String, headers: [(name: String, value: String)] = [], handler: @escaping UpgradeHandler
    ) -> ServerResponse {
        ServerResponse(101, headers: [("Upgrade", name)] + headers, body: .upgrade(handler))
    }
}

extension ServerResponse {
    /// Whether a body may follow the head at all (RFC 9112 §6.3).
    func isBodyAllowed(for method: String) -> Bool {
        method != "HEAD" && status != 204 && status != 304
    }

    /// Itself; an empty 500 where a handler gave what cannot be sent without splitting the answer; 426 where it upgrades to
    /// what was not offered.
    func sendable(to request: ServerRequest) -> ServerResponse {
        if case .drop = body { return self }
        let areHeadersPlain = headers.allSatisfy { header in
            isToken(header.name) && !header.value.utf8.contains { $0 < 0x20 || $0 == 0x7F }
        }
        guard areHeadersPlain else { return ServerResponse(500) }
        guard case .upgrade = body else { return (200...599).contains(status) ? self : ServerResponse(500) }
        guard status == 101, let name = headers.first(where: { equalsIgnoringCase($0.name, "Upgrade") })?.value else {
            return ServerResponse(500)
        }
        guard request.offeredProtocols.contains(where: { equalsIgnoringCase($0, name) }) else {
            return ServerResponse(426, headers: [("Upgrade", name)])
        }
        return self
    }

    func hasHeader(_ name: String) -> Bool {
        headers.contains { equalsIgnoringCase($0.name, name) }
    }
}
