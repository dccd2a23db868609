import CoinlineBase

/// What waits for the operator: the whole destination, or single buckets of it. Each is probed slowly with a write of
/// nothing, or, where that would not meet what holds it, with one batch, and goes on as soon as a probe is taken.
///
/// A value without a clock; `now` counts from any moment that stays the same.
struct Holds: Sendable, Equatable {
    enum Target: Sendable, Hashable {
        case destination
        case bucket(Bucket)
    }

    struct Hold: Sendable, Equatable {
        /// What the operator must do.
        var message: String
        /// Of a limit, which a write of nothing does not meet: only a batch that is taken ends the hold.
        fileprivate(set) var isProbedWithBatch: Bool
        let since: Duration
        fileprivate(set) var nextProbe: Duration
        fileprivate(set) var probes = 0
        fileprivate(set) var isProbing = false
    }

    enum ProbeOutcome: Sendable, Equatable {
        case released
        /// As before, maybe for another reason.
        case held
        /// It was not reached: nothing is known.
        case unknown
    }

    /// A probe of every minute would be noise in the server's log, and one of every hour would keep people waiting.
    var backoff = Backoff(base: .seconds(15), cap: .seconds(300))

    private(set) var all: [Target: Hold] = [:]

    init() {}

    /// Why nothing goes to the bucket; nil when it is not held.
    func hold(of bucket: Bucket) -> Hold? {
        all[.destination] ?? all[.bucket(bucket)]
    }

    /// Begins a hold, or renews its words. Returns whether it is new, which is what the operator is told.
    ///
    /// - Parameter random: from 0 up to but not including 1.
    mutating func hold(
        _ target: Target, _ message: String, isProbedWithBatch: Bool = false, now: Duration, random: Double
    ) -> Bool {
        if all[target] != nil {
            all[target]?.message = message
            all[target]?.isProbedWithBatch = isProbedWithBatch
            return false
        }
        all[target] = Hold(
            message: message, isProbedWithBatch: isProbedWithBatch, since: now, nextProbe: now + wait(0, random))
        return true
    }

    /// The hold whose probe is due, marked as under way: each has one at a time. While the destination is held its
    /// buckets are not asked.
    mutating func takeDueProbe(now: Duration) -> Target? {
        let candidates = all[.destination] == nil ? Array(all.keys) : [.destination]
        let due = candidates.filter { target in
            all[target].map { !$0.isProbing && $0.nextProbe <= now } ?? false
        }
        guard let next = due.min(by: { isEarlier($0, $1) }) else { return nil }
        all[next]?.isProbing = true
        return next
    }

    /// When the next probe is due; nil when none is.
    var nextProbe: Duration? {
        let candidates = all[.destination].map { [$0] } ?? Array(all.values)
        return candidates.filter { !$0.isProbing }.map(\.nextProbe).min()
    }

    /// Notes what a probe brought.
    mutating func record(_ reply: Reply, ofProbe target: Target, now: Duration, random: Double) -> ProbeOutcome {
        guard var hold = all[target] else { return .released }
        switch Self.outcome(of: reply, target, isOfBatch: hold.isProbedWithBatch) {
        case .released:
            all[target] = nil
            return .released
        case .held:
            hold.message = reply.text
            hold.probes += 1
            hold.isProbing = false
            hold.nextProbe = now + wait(hold.probes, random)
            all[target] = hold
            return .held
        case .unknown:
            hold.isProbing = false
            hold.nextProbe = now + wait(hold.probes, random)
            all[target] = hold
            return .unknown
        }
    }

    /// What only one bucket lacks does not hold the destination.
    private static func outcome(of reply: Reply, _ target: Target, isOfBatch: Bool) -> ProbeOutcome {
        switch reply {
        case .acknowledged, .partial: .released
        // Whatever is said of nothing, it was let in and found its bucket.
        case .unproved, .rejected, .tooLarge: isOfBatch ? .unknown : .released
        case .unauthorized, .unexpected: .held
        case .forbidden, .limited: target == .destination ? .released : .held
        case .notFound(let missing, _):
            switch missing {
            case .organization, .path: .held
            case .bucket, .database, .unknown: target == .destination ? .released : .held
            }
        case .overloaded, .unavailable, .failed: .unknown
        }
    }

    /// Between half the bound and the bound: never at once, and not all at one time.
    private func wait(_ attempt: Int, _ random: Double) -> Duration {
        let bound = backoff.bound(attempt: attempt)
        return bound / 2 + bound / 2 * min(max(random, 0), 1)
    }

    private func isEarlier(_ left: Target, _ right: Target) -> Bool {
        guard let first = all[left]?.nextProbe, let second = all[right]?.nextProbe, first != second else {
            return left.order < right.order
        }
        return first < second
    }
}

extension Holds.Target {
    fileprivate var order: String {
        switch self {
        case .destination: ""
        case .bucket(let bucket): bucket.folderName
        }
    }
}
