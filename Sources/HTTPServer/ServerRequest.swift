/// A request as a handler sees it.
public struct ServerRequest: Sendable {
    public let method: String

    /// The target as sent, query included, without scheme and authority.
    public let target: String

    /// Percent-decoded, without the query. May hold any character, NUL included: compare it whole.
    public let path: String

    /// Decoded names and values in the order they came; a name without `=` has an empty value.
    public let query: [(name: String, value: String)]

    /// In the order they came, repeated ones too. Nothing but a token may be decided by them: the library joins some
    /// malformed lines (see the threat model).
    public let headers: [(name: String, value: String)]

    /// The protocols that the other side offers to change to (`Upgrade`), in its order; empty for most requests.
    public let offeredProtocols: [String]

    /// The numeric address of the other side, or "unix".
    public let peer: String

    /// What was sent along; empty for most methods. To be read before the answer is returned: what is not read by then is
    /// thrown away.
    public let body: RequestBody

    /// The first header of that name, in any case.
    public func header(_ name: String) -> String? {
        headers.first { equalsIgnoringCase($0.name, name) }?.value
    }

    /// The first query field of that name.
    public func query(_ name: String) -> String? {
        query.first { $0.name == name }?.value
    }
}
