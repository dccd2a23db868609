extension SettingsTable {
    static let outbox = [
        batchLines, batchBytes, batchTime, outboxBytesMax, outboxFreeBytesMin, outboxAgeMax, outboxWhenFull, outboxSync,
        deadLettersMax, deadLettersBytesMax,
    ]

    public static let batchLines = Setting(
        "COINLINE_BATCH_LINES", .integer(1...100_000), standard: "5000", in: .outbox,
        help: "A batch is sealed, written to disk and sent when it has so many points.")
    public static let batchBytes = Setting(
        "COINLINE_BATCH_BYTES", .size((64 << 10)...(16 << 20)), standard: "4MiB", in: .outbox,
        help: "Or when it is so large, before compression.")
    public static let batchTime = Setting(
        "COINLINE_BATCH_TIME", .duration(.seconds(1)...(.seconds(600))), standard: "1s", in: .outbox,
        help: "Or when its first point has waited so long.")
    public static let outboxBytesMax = Setting(
        "COINLINE_OUTBOX_MAX", .size((64 << 10)...sizeMax), standard: "2GiB", in: .outbox,
        help: "How much may wait on disk for one destination.")
    public static let outboxFreeBytesMin = Setting(
        "COINLINE_OUTBOX_MIN_FREE", .size(0...sizeMax), standard: "512MiB", in: .outbox,
        help: "How much of the disk the outbox leaves free for everything else.")
    public static let outboxAgeMax = Setting(
        "COINLINE_OUTBOX_MAX_AGE", .duration(.seconds(60)...(.seconds(36_500 * 86_400))), in: .outbox, example: "30d",
        help: "Batches that have waited longer are dropped, and counted. Not set: they wait for ever.")
    public static let outboxWhenFull = Setting(
        "COINLINE_OUTBOX_WHEN_FULL", .choice(OutboxSettings.WhenFull.allCases.map(\.rawValue)), in: .outbox,
        example: "block",
        help: "What happens when the outbox is full: block waits for room, 10 seconds in a command, and then refuses "
            + "the points; drop-oldest and drop-newest drop a batch and count it. Not set: block in commands, "
            + "drop-oldest in a daemon.")
    public static let outboxSync = Setting(
        "COINLINE_OUTBOX_SYNC",
        .choiceOrDuration(OutboxSettings.Sync.words, .seconds(1)...(.seconds(3_600))),
        standard: OutboxSettings.Sync.everyBatchWord, in: .outbox,
        help:
            "When a batch is safe from a loss of power: every-batch before it counts as accepted, a length of time at "
            + "most so long after that, none when the system gets to it. No policy loses a batch when the program dies."
    )
    public static let deadLettersMax = Setting(
        "COINLINE_DEAD_LETTERS", .integer(1...1_000_000), standard: "10000", in: .outbox,
        help: "How many points that a destination refused are kept for each; beyond that the oldest go.")
    public static let deadLettersBytesMax = Setting(
        "COINLINE_DEAD_LETTERS_MAX", .size((64 << 10)...sizeMax), standard: "256MiB", in: .outbox,
        help: "Or so much of them on disk.")

    /// Larger than any disk of today, and far from the largest number.
    private static let sizeMax = 1_024 << 40
}
