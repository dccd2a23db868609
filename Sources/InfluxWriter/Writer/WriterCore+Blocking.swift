import CoinlineBase

/// A bucket whose own folder takes nothing: a file in its place, or one of another user.
struct Blockade: Sendable {
    let since: Duration
    var reason: WriteError.Reason
    /// Until the next trial.
    var wait = Duration.milliseconds(100)
    /// Whether it is to be tried again.
    var isDue = false
}

extension WriterCore {
    /// The batch that has its turn: the first one, but for those of blocked buckets. Those of one bucket stay in order.
    var nextToStore: SealedBatch? {
        let first = queue.first { blocked[$0.lane.bucket]?.isDue ?? true }
        return first.flatMap { $0.content.isReady ? $0 : nil }
    }

    /// Whether nothing is on its way to the disk, or only what it does not take.
    var isIdle: Bool {
        queue.isEmpty || !blocked.isEmpty && queue.allSatisfy { blocked[$0.lane.bucket] != nil }
    }

    /// Why it is not stored; nil where it may be in a moment.
    func obstacle(to batch: SealedBatch) -> WriteError.Reason? {
        stuck?.reason ?? blocked[batch.lane.bucket]?.reason
    }

    /// The folder of its bucket does not take a batch: the others go on, and it is tried again.
    func block(_ batch: SealedBatch, _ name: BatchName?, _ reason: WriteError.Reason) async {
        let takesFolders = await outbox.takesFolders()
        guard let index = queue.firstIndex(where: { $0.number == batch.number }) else { return }
        queue[index].name = name
        stuck = nil
        let bucket = batch.lane.bucket
        var blockade = blocked[bucket] ?? Blockade(since: timing.uptime(), reason: reason)
        let wait = blockade.wait
        blockade.reason = reason
        blockade.wait = min(wait * 2, .seconds(1))
        blockade.isDue = false
        blocked[bucket] = blockade
        releaseCancelled()
        sealAll { $0.bucket == bucket && $0.isAwaited }
        refuseImpatient(in: bucket, blockade, makesRoom: takesFolders)
        changed()
        guard blocked[bucket] != nil else { return }
        Task { [weak self, timing] in
            try? await timing.sleep(wait)
            await self?.tryAgain(bucket)
        }
    }

    /// - Parameter makesRoom: what was enqueued is kept as long as memory has room for what others can store.
    private func refuseImpatient(in bucket: Bucket, _ blockade: Blockade, makesRoom: Bool) {
        let latest = timing.uptime() - configuration.diskPatience
        guard blockade.since <= latest else { return }
        let makesRoom = makesRoom && isRoomOfUse
        for waiting in queue where waiting.lane.bucket == bucket {
            if waiting.lane.isAwaited ? waiting.since <= latest : makesRoom { refuse(waiting, blockade.reason) }
        }
        refuseSpaceWaiters(blockade.reason, in: bucket, waitingSince: latest)
    }

    private func tryAgain(_ bucket: Bucket) {
        blocked[bucket]?.isDue = true
        startStoring()
    }

    /// What comes next for the bucket is tried at once.
    func unblockIfEmpty(_ bucket: Bucket) {
        guard blocked[bucket] != nil, !queue.contains(where: { $0.lane.bucket == bucket }) else { return }
        blocked[bucket] = nil
    }
}
