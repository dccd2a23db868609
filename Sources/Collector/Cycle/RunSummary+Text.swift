import CoinlineBase
import CoinlineJSON
import MarketSources

extension RunSummary {
    private enum Shown {
        static let skipped = 5
    }

    /// The summary for a person, one fact a line, without a line break at the end.
    public func text(destination: String, isDryRun: Bool) -> String {
        var lines: [String] = []
        let parts = Stage.allCases.filter { $0 != .usage }.compactMap { stage in
            fetched[stage].map { "\($0) \(stage.noun($0))" }
        }
        lines.append("fetched       " + (parts.isEmpty ? "nothing" : parts.joined(separator: ", ")))
        lines.append(contentsOf: skippedLines)
        if isDryRun {
            lines.append("printed       \(landing.acknowledged) points (dry run: nothing was written)")
        } else {
            lines.append("acknowledged  \(landing.acknowledged) of \(landing.offered) points by \(destination)")
        }
        lines.append("refused       \(landing.refused)")
        lines.append(contentsOf: refusals.map { "              \($0)" })
        lines.append("kept          \(landing.kept)" + (landing.kept > 0 ? " points on disk, to be sent later" : ""))
        if landing.lost > 0 { lines.append("lost          \(landing.lost) points") }
        let remaining = creditsRemaining.map { ", \($0) left today" } ?? ""
        lines.append("credits       \(creditsUsed) used\(remaining)")
        lines.append("duration      \(duration.text)")
        lines.append(contentsOf: warnings.map { "warning: \($0)" })
        lines.append(contentsOf: problems.map { "error: \($0)" })
        lines.append(contentsOf: keptFiles.map(Self.advice))
        if let originConflict { lines.append("error: \(originConflict)") }
        return lines.joined(separator: "\n")
    }

    private static func advice(_ file: KeptFile) -> String {
        "error: \(file.lines) points are kept in \(file.path): \(file.reason)\n"
            + "       send them with: coinline load \(file.path)"
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
        out.member("points_offered", landing.offered)
        out.member("points_acknowledged", landing.acknowledged)
        out.member("points_refused", landing.refused)
        out.member("points_kept", landing.kept)
        out.member("points_lost", landing.lost)
        out.member("credits_used", creditsUsed)
        out.key("credits_remaining")
        if let creditsRemaining { out.value(creditsRemaining) } else { out.null() }
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
        out.key("kept_files")
        out.beginArray()
        for file in keptFiles {
            out.beginObject()
            out.member("path", file.path)
            out.member("lines", file.lines)
            out.member("reason", file.reason)
            out.endObject()
        }
        out.endArray()
        Self.append(refusals, as: "refusals", to: &out)
        Self.append(warnings, as: "warnings", to: &out)
        Self.append(problems + (originConflict.map { [$0] } ?? []), as: "problems", to: &out)
        out.endObject()
        return out.text
    }

    private static func append(_ texts: [String], as key: String, to out: inout JSONWriter) {
        out.key(key)
        out.beginArray()
        for text in texts { out.value(text) }
        out.endArray()
    }
}
