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
            let oldest = summary.oldest.map { ", the oldest of \(UTCTime($0).rfc3339())" } ?? ""
            let why = obstacle(destination).map { ", not sent: \($0)" } ?? ""
            return "\(Plural.points(summary.lines)) in \(Plural.batches(summary.batches)) for "
                + "\(destination)\(oldest)\(why)"
        }
        if pending.contains(where: { obstacle($0.destination) == nil }) {
            lines.append("send with: \(command("outbox flush"))")
        }
        if let outboxProblem { lines.append(outboxProblem) }
        return lines.enumerated().map { ($0 == 0 ? "pending          " : "                 ") + $1 }
    }

    private func line(of one: MeasurementSummary) -> String {
        let last = one.last.map { ", last \(UTCTime($0).rfc3339())" } ?? ""
        let recent = recent.points(of: one.measurement).map { "; \(Plural.points($0)) in the last 24 h" } ?? ""
        return "\(one.measurement): \(Plural.points(one.points)), \(one.series) series\(last)\(recent)"
    }

    public func json(destination label: String) -> String {
        JSONWriter.object { out in
            out.member("ok", isGood)
            out.object("upstream") { out in
                out.member("name", LiveCoinWatch.service.name)
                out.member("ok", upstreamProblem == nil)
                out.member("simulated", isSimulated)
                out.member("problem", optional: upstreamProblem)
            }
            out.object("credits") { out in
                out.member("remaining", optional: creditsRemaining)
                out.member("limit", optional: creditsLimit)
                out.member("problem", optional: creditsProblem)
            }
            out.object("destination") { out in Self.append(label, destination, originProblem, to: &out) }
            out.objects("further_destinations", further) { out, one in
                out.member("destination", one.name)
                Self.append(one.label, one.state, one.originProblem, to: &out)
            }
            out.objects("store", measurements) { out, one in
                out.member("measurement", one.measurement)
                out.member("points", one.points)
                out.member("series", one.series)
                out.member("first", optional: one.first.map(Self.exactText))
                out.member("last", optional: one.last.map(Self.exactText))
            }
            out.object("recent") { out in recent.append(to: &out) }
            out.objects("pending", pending) { out, one in
                out.member("destination", one.destination)
                out.member("batches", one.summary.batches)
                out.member("points", one.summary.lines)
                out.member("bytes", one.summary.bytes)
                out.member("oldest", optional: one.summary.oldest.map(Self.exactText))
            }
            out.member("outbox_problem", optional: outboxProblem)
            out.member("store_problem", optional: storeProblem)
        }.text
    }

    private static func exactText(of time: Timestamp) -> String { UTCTime(time).rfc3339(fractionDigits: 3) }

    /// As members of the open object.
    private static func append(
        _ label: String, _ state: DestinationState, _ originProblem: String?, to out: inout JSONWriter
    ) {
        let (state, detail): (String, String?) =
            switch state {
            case .proved: ("proved", nil)
            case .reachable(let text): ("reachable", text)
            case .wrong(let text): ("wrong", text)
            }
        out.member("name", label)
        out.member("state", state)
        out.member("detail", optional: detail)
        out.member("origin_problem", optional: originProblem)
    }
}
