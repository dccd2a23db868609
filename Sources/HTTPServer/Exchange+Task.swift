import CoinlineBase

/// What the handler's task does with an exchange.
extension Exchange {
    /// Hands over the answer, and writes it where it is streamed.
    func answer(_ response: ServerResponse) async {
        if case .drop = response.body { return mailbox.post(.breakOff(self)) }
        let (isResumed, isClosed) = state.withLock { state in
            if state.isClosed { return (false, true) }
            if case .stream(let length, _) = response.body { state.outbox = Outbox(length: length) }
            state.response = response
            state.inbox.discard()
            return (state.release(.room, .response), false)
        }
        if isResumed { mailbox.post(.resume(self)) }
        guard !isClosed, case .stream(_, let write) = response.body, response.isBodyAllowed(for: method) else { return }
        await write(BodyWriter(exchange: self))
        change { $0.outbox.end() }
    }

    func nextChunk() async throws -> [UInt8]? {
        while true {
            let (next, isResumed) = state.withLock { state in
                (state.inbox.next(), state.release(.room))
            }
            if isResumed { mailbox.post(.resume(self)) }
            switch next {
            case .chunk(let bytes): return bytes
            case .end: return nil
            case .failed(let error): throw error
            case .wait:
                try Task.checkCancellation()
                await waitForBody()
            }
        }
    }

    func write(_ bytes: [UInt8]) async -> Bool {
        change { $0.outbox.append(bytes) }
        while state.withLock({ $0.isWriterHeld }) {
            await withCheckedContinuation { wait($0) { $0.isWriterHeld } }
        }
        return state.withLock { !$0.isClosed && $0.outbox.isOpen }
    }

    func abortStream() {
        change { $0.outbox.abort() }
    }

    /// Changes what is to be sent, and lets a connection go on that waited for it.
    private func change(_ body: (inout State) -> Void) {
        let isResumed = state.withLock { state in
            body(&state)
            return state.release(.stream)
        }
        if isResumed { mailbox.post(.resume(self)) }
    }

    /// Waits for the body. Returns at once when cancelled: the flag is up before the cancellation handler runs, so whichever
    /// of the two comes second sees the other.
    private func waitForBody() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { wait($0) { !Task.isCancelled && $0.isReaderHeld } }
        } onCancel: {
            wake(state.withLock { $0.takeWaiters() })
        }
    }

    /// Keeps `waiter` while `condition` holds, to be woken at the next change; the caller looks again then.
    private func wait(_ waiter: CheckedContinuation<Void, Never>, while condition: (borrowing State) -> Bool) {
        let isOver = state.withLock { state in
            if !condition(state) { return true }
            state.waiters.append(waiter)
            return false
        }
        if isOver { waiter.resume() }
    }
}
