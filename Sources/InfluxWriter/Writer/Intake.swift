import CoinlineBase
import LineProtocol

/// Where lines go that may share a batch.
struct Lane: Sendable, Hashable {
    let bucket: Bucket
    let precision: Precision
    /// Whether somebody waits until they are accepted; only then can they be refused together.
    let isAwaited: Bool
}

/// What a caller's task hands over at a time.
struct Portion: Sendable {
    var chunk = Chunk()
    /// Fields that were never seen before, to be learned when the chunk is acknowledged.
    var news: OfferedTypes?
    /// Lines that would hide points of another type.
    var letters: [DeadLetter] = []

    var isEmpty: Bool { chunk.lines == 0 && letters.isEmpty }
}

/// One call's points on the caller's task: checked and encoded.
struct Intake: ~Copyable {
    /// Dead letters are handed over in such groups.
    private static let lettersMax = 256

    /// Points so far.
    private var offered = 0
    private var chunks: LineChunks
    private var types: SchemaGuard
    private var news = OfferedTypes()
    private var letters: [DeadLetter] = []
    /// Writes the lines of dead letters.
    private var conflicts: LineChunks
    private let lane: Lane
    private let isGuarded: Bool
    private let now: @Sendable () -> Timestamp

    init(_ lane: Lane, _ configuration: Writer.Configuration, _ dialect: Dialect, guard types: SchemaGuard) {
        func chunks() -> LineChunks {
            LineChunks(
                configuration.limits, precision: lane.precision, dialect: dialect, text: configuration.text,
                now: configuration.now)
        }
        self.chunks = chunks()
        conflicts = chunks()
        self.types = types
        self.lane = lane
        isGuarded = configuration.guardsTypes
        now = configuration.now
    }

    /// Lines that were made: of the points, those that were not refused.
    var taken: Int { chunks.takenCount + conflicts.takenCount }

    /// Takes a point; hands out what is full.
    mutating func add(_ point: Point) -> Portion? {
        defer { offered += 1 }
        if isGuarded {
            if let conflict = types.check(point, in: lane.bucket) {
                bury(point, conflict)
                return letters.count < Self.lettersMax ? nil : takeLetters()
            }
            news.add(point)
        }
        return chunks.add(point, index: offered).map { portion($0) }
    }

    /// What is left.
    mutating func finish() -> Portion {
        var last = chunks.finish().map { portion($0) } ?? Portion()
        last.letters = letters
        letters = []
        return last
    }

    private mutating func takeLetters() -> Portion {
        defer { letters = [] }
        return Portion(letters: letters)
    }

    private mutating func portion(_ chunk: Chunk) -> Portion {
        defer { news = OfferedTypes() }
        return Portion(chunk: chunk, news: types.knows(news, in: lane.bucket) ? nil : news)
    }

    private mutating func bury(_ point: Point, _ conflict: SchemaGuard.Conflict) {
        var full = conflicts.add(point, index: offered)
        if full == nil { full = conflicts.finish() }
        // It could not be encoded, and is refused.
        guard let full else { return }
        letters += full.starts.indices.map { index in
            DeadLetter(
                reason: "not sent: \(conflict)", time: now(), bucket: lane.bucket, precision: lane.precision,
                content: .line(Array(full.bytes[full.range(of: index)])))
        }
    }

    func receipt(_ outcome: CallOutcome, isAwaited: Bool) -> Receipt {
        var receipt = Receipt()
        receipt.offered = offered
        receipt.accepted = isAwaited ? outcome.stored + outcome.deadLettered : 0
        receipt.deadLettered = isAwaited ? outcome.deadLettered : 0
        receipt.dropped = isAwaited ? outcome.dropped : 0
        receipt.refusedCount = chunks.refusedCount + conflicts.refusedCount
        let refused = (chunks.refusals + conflicts.refusals).sorted { $0.index < $1.index }
        receipt.refused = Array(refused.prefix(Batcher.refusalsMax))
        receipt.counts = chunks.counts
        receipt.counts += conflicts.counts
        return receipt
    }
}

extension SchemaGuard {
    /// Whether nothing of it is new.
    fileprivate func knows(_ offered: OfferedTypes, in bucket: Bucket) -> Bool {
        offered.offers.allSatisfy {
            types.kind(of: $0.field.text, measurement: $0.measurement.text, in: bucket) != nil
        }
    }
}
