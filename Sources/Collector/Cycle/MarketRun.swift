public import CoinlineBase
import LineProtocol
import MarketData
public import MarketSources

/// What a person who watches a run sees.
public enum RunEvent: Sendable {
    /// A step begins: "coins 101 to 200 of 1000".
    case began(String)
}

/// One run of the main job: asks the upstream, lands the points, and accounts for both.
///
/// A step that fails is noted and the others go on, unless the failure makes them pointless: a refused key, exhausted
/// credits, an unreachable upstream, a wrong clock, the other origin, or a cancelled task.
public actor MarketRun {
    private enum Limit {
        /// Below these credits a person is told, as LCW-Fetch did.
        static let creditsWarning: Int64 = 10
        static let creditsWarningBeforeHistory: Int64 = 20
        /// History stops here and leaves the rest to the next fetches.
        static let creditsForHistory: Int64 = 5
    }

    let source: LiveCoinWatch
    let landing: Landing
    let plan: CollectionPlan
    let timing: Timing
    let observe: @Sendable (RunEvent) -> Void
    var summary = RunSummary()
    /// Once set, no further step is begun.
    var isStopped = false
    private var hasPassedGate = false
    private let started: Duration
    private let startedAt: UTCTime
    /// Only a simulated upstream may be asked under a clock that is not the machine's.
    private let isClockSimulated: Bool

    public init(
        source: LiveCoinWatch, landing: Landing, plan: CollectionPlan, timing: Timing = .system,
        isClockSimulated: Bool = false, observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) {
        self.source = source
        self.landing = landing
        self.plan = plan
        self.timing = timing
        self.isClockSimulated = isClockSimulated
        self.observe = observe
        started = timing.uptime()
        startedAt = timing.now()
    }

    /// A full fetch, then history of the tracked coins.
    public func runOnce() async -> RunSummary {
        await checkUpstream()
        await fetchCredits()
        let seen = await sweepCoins(plan.coins)
        await fetchChosen(plan.trackedCoins.filter { !seen.contains($0) }, areNamed: plan.areTrackedCoinsNamed)
        await fetchExchanges()
        await fetchOverview()
        await fetchHistoryOfTracked()
        return await finish()
    }

    /// The named coins, now.
    public func fetch(codes: [String]) async -> RunSummary {
        await fetchChosen(codes, areNamed: true)
        return await finish()
    }

    /// The first coins of the ranking, now.
    public func fetch(top count: Int) async -> RunSummary {
        _ = await sweepCoins(count)
        return await finish()
    }

    /// Past hours of the named coins; without one, of the tracked ones.
    public func history(codes: [String], hours: Int) async -> RunSummary {
        let isNamed = !codes.isEmpty || plan.areTrackedCoinsNamed
        for code in codes.isEmpty ? plan.trackedCoins : codes {
            await fetchHistory(of: code, reaching: .seconds(hours * 3_600), isNamed: isNamed)
        }
        if (summary.fetched[.history] ?? 0) == 0, summary.originConflict == nil {
            summary.note(problem: "no history came for any of the coins")
        }
        return await finish()
    }

    private func finish() async -> RunSummary {
        let isWhole = !Task.isCancelled
        await landing.finish()
        summary.accounts = await landing.accounts()
        summary.creditsUsed = source.requestsMade
        summary.creditsRemaining = source.creditsRemaining
        summary.duration = timing.uptime() - started
        if !isWhole { summary.note(problem: "stopped before everything was fetched") }
        return summary
    }
}

// MARK: - Steps

extension MarketRun {
    private func checkUpstream() async {
        observe(.began("asking Live Coin Watch for its status"))
        do throws(UpstreamError) {
            _ = await passGate(try await source.status())
        } catch {
            note(error, at: "status")
            if !error.isAnAnswer { isStopped = true }
        }
    }

    private func fetchCredits() async {
        await step("credits") { source throws(UpstreamError) in
            try await source.credits()
        } then: { credits, time in
            if credits.remaining < Limit.creditsWarning {
                summary.warnings.append("only \(credits.remaining) credits are left until 00:00 UTC")
            }
            guard let point = MarketPoints.point(credits, source: LiveCoinWatch.service.id, time: time) else { return }
            await land([point], from: .usage, fetched: 1)
        }
    }

    /// The pages of the ranking; gives the codes that came.
    private func sweepCoins(_ count: Int) async -> Set<String> {
        guard !isStopped else { return [] }
        observe(.began("\(count) coins"))
        let sweep = await source.sweep(coins: count, perRequest: plan.coinsPerRequest)
        await land(sweep)
        if sweep.coins.isEmpty, sweep.failures.isEmpty {
            summary.note(problem: "Live Coin Watch gave no coin at all, though it answered")
        }
        return Set(sweep.coins.map(\.code))
    }

    /// Chosen coins; one that does not come is a problem where the user named it.
    private func fetchChosen(_ codes: [String], areNamed: Bool) async {
        guard !isStopped, !codes.isEmpty else { return }
        observe(.began("coins \(codes.prefix(5).joined(separator: ", "))\(codes.count > 5 ? ", …" : "")"))
        let sweep = await source.chosen(codes)
        await land(sweep)
        guard !isStopped else { return }
        noteMissing(sweep.missing, areNamed: areNamed)
    }

    /// All pages together, so that they make batches as large as may be.
    private func land(_ sweep: Sweep) async {
        var points: [Point] = []
        var fetched = 0
        for page in sweep.pages {
            guard await passGate(page) else { return await land(points, from: .coins, fetched: fetched) }
            noteSkipped(of: page)
            let time = Self.stamp(page.receivedAt)
            points += page.value.compactMap { MarketPoints.point($0, currency: source.currency, time: time) }
            fetched += page.value.count
        }
        for failure in sweep.failures { note(failure.error, at: failure.page) }
        await land(points, from: .coins, fetched: fetched)
    }

    private func fetchExchanges() async {
        guard !isStopped else { return }
        observe(.began("the \(plan.exchanges) most visited exchanges"))
        let count = plan.exchanges
        await step("exchanges") { source throws(UpstreamError) in
            try await source.exchanges(limit: count)
        } then: { exchanges, time in
            let points = exchanges.compactMap { MarketPoints.point($0, currency: source.currency, time: time) }
            await land(points, from: .exchanges, fetched: exchanges.count)
            if exchanges.isEmpty {
                summary.note(problem: "Live Coin Watch gave no exchange at all, though it answered")
            }
        }
    }

    private func fetchOverview() async {
        guard !isStopped else { return }
        observe(.began("the market overview"))
        await step("overview") { source throws(UpstreamError) in
            try await source.overview()
        } then: { overview, time in
            let point = MarketPoints.point(overview, currency: source.currency, time: time)
            await land(point.map { [$0] } ?? [], from: .overview, fetched: 1)
        }
    }

    private func fetchHistoryOfTracked() async {
        guard plan.historyReach > .zero else { return }
        for code in plan.trackedCoins where !isStopped {
            let left = source.creditsRemaining
            if let left, left < Limit.creditsForHistory {
                summary.note(problem: "history was left out: only \(left) credits are left until 00:00 UTC")
                return
            }
            if let left, left < Limit.creditsWarningBeforeHistory {
                let warning = "few credits are left for history until 00:00 UTC"
                if !summary.warnings.contains(warning) { summary.warnings.append(warning) }
            }
            await fetchHistory(of: code, reaching: plan.historyReach, isNamed: plan.areTrackedCoinsNamed)
        }
    }

    private func fetchHistory(of code: String, reaching reach: Duration, isNamed: Bool) async {
        guard !isStopped else { return }
        observe(.began("history of \(code)"))
        // History never reaches past the current values of this run, so the newest point of a coin is a whole one.
        let end = startedAt
        let start = end.advanced(by: .zero - reach)
        do throws(UpstreamError) {
            let fetched = try await source.coinHistory(code: code, start: start, end: end)
            guard await passGate(fetched) else { return }
            let points = MarketPoints.points(fetched.value, currency: source.currency)
            noteSkipped(of: fetched)
            await land(points, from: .history, fetched: fetched.value.entries.count)
            if fetched.value.entries.isEmpty { noteEmptyHistory(code, isNamed: isNamed) }
        } catch {
            note(error, at: "history of \(code)", unknownCode: code, isNamed: isNamed)
        }
    }
}

// MARK: - Accounts

extension MarketRun {
    /// One question upstream: its failure is noted, its answer passes the gate before anything is made of it.
    private func step<Value: Sendable>(
        _ name: String, ask: (LiveCoinWatch) async throws(UpstreamError) -> Fetched<Value>,
        then use: (Value, Timestamp) async -> Void
    ) async {
        guard !isStopped else { return }
        do throws(UpstreamError) {
            let fetched = try await ask(source)
            guard await passGate(fetched) else { return }
            noteSkipped(of: fetched)
            await use(fetched.value, Self.stamp(fetched.receivedAt))
        } catch {
            note(error, at: name)
        }
    }

    /// Looks at clock and origin of each answer; takes the destination for the origin at the first one.
    private func passGate<Value>(_ fetched: Fetched<Value>) async -> Bool {
        if let skew = fetched.clockSkew, !ClockCheck.isAcceptable(skew, speed: timing.speed) {
            summary.note(problem: Self.clockProblem(skew))
            isStopped = true
            return false
        }
        if isClockSimulated, !fetched.isSimulated {
            return stop(for: "COINLINE_TEST_CLOCK is only for a simulated upstream, and this one is real")
        }
        guard !hasPassedGate else {
            if summary.isSimulated == fetched.isSimulated { return true }
            return stop(for: "the upstream gave real and simulated answers in one run")
        }
        summary.isSimulated = fetched.isSimulated
        do throws(OriginError) {
            try await landing.claim(fetched.isSimulated ? .simulated : .real)
        } catch {
            guard !error.isMixed else { return stop(for: error.description) }
            summary.note(problem: error.description)
            isStopped = true
            return false
        }
        hasPassedGate = true
        return true
    }

    private func stop(for conflict: String) -> Bool {
        summary.originConflict = conflict
        isStopped = true
        return false
    }

    /// Milliseconds, since that is what the series are written in.
    private static func stamp(_ time: UTCTime) -> Timestamp {
        Timestamp(nanoseconds: UTCTime(milliseconds: time.milliseconds).nanoseconds)
    }

    private static func clockProblem(_ skew: Duration) -> String {
        let ahead = skew > .zero
        return
            "this machine's clock is \((ahead ? skew : .zero - skew).text) \(ahead ? "ahead of" : "behind") the upstream's: "
            + "nothing is written, because points would get the wrong time. Set the clock (for example with NTP) and run again"
    }

    private func noteSkipped<Value>(of fetched: Fetched<Value>) {
        summary.skipped += fetched.skipped
        summary.skippedCount += fetched.skippedCount
    }

    /// A stage's points are safe on disk before the next stage is fetched, so that what was good is kept whatever comes.
    private func land(_ points: [Point], from stage: Stage, fetched: Int) async {
        summary.fetched[stage, default: 0] += fetched
        let before = await landing.counts.accepted
        await landing.add(points)
        let after = await landing.counts.accepted
        summary.accepted[stage, default: 0] += after - before
        // What else was fetched would be lost as well, and its credits with it.
        if await landing.isShut { isStopped = true }
    }

    private func noteMissing(_ codes: [String], areNamed: Bool) {
        for code in codes {
            let text = "Live Coin Watch has no coin with the code \(code)"
            if areNamed {
                summary.note(problem: text)
            } else {
                summary.warnings.append("\(text) (a default of TRACKED_COINS)")
            }
        }
    }

    private func noteEmptyHistory(_ code: String, isNamed: Bool) {
        let text = "Live Coin Watch gave no history for \(code)"
        if isNamed { summary.note(problem: text) } else { summary.warnings.append(text) }
    }

    private func note(_ error: UpstreamError, at step: String, unknownCode: String? = nil, isNamed: Bool = true) {
        if case .cancelled = error.kind {
            isStopped = true
            return
        }
        if let unknownCode, error.isUnknownThing { return noteMissing([unknownCode], areNamed: isNamed) }
        summary.note(problem: error.endsSweep ? error.description : "\(step): \(error.description)")
        if error.endsSweep { isStopped = true }
    }
}

extension UpstreamError {
    /// Somebody there answered this call, so that others may fare better. Who was not reached or is broken will not answer
    /// them either, and each would wait and try again.
    fileprivate var isAnAnswer: Bool {
        switch kind {
        case .badRequest, .notFound, .malformed: true
        default: false
        }
    }

    /// The upstream knows no such code.
    fileprivate var isUnknownThing: Bool {
        if case .notFound = kind { true } else { false }
    }
}
