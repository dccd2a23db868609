/// Writes the body of a streamed answer.
public struct BodyWriter: Sendable {
    let exchange: Exchange

    /// Hands over `bytes`, and waits while more than 64 KiB are unsent. False when no more is wanted: the peer has gone, or
    /// the announced length is reached.
    ///
    /// Being cancelled does not end it, since a peer that only ended its own side may still read: whoever writes for long
    /// looks at `Task.isCancelled`. The wait itself ends with `ServerConfiguration.answerTimeout` at the latest.
    public func write(_ bytes: [UInt8]) async -> Bool {
        await exchange.write(bytes)
    }

    /// Breaks the connection behind what was written so far, without the end that the protocol asks for.
    public func abort() {
        exchange.abortStream()
    }
}
