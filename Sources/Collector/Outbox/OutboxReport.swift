public import CoinlineBase
import CoinlineJSON
public import InfluxWriter

/// What waits in a data folder for each of its destinations. Only looks, whoever delivers meanwhile.
public struct OutboxReport: Sendable {
    struct Entry {
        let destination: String
        let summary: OutboxSummary
        let deadLetters: Int
        let lastError: LastError?
    }

    private let folder: String
    private let entries: [Entry]
    private let now: UTCTime

    /// Whether anything waits at all.
    public var isEmpty: Bool { entries.allSatisfy { $0.summary.batches == 0 } }

    public static func read(dataFolder: String, now: UTCTime) throws(OutboxError) -> OutboxReport {
        var entries: [Entry] = []
        for layout in try OutboxLayout.all(in: dataFolder) {
            entries.append(
                Entry(
                    destination: layout.destination, summary: try OutboxSummary.read(layout),
                    deadLetters: try DeadLetters(layout).names().count, lastError: LastError.read(layout)))
        }
        return OutboxReport(folder: dataFolder, entries: entries, now: now)
    }

    // MARK: Text

    /// For a person, without a line break at the end.
    ///
    /// - Parameters:
    ///   - flushCommand: what the person types to send what waits,
    ///   - lettersCommand: and to see what was refused.
    public func text(flushCommand: String, lettersCommand: String) -> String {
        guard !entries.isEmpty else { return "Nothing waits in \(folder)/outbox." }
        let width = (entries.map(\.destination.count).max() ?? 0) + 2
        var lines = entries.flatMap { entry in
            let margin = String(repeating: " ", count: width)
            let name = entry.destination + margin.dropFirst(entry.destination.count)
            let facts = self.lines(of: entry, lettersCommand)
            return [name + facts[0]] + facts.dropFirst().map { margin + $0 }
        }
        if !isEmpty { lines.append("send with: \(flushCommand)") }
        return lines.joined(separator: "\n")
    }

    private func lines(of entry: Entry, _ lettersCommand: String) -> [String] {
        let buckets = entry.summary.buckets
        var lines: [String] = []
        switch buckets.count {
        case 0: lines.append("nothing waits")
        case 1: lines.append(text(of: buckets[0]))
        default:
            lines.append(Self.text(entry.summary.lines, entry.summary.batches, entry.summary.bytes))
            lines += buckets.map { text(of: $0) }
        }
        if entry.summary.isOwned { lines.append("a process that runs now sends them") }
        if let error = entry.lastError {
            lines.append("last error \(Self.text(of: error.time)): \(error.message)")
        }
        if entry.deadLetters > 0 {
            lines.append("\(Plural.deadLetters(entry.deadLetters)), shown by: \(lettersCommand)")
        }
        return lines
    }

    private func text(of pending: OutboxSummary.Pending) -> String {
        Self.text(pending.lines, pending.batches, pending.bytes)
            + " for bucket \"\(pending.bucket)\", the oldest \(age(of: pending.oldest).text) old"
    }

    private static func text(_ lines: Int, _ batches: Int, _ bytes: Int) -> String {
        "\(Plural.points(lines)) in \(Plural.batches(batches)) (\(ByteText.text(bytes)))"
    }

    /// Of a batch from the future, after a clock was set back, none.
    private func age(of time: Timestamp) -> Duration {
        max(.zero, UTCTime(nanoseconds: time.nanoseconds).duration(to: now))
    }

    private static func text(of time: Timestamp) -> String {
        UTCTime(nanoseconds: time.nanoseconds).rfc3339()
    }

    // MARK: JSON

    public func json() -> String {
        var out = JSONWriter()
        out.beginObject()
        out.member("folder", folder)
        out.key("destinations")
        out.beginArray()
        for entry in entries { append(entry, to: &out) }
        out.endArray()
        out.endObject()
        return out.text
    }

    private func append(_ entry: Entry, to out: inout JSONWriter) {
        out.beginObject()
        out.member("name", entry.destination)
        out.member("points", entry.summary.lines)
        out.member("batches", entry.summary.batches)
        out.member("bytes", entry.summary.bytes)
        out.member("oldest", optional: entry.summary.oldest.map(Self.text))
        out.member("oldest_age_seconds", optional: entry.summary.oldest.map { age(of: $0).components.seconds })
        out.member("is_being_sent", entry.summary.isOwned)
        out.key("buckets")
        out.beginArray()
        for pending in entry.summary.buckets {
            out.beginObject()
            out.member("bucket", pending.bucket.name)
            out.member("points", pending.lines)
            out.member("batches", pending.batches)
            out.member("bytes", pending.bytes)
            out.member("oldest", Self.text(of: pending.oldest))
            out.endObject()
        }
        out.endArray()
        out.member("dead_letters", entry.deadLetters)
        out.member("last_error", optional: entry.lastError?.message)
        out.member("last_error_time", optional: entry.lastError.map { Self.text(of: $0.time) })
        out.endObject()
    }
}

extension Plural {
    static func batches(_ count: Int) -> String {
        count == 1 ? "1 batch" : "\(count) batches"
    }

    static func deadLetters(_ count: Int) -> String {
        count == 1 ? "1 dead letter" : "\(count) dead letters"
    }
}

/// A size for people.
enum ByteText {
    private static let units = ["bytes", "KiB", "MiB", "GiB", "TiB"]

    /// "1023 bytes", "1.5 MiB", "25 MiB".
    static func text(_ bytes: Int) -> String {
        var (unit, divisor) = (0, 1)
        while unit < units.count - 1, bytes / divisor >= 1_024 { (unit, divisor) = (unit + 1, divisor * 1_024) }
        guard unit > 0 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
        let tenths = bytes / (divisor / 1_024) * 10 / 1_024
        let number = tenths < 100 && tenths % 10 != 0 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
        return "\(number) \(units[unit])"
    }
}
