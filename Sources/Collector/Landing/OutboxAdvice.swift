import InfluxWriter

/// What the writer says of a shortage, with the settings that make it one.
enum OutboxAdvice {
    private static let shortages: [(OutboxCapacity.Shortage, settings: String)] = [
        (.bytes, "COINLINE_OUTBOX_MAX"), (.freeBytes, "COINLINE_OUTBOX_MIN_FREE"),
        (.batch, "COINLINE_OUTBOX_MAX, COINLINE_BATCH_LINES"),
    ]

    /// Why nothing was accepted.
    static func text(_ error: WriteError) -> String {
        guard case .noRoom(let shortage) = error.reason else { return error.description }
        return text(ofShortage: shortage)
    }

    /// Why batches were dropped.
    static func text(_ reason: DropReason) -> String {
        switch reason {
        case .room(let shortage): text(ofShortage: shortage, "COINLINE_OUTBOX_WHEN_FULL")
        case .age: "\(reason) (COINLINE_OUTBOX_MAX_AGE)"
        case .notAccepted: "\(reason)"
        }
    }

    private static func text(ofShortage shortage: OutboxCapacity.Shortage, _ more: String...) -> String {
        let settings = shortages.filter { $0.0 == shortage }.map(\.settings) + more
        return "\(OutboxError.noRoom(shortage, wait: nil)) (\(settings.joined(separator: ", ")))"
    }
}
