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
    /// The destination holds data of the other origin than the upstream gives, so that a run would be refused.
    public private(set) var originProblem: String?
    /// Batches of the outbox that wait to be sent to this bucket, and the points in them.
    public private(set) var keptFiles = 0
    public private(set) var keptLines = 0
    private var keptFolder = ""

    public init() {}

    /// Whether the destination is proved good, reachable only, or wrong.
    public var destination: DestinationState {
        switch reply {
        case .acknowledged?: .proved
        case .unproved(let text)?: .reachable(text)
        case .unauthorized(let text)?, .forbidden(let text)?, .notFound(_, let text)?, .tooLarge(let text)?,
            .overloaded(_, let text)?, .unavailable(let text)?, .rejected(_, let text)?, .partial(_, _, let text)?:
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
        return upstreamProblem == nil && creditsProblem == nil && storeProblem == nil && originProblem == nil
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
                if credits.remaining <= 0 {
                    report.creditsProblem = "used up: 0 of \(credits.limit) left, renewed at 00:00 UTC"
                }
            } catch {
                report.creditsProblem = error.description
            }
        }
        report.reply = await target.destination.check(target.bucket)
        return report
    }

    /// Adds whether the destination would take this upstream's data, where the upstream answered.
    public mutating func compareOrigin(of target: Target, dataFolder: String) {
        guard upstreamProblem == nil else { return }
        do throws(OriginError) {
            try OriginKeeper(target: target, dataFolder: dataFolder).check(isSimulated ? .simulated : .real)
        } catch {
            originProblem = error.description
        }
    }

    /// Adds what waits in the outbox.
    public mutating func read(outbox target: Target, dataFolder: String) {
        let kept = KeptBatches(dataFolder: dataFolder, destination: target.name)
        keptFolder = kept.folder(of: target.bucket)
        // A folder that cannot be listed is told by the first command that has to write there.
        let names = (try? kept.names(in: target.bucket)) ?? []
        keptFiles = names.count
        keptLines = names.reduce(0) { $0 + $1.lines }
    }

    /// Adds what the store's file holds.
    public mutating func read(store path: String) {
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
    ///
    /// - Parameter loadCommand: what the person types in front of kept files to send them.
    public func text(destination label: String, loadCommand: String) -> String {
        var lines: [String] = []
        let simulated = isSimulated ? " (simulated)" : ""
        lines.append("Live Coin Watch  " + (upstreamProblem ?? "reachable\(simulated)"))
        if creditsProblem == nil, let creditsRemaining, let creditsLimit {
            lines.append("credits          \(creditsRemaining) of \(creditsLimit) left until 00:00 UTC")
        } else {
            lines.append("credits          " + (creditsProblem ?? "not asked"))
        }
        let state =
            switch self.destination {
            case .proved: "proved: points can be written"
            case .reachable(let text): "not proved: \(text)"
            case .wrong(let text): text
            }
        lines.append("destination      \(label)")
        lines.append("                 \(state)")
        if let originProblem { lines.append("                 \(originProblem)") }
        if let storeProblem { lines.append("store            \(storeProblem)") }
        for one in measurements {
            let last = one.last.map { ", last \(Self.text(of: $0))" } ?? ""
            lines.append(
                "                 \(one.measurement): \(Plural.points(one.points)), \(one.series) series\(last)")
        }
        if keptLines > 0 {
            lines.append(
                "kept             \(Plural.points(keptLines)) in \(keptFiles) \(keptFiles == 1 ? "file" : "files"), not sent yet"
            )
            lines.append("                 send with: \(loadCommand) \(ShellText.quoted(path: keptFolder))/*.lp.gz")
        }
        return lines.joined(separator: "\n")
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
        appendDestination(label, &out)
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
        out.key("kept")
        out.beginObject()
        out.member("files", keptFiles)
        out.member("points", keptLines)
        out.endObject()
        out.member("store_problem", optional: storeProblem)
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
        out.member("detail", optional: detail)
        out.member("origin_problem", optional: originProblem)
        out.endObject()
    }
}
