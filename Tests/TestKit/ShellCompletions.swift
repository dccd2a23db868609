import Foundation
public import Testing

/// Real shells, asked for completions as somebody at a terminal asks them.
///
/// bash and zsh run on a pseudo-terminal (of zsh's module `zpty`): each line is typed, then the tabulator key, then a key
/// that notes down the line as it stands. fish answers the same question by itself.
public enum ShellCompletions {
    public struct Offer: Sendable, CustomStringConvertible {
        /// As it was typed.
        public let line: String
        /// What was offered, as it would be inserted.
        public let words: [String]
        /// The line after the key; nil of fish.
        public let completed: String?

        public var description: String { "\"\(line)\" → \(words) \"\(completed ?? "")\"" }
    }

    /// Whether the shells are on this machine.
    public static var arePresent: Bool {
        ["bash", "zsh", "fish"].allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)") }
    }

    /// Loads the script as its shell's manual says and completes each line.
    ///
    /// - Parameters:
    ///   - names: of the program, which need not exist; bash must know its completion.
    ///   - folder: the working folder, whose files can be offered.
    public static func offers(
        by shell: String, script: String, names: [String] = ["coinline"], lines: [String], folder: String
    ) async throws -> [Offer] {
        let own = try TemporaryFolder()
        try own.write(script, to: "script")
        try own.write(lines.joined(separator: "\n") + "\n", to: "lines")
        try own.write(bashSetup, to: "setup.bash")
        try own.write(zshSetup, to: "setup.zsh")
        // A completion that zsh loads stands in a file of its name.
        try own.write(script, to: "_\(names[0])")

        let program = shell == "fish" ? "fish" : "zsh"
        let arguments =
            shell == "fish" ? ["--no-config", "-c", fishDriver] : ["-f", "-c", terminalDriver, "zsh", shell]
        var run = ProgramRun("/usr/bin/\(program)", arguments)
        run.folder = folder
        for (name, value) in [
            "OWN": own.path, "HOME": own.path, "NAMES": names.joined(separator: " "), "TERM": "dumb", "LINES": "50",
            "COLUMNS": "200", "INPUTRC": "/dev/null", "HISTFILE": "/dev/null",
        ] {
            run.environment[name] = value
        }
        let result = try await run.result()
        guard result.exitCode == 0, result.errorText.isEmpty else { throw TestKitError("\(shell): \(result)") }
        let notes = FileManager.default.contents(atPath: own.file("offers")) ?? Data()
        return parse(String(decoding: notes, as: UTF8.self))
    }

    /// `<` and the line, then the words, then `>` and the line as it became.
    private static func parse(_ notes: String) -> [Offer] {
        var offers: [Offer] = []
        for note in notes.split(separator: "\n") {
            let text = String(note.dropFirst())
            switch (note.first, offers.popLast()) {
            case ("<", let last): offers += (last.map { [$0] } ?? []) + [Offer(line: text, words: [], completed: nil)]
            case (">", let last?): offers.append(Offer(line: last.line, words: last.words, completed: text))
            case (_, let last?):
                offers.append(Offer(line: last.line, words: last.words + [String(note)], completed: nil))
            case (_, nil): break
            }
        }
        return offers
    }

    /// Types into a shell on a pseudo-terminal; the prompt and the notes of the setups say when it listens.
    private static let terminalDriver = #"""
        zmodload zsh/zpty
        case $1 in
        bash) zpty shell bash --norc --noprofile -i ;;
        zsh) zpty shell zsh -f -i ;;
        esac
        await() { local text; zpty -r shell text "*$1*" }
        zpty -w shell "source $OWN/setup.$1"
        await READY-0
        while IFS= read -r line; do
            ((count += 1))
            print -r -- "<$line" >>$OWN/offers
            zpty -w -n shell "$line"$'\t\x18r'
            await DONE-$count
        done <$OWN/lines
        zpty -d shell
        """#

    private static let bashSetup = #"""
        PS1='READY-0 '
        bind 'set enable-bracketed-paste off'
        bind 'set bell-style none'
        source "$OWN/script"
        for name in $NAMES; do
            specification=$(complete -p -- "$name")
            function=${specification#*-F }
            function=${function%% *}
            eval "${specification/-F $function/-F probe}"
        done
        probe() {
            "$function" "$@"
            printf '%s\n' "${COMPREPLY[@]}" >>"$OWN/offers"
        }
        report() {
            printf '>%s\n' "$READLINE_LINE" >>"$OWN/offers"
            READLINE_LINE=
            ((count += 1))
            printf 'DONE-%d ' "$count"
        }
        bind -x '"\C-xr": report'

        """#

    private static let zshSetup = #"""
        PS1='READY-0 '
        unsetopt beep auto_list auto_menu
        unset zle_bracketed_paste
        fpath=($OWN $fpath)
        autoload -Uz compinit
        compinit -u -D
        compadd() {
            if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
                builtin compadd "$@"
                return
            fi
            local -a hits
            builtin compadd -A hits "$@"
            print -rl -- $hits >>$OWN/offers
            builtin compadd "$@"
        }
        report() {
            print -r -- ">$BUFFER" >>$OWN/offers
            BUFFER=
            ((count += 1))
            zle -I
            print -n "DONE-$count "
        }
        zle -N report
        bindkey -e
        bindkey '^I' complete-word '^Xr' report

        """#

    private static let fishDriver = #"""
        source $OWN/script
        while read -l line
            echo "<$line"
            complete -C $line | string replace -r '\t.*' ''
        end <$OWN/lines >$OWN/offers
        exit 0
        """#
}

extension Trait where Self == ConditionTrait {
    /// Skips a test where the shells are not installed (`Scripts/setup.sh test`), but in the automatic build.
    public static var requiresShells: Self {
        .enabled(if: ShellCompletions.arePresent || isContinuousIntegration, "run Scripts/setup.sh test first")
    }
}
