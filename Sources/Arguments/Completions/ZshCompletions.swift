/// The script for zsh: a place is a call of `_arguments`, which knows how options are written.
struct ZshCompletions {
    private let table: CompletionTable
    private let name: String

    init(_ table: CompletionTable) {
        self.table = table
        name = "_" + table.names[0]
    }

    var script: String {
        """
        #compdef \(table.names.joined(separator: " "))
        # Completes command lines of \(table.names[0]) in zsh. Made by: \(table.names[0]) completions zsh

        # Completes at a place of the command line; $words begins with the word that leads to it.
        \(name)_at() {
            local curcontext=$curcontext state
            local -a line choices
            local -A opt_args
            case $1 in
        \(table.places.map(text).joined(separator: "\n"))
            *) return 1 ;;
            esac
            case $state in
            word) _describe -t commands command choices ;;
            rest)
                words=("$line[1]" "$words[@]")
                ((CURRENT += 1))
                \(name)_at "${1:+$1 }$line[1]"
                ;;
            esac
        }

        \(name)() {
            \(name)_at ''
        }

        # The name of the file when a completion has loaded it, which is then to be done; else somebody sources it.
        case $funcstack[1] in
        \(table.names.map { "_" + $0 }.joined(separator: " | "))) \(name) "$@" ;;
        *) compdef \(name) \(table.names.joined(separator: " ")) ;;
        esac

        """
    }

    private func text(of place: CompletionTable.Place) -> String {
        var specifications = place.options.flatMap(specifications)
        if place.words.isEmpty {
            specifications += place.positionals.enumerated().map(specification)
        } else {
            specifications += ["1: :->word", "*::: :->rest"]
        }
        var lines = ["    \(shellWord(place.path)))"]
        if !place.words.isEmpty {
            lines.append("        choices=(")
            lines += place.words.map {
                "            " + shellWord("\(escaped($0.text)):\($0.line.replacing("\\", with: "\\\\"))")
            }
            lines.append("        )")
        }
        // Options behind a word belong to the place that it leads to.
        let flags = place.words.isEmpty ? "-s -S" : "-C -s -S -A '-*'"
        lines.append(
            "        _arguments \(flags)" + specifications.map { " \\\n            \(shellWord($0))" }.joined())
        lines.append("        ;;")
        return lines.joined(separator: "\n")
    }

    /// One for each way to write it, which exclude each other.
    private func specifications(of option: Option) -> [String] {
        let spellings = option.spellings
        let others = option.isRepeatable ? "*" : spellings.count > 1 ? "(\(spellings.joined(separator: " ")))" : ""
        let help = bracketed(oneLine(option.help))
        guard let argument = option.argument else { return spellings.map { others + $0 + help } }
        return spellings.map { spelling in
            let end = spelling.hasPrefix("--") ? "=" : "+"
            return "\(others)\(spelling)\(end)\(help):\(escaped(argument)):\(action(option.candidates))"
        }
    }

    private func specification(_ index: Int, _ positional: Positional) -> String {
        let number = positional.isRepeatable ? "*" : "\(index + 1)"
        let colons = positional.isRequired || positional.isRepeatable ? ":" : "::"
        return "\(number)\(colons)\(escaped(positional.name)):\(action(positional.candidates))"
    }

    /// Is evaluated: words stand in quotes of their own. Letters match in any case, as the parser takes them.
    private func action(_ candidates: CompletionTable.Candidates) -> String {
        switch candidates {
        case .unknown: " "
        case .files: "_files"
        case .words(let words):
            escaped("compadd -M 'm:{a-zA-Z}={A-Za-z}' - \(words.map(shellWord).joined(separator: " "))")
        }
    }

    /// In a part of a specification, which ends at a colon.
    private func escaped(_ text: String) -> String {
        text.replacing(":", with: "\\:")
    }

    /// In brackets, where a backslash counts before anything.
    private func bracketed(_ text: String) -> String {
        "[" + text.reduce("") { $0 + (#"[]:\"#.contains($1) ? "\\" : "") + String($1) } + "]"
    }
}
