import Arguments
import CoinlineBase
import Collector
import MarketSources
import MarketStore
import Settings

/// `run-once`, `fetch` and `history`: asks the upstream, lands the points, prints the summary.
enum Fetching {
    private enum Limit {
        /// The service knows some ten thousand coins.
        static let coins = 1...20_000
        /// Ten years.
        static let hours = 1...87_600
    }

    enum Work: Sendable {
        case everything
        case coins([String])
        case top(Int)
        /// Of the named coins; without one, of the tracked ones.
        case history([String], hours: Int)
    }

    /// What the command line asks for; wrong numbers and missing input are usage errors.
    static func work(_ arguments: ParsedArguments) throws(ArgumentsError) -> Work {
        switch arguments.command {
        case "fetch":
            let codes = try codes(arguments)
            let count = try arguments.integer("limit", in: Limit.coins)
            if !codes.isEmpty { return .coins(codes) }
            if let count { return .top(count) }
            throw .wrongUsage("give --coin CODE or --limit N", command: arguments.command)
        case "history":
            let hours = try arguments.integer("hours", in: Limit.hours) ?? 24
            return .history(try codes(arguments), hours: hours)
        default:
            return .everything
        }
    }

    /// The one mistake of a command line that only the settings tell.
    static func check(_ work: Work, _ session: Session) throws(ArgumentsError) {
        if case .history(let codes, _) = work, codes.isEmpty, session.settings.trackedCoins.isEmpty {
            throw .wrongUsage("give --coin CODE: TRACKED_COINS names none", command: session.arguments.command)
        }
    }

    static func run(_ work: Work, _ session: Session) async throws(Refusal) -> Int32 {
        let isDryRun = session.arguments.flag("dry-run")
        let target = isDryRun ? session.printing : try session.target()
        if !isDryRun { session.announceStore(target) }
        let others = isDryRun ? [] : try session.otherTargets()
        let summary = try await collect(work, session, into: target, and: others, isDryRun: isDryRun)
        await target.store?.close()
        let console = session.console
        if session.isJSON {
            let name = session.arguments.command
            let json = summary.json(command: name, destination: target.label, isDryRun: isDryRun)
            if isDryRun { console.say(json) } else { console.out(json) }
        } else {
            let text = summary.text(isDryRun: isDryRun, command: session.command)
            if isDryRun { console.say(text) } else { console.show(text) }
        }
        return summary.exitCode
    }

    /// The run itself, which `demo` shares.
    static func collect(
        _ work: Work, _ session: Session, into target: Target, and others: [Target] = [], isDryRun: Bool
    ) async throws(Refusal) -> RunSummary {
        let source = try session.source()
        let landing = Landing(session.landing(into: target, and: others, isDryRun: isDryRun))
        do throws(Obstacle) { try await landing.open() } catch {
            throw Refusal(text: "coinline: \(error)", code: ExitCode.incomplete)
        }
        var plan = CollectionPlan(session.settings)
        if target.store != nil, let retention = session.settings.storeRetention { plan.limitHistory(to: retention) }
        let run = MarketRun(
            source: source, landing: landing, plan: plan,
            timing: session.timing, isClockSimulated: session.settings.testClock != nil
        ) { event in
            if case .began(let step) = event { session.progress.show(step + " …") }
        }
        let summary =
            switch work {
            case .everything: await run.runOnce()
            case .coins(let codes): await run.fetch(codes: codes)
            case .top(let count): await run.fetch(top: count)
            case .history(let codes, let hours): await run.history(codes: codes, hours: hours)
            }
        session.progress.clear()
        return summary
    }

    /// The coins that were named; none is a mistake where the option is there, such as an empty variable of a script.
    private static func codes(_ arguments: ParsedArguments) throws(ArgumentsError) -> [String] {
        let given = arguments.strings("coin")
        let codes = normalized(given)
        if codes.isEmpty, !given.isEmpty {
            throw arguments.badValue("coin", allowed: "the code of a coin, such as BTC")
        }
        return codes
    }

    /// Trimmed, upper-cased, without blanks and repeats; a comma separates as well.
    private static func normalized(_ codes: [String]) -> [String] {
        var seen: Set<String> = []
        return codes.flatMap { $0.split(separator: ",") }.map { code in
            String(code.filter { !$0.isWhitespace }).uppercased()
        }.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}
