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
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    /// The first signal that came.
    var received: Int32? { state.withLock { $0.received } }

    /// - Parameter tell: called at the first signal.
    init(tell: @escaping @Sendable () -> Void) {
        self.tell = tell
        let numbers = [SIGINT, SIGTERM]
        for number in numbers { signal(number, SIG_IGN) }
        let sources = numbers.map { DispatchSource.makeSignalSource(signal: $0, queue: .global()) }
        unsafe self.sources = sources
        for (source, number) in zip(sources, numbers) {
            // Without `@Sendable` the handler would belong to the main actor and trap on this queue.
            source.setEventHandler { @Sendable [weak self] in self?.receive(number) }
            source.resume()
        }
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
