import CoinlineBase

/// Decides which points are too old to take and when to remove the ones that have become so. Reads no clock.
struct RetentionPlan {
    /// Removing more often would gain nothing: a retention is days or years.
    static let interval: Duration = .seconds(3_600)

    /// nil keeps everything.
    let retention: Duration?
    private var lastSweep: UTCTime?

    init(_ retention: Duration?) {
        self.retention = retention
    }

    /// Points before this time are outside the retention; nil when there is none.
    func oldestKept(now: UTCTime) -> Int64? {
        retention.map { now.advanced(by: .zero - $0).nanoseconds }
    }

    /// True at the first call, an hour after the last sweep that came to its end, and when the clock was set back.
    func isSweepDue(now: UTCTime) -> Bool {
        guard retention != nil else { return false }
        guard let lastSweep else { return true }
        return now < lastSweep || lastSweep.duration(to: now) >= Self.interval
    }

    /// Notes a sweep that left nothing behind; one that did goes on with the next delivery.
    mutating func sweepEnded(now: UTCTime) {
        lastSweep = now
    }
}
