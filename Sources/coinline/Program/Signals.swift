import CoinlineBase
import Dispatch
import Glibc

/// SIGINT and SIGTERM: the first asks the work to stop, so that it can report; the second leaves at once.
final class Signals: Sendable {
    private struct State {
        var received: Int32?
        var stop: (@Sendable () -> Void)?
    }
    private let state = Locked(State())
    private let tell: @Sendable () -> Void
    // Kept alive as long as the signals are to be heard; set in `init` and not touched again, so no two threads meet there.
    nonisolated(unsafe) private let source: any DispatchSourceRead

    /// The first signal that came.
    var received: Int32? { state.withLock { $0.received } }

    /// - Parameter tell: called at the first signal.
    init(tell: @escaping @Sendable () -> Void) {
        self.tell = tell
        // Not a source of the signals themselves: with it, one that comes in the program's first moments is lost.
        let bell = Self.makeBell()
        unsafe Self.bell = bell.write
        let source = DispatchSource.makeReadSource(fileDescriptor: bell.read, queue: .global())
        unsafe self.source = source
        // Without `@Sendable` the handler would belong to the main actor and trap on this queue.
        source.setEventHandler { @Sendable [weak self] in
            var number: UInt8 = 0
            while unsafe Glibc.read(bell.read, &number, 1) == 1 { self?.receive(Int32(number)) }
        }
        source.resume()
        for number in [SIGINT, SIGTERM] { signal(number, Self.ring) }
    }

    /// Where the handler writes; set before it is installed. One program has one object of this type.
    nonisolated(unsafe) private static var bell: Int32 = -1

    /// May run at any moment on any thread, so it does one system call and leaves `errno` as it was.
    private static let ring: @convention(c) (Int32) -> Void = { number in
        let code = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = unsafe Glibc.write(Signals.bell, &byte, 1)
        errno = code
    }

    /// A pipe that never waits: a bell that rings already needs no second stroke.
    private static func makeBell() -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            _ = Console.write(Array("coinline: no file descriptor is left (ulimit -n)\n".utf8), to: STDERR_FILENO)
            _exit(ExitCode.incomplete)
        }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        return (ends[0], ends[1])
    }

    /// A peer or reader that goes away is an error of the call that wrote, not the end of the program.
    static func ignoreBrokenPipes() {
        signal(SIGPIPE, SIG_IGN)
    }

    /// Runs the work in a task that the first signal cancels.
    func run<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        let task = Task { await work() }
        let wasEarlier = state.withLock { state in
            state.stop = { task.cancel() }
            return state.received != nil
        }
        if wasEarlier { task.cancel() }
        return await task.value
    }

    private func receive(_ number: Int32) {
        let (isFirst, stop) = state.withLock { state in
            defer { state.received = state.received ?? number }
            return (state.received == nil, state.stop)
        }
        guard isFirst else { _exit(ExitCode.stopped(by: number)) }
        tell()
        stop?()
    }
}
