import CMicrohttpd  // for the constants of sockets, which come in with it
import CoinlineBase
import Glibc

/// Why an upgraded connection could not be read or written.
public enum UpgradedConnectionError: Error, Equatable, Sendable {
    /// The time that was allowed is over. After a read the connection is as it was; after a write it is closed, since the
    /// other side may have got a part.
    case timedOut
    /// The connection is broken: by the other side, by `close`, or by the end of the server; or its handler has returned.
    case closed
    /// Another task waits already to read, or to write: there is room for one of each. Of a write a part may be out.
    case busy
}

/// A connection that has left HTTP and speaks another protocol: see `ServerResponse.upgrade`.
///
/// Nothing is buffered here but what the other side sent along with its request: what nobody reads stays in the kernel, which
/// holds the other side back. For one reader and one writer at a time; the two may be different tasks.
///
/// When the server stops, the handler's task is cancelled: reading throws `CancellationError`, writing still works, so that a
/// protocol can say goodbye. What is open at the end of the grace is broken. When the handler returns, the connection is
/// closed in order: what was written still arrives, and whoever still reads or writes is told that it is closed.
public final class UpgradedConnection: Sendable {
    struct State {
        var early: [UInt8]
        var incoming = Readiness()
        var outgoing = Readiness()
        var isClosed = false
        /// The other side, or what is between, has broken it.
        var isBroken = false
        /// The handler has returned: nobody but the closing in order may read.
        var isOver = false
        var task: Task<Void, Never>?
    }

    /// How long the other side's end is waited for after the handler has returned.
    static let lingerTime: Duration = .seconds(1)
    /// What is read and thrown away meanwhile.
    static let lingerBytesMax = 1 << 20

    /// The numeric address of the other side, or "unix".
    public let peer: String

    /// Closed with this object and not before, so that no number is used that belongs to somebody else by then.
    let fd: Int32
    let state: Locked<State>

    /// Takes over `fd`, which never waits, and the bytes that were already read from it.
    init(fd: Int32, peer: String, early: [UInt8]) {
        (self.fd, self.peer) = (fd, peer)
        state = Locked(State(early: early))
    }

    deinit {
        Glibc.close(fd)
    }

    /// The next bytes, at most `countMax`; nil when the other side has ended its sending. Throws `CancellationError`, or
    /// `UpgradedConnectionError.timedOut` when nothing came `within` that time (and up to 250 ms more).
    public func read(_ countMax: Int = 16 << 10, within limit: Duration) async throws -> [UInt8]? {
        try await receive(countMax, as: .reader, until: .now + limit)
    }

    /// Returns when the kernel has taken all of `bytes`. Does not end when cancelled, but when the other side has not made room
    /// for all of them `within` that time (and up to 250 ms more): then the connection is closed.
    public func write(_ bytes: [UInt8], within limit: Duration) async throws(UpgradedConnectionError) {
        let deadline = ContinuousClock.now + limit
        var rest = bytes[...]
        while !rest.isEmpty {
            switch tryToSend(rest) {
            case .moved(let count): rest = rest.dropFirst(count)
            case .broken: throw .closed
            case .wait:
                guard .now < deadline else {
                    close()
                    throw .timedOut
                }
                guard await wait(as: .writer, until: deadline) else { throw .busy }
            }
        }
    }

    /// Breaks the connection at once, in both directions; reads and writes under way throw. Harmless when repeated.
    public func close() {
        let (waiters, isFirst) = state.withLock { state in
            let isFirst = !state.isClosed
            state.isClosed = true
            return ([state.incoming.takeWaiter(), state.outgoing.takeWaiter()], isFirst)
        }
        if isFirst { _ = shutdown(fd, Int32(SHUT_RDWR)) }
        for waiter in waiters { waiter?.resume() }
    }
}

/// The task's side.
extension UpgradedConnection {
    private enum Attempt {
        case moved(Int)
        case wait
        case broken
    }

    fileprivate enum User {
        case reader, writer
        /// Reads what comes after the handler has returned.
        case closing
    }

    /// Runs `handler` in a task of its own, closes in order, and says that it is over.
    func start(_ handler: @escaping ServerResponse.UpgradeHandler, atEnd: @escaping @Sendable () -> Void) {
        let task = Task {
            await handler(self)
            await linger()
            atEnd()
        }
        state.withLock { $0.task = task }
    }

    /// Ends our side and waits a moment for the other's: a descriptor that is closed with bytes unread makes the kernel take
    /// back what was sent last.
    private func linger() async {
        endUse()
        _ = shutdown(fd, Int32(SHUT_WR))
        let deadline = ContinuousClock.now + Self.lingerTime
        var room = Self.lingerBytesMax
        while room > 0, let bytes = try? await receive(16 << 10, as: .closing, until: deadline) {
            room -= bytes.count
        }
        close()
    }

    /// Tells those whom the handler has left behind that it is over.
    private func endUse() {
        let waiters = state.withLock { state in
            state.isOver = true
            return [state.incoming.takeWaiter(), state.outgoing.takeWaiter()]
        }
        for waiter in waiters { waiter?.resume() }
    }

    private func receive(
        _ countMax: Int, as user: User, until deadline: ContinuousClock.Instant
    ) async throws -> [UInt8]? {
        while true {
            // What breaks the connection cancels the task as well; what came before that is still to be read.
            if user == .reader, Task.isCancelled, !state.withLock({ $0.isBroken }) { throw CancellationError() }
            if let early = takeEarly(countMax) { return early }
            var bytes = [UInt8](repeating: 0, count: max(1, countMax))
            switch tryToReceive(&bytes, as: user) {
            case .moved(0): return try orderlyEnd()
            case .moved(let count): return Array(bytes.prefix(count))
            case .broken: throw UpgradedConnectionError.closed
            case .wait:
                if isBrokenAndEmpty { throw UpgradedConnectionError.closed }
                guard .now < deadline else { throw UpgradedConnectionError.timedOut }
                guard await wait(as: user, until: deadline) else { throw UpgradedConnectionError.busy }
            }
        }
    }

    /// Nil; but the end that a broken connection comes to is none that the other side has meant.
    private func orderlyEnd() throws -> [UInt8]? {
        if state.withLock({ $0.isBroken }) { throw UpgradedConnectionError.closed }
        return nil
    }

    /// After an attempt that found nothing: whether nothing can have come since.
    private var isBrokenAndEmpty: Bool {
        state.withLock { $0.isBroken && !$0.incoming.isReady }
    }

    private func takeEarly(_ countMax: Int) -> [UInt8]? {
        state.withLock { state in
            guard !state.early.isEmpty, !state.isClosed, !state.isOver else { return nil }
            let taken = Array(state.early.prefix(max(1, countMax)))
            state.early.removeFirst(taken.count)
            return taken
        }
    }

    private func tryToReceive(_ bytes: inout [UInt8], as user: User) -> Attempt {
        guard begin(user) else { return .broken }
        let (count, code) = unsafe bytes.withUnsafeMutableBytes { buffer in
            (unsafe recv(fd, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)), errno)
        }
        return end(user, count, code)
    }

    private func tryToSend(_ bytes: ArraySlice<UInt8>) -> Attempt {
        guard begin(.writer) else { return .broken }
        let (count, code) = unsafe bytes.withUnsafeBytes { buffer in
            (unsafe send(fd, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)), errno)
        }
        return end(.writer, count, code)
    }

    /// False when the connection is closed for this one.
    private func begin(_ user: User) -> Bool {
        state.withLock { state in
            guard state.isOpen(for: user) else { return false }
            switch user {
            case .reader, .closing: state.incoming.begin()
            case .writer: state.outgoing.begin()
            }
            return true
        }
    }

    private func end(_ user: User, _ count: Int, _ code: Int32) -> Attempt {
        guard count < 0 else {
            return state.withLock { state in
                switch user {
                case .reader, .closing: state.incoming.succeed()
                case .writer: state.outgoing.succeed()
                }
                // The end that our own `close` makes is no end of the other side.
                return state.isOpen(for: user) ? .moved(count) : .broken
            }
        }
        if code == EAGAIN || code == EWOULDBLOCK || code == EINTR { return .wait }
        // The system tells an error once, to whoever comes first.
        if user != .writer { note(isReadable: false, isWritable: false, isBroken: true) }
        return .broken
    }

    /// Returns at a change, at the deadline, when closed or when cancelled; the caller looks again then. False when another
    /// task waits there.
    private func wait(as user: User, until deadline: ContinuousClock.Instant) async -> Bool {
        await withTaskCancellationHandler {
            var isFree = true
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state in
                    guard state.isOpen(for: user), user != .reader || !Task.isCancelled else { return false }
                    switch user {
                    case .writer where !state.outgoing.isReady:
                        isFree = state.outgoing.wait(continuation, until: deadline)
                    case .reader where !state.incoming.isReady, .closing where !state.incoming.isReady:
                        isFree = state.incoming.wait(continuation, until: deadline)
                    default: return false
                    }
                    return isFree
                }
                if !isWaiting { continuation.resume() }
            }
            return isFree
        } onCancel: {
            if user == .reader { state.withLock { $0.incoming.takeWaiter() }?.resume() }
        }
    }
}

extension UpgradedConnection.State {
    fileprivate func isOpen(for user: UpgradedConnection.User) -> Bool {
        !isClosed && (!isOver || user == .closing)
    }
}

/// The server's thread's side.
extension UpgradedConnection {
    /// The system has seen a change in one direction or both; `isBroken` when nothing more will come or go.
    func note(isReadable: Bool, isWritable: Bool, isBroken: Bool) {
        let (reader, writer, task) = state.withLock { state in
            state.isBroken = state.isBroken || isBroken
            return (
                isReadable || isBroken ? state.incoming.note() : nil,
                isWritable || isBroken ? state.outgoing.note() : nil,
                isBroken ? state.task : nil
            )
        }
        reader?.resume()
        writer?.resume()
        task?.cancel()
    }

    /// Wakes those whose time is over.
    func wakeOverdue(at now: ContinuousClock.Instant) {
        let waiters = state.withLock { state in
            [state.incoming.takeOverdue(at: now), state.outgoing.takeOverdue(at: now)]
        }
        for waiter in waiters { waiter?.resume() }
    }

    /// Tells the handler to come to its end.
    func cancel() {
        state.withLock { $0.task }?.cancel()
    }
}
