import CoinlineBase
import CoinlineJSON
import InfluxWriter
import MarketSources
import MarketStore

extension StatusReport {
    /// For a person, without a line break at the end.
    ///
    /// - Parameters:
    ///   - command: makes of a command's words what the person can type,
    ///   - obstacle: why what waits for a destination of that name is not sent; nil where it is.
    public func text(
        destination label: String, command: (String) -> String, obstacle: (String) -> String?
    ) -> String {
        var lines: [String] = []
        let simulated = isSimulated ? " (simulated)" : ""
        lines.append("Live Coin Watch  " + (upstreamProblem ?? "reachable\(simulated)"))
        if creditsProblem == nil, let creditsRemaining, let creditsLimit {
            lines.append("credits          \(creditsRemaining) of \(creditsLimit) left until 00:00 UTC")
        } else {
            lines.append("credits          " + (creditsProblem ?? "not asked"))
        }
        lines += Self.lines(label, destination, originProblem)
        for one in further { lines += Self.lines("\(one.name): \(one.label)", one.state, one.originProblem) }
        if let storeProblem { lines.append("store            \(storeProblem)") }
        // Of the store everything is told in one line a measurement.
        for one in measurements { lines.append("                 " + line(of: one)) }
        if measurements.isEmpty, storeProblem == nil { lines += recent.lines() }
        lines += pendingLines(command, obstacle)
        return lines.joined(separator: "\n")
    }

    private static func lines(_ label: String, _ state: DestinationState, _ originProblem: String?) -> [String] {
        let told =
            switch state {
            case .proved: "proved: points can be written"
            case .reachable(let text): "not proved: \(text)"
            case .wrong(let text): text
            }
        let margin = String(repeating: " ", count: 17)
        return ["destination      \(label)"] + [told, originProblem].compactMap { $0 }.map { margin + $0 }
    }

    /// Of each destination for which something waits.
    private func pendingLines(_ command: (String) -> String, _ obstacle: (String) -> String?) -> [String] {
        var lines = pending.map { destination, summary in
            let batches = summary.batches == 1 ? "1 batch" : "\(summary.batches) batches"
            let oldest = summary.oldest.map { ", the oldest of \(Self.text(of: $0))" } ?? ""
            let why = obstacle(destination).map { ", not sent: \($0)" } ?? ""
            return "\(Plural.points(summary.lines)) in \(batches) for \(destination)\(oldest)\(why)"
        }
        if pending.contains(where: { obstacle($0.destination) == nil }) {
            lines.append("send with: \(command("outbox flush"))")
        }
        if let outboxProblem { lines.append(outboxProblem) }
        return lines.enumerated().map { ($0 == 0 ? "pending          " : "                 ") + $1 }
    }

    private func line(of one: MeasurementSummary) -> String {
        let last = one.last.map { ", last \(Self.text(of: $0))" } ?? ""
        let recent = recent.points(of: one.measurement).map { "; \(Plural.points($0)) in the last 24 h" } ?? ""
        return "\(one.measurement): \(Plural.points(one.points)), \(one.series) series\(last)\(recent)"
    }

    private static func text(of time: Timestamp, fractionDigits: Int = 0) -> String {
        UTCTime(nanoseconds: time.nanoseconds).rfc3339(fractionDigits: fractionDigits)
    }

    public func json(destination label: String) -> String {
        var out = JSONWriter()
        out.beginObject()
        out.member("ok", isGood)
        out.key("upstream")
        out.beginObject()
        out.member("name", LiveCoinWatch.service.name)
        out.member("ok", upstreamProblem == nil)
        out.member("simulated", isSimulated)
        out.member("problem", optional: upstreamProblem)
        out.endObject()
        out.key("credits")
        out.beginObject()
        out.member("remaining", optional: creditsRemaining)
        out.member("limit", optional: creditsLimit)
        out.member("problem", optional: creditsProblem)
        out.endObject()
        out.key("destination")
        Self.append(nil, label, destination, originProblem, &out)
        out.key("further_destinations")
        out.beginArray()
        for one in further { Self.append(one.name, one.label, one.state, one.originProblem, &out) }
        out.endArray()
        out.key("store")
        out.beginArray()
        for one in measurements {
            out.beginObject()
            out.member("measurement", one.measurement)
            out.member("points", one.points)
            out.member("series", one.series)
            out.member("first", optional: one.first.map { Self.text(of: $0, fractionDigits: 3) })
            out.member("last", optional: one.last.map { Self.text(of: $0, fractionDigits: 3) })
            out.endObject()
        }
        out.endArray()
        out.key("recent")
        recent.append(to: &out)
        out.key("pending")
        out.beginArray()
        for (destination, summary) in pending {
            out.beginObject()
            out.member("destination", destination)
            out.member("batches", summary.batches)
            out.member("points", summary.lines)
            out.member("bytes", summary.bytes)
            out.member("oldest", optional: summary.oldest.map { Self.text(of: $0, fractionDigits: 3) })
            out.endObject()
        }
        out.endArray()
        out.member("outbox_problem", optional: outboxProblem)
        out.member("store_problem", optional: storeProblem)
        out.endObject()
        return out.text
    }

    private static func append(
        _ name: String?, _ label: String, _ state: DestinationState, _ originProblem: String?, _ out: inout JSONWriter
    ) {
        let (state, detail): (String, String?) =
            switch state {
            case .proved: ("proved", nil)
            case .reachable(let text): ("reachable", text)
            case .wrong(let text): ("wrong", text)
            }
        out.beginObject()
        if let name { out.member("destination", name) }
        out.member("name", label)
        out.member("state", state)
        out.member("detail", optional: detail)
        out.member("origin_problem", optional: originProblem)
        out.endObject()
    }
}
