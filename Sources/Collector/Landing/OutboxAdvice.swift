import InfluxWriter

/// What the writer says of a shortage, with the settings that make it one.
enum OutboxAdvice {
    private static let shortages: [(OutboxCapacity.Shortage, settings: String)] = [
        (.bytes, "COINLINE_OUTBOX_MAX"), (.freeBytes, "COINLINE_OUTBOX_MIN_FREE"),
        (.batch, "COINLINE_OUTBOX_MAX, COINLINE_BATCH_LINES"),
    ]

    private static let ageWords = "they waited longer than any batch may"

    /// Why nothing was accepted.
    static func text(_ error: WriteError) -> String {
        guard case .noRoom(let shortage) = error.reason else { return error.description }
        return text(ofShortage: shortage)
    }

    /// Why batches were dropped.
    ///
    /// - Parameter reason: as the event tells it.
    static func text(ofDrop reason: String) -> String {
        for (shortage, _) in shortages where reason == WriteError.words(of: shortage) {
            return text(ofShortage: shortage, "COINLINE_OUTBOX_WHEN_FULL")
        }
        return reason == ageWords ? "\(reason) (COINLINE_OUTBOX_MAX_AGE)" : reason
    }

    private static func text(ofShortage shortage: OutboxCapacity.Shortage, _ more: String...) -> String {
        let settings = shortages.filter { $0.0 == shortage }.map(\.settings) + more
        return "\(WriteError.words(of: shortage)) (\(settings.joined(separator: ", ")))"
    }
}

extension WriteError {
    fileprivate static func words(of shortage: OutboxCapacity.Shortage) -> String {
        "\(OutboxError.noRoom(shortage, wait: nil))"
    }

    /// More room would not help.
    var isForSettings: Bool { reason == .noRoom(.batch) }
}
