import CoinlineBase
import CoinlineJSON

/// What became of the files of one `load`: the account that it ends with.
public struct LoadReport: Sendable {
    /// A file as the user named it.
    public typealias Entry = (path: String, outcome: FileLoad.Outcome)

    public private(set) var entries: [Entry] = []
    /// Files that were not begun, and why.
    private var left: [(path: String, reason: String)] = []
    public var duration = Duration.zero

    public init() {}

    public mutating func add(_ outcome: FileLoad.Outcome, of path: String) {
        entries.append((path, outcome))
    }

    /// Notes a file that is not begun.
    public mutating func leave(_ path: String, because reason: String) {
        left.append((path, reason))
    }

    /// Everything in every file landed.
    public var isComplete: Bool { left.isEmpty && entries.allSatisfy(\.outcome.isComplete) }

    /// 0, 1, or 78 for mixed origins.
    public var exitCode: Int32 {
        if entries.contains(where: { $0.outcome.originConflict != nil }) { return 78 }
        return isComplete ? 0 : 1
    }

    private var counts: LandingCounts { entries.reduce(LandingCounts()) { $0 + $1.outcome.landing } }
    private var badLines: Int { entries.reduce(0) { $0 + $1.outcome.badLines } }
    private var keptFiles: [KeptFile] { entries.flatMap(\.outcome.keptFiles) }

    private var problems: [String] {
        var problems: [String] = []
        for text in entries.flatMap({ $0.outcome.problems + [$0.outcome.originConflict].compactMap(\.self) })
        where !problems.contains(text) {
            problems.append(text)
        }
        return problems + leftProblems
    }

    private var leftProblems: [String] {
        guard let first = left.first else { return [] }
        let name = FileLoad.name(of: first.path)
        return [
            left.count == 1
                ? "\(name) was not loaded: \(first.reason)"
                : "\(left.count) files were not loaded, from \(name) on: \(first.reason)"
        ]
    }
}

extension LoadReport {
    /// For a person, one fact a line, without a line break at the end.
    ///
    /// - Parameter loadCommand: what the person types in front of a kept file to send it.
    public func text(destination: String, loadCommand: String) -> String {
        var lines: [String] = []
        if entries.count > 1 { lines += entries.map(Self.line) }
        let counts = counts
        lines.append("acknowledged  \(counts.acknowledged) of \(counts.offered) points by \(destination)")
        lines.append("bad lines     \(badLines)")
        lines += counts.lines(refusals: entries.flatMap(\.outcome.refusals))
        lines.append("duration      \(duration.text)")
        lines += problems.map { "error: \($0)" }
        lines += KeptFile.lines(keptFiles, loadCommand: loadCommand)
        return lines.joined(separator: "\n")
    }

    private static func line(_ entry: Entry) -> String {
        let (counts, bad) = (entry.outcome.landing, entry.outcome.badLines)
        let rest = [(bad, "bad"), (counts.refused, "refused"), (counts.kept, "kept"), (counts.lost, "lost")]
        return rest.filter { $0.0 > 0 }.reduce(
            "\(FileLoad.name(of: entry.path)): \(counts.acknowledged) acknowledged"
        ) { $0 + ", \($1.0) \($1.1)" }
    }

    /// For a script: the sums, and each file.
    public func json(destination: String) -> String {
        var out = JSONWriter()
        out.beginObject()
        out.member("command", "load")
        out.member("ok", isComplete)
        out.member("destination", destination)
        out.member("lines_bad", badLines)
        counts.append(to: &out)
        out.member("duration_ms", duration.milliseconds)
        out.key("files")
        out.beginArray()
        for entry in entries { Self.append(entry, to: &out) }
        out.endArray()
        out.member("not_loaded", left.map(\.path))
        out.member("problems", problems)
        out.endObject()
        return out.text
    }

    private static func append(_ entry: Entry, to out: inout JSONWriter) {
        let outcome = entry.outcome
        out.beginObject()
        out.member("path", entry.path)
        out.member("ok", outcome.isComplete)
        out.member("lines_bad", outcome.badLines)
        outcome.landing.append(to: &out)
        KeptFile.append(outcome.keptFiles, to: &out)
        out.member("refusals", outcome.refusals)
        out.member("problems", outcome.problems + [outcome.originConflict].compactMap(\.self))
        out.endObject()
    }
}
