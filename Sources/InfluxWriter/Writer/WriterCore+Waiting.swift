import CoinlineBase
import LineProtocol

extension WriterCore {
    // MARK: Changes

    /// Wakes whoever waits for something in memory or in the writer's life.
    func changed() {
        let woken = watchers.values
        watchers = [:]
        for watcher in woken { watcher.resume() }
    }

    /// Returns when something changed, the time is over, or the task is cancelled.
    func untilChange(within limit: Duration? = nil, _ timing: Timing? = nil) async {
        lastWatcher += 1
        let (number, timing) = (lastWatcher, timing ?? self.timing)
        let timer = limit.map { limit in
            Task {
                try? await timing.sleep(limit)
                wake(number)
            }
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { watchers[number] = $0 }
        } onCancel: {
            Task { await self.wake(number) }
        }
        timer?.cancel()
    }

    private func wake(_ number: Int) {
        watchers.removeValue(forKey: number)?.resume()
    }

    // MARK: Flush

    func flush(within limit: Duration) async throws(WriteError) {
        let deadline = timing.uptime() + limit
        sealAll()
        // What is offered later is not waited for: the queue is in order.
        let last = lastSealed
        while let first = queue.first, first.number <= last {
            if Task.isCancelled { throw WriteError(reason: .cancelled) }
            let rest = deadline - timing.uptime()
            guard rest > .zero else { throw WriteError(reason: obstacle(to: first) ?? .deadline) }
            await untilChange(within: rest)
        }
        guard let refused else { return }
        self.refused = nil
        throw WriteError(reason: refused.reason, notAccepted: refused.lines)
    }

    // MARK: Drain

    /// Ends when nothing waits, when nothing was done for `patience`, or when all that waits needs the operator.
    func drain(until deadline: Duration? = nil, patience: Duration? = nil) async {
        var headway = Headway()
        var since = timing.uptime()
        var wait = Duration.milliseconds(2)
        while !Task.isCancelled, !isEnded {
            let status = status
            if status.held == 0, isNothingAwaited(status) { return }
            if isDelivering, status.held == 0, loop.snapshot.isStuck { return }
            let now = timing.uptime()
            if headway.note(done: done, left: left) { (since, wait) = (now, .milliseconds(2)) }
            let ends = [patience.map { since + $0 }, deadline].compactMap { $0 }
            if let end = ends.min() {
                guard now < end else { return }
                wait = min(wait, end - now)
            }
            try? await timing.sleep(max(.milliseconds(1), wait))
            wait = min(wait * 2, .milliseconds(100))
        }
    }

    private var done: [Int] { [outbox.lastStatus.counts.steps, awaitedChanges, isDelivering ? 1 : 0] }

    /// In memory, and for another process to send.
    private var left: [Int] {
        let status = status
        return [status.held, isOutboxTried && !isDelivering ? status.pendingBatches : .max]
    }

    /// Where another process delivers, only what this one added is waited for.
    private func isNothingAwaited(_ status: Status) -> Bool {
        guard isOutboxTried else { return false }
        return isDelivering ? status.pendingBatches == 0 : awaited.values.allSatisfy(\.isEmpty) && !outbox.isOwned
    }
}

/// Whether it goes on. Ends count and beginnings do not, so that nobody prolongs a wait by adding something.
private struct Headway {
    private var done: [Int] = []
    private var least: [Int] = []

    /// - Parameters:
    ///   - done: each changes with everything that is done.
    ///   - left: others may add to these, so only less than ever before is headway.
    mutating func note(done: [Int], left: [Int]) -> Bool {
        let least = self.least.isEmpty ? left : zip(self.least, left).map(min)
        defer { (self.done, self.least) = (done, least) }
        return done != self.done || least != self.least
    }
}

extension Outbox {
    /// Whether this process is its owner, though it may not have taken over everything yet.
    fileprivate nonisolated var isOwned: Bool { lastStatus.isOwner }
}
