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

        public init() {}
    }

    /// A point that is in no batch.
    public struct Refusal: Sendable, Equatable {
        /// Which of the points that were added, from 0.
        public let index: Int
        public let measurement: String
        /// What was wrong, in words for a person.
        public let reason: String
    }

    /// Refusals that are remembered one by one; the others are only counted.
    public static let refusalsMax = 1_000

    /// The first ``refusalsMax`` points that could not be encoded.
    public private(set) var refusals: [Refusal] = []
    public private(set) var refusedCount = 0
    /// Points that are in a batch, sealed or not.
    public private(set) var takenCount = 0
    /// Points added so far, taken and refused.
    public var addedCount: Int { takenCount + refusedCount }
    /// What the encoder left out or changed.
    public var counts: EncodingCounts { encoder.counts }
    /// Points in the batch that is not sealed yet.
    public var openLines: Int { encoder.lineCount }

    private var encoder: LineEncoder
    private var gzip: Gzip
    private var namer: BatchNamer
    private let precision: Precision
    private let limits: Limits

    /// - Parameters:
    ///   - gzipLevel: 1 to 9; level 1 costs a third of level 6 and sends a quarter more.
    ///   - namer: gives the names and the time of points that have none.
    public init(
        namer: consuming BatchNamer, precision: Precision = .milliseconds, dialect: Dialect = .influx2,
        text: TextPolicy = .replace, gzipLevel: Int = 1, limits: Limits = Limits()
    ) throws(BatchingError) {
        precondition(limits.linesMax >= 1 && limits.bytesMax >= 1, "a batch holds at least one line")
        do throws(CompressionError) {
            gzip = try Gzip(level: gzipLevel)
        } catch {
            throw BatchingError(reason: error.description)
        }
        encoder = LineEncoder(precision: precision, dialect: dialect, text: text)
        self.namer = namer
        self.precision = precision
        self.limits = limits
    }

    /// Adds a point; hands out the batch that had no room for it or that it filled.
    ///
    /// A point that cannot be encoded is noted under ``refusals`` and changes nothing else. A point without a time gets
    /// the time of the call, so that delivering the batch twice stores nothing twice.
    public mutating func add(_ point: Point) throws(BatchingError) -> BatchFile? {
        let sealed = hasRoom(for: point) ? nil : try seal()
        append(point)
        if let sealed { return sealed }
        return encoder.lineCount >= limits.linesMax ? try seal() : nil
    }

    /// Seals what was added since the last batch; nil when that is nothing.
    public mutating func seal() throws(BatchingError) -> BatchFile? {
        let lines = encoder.lineCount
        guard lines > 0 else { return nil }
        let body: [UInt8]
        do throws(CompressionError) {
            body = try gzip.compress(encoder.copyBytes())
        } catch {
            throw BatchingError(reason: error.description)
        }
        encoder.removeAll()
        return BatchFile(name: namer.next(precision: precision, lines: lines), body: body)
    }

    private func hasRoom(for point: Point) -> Bool {
        encoder.lineCount < limits.linesMax
            && (encoder.lineCount == 0 || encoder.byteCount + point.encodedBytesMax <= limits.bytesMax)
    }

    private mutating func append(_ point: Point) {
        var point = point
        if point.time == nil { point.time = namer.time }
        let isAlone = encoder.lineCount == 0
        do throws(LineEncodingError) {
            try encoder.append(point)
        } catch {
            return refuse(point, error.description)
        }
        if isAlone && encoder.byteCount > limits.bytesMax {
            let bytes = encoder.byteCount
            encoder.removeAll()
            return refuse(point, "the line has \(bytes) bytes, a batch takes \(limits.bytesMax)")
        }
        takenCount += 1
    }

    private mutating func refuse(_ point: Point, _ reason: String) {
        if refusals.count < Self.refusalsMax {
            refusals.append(Refusal(index: addedCount, measurement: point.measurement, reason: reason))
        }
        refusedCount += 1
    }
}

/// Batches cannot be made: the compressor failed, which is a wrong level or no memory.
public struct BatchingError: Error, Sendable, Equatable, CustomStringConvertible {
    public let reason: String

    public var description: String { "cannot compress a batch: \(reason)" }
}

extension Point {
    /// No fewer bytes than the line will have: every byte escaped (replacing a control byte by two characters is no
    /// more), numbers at their longest.
    fileprivate var encodedBytesMax: Int {
        var bytes = 2 * measurement.utf8.count + 32
        for tag in tags { bytes += 2 * (tag.key.utf8.count + tag.value.utf8.count) + 2 }
        for field in fields {
            bytes += 2 * field.key.utf8.count + 2
            if case .string(let text) = field.value {
                bytes += 2 * text.utf8.count + 2
            } else {
                bytes += 32
            }
        }
        return bytes
    }
}
