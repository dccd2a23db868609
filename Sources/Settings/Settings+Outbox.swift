/// How batches are made, and how much of what waits or was refused is kept on disk; the same for every destination.
public struct OutboxSettings: Sendable, Equatable {
    /// What happens to a batch for which there is no room.
    public enum WhenFull: String, Sendable, CaseIterable {
        case block
        case dropOldest = "drop-oldest"
        case dropNewest = "drop-newest"
    }

    /// When a batch is safe from a loss of power.
    public enum Sync: Sendable, Equatable {
        case everyBatch
        /// At most so long after it was accepted.
        case interval(Duration)
        /// When the system gets to it.
        case none

        static let everyBatchWord = "every-batch"
        static let noneWord = "none"
        static let words = [everyBatchWord, noneWord]
    }

    /// A batch is sealed when it has so many lines,
    public let batchLines: Int
    /// so many bytes before compression,
    public let batchBytes: Int
    /// or when its first point has waited so long.
    public let batchTime: Duration
    /// Of all that waits for one destination.
    public let bytesMax: Int
    /// What stays free on the disk.
    public let freeBytesMin: Int
    /// Nil: batches wait for ever.
    public let ageMax: Duration?
    /// Nil leaves it to the kind of command.
    public let whenFull: WhenFull?
    public let sync: Sync
    /// Dead letters kept for one destination.
    public let deadLettersMax: Int
    /// The same in bytes.
    public let deadLettersBytesMax: Int
}

extension Settings {
    public var outbox: OutboxSettings {
        OutboxSettings(
            batchLines: integer(SettingsTable.batchLines), batchBytes: size(SettingsTable.batchBytes),
            batchTime: duration(SettingsTable.batchTime), bytesMax: size(SettingsTable.outboxBytesMax),
            freeBytesMin: size(SettingsTable.outboxFreeBytesMin),
            ageMax: optionalDuration(SettingsTable.outboxAgeMax),
            whenFull: optionalText(SettingsTable.outboxWhenFull).flatMap(OutboxSettings.WhenFull.init), sync: sync,
            deadLettersMax: integer(SettingsTable.deadLettersMax),
            deadLettersBytesMax: size(SettingsTable.deadLettersBytesMax))
    }

    private var sync: OutboxSettings.Sync {
        if let interval = optionalDuration(SettingsTable.outboxSync) { return .interval(interval) }
        return optionalText(SettingsTable.outboxSync) == OutboxSettings.Sync.noneWord ? .none : .everyBatch
    }
}
