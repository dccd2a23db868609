/// What the store takes, each with its reason.
enum StoreLimit {
    /// How long a delivery or a reader waits for another process that writes: longer than any of our transactions.
    static let busyTimeoutMs: Int32 = 5_000
    /// A table a measurement: beyond this, reading the schema would cost more than the data.
    static let measurementsMax = 5_000
    /// Our own batches have 4 MiB before compression; another writer's may be bigger. More would be held in memory.
    static let batchBytesMax = 64 << 20
    /// Refused lines are reported one by one; a delivery with more of them is hardly line protocol.
    static let refusedLinesMax = 100_000
    /// Prepared insert statements: one for each set of columns that lines bring. About 5 kB each.
    static let statementsMax = 64
    /// Points removed for their age in one delivery, so that it stays quick: about a tenth of a second.
    static let expiredPointsMax = 10_000
    /// What SQLite keeps of the file in memory.
    static let cacheKibibytes = 4_096
    /// The log is copied into the file when it has this many pages of 4 KiB, a dozen big deliveries.
    static let checkpointPages = 4_000
    /// What remains of the log's file after that.
    static let logBytesMax = 32 << 20
}
