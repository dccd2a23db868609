import CoinlineBase
import CoinlineJSON

/// What became of the files of one `load`: the account that it ends with.
public struct LoadReport: Sendable {
    /// A file as the user named it.
    public typealias Entry = (path: String, outcome: FileLoad.Outcome)

    public private(set) var entries: [Entry] = []
    /// Files that were not begun, and why.
    private var left: [(path: String, reason: String)] = []
    /// What became of everything in the end, the main destination first; empty where nothing was to be written.
    private var accounts: [DestinationAccount] = []
    public var duration = Duration.zero

    public init() {}

    public mutating func add(_ outcome: FileLoad.Outcome, of path: String) {
        entries.append((path, outcome))
    }

    /// Says what became of batches of the own outbox in the end.
    public mutating func update(_ batches: [BatchLoad], _ fates: BatchFates) {
        let byPath = Dictionary(batches.map { ($0.path, $0) }) { first, _ in first }
        for index in entries.indices {
            guard let batch = byPath[entries[index].path] else { continue }
            entries[index].outcome = batch.update(entries[index].outcome, fates)
        }
    }

    /// Notes a file that is not begun.
    public mutating func leave(_ path: String, because reason: String) {
        left.append((path, reason))
    }

    /// Says what became of everything in the end. Points that waited when their file was done have their end by now, or
    /// wait still: of several such files the first ones are the first to be sent.
    public mutating func finish(with accounts: [DestinationAccount]) {
        self.accounts = accounts.map { account in
            let batches = entries.filter { $0.outcome.outbox == account.name }.map(\.outcome.landing)
            return account.withoutEarlier(batches.reduce(LandingCounts(), +))
        }
        guard let main = accounts.first else { return }
        var ends = main.counts - filesCounts
        for index in entries.indices where entries[index].outcome.outbox == nil {
            entries[index].outcome.landing.resolve(from: &ends)
        }
    }

    private var filesCounts: LandingCounts {
        entries.filter { $0.outcome.outbox == nil }.reduce(LandingCounts()) { $0 + $1.outcome.landing }
    }

    /// Everything in every file landed, everywhere.
    public var isComplete: Bool {
        left.isEmpty && entries.allSatisfy(\.outcome.isComplete) && accounts.allSatisfy(\.counts.isComplete)
    }

    /// 0, 1, 64 for an option that contradicts a file, or 78 for mixed origins.
    public var exitCode: Int32 {
        if entries.contains(where: { $0.outcome.originConflict != nil }) { return 78 }
        if entries.contains(where: { $0.outcome.usageConflict != nil }) { return 64 }
        return isComplete ? 0 : 1
    }

    private var counts: LandingCounts { entries.reduce(LandingCounts()) { $0 + $1.outcome.landing } }
    private var badLines: Int { entries.reduce(0) { $0 + $1.outcome.badLines } }
    private var untimedLines: Int { entries.reduce(0) { $0 + $1.outcome.untimedLines } }

    private var problems: [String] {
        var problems: [String] = []
        for text in entries.flatMap(\.outcome.allProblems) where !problems.contains(text) {
            problems.append(text)
        }
        return problems + leftProblems
    }

    private var accountProblems: [AccountProblem] { accounts.flatMap(\.problems) }
    private var warnings: [String] { accounts.flatMap(\.warnings) }

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
    /// For a person, one fact a line, without a line break at the end: of several files a line each, the account, batch
    /// files that stay, what went wrong, and how to send what waits. A file of which nothing was read is only in what went
    /// wrong, and where that is every file there is no account.
    ///
    /// - Parameter command: makes of a command's words what the person can type.
    public func text(destination: String, command: (String) -> String = { "coinline \($0)" }) -> String {
        var lines: [String] = []
        let read = entries.filter { !$0.outcome.isUnread }
        if entries.count > 1 { lines += read.map(Self.line) }
        if !read.isEmpty { lines += account(destination) }
        lines += sentAndLeft.map { [$0] } ?? []
        lines += warnings.map { "warning: \($0)" }
        lines += problems.map { "error: \($0)" }
        lines += accountProblems.flatMap { $0.lines(command) }
        return lines.joined(separator: "\n")
    }

    private func account(_ destination: String) -> [String] {
        let counts = counts
        let reasons = counts.lines(
            refusals: entries.flatMap(\.outcome.refusals) + (accounts.first?.refusals ?? []),
            deadLetters: entries.flatMap(\.outcome.deadLetters) + (accounts.first?.deadLetters ?? []))
        let first = "acknowledged  \(counts.acknowledged) of \(counts.offered) points by \(destination)"
        let others = accounts.dropFirst().filter(\.isWorthTelling)
        let heading = others.isEmpty ? [] : accounts.prefix(1).map(\.heading)
        return heading + [first, "bad lines     \(badLines)"] + reasons + (accounts.first?.earlierLines ?? [])
            + others.flatMap { [$0.heading] + $0.lines() } + ["duration      \(duration.text)"]
    }

    /// A batch of this data folder is deleted when it was sent, so it is said why another one is not.
    private var sentAndLeft: String? {
        let left = entries.filter(\.outcome.isSentAndLeft)
        guard let first = left.first else { return nil }
        return left.count == 1
            ? "\(first.path): sent, and left in place since it is not in this data folder's outbox"
            : "\(left.count) batch files: sent, and left in place since they are not in this data folder's outbox"
    }

    private static func line(_ entry: Entry) -> String {
        let (counts, bad) = (entry.outcome.landing, entry.outcome.badLines)
        let rest = [
            (bad, "bad"), (counts.refused, "refused"), (counts.pending, "pending"),
            (counts.deadLettered, "dead-lettered"),
            (counts.dropped, "dropped"), (counts.removed, "taken away"), (counts.lost, "lost"),
        ]
        return rest.filter { $0.0 > 0 }.reduce(
            "\(FileLoad.name(of: entry.path)): \(counts.acknowledged) acknowledged"
        ) { $0 + ", \($1.0) \($1.1)" }
    }

    /// For a script, one object: `command`, `ok`, `destination`, the sums over all files (`lines_bad`, `lines_untimed`
    /// for those that got the moment of loading, and the counts of points), `duration_ms`, `files` with the same of
    /// each and its `bad_lines` (the first ``FileLoad/Limit/messagesMax``, each with `line`, `column` and `reason`),
    /// `refusals`, `problems` and `left_in_place` (a batch that was sent and is of no outbox of this data folder),
    /// `destinations` with the counts at each of them, `not_loaded` with the files that were not begun, all `warnings`
    /// and all `problems`.
    public func json(destination: String) -> String {
        JSONWriter.object { out in
            out.member("command", "load")
            out.member("ok", isComplete)
            out.member("destination", destination)
            out.member("lines_bad", badLines)
            out.member("lines_untimed", untimedLines)
            counts.append(to: &out)
            out.member("duration_ms", duration.milliseconds)
            out.objects("files", entries) { out, entry in Self.append(entry, to: &out) }
            DestinationAccount.append(accounts, to: &out)
            out.member("not_loaded", left.map(\.path))
            out.member("warnings", warnings)
            out.member("problems", problems + accountProblems.map(\.text))
        }.text
    }

    private static func append(_ entry: Entry, to out: inout JSONWriter) {
        let outcome = entry.outcome
        out.member("path", entry.path)
        out.member("ok", outcome.isComplete)
        out.member("lines_bad", outcome.badLines)
        out.member("lines_untimed", outcome.untimedLines)
        out.objects("bad_lines", outcome.badLinesTold) { out, line in
            out.member("line", line.place.line)
            out.member("column", line.place.column)
            out.member("reason", line.reason)
        }
        outcome.landing.append(to: &out)
        out.member("left_in_place", outcome.isSentAndLeft)
        out.member("refusals", outcome.refusals + outcome.deadLetters)
        out.member("problems", outcome.allProblems)
    }
}
