/// How long to wait before trying again: full jitter over a bound that doubles with each attempt.
///
/// Full jitter (a time between nothing and the bound, evenly) spreads clients that failed together better than a fixed
/// wait with some noise does.
public struct Backoff: Sendable, Hashable {
    public let base: Duration
    public let cap: Duration

    /// - Parameters:
    ///   - base: the bound of the first attempt, not negative.
    ///   - cap: what the bound never goes beyond, not negative.
    public init(base: Duration, cap: Duration) {
        precondition(base >= .zero && cap >= .zero, "a wait is not negative")
        self.base = base
        self.cap = cap
    }

    /// `random` × min(`cap`, `base` × 2^`attempt`).
    ///
    /// - Parameters:
    ///   - attempt: 0 for the first wait.
    ///   - random: from 0 up to but not including 1; what lies outside counts as the nearer end, and no number as 0.
    public func delay(attempt: Int, random: Double) -> Duration {
        // `>` holds for no NaN, with which a Duration cannot be multiplied.
        random > 0 ? bound(attempt: attempt) * min(random, 1) : .zero
    }

    /// min(`cap`, `base` × 2^`attempt`): the longest that `delay` can be.
    public func bound(attempt: Int) -> Duration {
        // Attoseconds of a Duration stay below 2^104, so doubling one that is under the cap cannot overflow.
        let limit = cap.attoseconds
        var bound = min(base.attoseconds, limit)
        var doublings = max(0, attempt)
        while doublings > 0, bound > 0, bound < limit {
            bound = min(bound * 2, limit)
            doublings -= 1
        }
        return Duration(attoseconds: bound)
    }
}
