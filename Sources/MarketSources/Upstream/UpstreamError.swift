public import CoinlineHTTP
public import CoinlineJSON

/// Why a call to an upstream brought nothing: which service, which call, and what happened.
///
/// Its description is a sentence for people that says what to do. Neither it nor any part of it holds a key.
public struct UpstreamError: Error, Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// 401: no key, or a wrong one. The text is the service's, here and below.
        case unauthorized(String)
        /// 403: the key is good, but not for this.
        case forbidden(String)
        /// 400 and the other refusals (405, 406, 410, 418 …): the same request will never be answered.
        case badRequest(status: Int, String)
        /// 404: no such thing, or no such address.
        case notFound(String)
        /// 429: asked too often, or out of credits. `after` is the wait that the service asked for.
        case rateLimited(after: Duration?)
        /// 429 while the day's credits are known to be used up.
        case outOfCredits
        /// A fault of the service: 5xx.
        case server(status: Int, String)
        /// No answer at all.
        case network(HTTPError.Kind, String)
        /// An answer that is no JSON: a page of a proxy, an empty body. With its first bytes.
        case notJSON(status: Int, prefix: String)
        /// Any other status, redirects above all, which are never followed.
        case unexpected(status: Int)
        /// JSON, but damaged or not what this call answers with.
        case malformed(JSONError)
        /// Not asked, because the last calls failed in a row; `last` says how.
        case breakerOpen(after: Duration, last: String)
        /// Not asked, because the service asked to be left alone for longer than is waited for.
        case toldToWait(Duration)
        /// The caller's task was cancelled.
        case cancelled
    }

    public let service: UpstreamService
    /// The path of the call: `/coins/list`.
    public let endpoint: String
    public let kind: Kind

    public init(service: UpstreamService, endpoint: String, kind: Kind) {
        self.service = service
        self.endpoint = endpoint
        self.kind = kind
    }

    /// Whether the next call would fail in the same way, so that the rest of a sweep is better left alone.
    public var endsSweep: Bool {
        switch kind {
        // Rate-limited after all repeats: the rest would only prolong it.
        case .unauthorized, .forbidden, .outOfCredits, .rateLimited, .breakerOpen, .toldToWait, .cancelled: true
        case .network(let kind, _): kind == .closed || kind == .badRequest
        case .badRequest, .notFound, .server, .notJSON, .unexpected, .malformed: false
        }
    }
}
