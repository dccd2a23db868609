import Arguments
import MarketSimulator

/// The commands and options of the program, as data: parsing, help and the README's list are made from it.
enum CommandTable {
    static let name = "coinline"
    /// The program that came before it had this name.
    static let secondName = "lcw-fetcher"

    static func program(calledAs path: String?) -> Program {
        let called = path?.split(separator: "/").last.map(String.init) ?? name
        return Program(
            name: called == secondName ? called : name,
            summary: "Crypto market data, landed in InfluxDB.",
            version: Version.text,
            epilogue:
                "Settings come from the environment and .env; coinline config shows them. Exit codes: 0 everything "
                + "asked for landed, 1 something did not, 64 wrong usage, 78 wrong configuration.",
            globals: globals, commands: commands)
    }

    static let commands = [
        runOnce, fetch, history, status, config, load, export, outbox, outboxFlush, outboxExport,
        deadLettersList, deadLettersShow, deadLettersRetry, deadLettersDiscard, lpParse, lpEncode, demo, simulate,
        completions,
    ]

    private static let globals = [
        Option("config-file", argument: "PATH", help: "Read this env file instead of .env."),
        Option(
            "log-level", argument: "LEVEL", values: ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"],
            environment: "LOG_LEVEL", standard: "INFO", help: "How much to say on standard error."),
        Option(
            "data-dir", argument: "PATH", environment: "COINLINE_DATA_DIR", standard: "./data",
            help: "Where the embedded store and undelivered batches are."),
    ]

    static let json = Option("json", help: "Print the result as JSON.")
    private static let dryRun = Option(
        "dry-run", help: "Print the line protocol and write nothing; the summary goes to standard error.")

    private static let runOnce = Command(
        "run-once", summary: "Fetch everything once, then 24 h of history of the tracked coins",
        discussion:
            "Asks for COINS_LIST_PAGES × COINS_PER_PAGE coins by rank, the tracked coins that are not among them, "
            + "the 20 most visited exchanges and the market overview. Ends with 0 only if everything landed.",
        options: [dryRun, json],
        examples: [Example("run-once --dry-run | head", help: "see what would be written")])

    private static let fetch = Command(
        "fetch", summary: "Fetch chosen coins, or the first of the ranking",
        options: [
            Option("coin", short: "c", argument: "CODE", isRepeatable: true, help: "A coin, such as BTC."),
            Option("limit", short: "l", argument: "N", help: "The first N coins by rank. --coin wins over it."),
            dryRun, json,
        ],
        examples: [
            Example("fetch -c BTC -c ETH", help: "two coins, for one credit"),
            Example("fetch --limit 250", help: "the first 250, for three credits"),
        ])

    private static let history = Command(
        "history", summary: "Store past hours of coins",
        discussion: "Points have the upstream's own times, every 5 minutes or coarser for long ranges.",
        options: [
            Option(
                "coin", short: "c", argument: "CODE", isRepeatable: true, environment: "TRACKED_COINS",
                standard: "BTC,ETH,GLQ", help: "A coin. Without one, the tracked coins."),
            Option("hours", short: "h", argument: "N", standard: "24", help: "How far back."),
            dryRun, json,
        ],
        examples: [Example("history -c BTC -h 168", help: "a week of Bitcoin, for one credit")])

    private static let status = Command(
        "status", summary: "Say what works: upstream, credits, destination, and what is stored",
        discussion:
            "Proves the destination without writing a point: address, token, organisation, bucket and right. Costs one "
            + "credit. Ends with 1 if something is wrong.",
        options: [json])

    private static let config = Command(
        "config", summary: "Show the settings in force and where each came from", options: [json])

    private static let load = Command(
        "load", summary: "Write files of line protocol, plain or gzip, to the destination",
        discussion:
            "A bad line is named with its line and column and left out; the others are written. A batch file of the "
            + "outbox carries its own precision, has its origin beside it, and is sent with all else that waits there. An "
            + "export says both in its first line.",
        options: [
            Option(
                "precision", argument: "UNIT", values: ["ns", "us", "ms", "s"], standard: "ms",
                help: "The unit of the times. Without it, times outside 1990 to 2100 are refused."),
            Option(
                "origin", argument: "ORIGIN", values: ["real", "simulated"],
                help: "Whose data it is, where neither the destination nor the file tells."),
            json,
        ],
        positionals: [Positional("FILE", isRepeatable: true, help: "A file, or - for standard input.")],
        examples: [Example("load --precision ns backup.lp.gz", help: "an export of another InfluxDB")])

    private static let demo = Command(
        "demo", summary: "Run the main job against a simulated upstream and show what landed",
        discussion:
            "Needs no key and no database, and ignores .env and every setting of the environment. What it stores stays "
            + "in ./data-demo (or the folder of --data-dir), apart from real data.",
        options: [
            Option("seed", argument: "S", standard: "1", help: "Another seed is another market."),
            Option("coins", argument: "N", standard: "300", help: "Coins of the simulated market, 3 to 1000."),
        ])

    private static let simulate = Command(
        "simulate", summary: "Serve a simulated Live Coin Watch until stopped",
        discussion: "Faults: " + paragraphs(Fault.help),
        options: [
            Option("port", argument: "N", standard: "4000", help: "0 takes a free one."),
            Option("host", argument: "ADDRESS", standard: "127.0.0.1", help: "The address to listen on."),
            Option("seed", argument: "S", standard: "1", help: "Another seed is another market."),
            Option("coins", argument: "N", standard: "300", help: "How many, 3 to 1000."),
            Option("credits", argument: "N", standard: "10000", help: "The daily allowance."),
            Option("fault", argument: "FAULT", isRepeatable: true, help: "Something to go wrong."),
            Option(
                "start", argument: "TIME", help: "The time at which its clock begins, such as 2026-01-01T00:00:00Z."),
            Option("speed", argument: "N", standard: "1", help: "How fast its clock runs."),
        ],
        examples: [
            Example("simulate --port 4000 --seed 7", help: "then LCW_BASE_URL=http://127.0.0.1:4000"),
            Example("simulate --fault 503:3", help: "three failures, then good answers"),
        ])

    private static let completions = Command(
        "completions", summary: "Print the script that completes command lines in a shell",
        discussion:
            "The script knows commands, options, their values and where files belong, for both names of the program "
            + "(lcw-fetcher is the other). It never runs the program. After an update, write its file anew.",
        positionals: [Positional("SHELL", values: Shell.allCases.map(\.rawValue), help: "Which shell.")],
        examples: [
            Example(
                "completions bash", help: "bash: have ~/.bashrc say: source <(coinline completions bash)"),
            Example(
                "completions zsh > ~/.zfunc/_coinline",
                help: "zsh: into a folder of $fpath. If there is none of yours, have ~/.zshrc say, in front of "
                    + "compinit: fpath=(~/.zfunc $fpath)"),
            Example(
                "completions fish > ~/.config/fish/completions/coinline.fish",
                help: "fish: nothing else to do; lcw-fetcher.fish beside it, with the same text, for the other name"),
        ])

    /// Each line that begins with a title ("kinds:") as a paragraph of its own.
    private static func paragraphs(_ text: String) -> String {
        text.split(separator: "\n").reduce("") { whole, line in
            let hasTitle = line.split(separator: " ").first?.last == ":"
            return whole + (whole.isEmpty ? "" : hasTitle ? "\n\n" : "\n") + line
        }
    }
}
