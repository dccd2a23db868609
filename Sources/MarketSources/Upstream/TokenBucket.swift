/// How often a service may be asked: a bucket of tokens that refills evenly, one token a request.
///
/// A value without a clock. Who finds it empty is told how long to wait and has its token reserved, so requests go out
/// in the order in which they asked and nobody starves.
struct TokenBucket: Sendable, Equatable {
    let capacity: Double
    let refillPerSecond: Double
    /// Below 0 by the tokens that are reserved but not yet there.
    private(set) var tokens: Double
    private var updated: Duration

    /// A full bucket for so many requests a minute; fewer than 1 counts as 1.
    ///
    /// The capacity lets a cycle of a few calls go out at once; it is small enough that a minute never sees more than
    /// about a sixth above the setting.
    init(requestsPerMinute: Int, now: Duration) {
        let perMinute = Double(max(1, requestsPerMinute))
        capacity = max(5, perMinute / 6)
        refillPerSecond = perMinute / 60
        tokens = capacity
        updated = now
    }

    /// Takes a token and gives the time to wait until it is there.
    mutating func take(now: Duration) -> Duration {
        refill(now: now)
        tokens -= 1
        return tokens >= 0 ? .zero : .seconds(-tokens / refillPerSecond)
    }

    /// Gives a token back that was taken for a request which was not sent.
    mutating func giveBack(now: Duration) {
        refill(now: now)
        tokens = min(capacity, tokens + 1)
    }

    private mutating func refill(now: Duration) {
        // A clock that stands still or goes back refills nothing.
        guard now > updated else { return }
        let seconds = (now - updated) / .seconds(1)
        tokens = min(capacity, tokens + seconds * refillPerSecond)
        updated = now
    }
}
