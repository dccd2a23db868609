/// One direction of a descriptor that never waits: whether the system may have something for it, and who waits for that.
///
/// The thread that watches the descriptor hears of each change once, so the order matters: `begin` comes before the attempt
/// to read or write, and news that arrive during it are not lost.
struct Readiness {
    private(set) var isReady = true
    private var waiter: CheckedContinuation<Void, Never>?
    private var deadline: ContinuousClock.Instant?

    /// Before an attempt.
    mutating func begin() {
        isReady = false
    }

    /// There was something, so there may be more.
    mutating func succeed() {
        isReady = true
    }

    /// The system said that something has changed. Whoever is returned is to be woken.
    mutating func note() -> CheckedContinuation<Void, Never>? {
        isReady = true
        return takeWaiter()
    }

    /// False when somebody waits already.
    mutating func wait(
        _ continuation: CheckedContinuation<Void, Never>, until deadline: ContinuousClock.Instant
    ) -> Bool {
        guard waiter == nil else { return false }
        (waiter, self.deadline) = (continuation, deadline)
        return true
    }

    mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
        defer { (waiter, deadline) = (nil, nil) }
        return waiter
    }

    mutating func takeOverdue(at now: ContinuousClock.Instant) -> CheckedContinuation<Void, Never>? {
        guard let deadline, deadline <= now else { return nil }
        return takeWaiter()
    }
}
