import CoinlineBase

/// One request and its answer: where the server's thread and the handler's task meet, under `state`.
///
/// The thread side is in `Exchange+Thread`, the task side in `Exchange+Task`. Neither knows the library: the thread side says
/// what to do (`Step`), the task side leaves messages.
final class Exchange: Sendable {
    /// What a suspended connection waits for.
    enum Hold {
        case none, room, response, stream
    }

    struct State: ~Copyable {
        var inbox: Inbox
        var outbox = Outbox(length: nil)
        var response: ServerResponse?
        var hold = Hold.none
        var isClosed = false
        var task: Task<Void, Never>?
        /// Tasks that wait for the body, or for room in the outbox. Woken together; each looks again for itself.
        var waiters: [CheckedContinuation<Void, Never>] = []

        var isReaderHeld: Bool { inbox.isWaiting && !isClosed }
        var isWriterHeld: Bool { outbox.isFull && !isClosed }

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            let taken = waiters
            waiters = []
            return taken
        }

        /// Whether the connection has to be resumed, because it waited for one of `holds`.
        mutating func release(_ holds: Hold...) -> Bool {
            guard hold != .none, holds.contains(hold) else { return false }
            hold = .none
            return true
        }
    }

    let connectionNumber: UInt64
    let method: String
    let mailbox: Mailbox
    let state: Locked<State>

    init(connectionNumber: UInt64, method: String, bodyBytesMax: Int, mailbox: Mailbox) {
        self.connectionNumber = connectionNumber
        self.method = method
        self.mailbox = mailbox
        state = Locked(State(inbox: Inbox(bytesMax: bodyBytesMax)))
    }

    func wake(_ waiters: [CheckedContinuation<Void, Never>]) {
        for waiter in waiters { waiter.resume() }
    }
}
