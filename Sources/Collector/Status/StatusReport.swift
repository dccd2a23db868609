import CoinlineBase
import CoinlineJSON
public import InfluxWriter
import MarketData
public import MarketSources
public import MarketStore

/// What `status` found out: the upstream, its credits, the destination, and what the embedded store holds.
public struct StatusReport: Sendable {
    public var upstreamProblem: String?
    public var isSimulated = false
    public var creditsRemaining: Int64?
    public var creditsLimit: Int64?
    public var creditsProblem: String?
    /// What the destination said to a check; nil was not asked.
    public var reply: Reply?
    public var measurements: [MeasurementSummary] = []
    public var storeProblem: String?

    public init() {}

    /// Whether the destination is proved good, reachable only, or wrong.
    public var destination: DestinationState {
        switch reply {
        case .acknowledged?: .proved
        case .unproved(let text)?: .reachable(text)
        case .unauthorized(let text)?, .forbidden(let text)?, .notFound(_, let text)?, .tooLarge(let text)?,
            .overloaded(_, let text)?, .unavailable(let text)?, .rejected(_, let text)?, .partial(_, let text)?:
            .wrong(text)
        case .unexpected(let status, let text)?: .wrong("unexpected answer with status \(status): \(text)")
        case nil: .wrong("it was not asked")
        }
    }

    public enum DestinationState: Sendable, Equatable {
        case proved
        case reachable(String)
        case wrong(String)
    }

    public var isGood: Bool {
        if case .wrong = destination { return false }
        return upstreamProblem == nil && creditsProblem == nil && storeProblem == nil
    }

    /// Asks everybody, one after the other.
    public static func ask(_ source: LiveCoinWatch, _ target: Target) async -> StatusReport {
        var report = StatusReport()
        do throws(UpstreamError) { report.isSimulated = try await source.status().isSimulated } catch {
            report.upstreamProblem = error.description
        }
        if report.upstreamProblem == nil {
            do throws(UpstreamError) {
                let credits = try await source.credits().value
                report.creditsRemaining = credits.remaining
                report.creditsLimit = credits.limit
            } catch {
                report.creditsProblem = error.description
            }
        }
        report.reply = await target.destination.check(target.bucket)
        return report
    }

    /// Adds what the store's file holds.
    public mutating func read(store path: String) async {
        do throws(StoreError) {
            let reader = try StoreReader(path: path)
            measurements = try reader.summaries()
        } catch {
            storeProblem = error.description
        }
    }
}

extension StatusReport {
    /// For a person, without a line break at the end.
    public func text(destination label: String) -> String {
        var lines: [String] = []
        let simulated = isSimulated ? " (simulated)" : ""
        lines.append("Live Coin Watch  " + (upstreamProblem ?? "reachable\(simulated)"))
        if let creditsRemaining, let creditsLimit {
            lines.append("credits          \(creditsRemaining) of \(creditsLimit) left until 00:00 UTC")
        } else {
            lines.append("credits          " + (creditsProblem ?? "not asked"))
        }
        let state =
            switch self.destination {
            case .proved: "proved: points can be written"
            case .reachable(let text): "reachable, not proved: \(text)"
            case .wrong(let text): text
            }
        lines.append("destination      \(label)")
        lines.append("                 \(state)")
        if let storeProblem { lines.append("store            \(storeProblem)") }
        for one in measurements {
            let last = one.last.map { ", last \(UTCTime(nanoseconds: $0.nanoseconds).rfc3339())" } ?? ""
            lines.append("                 \(one.measurement): \(one.points) points, \(one.series) series\(last)")
        }
        return lines.joined(separator: "\n")
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
        Self.member("problem", upstreamProblem, &out)
        out.endObject()
        out.key("credits")
        out.beginObject()
        Self.member("remaining", creditsRemaining, &out)
        Self.member("limit", creditsLimit, &out)
        Self.member("problem", creditsProblem, &out)
        out.endObject()
        appendDestination(label, &out)
        out.key("store")
        out.beginArray()
        for one in measurements {
            out.beginObject()
            out.member("measurement", one.measurement)
            out.member("points", one.points)
            out.member("series", one.series)
            Self.member(
                "first", one.first.map { UTCTime(nanoseconds: $0.nanoseconds).rfc3339(fractionDigits: 3) }, &out)
            Self.member("last", one.last.map { UTCTime(nanoseconds: $0.nanoseconds).rfc3339(fractionDigits: 3) }, &out)
            out.endObject()
        }
        out.endArray()
        Self.member("store_problem", storeProblem, &out)
        out.endObject()
        return out.text
    }

    private func appendDestination(_ label: String, _ out: inout JSONWriter) {
        let (state, detail): (String, String?) =
            switch destination {
            case .proved: ("proved", nil)
            case .reachable(let text): ("reachable", text)
            case .wrong(let text): ("wrong", text)
            }
        out.key("destination")
        out.beginObject()
        out.member("name", label)
        out.member("state", state)
        Self.member("detail", detail, &out)
        out.endObject()
    }

    private static func member(_ key: String, _ text: String?, _ out: inout JSONWriter) {
        out.key(key)
        if let text { out.value(text) } else { out.null() }
    }

    private static func member(_ key: String, _ number: Int64?, _ out: inout JSONWriter) {
        out.key(key)
        if let number { out.value(number) } else { out.null() }
    }
}
