import LineProtocol

/// Work on whole batches, away from the loop, which it would hold up.
enum BatchBytes {
    @concurrent static func damage(in batch: BatchFile) async -> BatchDamage? {
        BatchVerification.damage(in: batch)
    }

    @concurrent static func excise(
        _ lines: [RejectedLine], from batch: BatchFile
    ) async throws(BatchSurgeryError) -> BatchSurgery.Excision {
        try BatchSurgery.excise(lines, from: batch.body, lines: batch.lines)
    }

    /// Nil for a single line.
    @concurrent static func halves(of batch: BatchFile) async throws(BatchSurgeryError) -> [BatchSurgery.Piece]? {
        try BatchSurgery.halves(of: batch.body, lines: batch.lines).map { [$0.first, $0.second] }
    }

    /// The line of a batch that has one, in its name and in truth.
    @concurrent static func onlyLine(of batch: BatchFile) async -> [UInt8]? {
        guard batch.lines == 1, let raw = content(of: batch), ServerLines.count(in: raw) == 1 else { return nil }
        return BatchSurgery.lines([1], of: raw)[1]
    }

    /// The types of the fields; what cannot be read is left out.
    @concurrent static func types(in batches: [BatchFile]) async -> OfferedTypes {
        OfferedTypes(lines: batches.flatMap { content(of: $0) ?? [] })
    }

    static func content(of batch: BatchFile) -> [UInt8]? {
        do throws(BatchSurgeryError) {
            return try BatchSurgery.decompress(batch.body)
        } catch {
            return nil
        }
    }
}

/// What a destination stored of a delivery and what not.
struct Settlement: Sendable {
    /// For each batch its refused lines.
    let refused: [[BatchSurgery.CutLine]]
    let doubts: [Offenders.Doubt]
    let told: Offenders.Told?
    let stored: OfferedTypes

    /// Whether these are all lines that were refused, and some are.
    var isSure: Bool { doubts.isEmpty && refused.contains { !$0.isEmpty } }

    /// Nil where the batches cannot be read, or have other lines together than each by itself. A single one may have
    /// fewer than its name says, where a quote that never closes swallowed the lines behind it.
    @concurrent static func find(
        in batches: [BatchFile], _ named: [RejectedLine], _ count: RefusedCount, types: FieldTypes, bucket: Bucket,
        now: Timestamp, losesUnreadable: Bool
    ) async -> Settlement? {
        var raw: [UInt8] = []
        for batch in batches {
            guard let content = BatchBytes.content(of: batch), content.last == 0x0A || batches.count == 1 else {
                return nil
            }
            guard batches.count == 1 || ServerLines.count(in: content) == batch.lines else { return nil }
            raw += content
        }
        let counts = batches.map(\.lines)
        guard let precision = batches.first?.precision else { return nil }
        let knowledge = Offenders.Knowledge(
            kind: { types.kind(of: $1, measurement: $0, in: bucket) }, now: now, losesUnreadable: losesUnreadable)
        let found = Offenders.find(in: raw, precision: precision, named: named, count: count, knowledge: knowledge)
        // Where it is not sure, the rest is sent again, and the server tells of those that are only guessed.
        let certain = found.lines.filter(\.isCertain)
        let lines = found.doubts.isEmpty || certain.isEmpty ? found.lines : certain
        let texts = BatchSurgery.lines(Set(lines.map(\.number)), of: raw)
        var refused = batches.map { _ in [BatchSurgery.CutLine]() }
        for line in lines {
            guard let place = JoinedLines.place(of: line.number, counts: counts), let bytes = texts[line.number] else {
                return nil
            }
            refused[place.batch].append(.init(number: place.number, bytes: bytes, reason: line.reason))
        }
        return Settlement(
            refused: refused, doubts: found.doubts, told: found.told,
            stored: OfferedTypes(lines: raw, except: Set(lines.map(\.number))))
    }
}
