import CoinlineBase
import MarketData

/// Counts here what a service counts there, so that knowing what is left costs no call.
///
/// Credits are renewed at 00:00 UTC: with a new day the count starts over. Another program with the same key is not
/// seen until the service is asked again.
struct CreditLedger: Sendable, Equatable {
    private static let secondsPerDay: Int64 = 86_400

    /// Requests sent since the process began, whatever came of them, but for those that cost nothing.
    private(set) var made = 0
    private var known: Credits?
    private var day: Int64?

    /// What is left; nil until the service said it once.
    mutating func remaining(at time: UTCTime) -> Int64? {
        roll(to: time)
        return known?.remaining
    }

    /// A request that costs a credit went out.
    mutating func spend(at time: UTCTime) {
        roll(to: time)
        made += 1
        guard let credits = known else { return }
        known = Credits(remaining: max(0, credits.remaining - 1), limit: credits.limit)
    }

    /// The service said what is left.
    mutating func learn(_ credits: Credits, at time: UTCTime) {
        roll(to: time)
        known = credits
    }

    private mutating func roll(to time: UTCTime) {
        let today = Self.day(of: time)
        // A clock that goes back renews nothing.
        if let day, today <= day { return }
        if day != nil, let credits = known { known = Credits(remaining: credits.limit, limit: credits.limit) }
        day = today
    }

    private static func day(of time: UTCTime) -> Int64 {
        floorDivide(time.seconds, by: secondsPerDay)
    }
}
