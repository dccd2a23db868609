import CoinlineCompression

/// Takes points one by one and hands out sealed batches: line protocol, gzipped and named, ready to be delivered or
/// kept.
///
/// Not copyable: it owns one encoder and one deflate state, both reused from batch to batch.
public struct Batcher: ~Copyable {
    /// When a batch is full.
    public struct Limits: Sendable {
        /// What servers of InfluxDB 1 and 2 take best at a time, by their documentation.
        public var linesMax = 5_000
        /// Before compression. Below every server's limit, and some thousand of the longest usual lines.
        public var bytesMax = 4 << 20

        /// 5,000 lines or 4 MiB.
        public init() {}
    }

    /// A point that is in no batch.
    public struct Refusal: Sendable, Equatable {
        /// Which of the points that were added, from 0.
        public let index: Int
        /// The measurement of the point.
        public let measurement: String
        /// What was wrong, in words for a person.
        public let reason: String
    }

    /// Refusals that are remembered one by one; the others are only counted.
    public static let refusalsMax = 1_000

    /// The first ``refusalsMax`` points that could not be encoded.
    public var refusals: [Refusal] { chunks.refusals }
    /// Points that could not be encoded, however many.
    public var refusedCount: Int { chunks.refusedCount }
    /// Points that are in a batch, sealed or not.
    public var takenCount: Int { chunks.takenCount }
    /// Points added so far, taken and refused.
    public var addedCount: Int { chunks.addedCount }
    /// What the encoder left out or changed.
    public var counts: EncodingCounts { chunks.counts }
    /// Points in the batch that is not sealed yet.
    public var openLines: Int { chunks.openLines }

    private var chunks: LineChunks
    private var gzip: Gzip
    private var namer: BatchNamer
    private let precision: Precision

    /// - Parameters:
    ///   - namer: gives the names and the time of points that have none.
    ///   - precision: the unit of times.
    ///   - dialect: what the server reads.
    ///   - text: what happens to a text that no line can hold.
    ///   - gzipLevel: 1 to 9; level 1 costs a third of level 6 and sends a quarter more.
    ///   - limits: when a batch is full.
    public init(
        namer: consuming BatchNamer, precision: Precision = .milliseconds, dialect: Dialect = .influx2,
        text: TextPolicy = .replace, gzipLevel: Int = 1, limits: Limits = Limits()
    ) throws(BatchingError) {
        do throws(CompressionError) {
            gzip = try Gzip(level: gzipLevel)
        } catch {
            throw BatchingError(reason: error.description)
        }
        chunks = LineChunks(limits, precision: precision, dialect: dialect, text: text, now: namer.now)
        self.namer = namer
        self.precision = precision
    }

    /// Adds a point; hands out the batch that had no room for it or that it filled.
    ///
    /// A point that cannot be encoded is noted under ``refusals`` and changes nothing else. A point without a time gets
    /// the time of the call, so that delivering the batch twice stores nothing twice.
    public mutating func add(_ point: Point) throws(BatchingError) -> BatchFile? {
        try chunks.add(point, index: addedCount).map { (chunk) throws(BatchingError) in try seal(chunk) }
    }

    /// Seals what was added since the last batch; nil when that is nothing.
    public mutating func seal() throws(BatchingError) -> BatchFile? {
        try chunks.finish().map { (chunk) throws(BatchingError) in try seal(chunk) }
    }

    private mutating func seal(_ chunk: Chunk) throws(BatchingError) -> BatchFile {
        do throws(CompressionError) {
            let body = try gzip.compress(chunk.bytes)
            return BatchFile(name: namer.next(precision: precision, lines: chunk.lines), body: body)
        } catch {
            throw BatchingError(reason: error.description)
        }
    }
}

/// Batches cannot be made: the compressor failed, which is a wrong level or no memory.
public struct BatchingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What the compressor said.
    public let reason: String

    /// The sentence.
    public var description: String { "cannot compress a batch: \(reason)" }
}
