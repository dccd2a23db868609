/// The script for fish: a line for each option and word, with the place where it counts as its condition.
struct FishCompletions {
    private let table: CompletionTable
    /// In front of the names of all functions.
    private let prefix: String
    private let command: String

    init(_ table: CompletionTable) {
        self.table = table
        prefix = "__" + String(table.names[0].map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        command = "complete -c \(fishWord(table.names[0]))"
    }

    var script: String {
        let others = table.names.dropFirst().map { "complete -c \(fishWord($0)) -w \(fishWord(table.names[0]))" }
        return """
            # Completes command lines of \(table.names[0]) in fish. Made by: \(table.names[0]) completions fish

            # Prints the options that take a value at a place.
            function \(prefix)_valued
                switch $argv[1]
            \(valued)
                end
            end
            \(Self.engine.replacing("__program", with: prefix).replacing("PLACES", with: places))
            \(command) -f
            \((table.places.flatMap(lines) + others).joined(separator: "\n"))

            """
    }

    /// Those to which a word leads.
    private var places: String {
        table.places.map(\.path).filter { !$0.isEmpty }.map(fishWord).joined(separator: " ")
    }

    private var valued: String {
        table.places.compactMap { place in
            let spellings = place.options.filter { $0.argument != nil }.flatMap(\.spellings)
            guard !spellings.isEmpty else { return nil }
            return """
                    case \(fishWord(place.path))
                        printf '%s\\n' \(spellings.map(fishWord).joined(separator: " "))
                """
        }.joined(separator: "\n")
    }

    private func lines(of place: CompletionTable.Place) -> [String] {
        let condition = "\(prefix)_at \(fishWord(place.path))"
        let words = place.words.map { word in
            line(condition + " 0", "-a \(argument([word.text]))", help: word.line)
        }
        let options = place.options.map { option in
            let names = (option.short.map { "-s \(fishWord(String($0))) " } ?? "") + "-l \(fishWord(option.name))"
            let value = option.argument == nil ? "" : " " + self.value(option.candidates)
            return line(condition, names + value, help: oneLine(option.help))
        }
        let positionals = place.positionals.enumerated().compactMap { index, positional -> String? in
            let count = positional.isRepeatable ? " \(index) more" : " \(index)"
            return switch positional.candidates {
            case .unknown: nil
            case .files: line(condition + count, "-F", help: nil)
            case .words(let words): line(condition + count, "-a \(argument(words))", help: oneLine(positional.help))
            }
        }
        return words + options + positionals
    }

    private func line(_ condition: String, _ rest: String, help: String?) -> String {
        "\(command) -n \(fishWord(condition)) \(rest)" + (help.map { " -d \(fishWord($0))" } ?? "")
    }

    private func value(_ candidates: CompletionTable.Candidates) -> String {
        switch candidates {
        case .unknown: "-x"
        case .files: "-r -F"
        case .words(let words): "-x -a \(argument(words))"
        }
    }

    /// Is evaluated: each word stands in quotes of its own.
    private func argument(_ words: [String]) -> String {
        fishWord(words.map(fishWord).joined(separator: " "))
    }

    /// Reads the line as the parser does.
    private static let engine = #"""

        # Prints the words before the cursor, one a line, without redirections and their targets.
        function __program_words
            set -l line (commandline -pc | string collect)
            set -l token (commandline -ct | string collect)
            set -l rest (math (string length -- "$line") - (string length -- "$token"))
            set -l quoted '\\\\.|\'(?:\\\\.|[^\'\\\\])*\'|"(?:\\\\.|[^"\\\\])*"'
            set -l operator '(?:&|(?<!\S)[0-9]+)?(?:>[>?]?|<[?&]?)&?'
            set -l target "\s*(?:$quoted|[^\s'\"\\\\<>])*"
            # What stands in quotes is passed over.
            set -l plain (string sub -l $rest -- "$line" \
                | string replace -ra -- "(?:$quoted)(*SKIP)(*FAIL)|$operator$target" ' ' | string collect)
            set -l words
            printf %s "$plain" | read -zlat words
            printf '%s\n' $words
        end

        # Prints the place that the words before the cursor lead to, and the number of arguments behind it.
        function __program_where
            set -l words (__program_words)
            set -l place ''
            set -l count 0
            set -l expects no
            set -l over no
            set -l valued (__program_valued '')
            for word in $words[2..-1]
                if test $expects = yes
                    set expects no
                    continue
                end
                if test $over = no
                    switch $word
                        case --
                            set over yes
                            continue
                        case '--*'
                            contains -- $word $valued; and set expects yes
                            continue
                        case -
                        case '-*'
                            set -l letters (string split '' -- (string sub -s 2 -- $word))
                            while set -q letters[1]
                                if contains -- -$letters[1] $valued
                                    set -q letters[2]; or set expects yes
                                    break
                                end
                                set -e letters[1]
                            end
                            continue
                    end
                end
                set -l next (string trim -- "$place $word")
                if contains -- $next PLACES
                    set place $next
                    set valued (__program_valued $place)
                else if test -z $place
                    set place unknown
                else
                    set count (math $count + 1)
                end
            end
            printf '%s\n' $place $count
        end

        # Whether the cursor is at a place, behind so many arguments, or so many and more.
        function __program_at
            set -l where (__program_where)
            test "$where[1]" = "$argv[1]"; or return 1
            set -q argv[2]; or return 0
            if set -q argv[3]
                test $where[2] -ge $argv[2]
            else
                test $where[2] -eq $argv[2]
            end
        end

        """#
}
