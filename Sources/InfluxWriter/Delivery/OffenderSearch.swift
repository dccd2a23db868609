import CoinlineBase
import LineProtocol

/// Goes through a batch as a shard of the server does, and finds what it cannot have taken.
struct OffenderSearch {
    private struct Column: Hashable {
        let shard: Int64
        let measurement: ExactName
        let field: ExactName
    }

    /// What a finding rests on.
    private enum Basis {
        /// The field, the length or the name that the server's words are about.
        case told
        /// A rule that always holds, or a type that is known.
        case known
        /// The first line of the batch that has the field, which decides where the server did not know it.
        case guess
    }

    private struct Fault {
        let reason: String
        let basis: Basis
    }

    private struct Finding {
        let number: Int
        let fault: Fault
        let place: Int64
    }

    /// A week, which is what InfluxDB takes for long and endless retentions.
    private static let shardSecondsUsual: Int64 = 604_800
    private static let hourSeconds: Int64 = 3_600
    /// No bucket keeps points for less.
    private static let retentionSecondsMin: Int64 = 3_600
    /// Of InfluxDB, all versions.
    private static let stringBytesMaxUsual = 1 << 20

    private let raw: [UInt8]
    private let precision: Precision
    private let reason: RefusalReason
    private let dropped: Int?
    private let knowledge: Offenders.Knowledge

    private var types: [Column: (kind: FieldType, basis: Basis)] = [:]
    private var subject: (measurement: ExactName, field: ExactName, known: FieldType)?
    private var findings: [Finding] = []
    private var shards: Set<Int64> = []
    private var hours: Set<Int64> = []
    private var unreadable: [Int] = []
    private var oldLines = 0

    init(
        _ raw: [UInt8], _ precision: Precision, _ reason: RefusalReason, _ dropped: Int?,
        _ knowledge: Offenders.Knowledge
    ) {
        self.raw = raw
        self.precision = precision
        self.reason = reason
        self.dropped = dropped
        self.knowledge = knowledge
    }

    consuming func find() -> Offenders {
        var search = self
        if case .typeConflict(let phrase, _, let known) = search.reason { search.findSubject(phrase, known) }
        let (raw, precision) = (search.raw, search.precision)
        ServerLines.forEachLine(in: raw) { line in
            guard let point = LineReading.point(raw, line.bytes, precision) else {
                return search.unreadable.append(line.number)
            }
            search.look(at: point, line.number)
        }
        return search.result()
    }

    /// The field that the server means: the first of the batch of which its words are true.
    private mutating func findSubject(_ phrase: String, _ known: FieldType) {
        var asked: Set<OfferedTypes.Offer> = []
        var found: (ExactName, ExactName, FieldType)?
        let (raw, precision) = (raw, precision)
        ServerLines.forEachLine(in: raw) { line in
            guard found == nil, let point = LineReading.point(raw, line.bytes, precision) else { return }
            for field in point.fields {
                let offer = OfferedTypes.Offer(
                    measurement: ExactName(point.measurement), field: ExactName(field.key), kind: field.value.type
                )
                guard found == nil, asked.insert(offer).inserted,
                    RefusalReason.names(phrase, field: field.key, measurement: point.measurement)
                else { continue }
                found = (offer.measurement, offer.field, known)
            }
        }
        subject = found
    }

    private mutating func look(at point: Point, _ number: Int) {
        let seconds = point.time?.value(in: .seconds) ?? knowledge.now?.value(in: .seconds)
        let shard = Self.number(of: seconds, each: knowledge.shardSeconds ?? Self.shardSecondsUsual)
        let hour = Self.number(of: seconds, each: Self.hourSeconds)
        shards.insert(shard)
        hours.insert(hour)
        if mayBeTooOld(point) { oldLines += 1 }
        guard let fault = fault(of: point, shard) else { return }
        findings.append(Finding(number: number, fault: fault, place: knowledge.shardSeconds == nil ? hour : shard))
    }

    /// Whether a bucket of the shortest retention would not take it.
    private func mayBeTooOld(_ point: Point) -> Bool {
        guard let time = point.time else { return false }
        guard let now = knowledge.now else { return true }
        return time.value(in: .seconds) < now.value(in: .seconds) - Self.retentionSecondsMin
    }

    /// Learns the types of new fields until one is at fault: that is what the server has learnt by then too.
    private mutating func fault(of point: Point, _ shard: Int64) -> Fault? {
        guard point.fields.contains(where: { $0.key != "time" }) else {
            return Fault(reason: "its only field is called time", basis: reason == .fieldNamedTime ? .told : .known)
        }
        for (index, field) in point.fields.enumerated() where field.key != "time" {
            guard let fault = tooLong(field) ?? conflict(of: field, point.measurement, shard) else { continue }
            guard case .guess = fault.basis else { return fault }
            // It need not be this one: a field behind it may leave no doubt.
            let others = point.fields[(index + 1)...]
            return others.compactMap { toldConflict(of: $0, point.measurement) }.first ?? fault
        }
        return nil
    }

    private mutating func conflict(of field: Field, _ measurement: String, _ shard: Int64) -> Fault? {
        let column = Column(shard: shard, measurement: ExactName(measurement), field: ExactName(field.key))
        let offered = field.value.type
        var known = types[column]
        if isSubject(column.measurement, column.field), let subject {
            known = (subject.known, .told)
        } else if known == nil, let kind = knowledge.kind(measurement, field.key) {
            known = (kind, .known)
        }
        types[column] = known ?? (offered, .guess)
        guard let known, known.kind != offered else { return nil }
        return fault(field, measurement, known.kind, known.basis)
    }

    private func toldConflict(of field: Field, _ measurement: String) -> Fault? {
        guard let subject, isSubject(ExactName(measurement), ExactName(field.key)),
            subject.known != field.value.type
        else { return nil }
        return fault(field, measurement, subject.known, .told)
    }

    private func isSubject(_ measurement: ExactName, _ field: ExactName) -> Bool {
        subject.map { $0.measurement == measurement && $0.field == field } ?? false
    }

    private func fault(_ field: Field, _ measurement: String, _ known: FieldType, _ basis: Basis) -> Fault {
        let conflict = SchemaGuard.Conflict(
            measurement: measurement, field: field.key, known: known, offered: field.value.type)
        return Fault(reason: "\(conflict)", basis: basis)
    }

    private func tooLong(_ field: Field) -> Fault? {
        guard case .string(let text) = field.value else { return nil }
        let told: Int? = if case .stringTooLong(let bytesMax) = reason { bytesMax } else { nil }
        let bytesMax = told ?? Self.stringBytesMaxUsual
        guard text.utf8.count > bytesMax else { return nil }
        return Fault(
            reason: "a string has \(text.utf8.count) bytes, at most \(bytesMax) are taken",
            basis: told == nil ? .known : .told)
    }

    private func result() -> Offenders {
        let isOneShard = knowledge.shardSeconds == nil ? hours.count <= 1 : shards.count <= 1
        let guesses = findings.count { $0.fault.basis == .guess }
        // Without a guess each is refused for sure, so that the right number of them is all of them.
        let isCounted = isOneShard && guesses == 0 && dropped == findings.count
        // A length and a name are the same in all shards; a type is known of one.
        let isConflict = if case .typeConflict = reason { true } else { false }
        let isToldCertain = !isConflict || Set(findings.filter { $0.fault.basis == .told }.map(\.place)).count == 1
        var result = Offenders(
            lines: findings.map { finding in
                let isCertain = isCounted || (finding.fault.basis == .told && isToldCertain)
                return .init(number: finding.number, reason: finding.fault.reason, isCertain: isCertain)
            })
        if let subject {
            result.told = .init(measurement: subject.measurement.text, field: subject.field.text, kind: subject.known)
        }
        if !isOneShard {
            result.doubts.append(.severalShards)
        } else if let dropped, dropped != findings.count {
            result.doubts.append(.countDiffers(told: dropped, found: findings.count))
        }
        if guesses > 0 { result.doubts.append(.guessed(lines: guesses)) }
        if oldLines > 0, !knowledge.isEndless { result.doubts.append(.retention(oldLines: oldLines)) }
        return withUnreadable(result)
    }

    private func withUnreadable(_ found: Offenders) -> Offenders {
        guard !unreadable.isEmpty else { return found }
        var result = found
        result.doubts.append(.unreadable(lines: unreadable.count))
        guard knowledge.losesUnreadable else { return result }
        result.lines += unreadable.map { .init(number: $0, reason: "it cannot be read", isCertain: false) }
        result.lines.sort { $0.number < $1.number }
        return result
    }

    /// Shards are counted from the beginning of the year 1, a Monday, so that those of a week begin on Mondays. A point
    /// without a time of which nothing is known counts as now, and that as one shard.
    private static func number(of seconds: Int64?, each length: Int64) -> Int64 {
        guard let seconds else { return .max }
        return floorDivide(seconds + 62_135_596_800, by: max(1, length))
    }
}
