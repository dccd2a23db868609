import Arguments
import CoinlineBase
import CoinlineFiles
import Collector
import Glibc
import LineProtocol
import MarketStore

/// `export`: the embedded store as line protocol.
enum Exporting {
    struct Request: Sendable {
        let selection: StoreExport.Selection
        let precision: Precision
        /// Nil and `-` are standard output.
        let output: String?
    }

    static func request(_ arguments: ParsedArguments) throws(ArgumentsError) -> Request {
        var selection = StoreExport.Selection()
        selection.measurements = arguments.strings("measurement")
        selection.since = try time("since", arguments)
        selection.until = try time("until", arguments)
        if let since = selection.since, let until = selection.until, since >= until {
            throw arguments.badValue("until", allowed: "a time after that of --since")
        }
        return Request(
            selection: selection, precision: LineText.precision(arguments) ?? .milliseconds,
            output: arguments.string("output"))
    }

    private static func time(_ option: String, _ arguments: ParsedArguments) throws(ArgumentsError) -> Timestamp? {
        guard let text = arguments.string(option) else { return nil }
        guard let time = UTCTime(rfc3339: text) ?? UTCTime(rfc3339: text + "T00:00:00Z") else {
            throw arguments.badValue(option, allowed: "a time such as 2026-01-01T00:00:00Z, or a date")
        }
        return Timestamp(nanoseconds: time.nanoseconds)
    }

    static func run(_ request: Request, _ session: Session) throws(Refusal) -> Int32 {
        let console = session.console
        let export = Export(path: session.storePath, request.selection, precision: request.precision) { text in
            console.say(TerminalText.shown(text))
        }
        let output = try ExportOutput(request.output, storePath: session.storePath, console)
        do throws(ExportError) {
            let outcome = try export.run(to: output.output)
            if let name = output.name, !outcome.isStopped {
                output.restoreMode()
                let count = outcome.measurements
                console.show(
                    "\(Plural.points(outcome.points)) of \(count) measurement\(count == 1 ? "" : "s") in \(name)")
            }
            return outcome.badRows == 0 && !outcome.isStopped ? ExitCode.complete : ExitCode.incomplete
        } catch {
            if case .file(let failure) = error, failure.code == ECANCELED { return ExitCode.incomplete }
            throw Refusal(text: "coinline export: \(error)", code: ExitCode.incomplete)
        }
    }
}
