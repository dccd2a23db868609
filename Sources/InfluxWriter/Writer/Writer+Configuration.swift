public import LineProtocol

extension Writer {
    /// How a writer works. Everything has a default but where its files lie.
    public struct Configuration: Sendable {
        /// Outbox, dead letters and field types lie below it.
        public var dataFolder: String
        /// The name that batches belong to, whatever the address is: `main`, or another of `a–z 0–9 _ -`, at most 32.
        public var destination = "main"
        /// A batch is sealed when it has so many lines or bytes; 1,000,000 and 64 MiB at most.
        public var limits = Batcher.Limits()
        /// Points that were enqueued wait no longer than this for their batch to be sealed.
        public var sealAfter = Duration.seconds(1)
        /// The unit of times, where a call names none.
        public var precision = Precision.milliseconds
        /// What the server reads.
        public var dialect = Dialect.influx2
        /// What happens to a point whose text no line can hold.
        public var text = TextPolicy.refuse
        /// 1 to 9.
        public var gzipLevel = 1
        /// When an accepted batch is on the disk, and so what a loss of power can take.
        public var sync = SyncPolicy.everyBatch
        /// How much may wait on disk, and what happens when it is full.
        public var capacity = OutboxCapacity()
        /// How many dead letters are kept.
        public var deadLetters = DeadLetters.Capacity()
        /// Lines that are offered and not accepted yet, before compression: more wait in their caller's hands.
        public var memoryBytesMax = 32 << 20
        /// How long a disk that takes nothing, or the folder of one bucket, is waited for before points are refused.
        public var diskPatience = Duration.seconds(10)
        /// Requests under way at once while there is a backlog: 1 or 2, or more for a server far away.
        public var requestsMax = 2
        /// Small batches are joined up to this size, compressed.
        public var requestBytesMax = 8 << 20
        /// The types of fields that the caller knows. Others are learned from what the destination acknowledges.
        public var fieldTypes: [FieldDeclaration] = []
        /// Whether a point becomes a dead letter when a field of it has another type than is known.
        public var guardsTypes = true
        /// The wall clock of batch names, and of points without a time.
        public var now: @Sendable () -> Timestamp

        /// - Parameters:
        ///   - dataFolder: made by the first batch, with its parents, when it is missing.
        ///   - now: the machine's clock unless given.
        public init(dataFolder: String, now: (@Sendable () -> Timestamp)? = nil) {
            self.dataFolder = dataFolder
            self.now = now ?? Self.machineClock
        }
    }
}

/// The type that a field has, now and always.
public struct FieldDeclaration: Sendable, Hashable {
    /// In which bucket.
    public let bucket: Bucket
    /// Of which measurement.
    public let measurement: String
    /// Its key.
    public let field: String
    /// Its type.
    public let type: FieldType

    /// Outweighs whatever was learned.
    public init(bucket: Bucket, measurement: String, field: String, type: FieldType) {
        self.bucket = bucket
        self.measurement = measurement
        self.field = field
        self.type = type
    }
}
