public import CoinlineBase

/// Time that stands still until a test moves it.
///
/// With `isAdvancing`, a wait moves the time itself and is over at once: right for one task that waits again and again.
/// Without, `advance` wakes whoever's time has come, and `untilSleeping` lets a test wait for a task to be asleep.
public final class ManualTiming: Sendable {
    private struct Sleeper {
        let deadline: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        let count: Int
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State: ~Copyable {
        var elapsed = Duration.zero
        var jump = Duration.zero
        var nextNumber = 0
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [Watcher] = []
        var waits: [Duration] = []

        mutating func takeWatchers() -> [Watcher] {
            let ready = watchers.filter { $0.count <= sleepers.count }
            watchers.removeAll { $0.count <= sleepers.count }
            return ready
        }
    }

    private let start: UTCTime
    private let isAdvancing: Bool
    private let state = Locked(State())

    /// Begins on 1 January 2026 unless told otherwise.
    public init(start: UTCTime = UTCTime(seconds: 1_767_225_600), isAdvancing: Bool = false) {
        (self.start, self.isAdvancing) = (start, isAdvancing)
    }

    public var timing: Timing {
        Timing(
            now: { self.now }, uptime: { self.state.withLock { $0.elapsed } },
            sleep: { duration in try await self.sleep(duration) }, speed: 1)
    }

    public var now: UTCTime {
        start.advanced(by: state.withLock { $0.elapsed + $0.jump })
    }

    /// How long each wait was meant to be, in the order they began.
    public var waits: [Duration] { state.withLock { $0.waits } }

    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// Moves both clocks, and wakes whose time has come, the earliest first.
    public func advance(by duration: Duration) {
        let woken = state.withLock { state in
            state.elapsed += duration
            let due = state.sleepers.filter { $0.value.deadline <= state.elapsed }
            for number in due.keys { state.sleepers[number] = nil }
            return due.sorted { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }.map(\.value.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    /// Sets the wall clock forwards or back, as an administrator does: nobody's wait changes.
    public func jump(by duration: Duration) {
        state.withLock { $0.jump += duration }
    }

    /// Returns once at least `count` tasks are asleep.
    public func untilSleeping(_ count: Int = 1) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.sleepers.count >= count { return true }
                state.watchers.append(Watcher(count: count, continuation: continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    private func sleep(_ duration: Duration) async throws {
        try Task.checkCancellation()
        let number = state.withLock { state in
            state.waits.append(duration)
            state.nextNumber += 1
            if isAdvancing { state.elapsed += max(.zero, duration) }
            return state.nextNumber
        }
        if isAdvancing || duration <= .zero { return await Task.yield() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                fallAsleep(number, Sleeper(deadline: duration, continuation: continuation))
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: number) }?.continuation
                .resume(throwing: CancellationError())
        }
    }

    /// `sleeper.deadline` is still relative here. Cancelled before it was asleep, it never falls asleep.
    private func fallAsleep(_ number: Int, _ sleeper: Sleeper) {
        let (isCancelled, watchers) = state.withLock { state in
            if Task.isCancelled { return (true, [Watcher]()) }
            state.sleepers[number] = Sleeper(
                deadline: state.elapsed + sleeper.deadline, continuation: sleeper.continuation)
            return (false, state.takeWatchers())
        }
        if isCancelled { sleeper.continuation.resume(throwing: CancellationError()) }
        for watcher in watchers { watcher.continuation.resume() }
    }
}
