import Arguments
import TestKit
import Testing

@Suite("Parsing the command line")
struct ParsingTests {
    private static let spellings: [[String]] = [
        ["fetch", "--coin", "BTC"], ["fetch", "--coin=BTC"], ["fetch", "-c", "BTC"], ["fetch", "-cBTC"],
        ["fetch", "-c=BTC"],
    ]

    @Test("a value may stand behind a blank, an equals sign or the letter", arguments: spellings)
    func spelling(words: [String]) throws {
        guard case .run(let arguments) = try sample.parse(words) else { throw NoRun() }

        #expect(arguments.command == "fetch")
        #expect(arguments.strings("coin") == ["BTC"])
        #expect(arguments.string("limit") == nil)
        #expect(!arguments.flag("dry-run"))
    }

    @Test("a repeatable option keeps every value, another one the last")
    func repeated() throws {
        let arguments = try run("fetch", "-c", "BTC", "-l", "1", "--coin=ETH", "-cGLQ", "--limit=2")

        #expect(arguments.strings("coin") == ["BTC", "ETH", "GLQ"])
        #expect(arguments.string("limit") == "2")
    }

    @Test("global options stand before or after the command")
    func globals() throws {
        for words in [
            ["--log-level", "debug", "status"], ["status", "--log-level=debug"],
            ["--log-level=INFO", "status", "--log-level", "debug"],
        ] {
            guard case .run(let arguments) = try sample.parse(words) else { throw NoRun() }
            #expect(arguments.command == "status")
            #expect(arguments.string("log-level") == "debug")
            #expect(arguments.string("config-file") == nil)
        }
    }

    @Test("-h is help everywhere but behind history, where it is hours")
    func shortHelp() throws {
        #expect(try sample.parse(["-h"]) == .help(command: nil))
        #expect(try sample.parse(["fetch", "-h"]) == .help(command: "fetch"))
        #expect(try sample.parse(["-h", "history"]) == .help(command: nil))
        #expect(try run("history", "-h", "48").string("hours") == "48")
        #expect(try run("history", "-h48").string("hours") == "48")
        #expect(try sample.parse(["history", "--help"]) == .help(command: "history"))
    }

    @Test("help and version are asked for in several ways")
    func helpAndVersion() throws {
        #expect(try sample.parse(["--help"]) == .help(command: nil))
        #expect(try sample.parse(["help"]) == .help(command: nil))
        #expect(try sample.parse(["help", "fetch"]) == .help(command: "fetch"))
        #expect(try sample.parse(["help", "lp", "parse"]) == .help(command: "lp parse"))
        #expect(try sample.parse(["fetch", "--coin", "BTC", "--help"]) == .help(command: "fetch"))
        #expect(try sample.parse(["--version"]) == .version)
        #expect(try sample.parse(["status", "--version"]) == .version)
        #expect(throws: ArgumentsError.self) { try sample.parse(["help", "fecth"]) }
    }

    @Test("the first word of a family has help too")
    func familyHelp() throws {
        for words in [["lp", "--help"], ["lp", "-h"], ["help", "lp"], ["lp", "--precision", "ns", "--help"]] {
            #expect(try sample.parse(words) == .help(command: "lp"), "\(words)")
        }
        #expect(throws: ArgumentsError.self) { try sample.parse(["help", "lp", "prase"]) }
        #expect(throws: ArgumentsError.self) { try sample.parse(["help", "l"]) }
    }

    @Test("whoever asks for help gets it, whatever is wrong beside it")
    func helpDespiteErrors() throws {
        #expect(try sample.parse(["fetch", "--limt", "3", "--help"]) == .help(command: "fetch"))
        #expect(try sample.parse(["copy", "a", "b", "c", "--help"]) == .help(command: "copy"))
        #expect(try sample.parse(["load", "--help"]) == .help(command: "load"))
        #expect(throws: ArgumentsError.self) { try sample.parse(["fetch", "--limt", "--", "--help"]) }
    }

    @Test("whether a command has an option can be asked, also of one that has not")
    func knownOptions() throws {
        #expect(try run("fetch").knows("json") && !run("history", "--coin", "BTC").knows("json"))
        #expect(try run("status").knows("log-level") && !run("status").knows("coin"))
    }

    @Test("two dashes end the options, one dash is an argument")
    func dashes() throws {
        #expect(try run("load", "--", "--odd", "-x").positionals == ["--odd", "-x"])
        #expect(try run("load", "-", "a").positionals == ["-", "a"])
        #expect(try run("--", "status").command == "status")
        #expect(try run("copy", "--", "--").positionals == ["--"])
    }

    @Test("a value may be a negative number or a dash, or anything behind an equals sign")
    func dashedValues() throws {
        #expect(try run("fetch", "--limit", "-5").string("limit") == "-5")
        #expect(try run("fetch", "--limit", "-.5").string("limit") == "-.5")
        #expect(try run("fetch", "--limit", "-").string("limit") == "-")
        #expect(try run("fetch", "--limit=--x").string("limit") == "--x")
        #expect(try run("fetch", "--limit=").string("limit") == "")
        #expect(try run("fetch", "--limit", "").string("limit") == "")
        #expect(try run("fetch", "--coin=a=b").string("coin") == "a=b")
    }

    @Test("letters without value may be joined, the last one may have a value")
    func joinedLetters() throws {
        let arguments = try run("fetch", "-nl5")

        #expect(arguments.flag("dry-run"))
        #expect(arguments.string("limit") == "5")
        #expect(try sample.parse(["fetch", "-nh"]) == .help(command: "fetch"))
    }

    @Test("a command of two words is found, and its words are no arguments")
    func families() throws {
        #expect(try run("lp", "parse").command == "lp parse")
        #expect(try run("--log-level", "info", "lp", "encode", "--config-file=x").string("config-file") == "x")
    }

    @Test("the first word of a family may be a command itself")
    func commandAndFamily() throws {
        func command(_ words: String...) throws -> String? {
            guard case .run(let arguments) = try nested.parse(words) else { return nil }
            return arguments.command
        }

        #expect(try command("outbox") == "outbox" && command("outbox", "--json") == "outbox")
        #expect(try command("outbox", "flush", "--fast") == "outbox flush")
        #expect(try command("outbox", "export", "flush") == "outbox export")
        #expect(try nested.parse(["help", "outbox"]) == .help(command: "outbox"))
        #expect(try nested.parse(["outbox", "-h"]) == .help(command: "outbox"))
        #expect(try nested.parse(["help", "outbox", "flush"]) == .help(command: "outbox flush"))
        #expect(throws: ArgumentsError.unknownCommand("outbox flsh", suggestions: ["outbox flush"])) {
            try nested.parse(["outbox", "flsh"])
        }
        #expect(throws: ArgumentsError.unexpectedArgument("flush", command: "outbox")) {
            try nested.parse(["outbox", "--json", "flush"])
        }
    }

    @Test("arguments are there in their order, the optional one may be missing")
    func positionals() throws {
        #expect(try run("copy", "a").positionals == ["a"])
        #expect(try run("copy", "a", "b").positionals == ["a", "b"])
        #expect(try run("load", "a", "b", "c").positionals == ["a", "b", "c"])
        #expect(try run("load", "a", "--log-level", "info", "b").positionals == ["a", "b"])
    }

    private static let mistakes: [([String], ArgumentsError)] = [
        ([], .noCommand),
        (["--log-level", "info"], .noCommand),
        (["fecth"], .unknownCommand("fecth", suggestions: ["fetch"])),
        (["STATUS"], .unknownCommand("STATUS", suggestions: ["status"])),
        (["stat"], .unknownCommand("stat", suggestions: ["status"])),
        (["frobnicate"], .unknownCommand("frobnicate", suggestions: [])),
        (["debug-thing"], .unknownCommand("debug-thing", suggestions: [])),
        ([""], .unknownCommand("", suggestions: [])),
        (["lp"], .incompleteCommand("lp", commands: ["lp parse", "lp encode"])),
        (["lp", "--help-me"], .incompleteCommand("lp", commands: ["lp parse", "lp encode"])),
        (["lp", "prase"], .unknownCommand("lp prase", suggestions: ["lp parse"])),
        (["fetch", "--limt", "3"], .unknownOption("--limt", command: "fetch", suggestions: ["--limit"])),
        (["fetch", "--lim=3"], .unknownOption("--lim", command: "fetch", suggestions: ["--limit"])),
        (["fetch", "--key=SECRET"], .unknownOption("--key", command: "fetch", suggestions: [])),
        (["fetch", "--secret-swich"], .unknownOption("--secret-swich", command: "fetch", suggestions: [])),
        (["--coin", "BTC", "fetch"], .unknownOption("--coin", command: nil, suggestions: [])),
        (["--verison"], .unknownOption("--verison", command: nil, suggestions: ["--version"])),
        (["status", "-x"], .unknownOption("-x", command: "status", suggestions: [])),
        (["fetch", "-nx"], .unknownOption("-x", command: "fetch", suggestions: [])),
        (["fetch", "--coin"], .missingValue(option: "--coin", argument: "CODE", command: "fetch")),
        (["fetch", "--coin", "--limit", "3"], .missingValue(option: "--coin", argument: "CODE", command: "fetch")),
        (["fetch", "-c"], .missingValue(option: "-c", argument: "CODE", command: "fetch")),
        (["fetch", "-c", "-n"], .missingValue(option: "-c", argument: "CODE", command: "fetch")),
        (["fetch", "--limit", "--"], .missingValue(option: "--limit", argument: "N", command: "fetch")),
        (["--config-file"], .missingValue(option: "--config-file", argument: "PATH", command: nil)),
        (["fetch", "--json=yes"], .unexpectedValue(option: "--json", command: "fetch")),
        (["fetch", "-n=yes"], .unexpectedValue(option: "-n", command: "fetch")),
        (
            ["--log-level", "LOUD", "status"],
            .badValue(option: "--log-level", value: "LOUD", allowed: "DEBUG, INFO or WARNING", command: nil)
        ),
        (["load"], .missingArgument("FILE", command: "load")),
        (["copy"], .missingArgument("FROM", command: "copy")),
        (["copy", "a", "b", "c"], .unexpectedArgument("c", command: "copy")),
        (["status", "now"], .unexpectedArgument("now", command: "status")),
    ]

    @Test("every mistake is told with its facts", arguments: mistakes)
    func mistake(words: [String], expected: ArgumentsError) {
        #expect(throws: expected) { try sample.parse(words) }
    }

    @Test("a whole number is read within its range")
    func integers() throws {
        let arguments = try run("fetch", "-l", "10")

        #expect(try arguments.integer("limit", in: 1...10) == 10)
        #expect(try run("fetch").integer("limit") == nil)
        #expect(
            throws: ArgumentsError.badValue(
                option: "--limit", value: "10", allowed: "a whole number, 1 to 9", command: "fetch")
        ) {
            try arguments.integer("limit", in: 1...9)
        }
        for text in ["x", "", "1.5", "-1", "99999999999999999999"] {
            #expect(throws: ArgumentsError.self) { try run("fetch", "--limit=" + text).integer("limit") }
        }
    }

    private static let texts: [([String], String)] = [
        ([], "coinline: no command was given\nTry: coinline --help"),
        (["fecth"], "coinline: there is no command \"fecth\": did you mean fetch?\nTry: coinline --help"),
        (["lp"], "coinline: lp needs another word: lp parse, lp encode\nTry: coinline --help"),
        (["fetch", "--key=SECRET"], "coinline fetch: there is no option --key\nTry: coinline fetch --help"),
        (
            ["fetch", "-c"],
            "coinline fetch: -c needs a value: -c CODE (-c=… for one that begins with a dash)\n"
                + "Try: coinline fetch --help"
        ),
        (["fetch", "--json=SECRET"], "coinline fetch: --json takes no value\nTry: coinline fetch --help"),
        (
            ["--log-level=x", "status"],
            "coinline: --log-level is \"x\": give DEBUG, INFO or WARNING\nTry: coinline --help"
        ),
        (["load"], "coinline load: the argument FILE is missing\nTry: coinline load --help"),
        (
            ["status", "a\n\u{1B}b"],
            #"coinline status: there is one argument too many: "a\n\u{1B}b""# + "\nTry: coinline status --help"
        ),
    ]

    @Test("the message names what was wrong and where help is", arguments: texts)
    func message(words: [String], expected: String) {
        let error = #expect(throws: ArgumentsError.self) { try sample.parse(words) }

        #expect(error.map(sample.text) == expected)
    }

    @Test("a pasted page is cut in a message")
    func longWords() {
        let error = #expect(throws: ArgumentsError.self) { try sample.parse([String(repeating: "a", count: 100_000)]) }

        #expect(error?.description.count ?? 0 < 200)
    }

    @Test("an error of the command's own has the same form")
    func ownError() throws {
        #expect(
            sample.text(of: .wrongUsage("give --coin or --limit", command: "fetch"))
                == "coinline fetch: give --coin or --limit\nTry: coinline fetch --help")
        #expect(
            try run("fetch", "-l", "x").badValue("limit", allowed: "a number").description
                == "--limit is \"x\": give a number")
        #expect(ArgumentsError.exitCode == 64)
    }

    @Test("never fails on arbitrary words but with an error of its own")
    func arbitraryWords() {
        let pieces = [
            "fetch", "history", "lp", "parse", "-", "--", "-c", "--coin", "--coin=", "-h", "-nl", "=", "", "load", "é",
            "-é", "--é=👍🏽", "help", "-1",
        ]
        for seed in UInt64(1)...2_000 {
            var random = SeededGenerator(seed: seed)
            let words = (0..<6).map { _ in pieces.randomElement(using: &random) ?? "" }
            do throws(ArgumentsError) {
                _ = try sample.parse(words)
            } catch {
                #expect(!sample.text(of: error).isEmpty, "seed \(seed)")
            }
        }
    }
}
