public import InfluxWriter
public import Settings

/// How batches are made, and how much may wait on disk: what the settings say about every destination alike.
public struct OutboxTerms: Sendable {
    public var limits = Batcher.Limits()
    public var sealAfter = Duration.seconds(1)
    public var sync = SyncPolicy.everyBatch
    public var capacity = OutboxCapacity()
    public var deadLetters = DeadLetters.Capacity()

    public init() {}

    /// - Parameter standard: what happens to a batch for which there is no room, where the settings leave it open.
    public init(_ settings: OutboxSettings, whenFull standard: OutboxCapacity.WhenFull) {
        limits.linesMax = settings.batchLines
        limits.bytesMax = settings.batchBytes
        sealAfter = settings.batchTime
        sync =
            switch settings.sync {
            case .everyBatch: .everyBatch
            case .interval(let interval): .interval(interval)
            case .none: .none
            }
        capacity.bytesMax = settings.bytesMax
        capacity.freeBytesMin = settings.freeBytesMin
        capacity.ageMax = settings.ageMax
        capacity.whenFull =
            switch settings.whenFull {
            case .block?: .block(for: Self.blockMax)
            case .dropOldest?: .dropOldest
            case .dropNewest?: .dropNewest
            case nil: standard
            }
        deadLetters.lettersMax = settings.deadLettersMax
        deadLetters.bytesMax = settings.deadLettersBytesMax
    }

    /// How long a command waits for room.
    public static let blockMax = Duration.seconds(10)
}
