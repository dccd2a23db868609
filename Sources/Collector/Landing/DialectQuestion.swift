import InfluxWriter

/// Whether the server behind the API of InfluxDB 1 or 2 is another one: VictoriaMetrics acknowledges whatever it is sent,
/// a bucket that cannot exist among it, and drops what it cannot read without a word; InfluxDB 3 rejects a write of
/// nothing, and reads other texts than were sent.
struct DialectQuestion {
    private let declared: Dialect
    private var isSettled: Bool
    /// Once it was asked and gave no answer: how many points had been acknowledged by then. It is asked again when there
    /// are more, not for every point.
    private var unansweredAt: Int?
    /// Another one than was declared.
    private(set) var found: Dialect?

    init(of target: Target) {
        declared = target.dialect
        // Only the APIs of InfluxDB 1 and 2 are also spoken by VictoriaMetrics and InfluxDB 3.
        isSettled = target.store != nil || target.dialect == .influx3
    }

    /// A destination that is not there, or takes nothing, is not asked either.
    func isToBeAsked(_ status: Status) -> Bool {
        guard !isSettled, status.isReachable, status.holds.isEmpty else { return false }
        return unansweredAt.map { status.total.acknowledged > $0 } ?? true
    }

    /// - Parameter answered: how many points were acknowledged when it was asked.
    mutating func note(_ reply: Reply, answered: Int) {
        let dialect: Dialect
        switch reply {
        case .unavailable, .failed, .overloaded, .unexpected:
            unansweredAt = answered
            return
        case .unproved: dialect = .victoriaMetrics
        case .rejected: dialect = .influx3
        case .acknowledged, .partial, .unauthorized, .forbidden, .notFound, .tooLarge, .limited: dialect = declared
        }
        isSettled = true
        if dialect != declared { found = dialect }
    }
}
