import CoinlineBase

/// How many requests an account may still make today. Renewed at 00:00 UTC of the time it is told.
struct CreditLedger: Sendable {
    let limit: Int
    private var used = 0
    private var day: Int64 = .min

    init(limit: Int) {
        self.limit = max(0, limit)
    }

    func remaining(at time: UTCTime) -> Int { day == Self.day(of: time) ? limit - used : limit }

    /// Takes one credit; false where none is left.
    mutating func charge(at time: UTCTime) -> Bool {
        let today = Self.day(of: time)
        if day != today { (day, used) = (today, 0) }
        guard used < limit else { return false }
        used += 1
        return true
    }

    private static func day(of time: UTCTime) -> Int64 { floorDivide(time.seconds, by: 86_400) }
}
