public import CoinlineBase
import CoinlineJSON
public import InfluxWriter

/// What waits in a data folder for each of its destinations. Only looks, whoever delivers meanwhile.
public struct OutboxReport: Sendable {
    struct Entry {
        let destination: String
        /// Nil where it cannot be read.
        var summary: OutboxSummary?
        var deadLetters: Int?
        let lastError: LastError?
        /// Why something cannot be read.
        var problem: String?

        var isEmpty: Bool { summary.map { $0.batches == 0 } ?? true }

        init(_ layout: OutboxLayout) {
            destination = layout.destination
            lastError = LastError.read(layout)
            do throws(OutboxError) {
                summary = try OutboxSummary.read(layout)
                deadLetters = try DeadLetters(layout).names().count
            } catch {
                problem = error.description
            }
        }
    }

    private let folder: String
    private let entries: [Entry]
    private let now: UTCTime

    /// Whether anything waits at all.
    public var isEmpty: Bool { entries.allSatisfy(\.isEmpty) }

    /// Whether everything could be read.
    public var isReadable: Bool { entries.allSatisfy { $0.problem == nil } }

    public static func read(dataFolder: String, now: UTCTime) throws(OutboxError) -> OutboxReport {
        OutboxReport(folder: dataFolder, entries: try OutboxLayout.all(in: dataFolder).map(Entry.init), now: now)
    }

    // MARK: Text

    /// For a person, without a line break at the end.
    ///
    /// - Parameters:
    ///   - flushCommand: what the person types to send what waits,
    ///   - lettersCommand: and to see what was refused,
    ///   - obstacle: why nothing is sent to a destination of that name; nil where it is.
    public func text(
        flushCommand: String, lettersCommand: String, obstacle: (String) -> String? = { _ in nil }
    ) -> String {
        guard !entries.isEmpty else { return "Nothing waits in \(folder)/outbox." }
        let width = (entries.map(\.destination.count).max() ?? 0) + 2
        var lines = entries.flatMap { entry in
            let margin = String(repeating: " ", count: width)
            let name = entry.destination + margin.dropFirst(entry.destination.count)
            let facts = self.lines(of: entry, lettersCommand, obstacle(entry.destination))
            return [name + facts[0]] + facts.dropFirst().map { margin + $0 }
        }
        if entries.contains(where: { !$0.isEmpty && obstacle($0.destination) == nil }) {
            lines.append("send with: \(flushCommand)")
        }
        return lines.joined(separator: "\n")
    }

    private func lines(of entry: Entry, _ lettersCommand: String, _ obstacle: String?) -> [String] {
        var lines = entry.summary.map(self.lines) ?? []
        if let problem = entry.problem { lines.append("cannot be read: \(problem)") }
        if !entry.isEmpty, let obstacle { lines.append("not sent: \(obstacle)") }
        if let error = entry.lastError {
            lines.append("last error \(UTCTime(error.time).rfc3339()): \(error.message)")
        }
        if let letters = entry.deadLetters, letters > 0 {
            lines.append("\(Plural.deadLetters(letters)), shown by: \(lettersCommand)")
        }
        return lines
    }

    private func lines(of summary: OutboxSummary) -> [String] {
        let buckets = summary.buckets
        var lines: [String] = []
        switch buckets.count {
        case 0: lines.append("nothing waits")
        case 1: lines.append(text(of: buckets[0]))
        default:
            lines.append(Self.text(summary.lines, summary.batches, summary.bytes))
            lines += buckets.map { text(of: $0) }
        }
        if summary.isOwned { lines.append("a process that runs now sends them") }
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
        max(.zero, UTCTime(time).duration(to: now))
    }

    // MARK: JSON

    /// - Parameter obstacle: as for the text.
    public func json(obstacle: (String) -> String? = { _ in nil }) -> String {
        JSONWriter.object { out in
            out.member("folder", folder)
            out.objects("destinations", entries) { out, entry in
                append(entry, problem: entry.problem ?? (entry.isEmpty ? nil : obstacle(entry.destination)), to: &out)
            }
        }.text
    }

    private func append(_ entry: Entry, problem: String?, to out: inout JSONWriter) {
        let summary = entry.summary
        out.member("name", entry.destination)
        out.member("points", optional: summary?.lines)
        out.member("batches", optional: summary?.batches)
        out.member("bytes", optional: summary?.bytes)
        out.member("oldest", optional: summary?.oldest.map { UTCTime($0).rfc3339() })
        out.member("oldest_age_seconds", optional: summary?.oldest.map { age(of: $0).components.seconds })
        out.member("is_being_sent", summary?.isOwned ?? false)
        out.member("problem", optional: problem)
        out.objects("buckets", summary?.buckets ?? []) { out, pending in
            out.member("bucket", pending.bucket.name)
            out.member("points", pending.lines)
            out.member("batches", pending.batches)
            out.member("bytes", pending.bytes)
            out.member("oldest", UTCTime(pending.oldest).rfc3339())
        }
        out.member("dead_letters", optional: entry.deadLetters)
        out.member("last_error", optional: entry.lastError?.message)
        out.member("last_error_time", optional: entry.lastError.map { UTCTime($0.time).rfc3339() })
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
