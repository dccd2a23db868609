public import MarketSources

/// What a stage of a run fetches.
public enum Stage: String, Sendable, CaseIterable {
    case coins
    case exchanges
    case overview
    case history
    case usage

    /// As the summary says it, with the count before it.
    func noun(_ count: Int) -> String {
        switch self {
        case .coins: count == 1 ? "coin" : "coins"
        case .exchanges: count == 1 ? "exchange" : "exchanges"
        case .overview: count == 1 ? "overview" : "overviews"
        case .history: count == 1 ? "history point" : "history points"
        case .usage: count == 1 ? "count of credits" : "counts of credits"
        }
    }
}

/// The one account that every run ends with.
public struct RunSummary: Sendable {
    /// Records that arrived, by stage.
    public var fetched: [Stage: Int] = [:]
    /// Points that were safe on disk for the main destination when their stage was done, by stage. Whether they were
    /// acknowledged by the end, the accounts tell.
    public var accepted: [Stage: Int] = [:]
    /// Records and fields of the upstream that were left out, each with its path and reason.
    public var skipped: [Skipped] = []
    /// How many were left out; `skipped` names the first of them where they are very many.
    public var skippedCount = 0
    /// What became of all points in the end, the main destination first; empty as long as it is not known.
    public var accounts: [DestinationAccount] = []
    /// What went wrong and must be looked at: each makes the run end with 1.
    public var problems: [String] = []
    /// What a person may want to know, without a change to the exit code.
    public var warnings: [String] = []
    /// Requests that cost a credit in this run, counted here.
    public var creditsUsed = 0
    /// What the upstream said was left at the start of the run, less what was used since.
    public var creditsRemaining: Int64?
    public var duration = Duration.zero
    public var isSimulated = false
    /// Mixed origins were found: nothing was written, and the configuration must change.
    public var originConflict: String?

    public init() {}

    enum Limit {
        /// Enough to see a pattern; the count says how many there were.
        static let refusalsShown = 5
    }

    mutating func note(problem: String) {
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// The counts of the main destination.
    public var landing: LandingCounts { accounts.first?.counts ?? LandingCounts() }

    /// Points of a stage that are at the main destination for certain: of those that waited or were refused in the end,
    /// the stage is not known.
    public func stored(_ stage: Stage) -> Int {
        max(0, (accepted[stage] ?? 0) - (landing.accepted - landing.acknowledged))
    }

    /// Everything that was asked for landed, everywhere.
    public var isComplete: Bool {
        problems.isEmpty && originConflict == nil && accounts.allSatisfy(\.counts.isComplete)
    }

    /// 0, 1, or 78 for mixed origins.
    public var exitCode: Int32 {
        if originConflict != nil { return 78 }
        return isComplete ? 0 : 1
    }
}
