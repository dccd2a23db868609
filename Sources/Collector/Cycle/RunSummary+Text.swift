import CoinlineBase
import CoinlineJSON
import MarketSources

extension RunSummary {
    private enum Shown {
        static let skipped = 5
    }

    /// The summary for a person, one fact a line, without a line break at the end.
    ///
    /// - Parameter command: makes of a command's words what the person can type.
    public func text(isDryRun: Bool, command: (String) -> String = { "coinline \($0)" }) -> String {
        var lines: [String] = []
        let parts = Stage.allCases.filter { $0 != .usage }.compactMap { stage in
            fetched[stage].map { "\($0) \(stage.noun($0))" }
        }
        if isSimulated { lines.append("origin        a simulated market: no real data") }
        lines.append("fetched       " + (parts.isEmpty ? "nothing" : parts.joined(separator: ", ")))
        lines.append(contentsOf: skippedLines)
        if isDryRun {
            let points = Plural.points(landing.acknowledged)
            lines.append("printed       \(points) (dry run: nothing was written)")
            lines += landing.lines(refusals: accounts.first?.refusals ?? [])
        } else {
            lines += accounts.flatMap { (accounts.count > 1 ? [$0.heading] : []) + $0.lines() }
        }
        let remaining = creditsRemaining.map { ", \($0) left today" } ?? ""
        lines.append("credits       \(creditsUsed) used\(remaining)")
        lines.append("duration      \(duration.text)")
        lines.append(contentsOf: allWarnings.map { "warning: \($0)" })
        lines.append(contentsOf: problems.map { "error: \($0)" })
        lines += accounts.flatMap(\.problems).flatMap { $0.lines(command) }
        if let originConflict { lines.append("error: \(originConflict)") }
        return lines.joined(separator: "\n")
    }

    private var allWarnings: [String] { warnings + accounts.flatMap(\.warnings) }

    private var skippedLines: [String] {
        var lines = ["skipped       \(skippedCount)"]
        lines += skipped.prefix(Shown.skipped).map { "              \($0.path): \($0.reason)" }
        let rest = skippedCount - min(Shown.skipped, skipped.count)
        if rest > 0 { lines.append("              … and \(rest) more") }
        return lines
    }

    /// The summary for a script: LCW-Fetch's counts under their names, then ours. `…_stored` counts what is at the
    /// destination for certain, `…_accepted` what is safe.
    public func json(command: String, destination: String, isDryRun: Bool) -> String {
        let names: [(Stage, String)] = [
            (.coins, "coins"), (.exchanges, "exchanges"), (.overview, "markets"), (.history, "historical"),
        ]
        let problems = problems + accounts.flatMap(\.problems).map(\.text) + (originConflict.map { [$0] } ?? [])
        return JSONWriter.object { out in
            out.member("command", command)
            out.member("ok", isComplete)
            out.member("destination", destination)
            out.member("dry_run", isDryRun)
            out.member("simulated", isSimulated)
            for (stage, name) in names {
                out.member("\(name)_fetched", fetched[stage] ?? 0)
                out.member("\(name)_accepted", accepted[stage] ?? 0)
                out.member("\(name)_stored", stored(stage))
            }
            out.member("errors", problems.count)
            landing.append(to: &out)
            out.member("credits_used", creditsUsed)
            out.member("credits_remaining", optional: creditsRemaining)
            out.member("duration_ms", duration.milliseconds)
            out.member("skipped_count", skippedCount)
            out.objects("skipped", skipped) { out, one in
                out.member("path", one.path)
                out.member("reason", one.reason)
            }
            DestinationAccount.append(accounts, to: &out)
            out.member("refusals", (accounts.first?.refusals ?? []) + (accounts.first?.deadLetters ?? []))
            out.member("warnings", allWarnings)
            out.member("problems", problems)
        }.text
    }
}
