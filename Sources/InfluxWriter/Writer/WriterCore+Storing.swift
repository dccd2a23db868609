import CoinlineBase
import LineProtocol

extension WriterCore {
    /// Begins to store what is ready, unless that is being done.
    func startStoring() {
        guard !isStoring, nextToStore != nil, !work.withLock({ $0.isStopped }) else { return }
        isStoring = true
        let storing = Task { await storeAll() }
        work.withLock { work in
            work.storing = storing
            if work.isStopped { storing.cancel() }
        }
    }

    private func storeAll() async {
        while !isOutboxTried, !Task.isCancelled { await untilChange() }
        while !Task.isCancelled, let batch = nextToStore {
            await store(batch)
            if isIdle {
                // Nothing waits for room; whether there is some, the next batch tells.
                stuck = nil
                sealDue()
            }
        }
        isStoring = false
        changed()
    }

    /// Stores a batch, however long that takes, or refuses it, or leaves it until the folder of its bucket may take it.
    private func store(_ batch: SealedBatch) async {
        var name = batch.name
        var wait = Duration.milliseconds(100)
        while !Task.isCancelled {
            do throws(WriteFailure) {
                let named = await newName(for: batch, name)
                name = named
                return noteStored(try await append(batch, named), batch)
            } catch {
                if case .outbox(let cause) = error, cause.isAbout(outbox.layout.folder(of: batch.lane.bucket)) {
                    return await block(batch, name, judgement(of: error).0)
                }
                guard noteStuck(error, batch) else { return }
            }
            // Room may come at any moment, and a disk that is full is not asked too often.
            try? await timing.sleep(wait)
            wait = min(wait * 2, .seconds(1))
        }
    }

    /// It keeps the name of the first trial, unless a newer batch of its bucket is there by now.
    private func newName(for batch: SealedBatch, _ earlier: BatchName?) async -> BatchName {
        if let earlier, await outbox.newest(in: batch.lane.bucket).map({ $0 < earlier }) ?? true { return earlier }
        if let newest = await outbox.newest { namer.note(newest) }
        let name = namer.next(precision: batch.lane.precision, lines: batch.lines)
        // Before it can be sent, since it is learned when it is acknowledged.
        if !batch.news.offers.isEmpty { await loop.note(batch.news, of: name) }
        return name
    }

    private enum Stored {
        case pending(PendingFile)
        case dropped
        case letters([DeadLetter])
    }

    private enum WriteFailure: Error {
        case outbox(OutboxError)
        case compression(WriteError.Reason)
    }

    private func append(_ batch: SealedBatch, _ name: BatchName) async throws(WriteFailure) -> Stored {
        switch batch.content {
        case .letters(let letters):
            do throws(OutboxError) { try await outbox.append(letters, as: name) } catch { throw .outbox(error) }
            return .letters(letters)
        case .compressed(let compressed):
            let body = try compressed.body.mapError(WriteFailure.compression).get()
            do throws(OutboxError) {
                switch try await outbox.append(BatchFile(name: name, body: body), to: batch.lane.bucket) {
                case .stored(let file): return .pending(file)
                case .dropped: return .dropped
                }
            } catch {
                throw .outbox(error)
            }
        // The queue hands out what is ready and nothing else; to store an unfinished batch would accept what is not there.
        case .lines, .compressing: preconditionFailure("only what is ready is stored")
        }
    }

    private func noteStored(_ stored: Stored, _ batch: SealedBatch) {
        stuck = nil
        // Letters need no room of those that wait.
        if case .letters = stored {} else { note(shortage: nil) }
        blocked[batch.lane.bucket] = nil
        switch stored {
        case .pending(let file):
            if isDelivering { loop.wake() } else { awaited[file.bucket, default: AwaitedBatches()].add(file.name) }
            leave(batch) { $0.stored += $1 }
        case .dropped:
            leave(batch) { outcome, lines in
                outcome.stored += lines
                outcome.dropped += lines
            }
        case .letters(let letters):
            leave(batch) { $0.deadLettered += $1 }
            tell(.deadLettered(lines: letters.count, batch.lane.bucket, reason: letters[0].reason))
        }
    }

    // MARK: Stuck

    /// Refuses those who waited long enough; returns whether the batch is to be tried again.
    private func noteStuck(_ failure: WriteFailure, _ batch: SealedBatch) -> Bool {
        let (reason, patience) = judgement(of: failure)
        guard let patience else {
            refuse(batch, reason)
            return false
        }
        let now = timing.uptime()
        let since = stuck?.since ?? now
        stuck = (since, reason)
        if case .noRoom(let shortage) = reason { note(shortage: shortage) } else { note(shortage: nil) }
        changed()
        releaseCancelled()
        // Who waits for others to be stored waits for the disk, too.
        sealAll { $0.isAwaited }
        guard now - since >= patience else { return true }
        for waiting in queue where waiting.lane.isAwaited && now - max(since, waiting.since) >= patience {
            refuse(waiting, reason)
        }
        refuseSpaceWaiters(reason, waitingSince: now - patience)
        return queue.contains { $0.number == batch.number }
    }

    /// What stands in the way, and how long it is waited for; nil where waiting is of no use.
    private func judgement(of failure: WriteFailure) -> (WriteError.Reason, Duration?) {
        switch failure {
        case .compression(let reason): (reason, nil)
        case .outbox(.noRoom(.batch, _)): (.noRoom(.batch), nil)
        case .outbox(.noRoom(let shortage, let wait)): (.noRoom(shortage), wait ?? .zero)
        case .outbox(.diskFull(_, let reason)): (.disk(.full(reason: reason)), configuration.diskPatience)
        case .outbox(.readOnly(_, let reason)): (.disk(.readOnly(reason: reason)), configuration.diskPatience)
        case .outbox(.failed(let path, let reason)):
            (.disk(.failing(reason: "\(path): \(reason)")), configuration.diskPatience)
        case .outbox(.bucket(let name)): (.bucket(name), nil)
        case .outbox(let error): (.outbox(error.description), nil)
        }
    }

    func refuse(_ batch: SealedBatch, _ reason: WriteError.Reason) {
        leave(batch) { outcome, _ in outcome.failure = reason }
        if !batch.lane.isAwaited { noteRefused(batch, reason) }
    }

    /// Nobody waits for what was enqueued, so it is told and counted.
    private func noteRefused(_ batch: SealedBatch, _ reason: WriteError.Reason) {
        memory.withLock { $0.notAccepted += batch.lines }
        refused = ((refused?.lines ?? 0) + batch.lines, refused?.reason ?? reason)
        tell(.dropped(lines: batch.lines, batches: 1, reason: .notAccepted(reason)))
    }

    /// Takes a batch out of memory and tells its callers what became of it.
    private func leave(_ batch: SealedBatch, _ note: (inout CallOutcome, Int) -> Void) {
        guard let index = queue.firstIndex(where: { $0.number == batch.number }) else { return }
        let batch = queue.remove(at: index)
        unblockIfEmpty(batch.lane.bucket)
        memory.withLock { $0.held -= batch.lines }
        for (call, lines) in batch.calls { settle(lines, of: call) { note(&$0, lines) } }
        release(batch.bytes)
        changed()
    }

    /// Gives up what the disk did not take until the end: callers are told, and what was enqueued stays counted as held.
    func abandon() async {
        guard !queue.isEmpty else { return }
        work.withLock { work in
            work.isStopped = true
            work.storing?.cancel()
        }
        // What is under way on the disk may yet succeed.
        while isStoring { await untilChange() }
        for batch in queue {
            let reason = obstacle(to: batch) ?? .deadline
            for (call, lines) in batch.calls { settle(lines, of: call) { $0.failure = reason } }
            guard batch.lane.isAwaited else {
                tell(.dropped(lines: batch.lines, batches: 1, reason: .notAccepted(reason)))
                continue
            }
            memory.withLock { $0.held -= batch.lines }
        }
        queue = []
    }
}
