import Arguments
import Collector
import LineProtocol

/// `lp parse` and `lp encode`: line protocol to JSON and back. They know no settings and no data folder.
enum LineText {
    static func run(_ arguments: ParsedArguments, _ console: Console) -> Int32 {
        let precision = Self.precision(arguments)
        let direction: TextConversion.Direction =
            arguments.command == "lp parse" ? .toJSON : .toLines(dialect(arguments))
        let conversion = TextConversion(
            direction, precision: precision ?? .milliseconds, isPrecisionNamed: precision != nil,
            paths: arguments.positionals,
            write: { bytes in console.write(bytes) },
            // One line each, whatever the name of a file holds.
            complain: { text in console.say(TerminalText.shown(text)) })
        switch conversion.run() {
        case .good: return ExitCode.complete
        case .bad: return ExitCode.incomplete
        case .contradicted: return ExitCode.usage
        }
    }

    /// As named, which the table has checked; milliseconds where nothing else tells.
    static func precision(_ arguments: ParsedArguments) -> Precision? {
        arguments.string("precision").flatMap { Precision(rawValue: $0.lowercased()) }
    }

    /// What `--dialect` takes.
    static let dialects = Dialect.allCases.map { (name: "\($0)".lowercased(), dialect: $0) }

    private static func dialect(_ arguments: ParsedArguments) -> Dialect {
        let name = arguments.string("dialect")?.lowercased()
        return dialects.first { $0.name == name }?.dialect ?? .influx2
    }
}
