/// What became of the points of one call.
public struct Receipt: Sendable, Equatable {
    /// Points that were given.
    public internal(set) var offered = 0
    /// Lines that are on disk, synced as the policy says; 0 for `enqueue`, which does not wait for it.
    public internal(set) var accepted = 0
    /// Of the accepted ones, those that became dead letters at once, because a field of theirs has another type.
    public internal(set) var deadLettered = 0
    /// Of the accepted ones, those that ``OutboxCapacity/WhenFull/dropNewest`` took away at once.
    public internal(set) var dropped = 0
    /// Points that no line can hold.
    public internal(set) var refusedCount = 0
    /// The first of them, at most ``Batcher/refusalsMax``.
    public internal(set) var refused: [Batcher.Refusal] = []
    /// What the encoder left out or changed.
    public internal(set) var counts = EncodingCounts()

    /// Nothing was given.
    public init() {}
}

/// Why points were not accepted. Those that `receipt` counts as accepted are.
public struct WriteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What stood in the way.
    public enum Reason: Error, Sendable, Hashable {
        /// The writer takes no more.
        case closed
        /// The outbox is full, and its policy is to refuse.
        case noRoom(OutboxCapacity.Shortage)
        /// The disk took nothing for as long as it is waited for.
        case disk(DiskState)
        /// The name of the bucket is empty, or too long for a folder.
        case bucket(String)
        /// The task was cancelled while the outbox had no room.
        case cancelled
        /// A deadline passed.
        case deadline
        /// The folder, or the file of field types, cannot be used.
        case outbox(String)
        /// Batches cannot be compressed: a wrong level or no memory.
        case compression(String)
    }

    /// Why.
    public let reason: Reason
    /// What became of the call's points.
    public internal(set) var receipt = Receipt()
    /// Points that were taken from the caller and are not accepted. After a cancellation or a deadline they may yet be.
    /// Of ``Writer/enqueue(_:to:precision:)`` those that did not get into memory: what did is accepted a moment later, or
    /// counted by ``Status/notAccepted``.
    public internal(set) var notAccepted = 0

    /// The reason as a sentence.
    public var description: String {
        switch reason {
        case .closed: "the writer is closed"
        case .noRoom(let shortage): "\(OutboxError.noRoom(shortage, wait: nil))"
        case .disk(.full(let text)): "the disk is full: \(text)"
        case .disk(.readOnly(let text)): "the outbox cannot be written: \(text)"
        case .disk(.failing(let text)): "the disk fails: \(text)"
        case .disk(.usable): "the disk took nothing"
        case .bucket(""): "the bucket has no name"
        case .bucket(let name): "the bucket's name is too long for a folder: \(name)"
        case .cancelled: "cancelled while there was no room"
        case .deadline: "the deadline passed"
        case .outbox(let text): text
        case .compression(let text): text
        }
    }
}
