import Arguments
import Testing

@Suite("Help")
struct HelpTests {
    @Test("of the program, as recorded")
    func program() {
        #expect(
            sample.help() == """
                Usage: coinline [options] <command>

                Collects crypto market data into InfluxDB.

                Commands:
                  status     Shows what works
                  fetch      Fetches named coins, or the top of the list
                  history    Stores points of the past
                  load       Writes files of line protocol
                  copy       Copies
                  lp parse   Line protocol to JSON
                  lp encode  JSON to line protocol

                Options:
                      --config-file PATH  Reads settings from this file. [default .env]
                      --log-level LEVEL   The least important messages that are shown. One of
                                          DEBUG, INFO or WARNING. [LOG_LEVEL, default INFO]
                  -h, --help              Show help and end.
                      --version           Show the version and end.

                coinline help <command> tells more about a command.

                Settings come from the environment and from .env.

                Exit codes: 0 everything landed, 1 something did not, 64 wrong usage, 78 wrong
                configuration.

                """)
    }

    @Test("of a command that is also the first word of others, as recorded")
    func commandAndFamily() {
        #expect(
            nested.help(for: "outbox") == """
                Usage: coinline outbox [options]

                Shows what waits.

                Options:
                      --json  As JSON.

                Options of all commands:
                  -h, --help     Show help and end.
                      --version  Show the version and end.

                Further commands:
                  outbox flush   Sends it
                  outbox export  Copies it

                """)
    }

    @Test("of a command with options and examples, as recorded")
    func fetch() {
        #expect(
            sample.help(for: "fetch") == """
                Usage: coinline fetch [options]

                Fetches named coins, or the top of the list.

                One of the two options is needed; with both, --coin wins. What the upstream does
                not know is told, and the exit code is 1.

                A second paragraph.

                Options:
                  -c, --coin CODE  A coin by its code. May be repeated.
                  -l, --limit N    So many coins, by rank.
                  -n, --dry-run    Prints line protocol instead of writing it.
                      --json       Prints the summary as JSON.

                Options of all commands:
                      --config-file PATH  Reads settings from this file. [default .env]
                      --log-level LEVEL   The least important messages that are shown. One of
                                          DEBUG, INFO or WARNING. [LOG_LEVEL, default INFO]
                  -h, --help              Show help and end.
                      --version           Show the version and end.

                Examples:
                  coinline fetch --coin BTC --coin ETH
                      Two coins.
                  coinline fetch -l 10 --dry-run
                      What would be written for the first ten coins by market capitalisation.

                """)
    }

    @Test("of a command with arguments and a long option, as recorded")
    func load() {
        #expect(
            sample.help(for: "load").hasPrefix(
                """
                Usage: coinline load [options] FILE...

                Writes files of line protocol.

                Arguments:
                  FILE  A file, plain or gzip; - is standard input.

                Options:
                      --a-rather-long-name-of-an-option VALUE
                                                  Its help stands below it, since there is no
                                                  room beside it, and is wrapped there.

                Options of all commands:

                """))
    }

    @Test("of a family shows its commands")
    func family() {
        #expect(
            sample.help(for: "lp").hasPrefix(
                """
                Usage: coinline lp <command> [options]

                Commands:
                  lp parse   Line protocol to JSON
                  lp encode  JSON to line protocol

                Options of all commands:

                """))
        #expect(sample.help(for: "lp").hasSuffix("\ncoinline help lp <command> tells more about a command.\n"))
    }

    @Test("of a command that has -h for itself leaves --help its long name")
    func history() {
        let help = sample.help(for: "history")

        #expect(help.contains("  -h, --hours N    How far back. [default 24]\n"))
        #expect(help.contains("\n      --help              Show help and end.\n"))
    }

    @Test("fits into the width, which lies between 40 and 100", arguments: [0, 40, 50, 80, 100, 1_000])
    func width(width: Int) {
        let most = min(max(width, 40), 100)
        // A usage line or an example is one thing to copy, and a name cannot be broken.
        let unbreakable = ["--a-rather-long-name", "  coinline "]

        for name in [nil] + sample.commands.map(\.name) {
            let lines = sample.help(for: name, width: width).split(separator: "\n")
            let tooLong = lines.filter { line in line.count > most && !unbreakable.contains { line.contains($0) } }
            #expect(tooLong.isEmpty)
            #expect(lines.allSatisfy { $0.last != " " })
        }
    }

    @Test("leaves hidden commands and options out")
    func hidden() {
        #expect(!sample.help().contains("debug-things"))
        #expect(!sample.help(for: "fetch").contains("secret-switch"))
        #expect(sample.command(named: "debug-things") != nil)
    }

    @Test("a table that contradicts itself stops the program")
    func brokenTables() async {
        await #expect(processExitsWith: .failure) {
            _ = Program(
                name: "p", summary: "s", version: "1",
                commands: [Command("a", summary: "a"), Command("a", summary: "b")])
        }
        await #expect(processExitsWith: .failure) {
            let option = Option("o", short: "x", help: "o")
            let other = Option("p", short: "x", help: "p")
            _ = Program(
                name: "p", summary: "s", version: "1",
                commands: [Command("a", summary: "a", options: [option, other])])
        }
        await #expect(processExitsWith: .failure) {
            _ = Program(
                name: "p", summary: "s", version: "1",
                commands: [
                    Command(
                        "a", summary: "a",
                        positionals: [Positional("X", isRepeatable: true, help: "x"), Positional("Y", help: "y")])
                ])
        }
    }
}
