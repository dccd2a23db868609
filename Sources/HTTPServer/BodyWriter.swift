/// Writes the body of a streamed answer.
public struct BodyWriter: Sendable {
    let exchange: Exchange

    /// Hands over `bytes`, and waits while more than 64 KiB are unsent. False when no more is wanted: the peer has gone, the
    /// announced length is reached, or the task was cancelled.
    public func write(_ bytes: [UInt8]) async -> Bool {
        await exchange.write(bytes)
    }

    /// Breaks the connection behind what was written so far, without the end that the protocol asks for.
    public func abort() {
        exchange.abortStream()
    }
}
