public import CoinlineBase
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
    /// What the destination got in the last hours.
    public private(set) var recent: RecentPoints
    /// The destination holds data of the other origin than the upstream gives, so that a run would be refused.
    public private(set) var originProblem: String?
    /// What there is beside the main destination.
    var further: [FurtherDestination] = []
    /// What waits to be sent, by destination; those for which nothing waits are left out.
    private(set) var pending: [(destination: String, summary: OutboxSummary)] = []
    private(set) var outboxProblem: String?

    /// - Parameter now: the end of the hours that are looked at.
    public init(now: UTCTime) {
        recent = RecentPoints(now: now)
    }

    /// Whether the destination is proved good, reachable only, or wrong.
    public var destination: DestinationState { Self.state(of: reply) }

    static func state(of reply: Reply?) -> DestinationState {
        switch reply {
        case .acknowledged?: .proved
        case .unproved(let text)?: .reachable(text)
        case .unauthorized(let text)?, .forbidden(let text)?, .notFound(_, let text)?, .tooLarge(let text)?,
            .limited(let text)?, .overloaded(_, let text)?, .unavailable(let text)?, .failed(_, let text)?,
            .rejected(_, let text)?, .partial(_, _, let text)?:
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
        guard further.allSatisfy(\.isGood) else { return false }
        return [upstreamProblem, creditsProblem, storeProblem, originProblem, outboxProblem].allSatisfy { $0 == nil }
    }

    /// Asks everybody, one after the other.
    public static func ask(_ source: LiveCoinWatch, _ target: Target, now: UTCTime) async -> StatusReport {
        var report = StatusReport(now: now)
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
        originProblem = originProblem(of: target, dataFolder)
    }

    func originProblem(of target: Target, _ dataFolder: String) -> String? {
        guard upstreamProblem == nil else { return nil }
        do throws(OriginError) {
            try OriginKeeper(target: target, dataFolder: dataFolder).check(isSimulated ? .simulated : .real)
            return nil
        } catch {
            return error.description
        }
    }

    /// Adds what waits in the outboxes of a data folder.
    public mutating func readOutboxes(in dataFolder: String) {
        var problems: [String] = []
        do throws(OutboxError) {
            for layout in try OutboxLayout.all(in: dataFolder) {
                do throws(OutboxError) {
                    let summary = try OutboxSummary.read(layout)
                    if summary.batches > 0 { pending.append((layout.destination, summary)) }
                } catch {
                    problems.append(error.description)
                }
            }
        } catch {
            problems.append(error.description)
        }
        if !problems.isEmpty { outboxProblem = problems.joined(separator: "; ") }
    }

    /// Adds what a server holds of the last hours. One that is not there for the check is left alone; one that only
    /// may not be written is asked.
    ///
    /// - Parameter words: makes a sentence for a person of what went wrong.
    public mutating func read(server: InfluxDB, of target: Target, words: (QueryError) -> String) async {
        switch reply {
        case .unavailable?, .failed?, .unauthorized?, .notFound?, nil: return
        default: await recent.read(server, target.bucket, words: words)
        }
    }

    /// Adds what the store's file holds.
    public mutating func read(store path: String) {
        do throws(StoreError) {
            let reader = try StoreReader(path: path)
            measurements = try reader.summaries()
            try recent.read(reader)
        } catch {
            storeProblem = error.description
            recent.state = .unreadable(error.description)
        }
    }
}
