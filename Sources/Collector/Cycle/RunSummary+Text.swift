import CoinlineBase
import CoinlineJSON
import MarketSources

extension RunSummary {
    private enum Shown {
        static let skipped = 5
    }

    /// The summary for a person, one fact a line, without a line break at the end.
    ///
    /// - Parameter loadCommand: what the person types in front of a kept file to send it.
    public func text(destination: String, isDryRun: Bool, loadCommand: String = "coinline load") -> String {
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
        } else {
            lines.append("acknowledged  \(landing.acknowledged) of \(landing.offered) points by \(destination)")
        }
        lines += landing.lines(refusals: refusals)
        let remaining = creditsRemaining.map { ", \($0) left today" } ?? ""
        lines.append("credits       \(creditsUsed) used\(remaining)")
        lines.append("duration      \(duration.text)")
        lines.append(contentsOf: warnings.map { "warning: \($0)" })
        lines.append(contentsOf: problems.map { "error: \($0)" })
        lines.append(contentsOf: KeptFile.lines(keptFiles, loadCommand: loadCommand))
        if let originConflict { lines.append("error: \(originConflict)") }
        return lines.joined(separator: "\n")
    }

    private var skippedLines: [String] {
        var lines = ["skipped       \(skippedCount)"]
        lines += skipped.prefix(Shown.skipped).map { "              \($0.path): \($0.reason)" }
        let rest = skippedCount - min(Shown.skipped, skipped.count)
        if rest > 0 { lines.append("              … and \(rest) more") }
        return lines
    }

    /// The summary for a script: LCW-Fetch's counts under their names, then ours.
    public func json(command: String, destination: String, isDryRun: Bool) -> String {
        var out = JSONWriter()
        out.beginObject()
        out.member("command", command)
        out.member("ok", isComplete)
        out.member("destination", destination)
        out.member("dry_run", isDryRun)
        out.member("simulated", isSimulated)
        let names: [(Stage, String)] = [
            (.coins, "coins"), (.exchanges, "exchanges"), (.overview, "markets"), (.history, "historical"),
        ]
        for (stage, name) in names {
            out.member("\(name)_fetched", fetched[stage] ?? 0)
            out.member("\(name)_stored", stored[stage] ?? 0)
        }
        out.member("errors", problems.count + keptFiles.count + (originConflict == nil ? 0 : 1))
        landing.append(to: &out)
        out.member("credits_used", creditsUsed)
        out.member("credits_remaining", optional: creditsRemaining)
        out.member("duration_ms", duration.milliseconds)
        out.member("skipped_count", skippedCount)
        out.key("skipped")
        out.beginArray()
        for one in skipped {
            out.beginObject()
            out.member("path", one.path)
            out.member("reason", one.reason)
            out.endObject()
        }
        out.endArray()
        KeptFile.append(keptFiles, to: &out)
        out.member("refusals", refusals)
        out.member("warnings", warnings)
        out.member("problems", problems + (originConflict.map { [$0] } ?? []))
        out.endObject()
        return out.text
    }
}
