import CoinlineBase

/// What the server's thread tells an exchange, and what it has to do then.
extension Exchange {
    enum Step {
        /// The bytes were taken, or there is nothing to do.
        case goOn
        case suspend(Hold)
        case answer(ServerResponse)
        case breakOff
    }

    enum Fill: Equatable {
        case bytes(Int)
        case suspend
        case end
        case broken
    }

    /// Starts the handler. Its task is the exchange's: it ends with the answer or is cancelled by `close`.
    func start(_ request: ServerRequest, handler: @escaping HTTPServer.Handler) {
        let task = Task {
            let response = await handler(request).sendable(to: request)
            await self.answer(response)
        }
        state.withLock { $0.task = task }
    }

    /// Bytes of the body. Anything but `goOn` means that they were not taken.
    func receive(_ count: Int, bytes: () -> [UInt8]) -> Step {
        let (step, waiters): (Step, [CheckedContinuation<Void, Never>]) = state.withLock { state in
            if state.isClosed { return (.breakOff, []) }
            switch state.inbox.receive(count, bytes: bytes) {
            case .taken, .discarded: return (.goOn, state.takeWaiters())
            case .excess: return (.breakOff, [])
            case .full:
                state.hold = .room
                return (.suspend(.room), [])
            }
        }
        wake(waiters)
        return step
    }

    /// The body is complete: answer if there is an answer.
    func receivedAll() -> Step {
        let (step, waiters): (Step, [CheckedContinuation<Void, Never>]) = state.withLock { state in
            if state.isClosed { return (.breakOff, []) }
            if state.inbox.isTooLarge { return (.answer(ServerResponse(413)), []) }
            let waiters = state.inbox.isEnded ? [] : state.takeWaiters()
            state.inbox.end()
            guard let response = state.response else {
                state.hold = .response
                return (.suspend(.response), waiters)
            }
            return (.answer(response), waiters)
        }
        wake(waiters)
        return step
    }

    /// The next bytes of a streamed answer, at most `count`, handed to `copy`.
    func fill(_ count: Int, copy: (ArraySlice<UInt8>) -> Void) -> Fill {
        let (fill, waiters): (Fill, [CheckedContinuation<Void, Never>]) = state.withLock { state in
            switch state.outbox.take(count, copy: copy) {
            case .bytes(let taken): return (.bytes(taken), state.outbox.isFull ? [] : state.takeWaiters())
            case .end: return (.end, [])
            case .broken: return (.broken, [])
            case .wait:
                if state.isClosed { return (.broken, []) }
                state.hold = .stream
                return (.suspend, [])
            }
        }
        wake(waiters)
        return fill
    }

    /// Whether something written waits for the peer to take it.
    var isOwedToPeer: Bool {
        state.withLock { $0.outbox.isOwed }
    }

    /// The other side has sent its last byte. Most have gone then, so the handler is told to stop; one that only ended its
    /// own side still gets what the handler answers.
    func cancel() {
        state.withLock { $0.task }?.cancel()
    }

    /// It is over: the answer is out, or the connection is gone. The answer is let go, which may hold the request and with it
    /// this exchange; outside the lock, since its end may run anything.
    func close() {
        let (task, response, waiters) = state.withLock { state in
            let (task, response) = (state.task, state.response)
            (state.isClosed, state.hold, state.task, state.response) = (true, .none, nil, nil)
            state.inbox.discard()
            return (task, response, state.takeWaiters())
        }
        task?.cancel()
        wake(waiters)
        withExtendedLifetime(response) {}
    }
}
