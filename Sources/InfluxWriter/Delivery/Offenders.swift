import LineProtocol

/// The lines of a batch that a server left out while it stored the others, worked out from the batch and the first
/// reason, which is all that the server tells.
///
/// Follows the server: lines in their order, types by field and by shard (a stretch of time, a week where nothing else
/// is known), a point with one bad field left out whole, what is older than the retention told only where nothing else
/// is wrong. It says what it cannot know.
struct Offenders: Sendable, Equatable {
    struct Offender: Sendable, Equatable {
        /// In what was delivered, from 1.
        let number: Int
        let reason: String
        /// Whether the server's words and the line itself leave no doubt. One that is not certain is most likely
        /// refused, and where it is not, it is stored and hidden.
        let isCertain: Bool
    }

    /// Why more lines may have been left out, or fewer.
    enum Doubt: Sendable, Equatable {
        /// The server told the reason of one shard, and the batch fills several.
        case severalShards
        /// The server counts other than what was found, in the one shard that there is.
        case countDiffers(told: Int, found: Int)
        /// Lines whose field came in two types, and which of the two the server had is not known.
        case guessed(lines: Int)
        /// What is older than the retention is left out without a word when something else is wrong too.
        case retention(oldLines: Int)
        /// Lines that strict line protocol does not have.
        case unreadable(lines: Int)
        /// Named lines that are not found in what was delivered.
        case notFound(lines: Int)
        /// Nothing is known of the lines that it refused.
        case unknownReason(String)
    }

    /// A type that the server told.
    struct Told: Sendable, Equatable {
        let measurement: String
        let field: String
        let kind: FieldType
    }

    /// What is known beside the batch and the answer.
    struct Knowledge {
        /// Of the bucket, by the schema guard; nil what is not known.
        var kind: (_ measurement: String, _ field: String) -> FieldType? = { _, _ in nil }
        /// How long a shard is; nil when not known.
        var shardSeconds: Int64?
        /// When the answer came; nil when not known.
        var now: Timestamp?
        /// Whether the bucket keeps its points for ever.
        var isEndless = false
        /// InfluxDB 1 stores what it can read of a batch, so that lines it cannot are lost beside the others.
        var losesUnreadable = false
    }

    /// By number.
    var lines: [Offender] = []
    var doubts: [Doubt] = []
    var told: Told?

    /// Whether these are all, as far as can be known.
    var isComplete: Bool { doubts.isEmpty }

    /// - Parameters:
    ///   - raw: what was delivered, not compressed; joined batches one behind the other.
    ///   - named: the lines that the answer names.
    static func find(
        in raw: [UInt8], precision: Precision, named: [RejectedLine], count: RefusedCount,
        knowledge: Knowledge = Knowledge()
    ) -> Offenders {
        if !named.isEmpty { return Offenders(named: named, count) }
        let words = count.words ?? ""
        let dropped = RefusedCount.counted(byServer: words)
        switch RefusalReason(words) {
        case .outsideRetention(let before, let after):
            var search = RetentionSearch(raw, precision)
            return search.find(before: before, after: after, dropped: dropped)
        case .unknown(let text):
            return Offenders(doubts: [.unknownReason(text)])
        case let reason:
            return OffenderSearch(raw, precision, reason, dropped, knowledge).find()
        }
    }

    private init(named: [RejectedLine], _ count: RefusedCount) {
        lines = named.compactMap { line in
            line.number.map { Offender(number: $0, reason: line.reason, isCertain: true) }
        }.sorted { $0.number < $1.number }
        if lines.count < named.count { doubts.append(.notFound(lines: named.count - lines.count)) }
        if count.isAtLeast, lines.count == named.count {
            doubts.append(.countDiffers(told: count.lines, found: lines.count))
        }
    }

    init(lines: [Offender] = [], doubts: [Doubt] = [], told: Told? = nil) {
        self.lines = lines
        self.doubts = doubts
        self.told = told
    }
}

extension Offenders.Doubt: CustomStringConvertible {
    var description: String {
        switch self {
        case .severalShards: "the server told the reason of one stretch of time, and the batch fills several"
        case .countDiffers(let told, let found): "the server counted \(told) lines, and \(found) were found"
        case .guessed(let lines): "\(lines) lines have a field in another type than the lines before them"
        case .retention(let lines): "\(lines) lines may be older than the bucket keeps them"
        case .unreadable(let lines): "\(lines) lines cannot be read"
        case .notFound(let lines): "\(lines) of the lines that the server named are not found"
        case .unknownReason(let text): "the server's reason tells nothing of the lines: \(text)"
        }
    }
}

/// Finds what is outside a bucket's retention, by the bounds that the server told or by its count.
private struct RetentionSearch {
    private var times: [(number: Int, time: Timestamp)] = []
    private var unreadable = 0

    init(_ raw: [UInt8], _ precision: Precision) {
        ServerLines.forEachLine(in: raw) { line in
            guard let point = LineReading.point(raw, line.bytes, precision) else { return unreadable += 1 }
            // Without a time it is the server's own, which is never too old.
            if let time = point.time { times.append((line.number, time)) }
        }
    }

    mutating func find(before: Timestamp?, after: Timestamp?, dropped: Int?) -> Offenders {
        var result = Offenders()
        if unreadable > 0 { result.doubts.append(.unreadable(lines: unreadable)) }
        guard before != nil || after != nil else { return oldest(dropped, into: result) }
        for (number, time) in times {
            let isOld = before.map { time < $0 } ?? false
            guard isOld || after.map({ time > $0 }) ?? false else { continue }
            let reason = isOld ? "it is older than the bucket keeps points" : "its time lies too far ahead"
            result.lines.append(.init(number: number, reason: reason, isCertain: true))
        }
        // Counted over all shards, since no shard is asked for these.
        if let dropped, dropped != result.lines.count {
            result.doubts.append(.countDiffers(told: dropped, found: result.lines.count))
        }
        return result
    }

    /// InfluxDB 1 tells how many, and these are the oldest.
    private mutating func oldest(_ dropped: Int?, into result: Offenders) -> Offenders {
        var result = result
        times.sort { ($0.time, $0.number) < ($1.time, $1.number) }
        guard let dropped, dropped > 0, dropped <= times.count else {
            result.doubts.append(.unknownReason("points beyond retention policy"))
            return result
        }
        let last = times[dropped - 1].time
        let isSharp = dropped == times.count || times[dropped].time > last
        let found = isSharp ? times.prefix(dropped) : times.prefix { $0.time <= last }
        result.lines = found.map {
            .init(number: $0.number, reason: "it is older than the retention policy keeps points", isCertain: isSharp)
        }.sorted { $0.number < $1.number }
        if !isSharp { result.doubts.append(.countDiffers(told: dropped, found: result.lines.count)) }
        return result
    }
}
