import Arguments
import CoinlineBase
import Glibc
import Settings

/// The program: reads the command line, runs one command, ends with its exit code.
@main
struct Main {
    static func main() async {
        Signals.ignoreBrokenPipes()
        let words = CommandLine.arguments
        let program = CommandTable.program(calledAs: words.first)
        exit(await run(program, Array(words.dropFirst())))
    }

    private static func run(_ program: Program, _ words: [String]) async -> Int32 {
        let console = Console(endsWhenOutputCloses: true)
        do throws(ArgumentsError) {
            switch try program.parse(words) {
            case .help(let command):
                console.write(Array(program.help(for: command).utf8))
            case .version:
                console.out("\(program.name) \(program.version)")
            case .run(let arguments):
                return try await run(arguments)
            }
            return ExitCode.complete
        } catch {
            console.say(program.text(of: error))
            return ExitCode.usage
        }
    }

    private static func run(_ arguments: ParsedArguments) async throws(ArgumentsError) -> Int32 {
        let command = arguments.command
        let isPrinting = [
            "status", "config", "export", "lp parse", "lp encode", "completions", "outbox", "dead-letters list",
            "dead-letters show",
        ].contains(command)
        let console = Console(endsWhenOutputCloses: isPrinting || isDryRun(arguments))
        let isServing = command == "simulate"
        let signals = Signals {
            if Console.isErrorATerminal, !isServing { console.say("\nStopping; once more to leave at once.") }
        }
        do {
            let code = try await signals.run { await outcome(of: arguments, console) }.get()
            if !isServing, let signal = signals.received { return ExitCode.stopped(by: signal) }
            return code == ExitCode.complete && console.hasFailed ? ExitCode.incomplete : code
        } catch let refusal as Refusal {
            console.say(refusal.text)
            if isJSON(arguments) { console.out(refusal.json(command: command)) }
            return refusal.code
        } catch let error as ArgumentsError {
            throw error
        } catch {
            console.say("coinline: \(error)")
            return ExitCode.incomplete
        }
    }

    private static func outcome(of arguments: ParsedArguments, _ console: Console) async -> Result<Int32, any Error> {
        do {
            return .success(try await perform(arguments, console))
        } catch let errors as SettingsErrors {
            for warning in errors.warnings { console.say("warning: \(warning)") }
            return .failure(Refusal(text: errors.description, code: ExitCode.configuration))
        } catch {
            return .failure(error)
        }
    }

    private static func perform(_ arguments: ParsedArguments, _ console: Console) async throws -> Int32 {
        switch arguments.command {
        case "run-once", "fetch", "history":
            let needs: [SettingsNeed] = isDryRun(arguments) ? [.key] : [.key, .destination]
            let work = try Fetching.work(arguments)
            let session = try Session(arguments, needs: needs, console: console)
            try Fetching.check(work, session)
            return try await Fetching.run(work, session)
        case "status":
            return try await Showing.status(try Session(arguments, needs: [.key, .destination], console: console))
        case "config":
            return Showing.config(try Session(arguments, needs: [], console: console))
        case "load":
            let request = try Loading.request(arguments)
            return try await Loading.run(request, try Session(arguments, needs: [.destination], console: console))
        case "export":
            let request = try Exporting.request(arguments)
            return try Exporting.run(request, try Session(arguments, needs: [], console: console))
        case "outbox", "outbox flush", "outbox export":
            return try await OutboxCommands.run(try Session(arguments, needs: [], console: console))
        case "dead-letters list", "dead-letters show", "dead-letters retry", "dead-letters discard":
            let request = try DeadLetterCommands.request(arguments)
            return try await DeadLetterCommands.run(request, try Session(arguments, needs: [], console: console))
        case "lp parse", "lp encode":
            return LineText.run(arguments, console)
        case "demo":
            return try await Demo.run(arguments, console)
        case "simulate":
            return try await Simulation.run(arguments, console)
        case "completions":
            return Completing.run(arguments, console)
        default:
            preconditionFailure("\(arguments.command) is in the table of commands and does nothing")
        }
    }

    private static func isJSON(_ arguments: ParsedArguments) -> Bool {
        arguments.knows("json") && arguments.flag("json")
    }

    /// Only the fetching commands have the option.
    private static func isDryRun(_ arguments: ParsedArguments) -> Bool {
        ["run-once", "fetch", "history"].contains(arguments.command) && arguments.flag("dry-run")
    }
}
