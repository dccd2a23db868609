import CMicrohttpd  // for the constants of sockets, which come in with it
import CoinlineBase
import Glibc

/// Why an upgraded connection could not be read or written.
public enum UpgradedConnectionError: Error, Equatable, Sendable {
    /// The time that was allowed is over. After a read the connection is as it was; after a write it is closed, since the
    /// other side may have got a part.
    case timedOut
    /// The connection is broken: by the other side, by `close`, or by the end of the server.
    case closed
}

/// A connection that has left HTTP and speaks another protocol: see `ServerResponse.upgrade`.
///
/// Nothing is buffered here but what the other side sent along with its request: what nobody reads stays in the kernel, which
/// holds the other side back. For one reader and one writer at a time; the two may be different tasks.
///
/// When the server stops, the handler's task is cancelled: reading throws `CancellationError`, writing still works, so that a
/// protocol can say goodbye. What is open at the end of the grace is broken. When the handler returns, the connection is
/// closed in order: what was written still arrives.
public final class UpgradedConnection: Sendable {
    struct State {
        var early: [UInt8]
        var incoming = Readiness()
        var outgoing = Readiness()
        var isClosed = false
        /// The other side, or what is between, has broken it.
        var isBroken = false
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
        try await receive(countMax, until: .now + limit, isCancellable: true)
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
                await wait(for: .outgoing, until: deadline, isCancellable: false)
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

    private enum Side {
        case incoming, outgoing
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
        _ = shutdown(fd, Int32(SHUT_WR))
        let deadline = ContinuousClock.now + Self.lingerTime
        var room = Self.lingerBytesMax
        while room > 0, let bytes = try? await receive(16 << 10, until: deadline, isCancellable: false) {
            room -= bytes.count
        }
        close()
    }

    private func receive(
        _ countMax: Int, until deadline: ContinuousClock.Instant, isCancellable: Bool
    ) async throws -> [UInt8]? {
        while true {
            if isCancellable && Task.isCancelled { throw cancellation() }
            if let early = takeEarly(countMax) { return early }
            var bytes = [UInt8](repeating: 0, count: max(1, countMax))
            switch tryToReceive(&bytes) {
            case .moved(0): return nil
            case .moved(let count): return Array(bytes.prefix(count))
            case .broken: throw UpgradedConnectionError.closed
            case .wait:
                guard .now < deadline else { throw UpgradedConnectionError.timedOut }
                await wait(for: .incoming, until: deadline, isCancellable: isCancellable)
            }
        }
    }

    /// What a cancelled read throws: a broken connection cancels the task as well, and is said to be one.
    private func cancellation() -> any Error {
        state.withLock { $0.isBroken } ? UpgradedConnectionError.closed : CancellationError()
    }

    private func takeEarly(_ countMax: Int) -> [UInt8]? {
        state.withLock { state in
            guard !state.early.isEmpty, !state.isClosed else { return nil }
            let taken = Array(state.early.prefix(max(1, countMax)))
            state.early.removeFirst(taken.count)
            return taken
        }
    }

    private func tryToReceive(_ bytes: inout [UInt8]) -> Attempt {
        guard begin(.incoming) else { return .broken }
        let (count, code) = unsafe bytes.withUnsafeMutableBytes { buffer in
            (unsafe recv(fd, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT)), errno)
        }
        return end(.incoming, count, code)
    }

    private func tryToSend(_ bytes: ArraySlice<UInt8>) -> Attempt {
        guard begin(.outgoing) else { return .broken }
        let (count, code) = unsafe bytes.withUnsafeBytes { buffer in
            (unsafe send(fd, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)), errno)
        }
        return end(.outgoing, count, code)
    }

    /// False when the connection is closed.
    private func begin(_ side: Side) -> Bool {
        state.withLock { state in
            switch side {
            case .incoming: state.incoming.begin()
            case .outgoing: state.outgoing.begin()
            }
            return !state.isClosed
        }
    }

    private func end(_ side: Side, _ count: Int, _ code: Int32) -> Attempt {
        guard count < 0 else {
            return state.withLock { state in
                switch side {
                case .incoming: state.incoming.succeed()
                case .outgoing: state.outgoing.succeed()
                }
                // The end that our own `close` makes is no end of the other side.
                return state.isClosed ? .broken : .moved(count)
            }
        }
        return code == EAGAIN || code == EWOULDBLOCK || code == EINTR ? .wait : .broken
    }

    /// Returns at a change, at the deadline, when closed or when cancelled; the caller looks again then.
    private func wait(for side: Side, until deadline: ContinuousClock.Instant, isCancellable: Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isClosed || isCancellable && Task.isCancelled { return true }
                    switch side {
                    case .incoming where !state.incoming.isReady: state.incoming.wait(continuation, until: deadline)
                    case .outgoing where !state.outgoing.isReady: state.outgoing.wait(continuation, until: deadline)
                    default: return true
                    }
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            if isCancellable { state.withLock { $0.incoming.takeWaiter() }?.resume() }
        }
    }
}

/// The server's thread's side.
extension UpgradedConnection {
    /// The system has seen a change in one direction or both; `isBroken` when nothing can come or go any more.
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
