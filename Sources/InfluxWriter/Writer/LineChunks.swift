import LineProtocol

/// Lines on their way into a batch.
struct Chunk: Sendable {
    /// Encoded, each with its newline.
    var bytes: [UInt8] = []
    /// Where each line begins.
    var starts: [Int] = []

    var lines: Int { starts.count }

    /// Puts another one behind it.
    mutating func append(_ other: Chunk) {
        if starts.isEmpty {
            self = other
            return
        }
        let base = bytes.count
        bytes += other.bytes
        starts += other.starts.map { $0 + base }
    }
}

/// Encodes points into chunks no bigger than a batch, and remembers what could not be encoded.
///
/// Not copyable: it owns an encoder.
struct LineChunks: ~Copyable {
    /// The first ``Batcher/refusalsMax`` points that could not be encoded.
    private(set) var refusals: [Batcher.Refusal] = []
    private(set) var refusedCount = 0
    private(set) var takenCount = 0
    var addedCount: Int { takenCount + refusedCount }
    /// What the encoder left out or changed.
    var counts: EncodingCounts { encoder.counts }
    /// Lines of the chunk that is not full yet.
    var openLines: Int { encoder.lineCount }

    private var encoder: LineEncoder
    private var starts: [Int] = []
    private let limits: Batcher.Limits
    private let now: @Sendable () -> Timestamp

    /// - Parameter now: the time of points that have none, so that delivering them twice stores nothing twice.
    init(
        _ limits: Batcher.Limits, precision: Precision, dialect: Dialect, text: TextPolicy,
        now: @escaping @Sendable () -> Timestamp
    ) {
        precondition(limits.linesMax >= 1 && limits.bytesMax >= 1, "a batch holds at least one line")
        encoder = LineEncoder(precision: precision, dialect: dialect, text: text)
        self.limits = limits
        self.now = now
    }

    /// Adds a point; hands out the chunk that had no room for it or that it filled.
    ///
    /// - Parameter index: which one it is, should it be refused.
    mutating func add(_ point: Point, index: Int) -> Chunk? {
        let full = hasRoom(for: point) ? nil : finish()
        append(point, index)
        if let full { return full }
        return encoder.lineCount >= limits.linesMax ? finish() : nil
    }

    /// What was added since the last chunk; nil when that is nothing.
    mutating func finish() -> Chunk? {
        guard !starts.isEmpty else { return nil }
        let chunk = Chunk(bytes: encoder.copyBytes(), starts: starts)
        encoder.removeAll()
        starts.removeAll(keepingCapacity: true)
        return chunk
    }

    private func hasRoom(for point: Point) -> Bool {
        encoder.lineCount < limits.linesMax
            && (encoder.lineCount == 0 || encoder.byteCount + point.encodedBytesMax <= limits.bytesMax)
    }

    private mutating func append(_ point: Point, _ index: Int) {
        var point = point
        if point.time == nil { point.time = now() }
        let start = encoder.byteCount
        do throws(LineEncodingError) {
            try encoder.append(point)
        } catch {
            return refuse(point, index, error.description)
        }
        if start == 0 && encoder.byteCount > limits.bytesMax {
            let bytes = encoder.byteCount
            encoder.removeAll()
            return refuse(point, index, "the line has \(bytes) bytes, a batch takes \(limits.bytesMax)")
        }
        starts.append(start)
        takenCount += 1
    }

    private mutating func refuse(_ point: Point, _ index: Int, _ reason: String) {
        if refusals.count < Batcher.refusalsMax {
            refusals.append(Batcher.Refusal(index: index, measurement: point.measurement, reason: reason))
        }
        refusedCount += 1
    }
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
