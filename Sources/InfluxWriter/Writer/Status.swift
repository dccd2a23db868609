/// A snapshot of a writer.
public struct Status: Sendable, Equatable {
    /// Something that only the operator can mend: nothing is sent there, and nothing is lost.
    public struct Hold: Sendable, Hashable {
        /// Nil where it is the whole destination.
        public let bucket: Bucket?
        /// What is wrong and what to do.
        public let message: String
        /// When it began.
        public let since: Timestamp

        init(bucket: Bucket?, message: String, since: Timestamp) {
            self.bucket = bucket
            self.message = message
            self.since = since
        }
    }

    /// Of the outbox since this process delivers, beginning with what was pending then. Where another process delivers,
    /// of what this one added.
    public internal(set) var total = Account()
    /// Of what this writer wrote.
    public internal(set) var own = Account()
    /// Lines in memory that are offered and not accepted yet; after ``Writer/close(within:)`` those that were enqueued
    /// and that the disk did not take.
    public internal(set) var held = 0
    /// Lines that were enqueued and then could not be accepted, each told by ``Event/dropped(lines:batches:reason:)``.
    public internal(set) var notAccepted = 0
    /// Batches on disk, those of other processes too.
    public internal(set) var pendingBatches = 0
    /// Their size on disk.
    public internal(set) var pendingBytes = 0
    /// When the batch that waits longest was sealed.
    public internal(set) var oldest: Timestamp?
    /// Whether this process delivers; else another one does, or will.
    public internal(set) var delivers = false
    /// Why this process cannot even try to deliver: its lock is another user's, or the folder cannot be used. It is
    /// tried again each second. What is accepted meanwhile waits. Nil where only another process is in the way.
    public internal(set) var obstacle: String?
    /// Whether batches can be stored.
    public internal(set) var disk = DiskState.usable
    /// Whether points in memory are not accepted because the outbox is full, and its policy is to wait.
    public internal(set) var isFull = false
    /// False from the moment the destination was not reached until it answers again.
    public internal(set) var isReachable = true
    /// What waits for the operator; empty when all is well.
    public internal(set) var holds: [Hold] = []
    /// Batches that wait by themselves, because the destination fails at them again and again.
    public internal(set) var setAside = 0
    /// What the destination said last that was not an acknowledgement.
    public internal(set) var lastError: String?
    /// Deliveries sent so far, probes not counted.
    public internal(set) var requests = 0
    /// Of these, those that sent a batch again.
    public internal(set) var retries = 0
    /// Dead letters that went, oldest first, because there were too many.
    public internal(set) var discardedDeadLetters = 0
    /// Points that overwrite another one of their batch: the same series and time, and another value.
    public internal(set) var overwrites = 0

    /// Of a writer that has done nothing.
    public init() {}
}

/// What `drain` and `close` leave.
public struct Report: Sendable, Equatable {
    /// How things stood at the end.
    public let status: Status

    init(status: Status) {
        self.status = status
    }

    /// Whether all that this writer was offered is at the destination.
    public var isComplete: Bool {
        status.held == 0 && status.notAccepted == 0 && status.own.accepted == status.own.acknowledged
    }

    /// Whether nothing waits any more, of whomever.
    public var isDrained: Bool { status.held == 0 && status.pendingBatches == 0 }
}
