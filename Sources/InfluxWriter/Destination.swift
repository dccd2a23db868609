/// Where batches go: a server, or the embedded store.
public protocol Destination: Sendable {
    /// Delivers batches of one bucket and one precision, in order, and tells what became of them.
    func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply

    /// Proves as far as can be that a delivery would be taken, and stores nothing.
    func check(_ bucket: Bucket) async -> Reply
}
