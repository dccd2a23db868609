import Arguments
import Collector
import InfluxWriter
import MarketStore
import Settings

/// `dead-letters list`, `show`, `retry` and `discard`: what destinations refused for good.
enum DeadLetterCommands {
    struct Request: Sendable {
        /// Empty for all.
        let names: [String]
        let destination: String?
        let limit: Int?
        let origin: Origin?
    }

    static func request(_ arguments: ParsedArguments) throws(ArgumentsError) -> Request {
        let names = arguments.positionals
        if arguments.knows("all"), arguments.flag("all") != names.isEmpty {
            throw .wrongUsage("give names of dead letters, or --all", command: arguments.command)
        }
        if arguments.knows("yes"), names.isEmpty, !arguments.flag("yes") {
            throw .wrongUsage("--all removes every dead letter for good: add --yes", command: arguments.command)
        }
        return Request(
            names: names, destination: arguments.knows("destination") ? arguments.string("destination") : nil,
            limit: arguments.knows("limit") ? try arguments.integer("limit", in: 1...Int.max) : nil,
            origin: arguments.knows("origin")
                ? arguments.string("origin").flatMap { Origin(rawValue: $0.lowercased()) } : nil)
    }

    static func run(_ request: Request, _ session: Session) async throws -> Int32 {
        do {
            try session.checkDataFolder()
            if let name = request.destination { try session.checkDestination(name) }
            let box = try DeadLetterBox(dataFolder: session.settings.dataFolder, destination: request.destination)
            let found = request.names.isEmpty ? try box.all() : try box.find(request.names)
            switch session.arguments.command {
            case "dead-letters list": return list(found, request, session)
            case "dead-letters show": return show(found, session)
            case "dead-letters discard": return discard(found, session)
            default: return try await retry(found, request, session)
            }
        } catch let error as DeadLetterError {
            guard error.isUsage else { throw session.refusal(error) }
            throw ArgumentsError.wrongUsage("\(error)", command: session.arguments.command)
        } catch let error as OutboxError {
            throw session.refusal(error)
        }
    }

    private static func list(_ found: FoundDeadLetters, _ request: Request, _ session: Session) -> Int32 {
        let list = DeadLetterList(found, limit: request.limit)
        if session.isJSON {
            session.console.out(list.json())
        } else {
            if !list.isEmpty {
                session.console.show(TextTable(DeadLetterList.columns, rightAligned: [4], list.rows).text)
            } else if list.problems.isEmpty {
                session.console.show("There are no dead letters.")
            }
            if let note = list.note { session.console.say(note) }
            say(list.problems, session)
        }
        return list.isReadable ? ExitCode.complete : ExitCode.incomplete
    }

    private static func show(_ found: FoundDeadLetters, _ session: Session) -> Int32 {
        let pages = found.places.map { DeadLetterPage($0) }
        if session.isJSON {
            session.console.out(DeadLetterPage.json(pages))
        } else {
            let retry = session.command("dead-letters retry")
            session.console.show(pages.map { $0.text(retryCommand: retry) }.joined(separator: "\n\n"))
        }
        // Also beside JSON, which is an array of the pages.
        say(found.problems, session)
        return found.problems.isEmpty && pages.allSatisfy(\.isReadable) ? ExitCode.complete : ExitCode.incomplete
    }

    private static func say(_ problems: [String], _ session: Session) {
        for problem in problems { session.console.say("error: \(problem)") }
    }

    private static func discard(_ found: FoundDeadLetters, _ session: Session) -> Int32 {
        let report = found.discard()
        if session.isJSON { session.console.out(report.json()) } else { session.console.show(report.text) }
        return report.exitCode
    }

    // MARK: retry

    private static func retry(_ found: FoundDeadLetters, _ request: Request, _ session: Session) async throws -> Int32 {
        let places = found.places
        var report = RetryReport(found)
        if !places.isEmpty { try session.settings.require([.destination]) }
        let groups = Dictionary(grouping: places, by: \.destination).sorted { $0.key < $1.key }
        // Before anything is sent.
        var ready: [(places: [DeadLetterPlace], target: Target)] = []
        var refusal: Refusal?
        for (name, places) in groups {
            do throws(Refusal) { ready.append((places, try target(named: name, session))) } catch {
                // Who asks for all of them gets what can be had.
                guard request.names.isEmpty, request.destination == nil else { throw error }
                refusal = refusal ?? error
                let layout = OutboxLayout(dataFolder: session.settings.dataFolder, destination: name)
                report.add(
                    .keeping(places, because: error.reason),
                    SendingReport(layout, label: session.missing(name).label, obstacle: error.reason))
            }
        }
        if ready.isEmpty, let refusal { throw refusal }
        var begun: [(outcome: DeadLetterRetry.Outcome, sending: Sending)] = []
        for (places, target) in ready {
            do {
                let sending = try sending(to: target, session)
                let retry = DeadLetterRetry(sending, dataFolder: session.settings.dataFolder, origin: request.origin)
                begun.append((await retry.run(places.sorted { $0.name < $1.name }), sending))
            } catch {
                let layout = OutboxLayout(dataFolder: session.settings.dataFolder, destination: target.name)
                report.add(
                    .keeping(places, because: "\(error)"),
                    SendingReport(layout, label: target.label, obstacle: "\(error)"))
            }
        }
        for (one, sent) in zip(begun, await session.finish(begun.map(\.sending))) { report.add(one.outcome, sent) }
        for (_, target) in ready { await target.store?.close() }
        if session.isJSON {
            session.console.out(report.json())
        } else {
            session.console.show(report.text(lettersCommand: session.command("dead-letters list")))
        }
        return report.exitCode
    }

    private static func sending(to target: Target, _ session: Session) throws -> Sending {
        var configuration = session.landing(into: target, isDryRun: false)
        // A letter goes when its points are accepted, so they must be safe by then.
        configuration.outbox.sync = .everyBatch
        configuration.outbox.capacity.whenFull = .block(for: OutboxTerms.blockMax)
        // Nor is a type that the writer knows better than the server: that one decides.
        return try Sending(target, configuration, guardsTypes: false)
    }

    private static func target(named name: String, _ session: Session) throws(Refusal) -> Target {
        if let target = try session.target(named: name) { return target }
        let (label, obstacle) = session.missing(name)
        throw Refusal(
            text: "coinline dead-letters retry: there are dead letters of \(label), and \(obstacle)",
            code: ExitCode.configuration)
    }
}
