import CoinlineBase

/// What tasks tell the server's thread. The thread alone calls the library; everybody else leaves a message here.
final class Mailbox: Sendable {
    enum Message: Sendable {
        /// Go on with this exchange if its connection is suspended.
        case resume(Exchange)
        /// Close the connection of this exchange now.
        case breakOff(Exchange)
        /// The handler of an upgraded connection has returned, and the connection is closed.
        case upgradeEnded(UInt64)
        /// Take no new connections; finish what is under way until `deadline`, break the rest, end.
        case stop(deadline: ContinuousClock.Instant)
    }

    private struct State: ~Copyable {
        var messages: [Message] = []
        var isOver = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let wake = Wake()
    private let state = Locked(State())

    /// One system call for many messages: the thread takes them all at once.
    func post(_ message: Message) {
        let isFirst = state.withLock { state in
            if state.isOver { return false }
            state.messages.append(message)
            return state.messages.count == 1
        }
        if isFirst { wake.signal() }
    }

    func take() -> [Message] {
        state.withLock { state in
            let messages = state.messages
            state.messages = []
            return messages
        }
    }

    /// Said by the thread when everything is closed and freed.
    func finish() {
        let waiters = state.withLock { state in
            let waiters = state.waiters
            state.isOver = true
            (state.waiters, state.messages) = ([], [])
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits for `finish`. The loop promises to come to it, so this needs no deadline of its own.
    func waitUntilFinished() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if !state.isOver { state.waiters.append(continuation) }
                return state.isOver
            }
            if isOver { continuation.resume() }
        }
    }
}
