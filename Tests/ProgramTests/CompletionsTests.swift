import Arguments
import Foundation
import TestKit
import Testing

@Suite("Completions of the program, in real shells", .requiresShells)
struct CompletionsTests {
    private func script(for shell: Shell) async throws -> String {
        let result = try await ProgramRun.coinline("completions", shell.rawValue).result()
        #expect(result.exitCode == 0 && result.errorText.isEmpty, "\(result)")
        return result.outputText
    }

    /// The commands that help names, in its order.
    private func commands() async throws -> [String] {
        let help = try await ProgramRun.coinline("--help").result().outputText
        let lines = help.split(separator: "\n", omittingEmptySubsequences: false)
        let list = lines.drop { $0 != "Commands:" }.dropFirst().prefix { !$0.isEmpty }
        return list.filter { !$0.hasPrefix("   ") }.compactMap { line in
            line.dropFirst(2).firstRange(of: "  ").map { String(line.dropFirst(2)[..<$0.lowerBound]) }
        }
    }

    @Test("each command that help names is offered, under both names", arguments: Shell.allCases)
    func everyCommand(shell: Shell) async throws {
        let commands = try await commands()
        let firstWords = Set(commands.map { String($0.prefix { $0 != " " }) })
        let families = Dictionary(grouping: commands.filter { $0.contains(" ") }) { String($0.prefix { $0 != " " }) }
        let names = ["coinline", "lcw-fetcher"]
        let script = try await script(for: shell)

        #expect(firstWords.isSuperset(of: ["run-once", "fetch", "history", "status", "load", "completions"]))
        try await withTemporaryFolder { folder in
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: script, names: names, lines: names.map { $0 + " " }, folder: folder)
            #expect(offers.count == 2)
            for offer in offers { #expect(Set(offer.words) == firstWords.union(["help"]), "\(offer)") }

            for (family, members) in families {
                let second = Set(members.map { String($0.dropFirst(family.count + 1)) })
                let offers = try await ShellCompletions.offers(
                    by: shell.rawValue, script: script, lines: ["coinline \(family) "], folder: folder)
                #expect(Set(offers.first?.words ?? []) == second, "\(offers)")
            }
        }
    }

    @Test("each option that a command's help names is offered behind it", arguments: Shell.allCases)
    func everyOption(shell: Shell) async throws {
        let commands = try await commands()
        var known: [Set<String>] = []
        for command in commands {
            let help = try await ProgramRun.coinline("help", command).withWords(of: command).result().outputText
            let heads = help.split(separator: "\n").filter { $0.hasPrefix("  -") || $0.hasPrefix("      --") }
            known.append(
                Set(heads.compactMap { $0.split(separator: " ").first { $0.hasPrefix("--") }.map(String.init) }))
        }
        let script = try await script(for: shell)

        try await withTemporaryFolder { folder in
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: script, lines: commands.map { "coinline \($0) --" }, folder: folder)
            #expect(offers.count == commands.count)
            for (offer, known) in zip(offers, known) {
                #expect(known.count >= 5)
                #expect(Set(offer.words.filter { $0.hasPrefix("--") }) == known, "\(offer)")
            }
        }
    }

    @Test("what somebody types is completed to a command line that the program takes", arguments: Shell.allCases)
    func lines(shell: Shell) async throws {
        let script = try await script(for: shell)

        try await withTemporaryFolder { folder in
            #expect(FileManager.default.createFile(atPath: folder + "/backup.lp.gz", contents: nil))
            let cases: [(line: String, word: String)] = [
                ("coinline fe", "fetch"), ("coinline fetch --li", "--limit"), ("coinline load --precision n", "ns"),
                ("coinline load --precision=u", "us"), ("lcw-fetcher --log-level deb", "DEBUG"),
                ("coinline load ba", "backup.lp.gz"), ("coinline --config-file ba", "backup.lp.gz"),
                ("coinline load --precision ns --origin s", "simulated"), ("coinline history -h 168 --dr", "--dry-run"),
                ("coinline completions f", "fish"), ("coinline help comp", "completions"),
            ]
            let offers = try await ShellCompletions.offers(
                by: shell.rawValue, script: script, names: ["coinline", "lcw-fetcher"], lines: cases.map(\.line),
                folder: folder)
            #expect(offers.count == cases.count)
            for (offer, expected) in zip(offers, cases) {
                if let completed = offer.completed {
                    let last = completed.split { $0 == " " || $0 == "=" }.last.map(String.init)
                    #expect(last == expected.word, "\(offer)")
                } else {
                    #expect(
                        offer.words.map { $0.split(separator: "=").last.map(String.init) } == [expected.word],
                        "\(offer)")
                }
            }
        }
    }

    @Test("called by its second name it prints the same script")
    func secondName() async throws {
        let folder = try TemporaryFolder()
        let link = folder.file("lcw-fetcher")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: try ProgramRun.coinlinePath())

        for shell in Shell.allCases {
            let script = try await script(for: shell)
            let result = try await ProgramRun(link, ["completions", shell.rawValue.uppercased()]).result()
            #expect(result.exitCode == 0 && result.outputText == script, "\(result)")
        }
    }

    @Test("another shell is wrong usage, with those that there are", arguments: [["tcsh"], [], ["bash", "zsh"]])
    func otherShell(words: [String]) async throws {
        var run = try ProgramRun.coinline("completions")
        run.arguments += words
        let result = try await run.result()

        #expect(result.exitCode == 64 && result.output.isEmpty, "\(result)")
        if words == ["tcsh"] { #expect(result.errorText.contains("SHELL is \"tcsh\": give bash, zsh or fish")) }
    }

    @Test("a script that the disk has no room for is said so; a reader that goes is no failure")
    func output() async throws {
        let program = try ProgramRun.coinlinePath()
        let full = try await ProgramRun("/bin/bash", ["-c", "'\(program)' completions bash > /dev/full"]).result()
        let closed = try await ProgramRun(
            "/bin/bash", ["-c", "'\(program)' completions zsh | true; exit ${PIPESTATUS[0]}"]
        ).result()

        #expect(full.exitCode == 1 && full.errorText.contains("No space left"), "\(full)")
        #expect(closed.exitCode == 0 && closed.errorText.isEmpty, "\(closed)")
    }
}

extension ProgramRun {
    /// `help lp parse`: a name of two words is two arguments.
    fileprivate func withWords(of command: String) -> ProgramRun {
        var run = self
        run.arguments = ["help"] + command.split(separator: " ").map(String.init)
        return run
    }
}
