import CoinlineBase
import LineProtocol

extension WriterCore {
    /// Tells when a shortage begins and ends: by what became of a batch, and not because nobody waits any more.
    func note(shortage: OutboxCapacity.Shortage?) {
        guard shortage != toldShortage else { return }
        disk.note(isShort: shortage == .freeBytes)
        if shortage == .bytes || toldShortage == .bytes { tell(.room(shortage != .bytes)) }
        toldShortage = shortage
    }

    /// A snapshot, without a wait.
    nonisolated var status: Status {
        // In memory first: lines that are on their way to the disk in this moment are counted twice and not never.
        let memory = memory.withLock { $0 }
        let outbox = outbox.lastStatus
        let delivery = loop.snapshot
        var status = Status()
        // Who owns what waits counts its files, and the rest of the account in another place: the two must agree.
        let pending = outbox.isOwner ? outbox.totals.lines : outbox.counts.pending
        status.total = Account(outbox.counts.all, accepted: outbox.counts.accepted, pending: pending)
        status.own = Account(outbox.counts.own, accepted: outbox.counts.own.appended, pending: outbox.counts.ownPending)
        // Whose files were taken away by hand is not known, but not more can wait than does.
        let gone = status.own.pending - status.total.pending
        if memory.isDelivering, gone > 0 {
            status.own.pending -= gone
            status.own.removed += gone
        }
        status.held = memory.held
        status.notAccepted = memory.notAccepted
        status.overwrites = memory.overwrites
        status.pendingBatches = outbox.totals.batches
        status.pendingBytes = outbox.totals.bytes
        status.oldest = outbox.oldest?.sealed
        status.delivers = memory.isDelivering
        status.obstacle = outbox.obstacle
        status.disk = disk.now(outbox.disk)
        status.isFull = memory.isFull
        status.discardedDeadLetters = outbox.discardedLetters
        status.note(delivery)
        return status
    }
}

extension Account {
    fileprivate init(_ tally: OutboxTally, accepted: Int, pending: Int) {
        self.init()
        self.accepted = accepted
        self.pending = pending
        acknowledged = tally.acknowledged
        deadLettered = tally.deadLettered
        dropped = tally.dropped
        removed = tally.vanished
    }
}
