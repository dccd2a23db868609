import CoinlineJSON

/// Gathers what was left out of one answer.
struct Skips: Sendable {
    /// A page has at most 100 records of some 20 values; more than this is an answer gone wrong, and is counted only.
    static let listedMax = 1_000

    private(set) var listed: [Skipped] = []
    private(set) var count = 0

    mutating func add(_ cursor: JSONCursor, _ reason: JSONError.Reason, isRecord: Bool = false) {
        add(cursor, "\(reason)", isRecord: isRecord)
    }

    mutating func add(_ cursor: JSONCursor, _ reason: @autoclosure () -> String, isRecord: Bool = false) {
        count += 1
        guard listed.count < Self.listedMax else { return }
        listed.append(Skipped(path: cursor.path, reason: reason(), isRecord: isRecord))
    }

    /// Takes over what was gathered elsewhere in the same answer.
    mutating func add(_ decoded: Decoded<some Sendable>) {
        count += decoded.skippedCount
        listed += decoded.skipped.prefix(max(0, Self.listedMax - listed.count))
    }
}
