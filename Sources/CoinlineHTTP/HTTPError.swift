/// Why a request got no answer.
public struct HTTPError: Error, Equatable, CustomStringConvertible {
    public enum Kind: String, Sendable, Equatable, CaseIterable {
        /// The deadline or the connect timeout passed.
        case timeout
        /// The host's name could not be found.
        case resolve
        /// Nobody took the connection.
        case connect
        /// The handshake failed: above all a certificate that could not be verified.
        case tls
        /// Body or head of the answer over the limit.
        case tooLarge
        /// The client was closed before or during the request.
        case closed
        /// The request itself cannot be sent: its URL, method, a header, or an option of the client.
        case badRequest
        /// The connection broke, or what came is not HTTP.
        case transfer
    }

    public let kind: Kind
    /// What happened, for people: at most scheme, host and port of the URL, never its path, query, user or password.
    public let detail: String

    public init(kind: Kind, detail: String) {
        self.kind = kind
        self.detail = detail
    }

    public var description: String { detail }
}
