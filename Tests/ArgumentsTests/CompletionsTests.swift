import Arguments
import Foundation
import TestKit
import Testing

/// A text with everything that some shell reads something into. Where it is read, a file is made.
private let hostile = #"It's "all" [of:it] $(touch evaluated) `touch evaluated` ${HOME} \ % & | <x>; é"# + "\n\u{1B}!"

/// Texts and values in every place of the table.
private let hostileProgram = Program(
    name: "coinline", summary: hostile, version: "1", epilogue: hostile,
    globals: [
        Option("config-file", argument: "PATH", help: hostile),
        Option("log-level", argument: "LEVEL", values: ["DEBUG", "INFO", "WARNING"], help: hostile),
    ],
    commands: [
        Command("status", summary: hostile),
        Command(
            "fetch", summary: hostile,
            options: [
                Option("coin", short: "c", argument: "CODE", isRepeatable: true, help: hostile),
                Option("dry-run", short: "n", help: hostile),
                Option(
                    "odd", short: "o", argument: "[O:D]", values: ["a b", "$(touch evaluated)", "it's", "x:y"],
                    help: hostile),
                Option("secret-switch", help: hostile).hidden,
            ]),
        Command("history", summary: "s", options: [Option("hours", short: "h", argument: "N", help: hostile)]),
        Command("load", summary: "s", positionals: [Positional("FILE", isRepeatable: true, help: hostile)]),
        Command(
            "paint", summary: "s",
            positionals: [
                Positional("COLOUR", values: ["red", "green"], help: hostile),
                Positional("FILE", isRequired: false, help: hostile),
            ]),
        Command("lp parse", summary: hostile), Command("lp encode", summary: hostile),
        Command("debug-things", summary: hostile, isHidden: true),
    ])

extension Option {
    fileprivate var hidden: Option { Option(name, isHidden: true, help: help) }
}

@Suite("Completions")
struct CompletionsTests {
    @Test("every visible command and option is in the script, and no hidden one", arguments: Shell.allCases)
    func everything(shell: Shell) {
        let script = sample.completions(for: shell, alsoCalled: ["lcw-fetcher"])

        for command in sample.commands {
            let last = String(command.name.split(separator: " ").last ?? "")
            #expect(script.contains(last) != command.isHidden, "\(command.name)")
            for option in command.options {
                #expect(script.contains(option.name) != option.isHidden, "\(option.name)")
            }
        }
        for name in ["config-file", "log-level", "help", "version", "DEBUG", "WARNING", "coinline", "lcw-fetcher"] {
            #expect(script.contains(name), "\(name)")
        }
    }

    @Test("a script is text that can stand in a file: no control bytes, a line end last", arguments: Shell.allCases)
    func text(shell: Shell) {
        let script = hostileProgram.completions(for: shell)

        #expect(script.hasSuffix("\n"))
        #expect(!script.utf8.contains { $0 < 0x20 && $0 != 0x0A || $0 == 0x7F })
    }

    @Test("a program's own help command is completed as any other", arguments: Shell.allCases)
    func ownHelp(shell: Shell) {
        let program = Program(
            name: "p", summary: "s", version: "1",
            commands: [Command("help", summary: "Its own"), Command("a", summary: "s")])

        #expect(!program.completions(for: shell).contains("Tell more about a command"))
    }

    @Test("an argument with a list of values takes those in any case, and no other")
    func values() throws {
        #expect(
            throws: ArgumentsError.badValue(option: "COLOUR", value: "blue", allowed: "red or green", command: "paint")
        ) {
            try hostileProgram.parse(["paint", "blue"])
        }
        guard case .run(let arguments) = try hostileProgram.parse(["paint", "Red", "blue"]) else { throw NoRun() }
        #expect(arguments.positionals == ["Red", "blue"])
        #expect(hostileProgram.help(for: "paint").contains("One of red or green."))
    }

    // MARK: Real shells

    /// A line, and what is offered for it; nil for a file, which bash offers by itself.
    private static let expected: [(line: String, words: Set<String>)] = [
        ("coinline ", ["status", "fetch", "history", "load", "paint", "lp", "help"]), ("coinline fe", ["fetch"]),
        ("coinline debug", []), ("coinline lp ", ["parse", "encode"]), ("coinline lp p", ["parse"]),
        ("coinline lp parse x", []), ("coinline help l", ["load", "lp"]), ("coinline help lp e", ["encode"]),
        ("coinline nonsense x", []), ("coinline lp nonsense p", []),
        ("coinline --log-level INFO st", ["status"]), ("coinline --log-level=INFO st", ["status"]),
        ("coinline --config-file a:b=c st", ["status"]), ("coinline fetch --d", ["--dry-run"]),
        ("coinline fetch --se", []), ("coinline fetch --co", ["--coin", "--config-file"]),
        ("coinline --co", ["--config-file"]), ("coinline fetch --coin ", []), ("coinline fetch -c BT", []),
        ("coinline fetch --log-level ", ["DEBUG", "INFO", "WARNING"]), ("coinline fetch --log-level in", ["INFO"]),
        ("coinline --log-level w", ["WARNING"]), ("coinline fetch -nc BTC --log-level i", ["INFO"]),
        ("coinline history -h 5 --log-level w", ["WARNING"]), ("coinline history -h ", []),
        ("coinline history --h", ["--hours", "--help"]),
        ("coinline paint ", ["red", "green"]), ("coinline paint R", ["red"]),
        ("coinline load --log-le", ["--log-level"]),
        ("coinline load -- --log-le", []),
        ("coinline > out fe", ["fetch"]), ("coinline 2>err fetch --d", ["--dry-run"]),
        ("coinline fetch 7>out --d", ["--dry-run"]), ("coinline < in >>out paint R", ["red"]),
        ("coinline lp 2> 'two words' p", ["parse"]), ("coinline paint 'a > b' > out r", []),
        ("coinline paint \\> r", []),
    ]

    @Test("a real shell offers what can follow", .requiresShells, arguments: Shell.allCases)
    func offers(shell: Shell) async throws {
        try await withTemporaryFolder { folder in
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: hostileProgram.completions(for: shell), lines: Self.expected.map(\.line),
                folder: folder)

            #expect(offers.count == Self.expected.count)
            for (offer, expected) in zip(offers, Self.expected) {
                #expect(Set(offer.words) == expected.words, "\(shell) \(offer)")
            }
        }
    }

    @Test(
        "a command that is also the first word of others has its options and their words", .requiresShells,
        arguments: Shell.allCases)
    func commandAndFamily(shell: Shell) async throws {
        let expected: [(line: String, words: Set<String>)] = [
            ("coinline o", ["outbox"]), ("coinline outbox ", ["flush", "export"]), ("coinline outbox f", ["flush"]),
            ("coinline outbox --j", ["--json"]), ("coinline outbox flush --f", ["--fast"]),
            ("coinline outbox flush --j", []), ("coinline help outbox e", ["export"]), ("coinline outbox sec", []),
        ]
        try await withTemporaryFolder { folder in
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: nested.completions(for: shell), lines: expected.map(\.line), folder: folder)

            #expect(offers.count == expected.count)
            for (offer, expected) in zip(offers, expected) {
                #expect(Set(offer.words) == expected.words, "\(shell) \(offer)")
            }
        }
    }

    @Test("a value may stand behind an equals sign", .requiresShells, arguments: Shell.allCases)
    func attached(shell: Shell) async throws {
        try await withTemporaryFolder { folder in
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: hostileProgram.completions(for: shell),
                lines: ["coinline fetch --log-level=", "coinline fetch --log-level=de"], folder: folder)

            #expect(offers.first?.words.count == 3, "\(offers)")
            #expect(offers.last?.words.map { $0.replacing("--log-level=", with: "") } == ["DEBUG"], "\(offers)")
            if shell != .fish { #expect(offers.last?.completed == "coinline fetch --log-level=DEBUG ") }
        }
    }

    @Test("a file is completed where a file belongs, and nowhere else", .requiresShells, arguments: Shell.allCases)
    func files(shell: Shell) async throws {
        try await withTemporaryFolder { folder in
            for name in ["points.lp", "my file.lp"] {
                #expect(FileManager.default.createFile(atPath: "\(folder)/\(name)", contents: nil))
            }
            let with = [
                "coinline load po", "coinline load a b po", "coinline load -- po", "coinline --config-file po",
                "coinline fetch --config-file=po", "coinline paint red po",
            ]
            let without = ["coinline po", "coinline status po", "coinline paint po", "coinline fetch --coin po"]
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: hostileProgram.completions(for: shell),
                lines: with + without + ["coinline load my"], folder: folder)

            #expect(offers.count == with.count + without.count + 1)
            for offer in offers.prefix(with.count) {
                let isFile = offer.words.last?.hasSuffix("points.lp") == true
                #expect(shell == .fish ? isFile : offer.completed == offer.line + "ints.lp ", "\(shell) \(offer)")
            }
            for offer in offers.dropFirst(with.count).prefix(without.count) {
                #expect(offer.words.isEmpty && offer.completed ?? offer.line == offer.line, "\(shell) \(offer)")
            }
            if shell == .fish {
                #expect(offers.last?.words == ["my file.lp"])
            } else {
                #expect(offers.last?.completed == #"coinline load my\ file.lp "#)
            }
        }
    }

    @Test(
        "behind a redirection a file is completed, whatever the command takes", .requiresShells,
        arguments: Shell.allCases)
    func redirections(shell: Shell) async throws {
        try await withTemporaryFolder { folder in
            #expect(FileManager.default.createFile(atPath: "\(folder)/points.lp", contents: nil))
            let lines = [
                "coinline status > po", "coinline status >po", "coinline 2> po", "coinline fetch --coin BTC >> po",
                "coinline fetch < po", "coinline status 2>>po", "coinline paint red > out 2> po",
            ]
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: hostileProgram.completions(for: shell), lines: lines, folder: folder)

            #expect(offers.count == lines.count)
            for offer in offers {
                let isFile = offer.words.last?.hasSuffix("points.lp") == true
                #expect(shell == .fish ? isFile : offer.completed == offer.line + "ints.lp ", "\(shell) \(offer)")
            }
        }
    }

    @Test("an ampersand of a redirection ends no command", .requiresShells, arguments: [Shell.zsh, .fish])
    func ampersands(shell: Shell) async throws {
        // To bash another command begins behind it, and it asks for no completion of this one.
        try await withTemporaryFolder { folder in
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: hostileProgram.completions(for: shell),
                lines: ["coinline 2>&1 fe", "coinline fetch >&2 --d", "coinline &> out fe"], folder: folder)

            #expect(offers.map(\.words) == [["fetch"], ["--dry-run"], ["fetch"]], "\(offers)")
        }
    }

    @Test("where nothing can be offered the shell completes variables", .requiresShells, arguments: Shell.allCases)
    func variables(shell: Shell) async throws {
        try await withTemporaryFolder { folder in
            let lines = ["coinline fetch --coin $NAME", "coinline load $NAME", "coinline fetch --coin=$NAME"]
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: hostileProgram.completions(for: shell), lines: lines, folder: folder)

            #expect(offers.count == lines.count)
            for offer in offers {
                let text = offer.completed ?? offer.words.last
                #expect(text?.contains("$NAMES") == true, "\(shell) \(offer)")
            }
        }
    }

    @Test("texts of the table and typed words are never evaluated", .requiresShells, arguments: Shell.allCases)
    func nothingIsEvaluated(shell: Shell) async throws {
        try await withTemporaryFolder { folder in
            let lines = [
                "coinline ", "coinline fetch -", "coinline fetch --odd ", "coinline fetch --odd it", "coinline help ",
                "coinline load '$(touch evaluated)' x", "coinline '`touch evaluated`' fe", "coinline lp ",
                "coinline fetch --log-level '$(touch evaluated)", "coinline '*' fe", "coinline paint ",
                "coinline \"$(touch evaluated)\" fe",
            ]
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: hostileProgram.completions(for: shell), lines: lines, folder: folder)

            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
            #expect(offers.count == lines.count)
            #expect(offers[2].words.count == 4, "\(offers[2])")
            if shell != .fish { #expect(offers[3].completed == #"coinline fetch --odd it\'s "#) }
        }
    }
}
