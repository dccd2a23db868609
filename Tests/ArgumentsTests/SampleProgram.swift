import Arguments

/// A program with one of each kind of command and option.
let sample = Program(
    name: "coinline", summary: "Collects crypto market data into InfluxDB.", version: "1.2.3",
    epilogue: """
        Settings come from the environment and from .env.

        Exit codes: 0 everything landed, 1 something did not, 64 wrong usage, 78 wrong configuration.
        """,
    globals: [
        Option("config-file", argument: "PATH", standard: ".env", help: "Reads settings from this file."),
        Option(
            "log-level", argument: "LEVEL", values: ["DEBUG", "INFO", "WARNING"], environment: "LOG_LEVEL",
            standard: "INFO",
            help: "The least important messages that are shown."),
    ],
    commands: [
        Command("status", summary: "Shows what works"),
        Command(
            "fetch", summary: "Fetches named coins, or the top of the list",
            discussion: """
                One of the two options is needed; with both, --coin wins. What the upstream does not know
                is told, and the exit code is 1.

                A second paragraph.
                """,
            options: [
                Option("coin", short: "c", argument: "CODE", isRepeatable: true, help: "A coin by its code."),
                Option("limit", short: "l", argument: "N", help: "So many coins, by rank."),
                Option("dry-run", short: "n", help: "Prints line protocol instead of writing it."),
                Option("json", help: "Prints the summary as JSON."),
                Option("secret-switch", isHidden: true, help: "Hidden."),
            ],
            examples: [
                Example("fetch --coin BTC --coin ETH", help: "Two coins."),
                Example(
                    "fetch -l 10 --dry-run",
                    help: "What would be written for the first ten coins by market capitalisation."),
            ]),
        Command(
            "history", summary: "Stores points of the past",
            options: [
                Option("coin", short: "c", argument: "CODE", isRepeatable: true, help: "A coin by its code."),
                Option("hours", short: "h", argument: "N", standard: "24", help: "How far back."),
            ]),
        Command(
            "load", summary: "Writes files of line protocol",
            options: [
                Option(
                    "a-rather-long-name-of-an-option", argument: "VALUE",
                    help: "Its help stands below it, since there is no room beside it, and is wrapped there.")
            ],
            positionals: [Positional("FILE", isRepeatable: true, help: "A file, plain or gzip; - is standard input.")]),
        Command(
            "copy", summary: "Copies",
            positionals: [Positional("FROM", help: "Source."), Positional("TO", isRequired: false, help: "Target.")]),
        Command("lp parse", summary: "Line protocol to JSON"),
        Command("lp encode", summary: "JSON to line protocol"),
        Command("debug-things", summary: "Hidden", isHidden: true),
    ])

/// A program with a command whose name is the first word of others.
let nested = Program(
    name: "coinline", summary: "Collects.", version: "1",
    commands: [
        Command("outbox", summary: "Shows what waits", options: [Option("json", help: "As JSON.")]),
        Command("outbox flush", summary: "Sends it", options: [Option("fast", help: "At once.")]),
        Command("outbox export", summary: "Copies it", positionals: [Positional("PATH", help: "Where to.")]),
        Command("outbox secret", summary: "Hidden", isHidden: true),
    ])

/// What was parsed, when it is a command.
func run(_ words: String...) throws -> ParsedArguments {
    guard case .run(let arguments) = try sample.parse(words) else { throw NoRun() }
    return arguments
}

struct NoRun: Error {}
