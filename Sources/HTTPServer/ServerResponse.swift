/// An answer.
public struct ServerResponse: Sendable {
    public enum Body: Sendable {
        case bytes([UInt8])

        /// Written piece by piece. With a length the peer is told it beforehand, and ending short of it breaks the
        /// connection; without, the body is sent in chunks. Not run for HEAD, 204 and 304. Cancelled when the peer goes.
        case stream(length: Int?, @Sendable (BodyWriter) async -> Void)

        /// Closes the connection without an answer.
        case drop
    }

    /// 200 to 599; anything else is sent as 500.
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
}

extension ServerResponse {
    /// Whether a body may follow the head at all (RFC 9112 §6.3).
    func isBodyAllowed(for method: String) -> Bool {
        method != "HEAD" && status != 204 && status != 304
    }

    /// Itself, or an empty 500 where a handler gave what cannot be sent without splitting the answer.
    var sendable: ServerResponse {
        if case .drop = body { return self }
        let areHeadersPlain = headers.allSatisfy { header in
            isToken(header.name) && !header.value.utf8.contains { $0 < 0x20 || $0 == 0x7F }
        }
        return (200...599).contains(status) && areHeadersPlain ? self : ServerResponse(500)
    }

    func hasHeader(_ name: String) -> Bool {
        headers.contains { equalsIgnoringCase($0.name, name) }
    }
}
