import CoinlineBase
import LineProtocol

extension WriterCore {
    /// How often a process that does not deliver looks at what became of its batches, and for the lock.
    private static let lookEvery = Duration.seconds(1)

    /// Begins its work.
    nonisolated func start() {
        // Held until it is stopped, which the writer does at its end.
        let life = Task { await live() }
        work.withLock { $0.life = life }
    }

    /// Ends it, without waiting for anything.
    nonisolated func stop() {
        work.withLock { $0.stop() }
        finishEvents()
    }

    /// Opens the outbox, waits for its ownership, and delivers until the task is cancelled.
    private func live() async {
        let upkeep = Task { await keepUp() }
        await withTaskCancellationHandler {
            await own()
            await loop.run()
        } onCancel: {
            upkeep.cancel()
        }
        await upkeep.value
        isLifeOver = true
        changed()
    }

    private func own() async {
        while !Task.isCancelled, await !tryToOwn() {
            try? await timing.sleep(Self.lookEvery)
            await lookAtAwaited()
            await lookAtSavedTypes()
        }
        noteOutboxTried()
        guard !Task.isCancelled else { return }
        await takeOverSavedTypes()
        while !awaited.isEmpty { await settleAwaited() }
        isDelivering = true
    }

    private func tryToOwn() async -> Bool {
        defer { noteOutboxTried() }
        do throws(OutboxError) {
            return try await outbox.open()
        } catch {
            // A state: writing to it says so, and it is tried again.
            return false
        }
    }

    private func noteOutboxTried() {
        isOutboxTried = true
        changed()
    }

    private func lookAtAwaited() async {
        for (bucket, batches) in awaited {
            do throws(OutboxError) {
                let traces = try await outbox.traces(of: batches.names, in: bucket)
                // Counted before they are awaited no longer: who drains looks in between.
                var looked = batches
                for (name, fate) in looked.note(traces) { await outbox.count(fate, of: name) }
                awaitedChanges += looked.changes - batches.changes
                _ = awaited[bucket]?.note(traces)
            } catch {
                // The next look tells.
            }
            if awaited[bucket]?.isEmpty ?? false { awaited[bucket] = nil }
        }
    }

    /// Between the last look and the lock another process may have finished some. What waits now is counted from here
    /// on as it goes.
    private func settleAwaited() async {
        for (bucket, batches) in awaited {
            awaited[bucket]?.remove(batches.names)
            if awaited[bucket]?.isEmpty ?? false { awaited[bucket] = nil }
            do throws(OutboxError) {
                let traces = try await outbox.traces(of: batches.names, in: bucket)
                for (name, trace) in traces { await outbox.count(AwaitedBatches.fate(of: name, trace), of: name) }
            } catch {
                // A folder that cannot be read tells nothing of them.
            }
        }
    }

    // MARK: Upkeep

    /// What is done every now and then: syncs by interval, and saves what was learned and what was said last.
    private func keepUp() async {
        var wait = Duration.seconds(5)
        if case .interval(let interval) = configuration.sync { wait = max(.milliseconds(10), min(wait, interval)) }
        while !Task.isCancelled {
            try? await timing.sleep(wait)
            await save()
        }
    }

    private func save() async {
        // What cannot be written now is written later; the disk's state tells.
        try? await outbox.syncAppended()
        await outbox.keep(loop.snapshot.lastWords)
        guard await outbox.isOwner else { return }
        if isDelivering, !savesTypes { await joinSavedTypes() }
        let now = types.withLock { $0.types }
        guard savesTypes, now.revision != savedTypes else { return }
        do throws(OutboxError) {
            try await outbox.save(now)
            savedTypes = now.revision
        } catch {
            // Likewise.
        }
    }

    // MARK: End

    func close(within limit: Duration) async {
        if isClosing {
            while !isEnded { await untilChange() }
            return
        }
        let deadline = timing.uptime() + limit
        isClosing = true
        sealAll()
        refuseSpaceWaiters(.closed)
        // A disk that works is waited for in any case.
        while !queue.isEmpty {
            let isHeldUp = stuck != nil || isIdle
            guard !isHeldUp || timing.uptime() < deadline else { break }
            await untilChange(within: isHeldUp ? deadline - timing.uptime() : nil)
        }
        await abandon()
        await drain(until: deadline)
        await save()
        await endLife()
        await save()
        await outbox.close()
        finishEvents()
        isEnded = true
        changed()
    }

    /// A destination that goes on with a request that is cancelled is not waited for: its answer is no longer counted,
    /// and what it was about is sent again by the next writer.
    private func endLife() async {
        work.withLock { $0.stop() }
        let end = Timing.system.uptime() + .seconds(2)
        while !isLifeOver, Timing.system.uptime() < end {
            await untilChange(within: end - Timing.system.uptime(), .system)
        }
    }
}
