/// Why the body of a request cannot be read to its end.
public enum RequestBodyError: Error, Equatable, Sendable {
    /// It passed `ServerConfiguration.bodyBytesMax`; the peer is told 413 whatever the handler answers.
    case tooLarge
    /// The peer has gone, or an answer was already given.
    case closed
}

/// The body of a request, read as it arrives. The peer is held back while about 64 KiB wait to be read.
public struct RequestBody: Sendable {
    let exchange: Exchange

    /// The next bytes; nil at the end. One reader at a time. Throws `RequestBodyError` or `CancellationError`.
    public func next() async throws -> [UInt8]? {
        try await exchange.nextChunk()
    }

    /// The whole of what is left. Throws as `next()` does.
    public func collect() async throws -> [UInt8] {
        var all = try await next() ?? []
        while let chunk = try await next() { all += chunk }
        return all
    }
}
