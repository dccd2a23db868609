/// What the outbox did by itself, for whoever tells people. Each is told once.
enum OutboxEvent: Sendable, Equatable {
    /// This process delivers from now on, beginning with so much.
    case owned(PendingTotals)
    /// Files that a crash left twice were removed from a bucket's folder.
    case recovered(Bucket, [OutboxRecovery.Step])
    /// Unfinished files of dead processes were removed.
    case swept(Bucket, files: Int)
    /// Other processes added batches.
    case takenUp(Bucket, PendingTotals)
    /// Batches went that nobody here sent: somebody removed the files by hand.
    case vanished(Bucket, PendingTotals)
    /// A file or folder that is none of ours; it is left alone.
    case foreign(path: String)
    /// A damaged batch became a dead letter as a whole.
    case setAside(PendingFile, reason: String)
    /// A policy took batches away.
    case dropped(PendingTotals, DropReason)
    /// The oldest dead letters went, since there are too many.
    case lettersDiscarded(Int)
    /// A folder cannot be used now.
    case unusable(path: String, reason: String)
    case disk(DiskState)
    /// This process could not try to become the owner, or can again.
    case obstacle(String?)
}

/// Where lines went.
struct OutboxTally: Sendable, Hashable {
    /// Added by this process; with those that `dropNewest` dropped at once.
    var appended = 0
    var acknowledged = 0
    var deadLettered = 0
    var dropped = 0
    /// Taken away by hand.
    var vanished = 0
}

/// Where the lines went, since this process began to deliver (or, where it does not, since it opened the outbox).
struct OutboxCounts: Sendable, Hashable {
    /// Pending at the start.
    var atStart = 0
    /// Added by others.
    var takenUp = 0
    /// Of whomever.
    var all = OutboxTally()
    /// Of what this process wrote, since it opened the outbox.
    var own = OutboxTally()
    /// Steps with batches that waited: sent, cut, split, set aside or found gone. What is added makes none, nor does
    /// what goes to make room for it.
    var steps = 0

    var accepted: Int { atStart + all.appended + takenUp }

    /// Accepted, and neither acknowledged, dead-lettered, dropped nor taken away: what must be pending.
    var pending: Int { accepted - all.acknowledged - all.deadLettered - all.dropped - all.vanished }

    /// The same of what this process wrote.
    var ownPending: Int { own.appended - own.acknowledged - own.deadLettered - own.dropped - own.vanished }

    /// Anew, beginning with what is pending then; what this process wrote before is still its own.
    func atTakeOver(of pending: Int) -> OutboxCounts {
        OutboxCounts(atStart: pending, own: own)
    }
}

/// A snapshot.
struct OutboxStatus: Sendable, Equatable {
    var isOwner = false
    /// Why this process could not try to become it.
    var obstacle: String?
    var disk = DiskState.usable
    var totals = PendingTotals()
    /// The oldest batch of each bucket for which something waits.
    var heads: [Bucket: BatchName] = [:]
    var counts = OutboxCounts()
    var discardedLetters = 0

    /// The name of the batch that waits longest.
    var oldest: BatchName? { heads.values.min() }
}

/// How an outbox works.
struct OutboxConfiguration: Sendable {
    var sync = SyncPolicy.everyBatch
    var capacity = OutboxCapacity()
    var letters = DeadLetters.Capacity()
    /// The wall clock of the batches' names; ages are told by it.
    var now: @Sendable () -> Timestamp
    /// Free space at a folder; nil where the system does not say.
    var freeBytes: @Sendable (String) -> Int? = { OutboxConfiguration.systemFreeBytes(at: $0) }
    /// Called on the outbox's thread.
    var observe: @Sendable (OutboxEvent) -> Void = { _ in }
    /// Names of a bucket that are held in memory. What a round of delivery looks at, and 30 KiB.
    var windowMax = 256

    init(now: @escaping @Sendable () -> Timestamp) {
        self.now = now
    }
}
