import CoinlineBase
import CoinlineJSON

/// Tells the service's errors from its answers.
///
/// The vendor says to trust the JSON over the status, and error objects under status 200 were reported: so the body is
/// decoded first, and an object that holds an `error` object is an error whatever the status. Under 4xx and 5xx it is
/// an error in any case, and a proxy's page or an empty body is one under any status.
struct LiveCoinWatchErrors: Sendable {
    static let limits = JSONLimits(bytesMax: 8 << 20, depthMax: 32)

    /// Hidden, should the service repeat it.
    let key: Secret

    func read(_ reply: Reply, name: String) -> Result<JSONCursor, UpstreamFault> {
        let root: JSONCursor
        do throws(JSONError) {
            root = try JSONCursor(reply.body, name: name, limits: Self.limits)
        } catch {
            return .failure(UpstreamFault(kind: unreadable(reply, error)))
        }
        if let kind = errorObject(in: root, status: reply.status) { return .failure(UpstreamFault(kind: kind)) }
        // Only the service itself says what it does not have; a 404 without its error object comes from a wrong address.
        guard reply.status != 404 else { return .failure(UpstreamFault(kind: .unexpected(status: 404))) }
        guard reply.status == 200 else {
            return .failure(UpstreamFault(kind: kind(of: reply.status, text: excerpt(reply.body))))
        }
        return .success(root)
    }

    /// What an `error` object says; nil where there is none.
    private func errorObject(in root: JSONCursor, status: Int) -> UpstreamError.Kind? {
        guard root.kind == .object, let error = try? root.member("error"), error.kind == .object else { return nil }
        // Wording and code vary and may be missing; what is there is used.
        let description = Self.text(error, "description") ?? Self.text(error, "status") ?? ""
        let code = (try? error.member("code")?.int64()).flatMap { Int(exactly: $0) }
        let text = BodyExcerpt.text(description, hiding: key)
        if let code, (400...599).contains(code) { return kind(of: code, text: text) }
        if (400...599).contains(status) { return kind(of: status, text: text) }
        return .server(status: status, text)
    }

    private static func text(_ object: JSONCursor, _ name: String) -> String? {
        try? object.member(name)?.string()
    }

    private func kind(of status: Int, text: String) -> UpstreamError.Kind {
        switch status {
        case 401: .unauthorized(text)
        case 403: .forbidden(text)
        case 404: .notFound(text)
        case 429: .rateLimited(after: nil)
        case 400...499: .badRequest(status: status, text)
        case 500...599: .server(status: status, text)
        default: .unexpected(status: status)
        }
    }

    private func unreadable(_ reply: Reply, _ error: JSONError) -> UpstreamError.Kind {
        if reply.status == 404 { return .notJSON(status: 404, prefix: excerpt(reply.body)) }
        guard (200...299).contains(reply.status) else { return kind(of: reply.status, text: excerpt(reply.body)) }
        let first = reply.body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let looksLikeJSON = first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        return looksLikeJSON ? .malformed(error) : .notJSON(status: reply.status, prefix: excerpt(reply.body))
    }

    private func excerpt(_ body: [UInt8]) -> String {
        BodyExcerpt.text(body, hiding: key)
    }
}
