/// The script for bash. The table stands in two functions that set variables of their caller; the third reads the line.
struct BashCompletions {
    private let table: CompletionTable
    /// In front of the names of all functions.
    private let prefix: String

    init(_ table: CompletionTable) {
        self.table = table
        prefix = "_" + String(table.names[0].map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    var script: String {
        let names = table.names.map(shellWord).joined(separator: " ")
        return """
            # Completes command lines of \(table.names[0]) in bash. Made by: \(table.names[0]) completions bash

            # Sets what can follow at a place: words of commands, options, and those of them that take a value.
            \(prefix)_place() {
                words=() options=() valued=' '
                case $1 in
            \(places)
                esac
            }

            # Sets what an option at a place can be, or its argument of that number: words, or files.
            \(prefix)_candidates() {
                candidates=() files=
                case "$1 $2" in
            \(candidates)
                esac
            }
            \(Self.engine.replacing("_program", with: prefix))
            complete -o bashdefault -F \(prefix) \(names)

            """
    }

    private var places: String {
        table.places.map { place in
            let valued = place.options.filter { $0.argument != nil }.flatMap(\.spellings)
            var lines = ["    \(shellQuoted(place.path)))"]
            if !place.words.isEmpty { lines.append("        words=(\(list(place.words.map(\.text))))") }
            if !place.options.isEmpty { lines.append("        options=(\(list(place.options.flatMap(\.spellings))))") }
            if !valued.isEmpty { lines.append("        valued=\(shellQuoted(" \(valued.joined(separator: " ")) "))") }
            return (lines + ["        ;;"]).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// Options that can be the same stand in one row.
    private var candidates: String {
        var rows: [(keys: [String], candidates: CompletionTable.Candidates)] = []
        for place in table.places {
            for option in place.options where option.argument != nil && option.candidates != .unknown {
                let keys = option.spellings.map { shellQuoted("\(place.path) \($0)") }
                if let row = rows.firstIndex(where: { $0.candidates == option.candidates }) {
                    rows[row].keys += keys
                } else {
                    rows.append((keys, option.candidates))
                }
            }
        }
        for place in table.places {
            for (index, positional) in place.positionals.enumerated() {
                let key = shellQuoted("\(place.path) @" + (positional.isRepeatable ? "" : "\(index + 1)"))
                rows.append(([key + (positional.isRepeatable ? "*" : "")], positional.candidates))
            }
        }
        return rows.map { row in
            let action =
                switch row.candidates {
                case .unknown: ""
                case .files: " files=1"
                case .words(let words): " candidates=(\(list(words)))"
                }
            return "    \(row.keys.joined(separator: " | ")))\(action) ;;"
        }.joined(separator: "\n")
    }

    private func list(_ words: [String]) -> String {
        words.map(shellWord).joined(separator: " ")
    }

    /// Reads the line as the parser does. Without `compgen`, which would evaluate its list of words.
    private static let engine = #"""

        # Sets the words of the command line, which has redirections beside them, and whether the cursor is in one.
        _program_sort() {
            local operator='^([^<>&"'\''`\(]*)(&>>?|<<<|<<-?|<[>&]?|>[>|&]?)(.*)$' part head isOpen=''
            for part; do
                inTarget=$isOpen isOpen=''
                while [[ $part =~ $operator && ${BASH_REMATCH[3]} != '('* ]]; do
                    head=${BASH_REMATCH[1]} part=${BASH_REMATCH[3]}
                    # In front of an operator stands the number of a file, or a word that no blank separates from it.
                    [[ $inTarget || ! ${head//[0-9]/} || $head == '{'*'}' ]] || line+=("$head")
                    inTarget=1
                done
                if [[ ! $inTarget ]]; then
                    line+=("$part")
                elif [[ ! $part ]]; then
                    isOpen=1
                fi
            done
        }

        # Offers what begins with the word at the cursor, in any case.
        _program_offer() {
            local candidate quoted
            for candidate; do
                [[ ${candidate,,} == "${current,,}"* ]] || continue
                printf -v quoted %q "${candidate#"$kept"}"
                COMPREPLY+=("$quoted")
            done
        }

        # Offers what an option or an argument can be. An option's name may stand in front of its value.
        _program_offer_candidates() {
            local files
            local -a candidates
            _program_candidates "$place" "$1"
            if [[ $files ]]; then
                # Nothing is offered, and readline completes the file by itself.
                compopt -o default
            elif ((${#candidates[@]})); then
                _program_offer "${candidates[@]/#/"$2"}"
            else
                return 1
            fi
        }

        _program() {
            local IFS=$' \t\n'
            local place='' expects='' isOver='' count=0 current kept rest trimmed part word i valued
            local inTarget=''
            local -a parts=() line=() words options
            COMPREPLY=()

            # Readline has cut the line at = and : as well. What no blank separates is put together again.
            rest=${COMP_LINE:0:COMP_POINT}
            for ((i = 0; i <= COMP_CWORD; i++)); do
                part=${COMP_WORDS[i]}
                trimmed=${rest#"${rest%%[![:space:]]*}"}
                ((i < COMP_CWORD)) || part=$trimmed
                if ((i == 0)) || [[ $trimmed != "$rest" ]]; then
                    parts+=("$part")
                else
                    parts[-1]+=$part
                fi
                rest=${trimmed#*"$part"}
            done
            _program_sort "${parts[@]}"
            if [[ $inTarget ]]; then
                # As any file that readline completes by itself.
                compopt -o default
                return
            fi
            current=${line[-1]}
            # The beginning of the word that readline leaves as it is.
            word=$2
            [[ $word != [=:] ]] || word=''
            kept=${current%"$word"}

            _program_place ''
            for word in "${line[@]:1:${#line[@]}-2}"; do
                if [[ $expects ]]; then
                    expects=''
                elif [[ ! $isOver && $word == -- ]]; then
                    isOver=1
                elif [[ ! $isOver && $word == --* ]]; then
                    [[ $valued != *" $word "* ]] || expects=$word
                elif [[ ! $isOver && $word == -?* ]]; then
                    for ((i = 1; i < ${#word}; i++)); do
                        [[ $valued == *" -${word:i:1} "* ]] || continue
                        ((i < ${#word} - 1)) || expects=-${word:i:1}
                        break
                    done
                elif ((${#words[@]})); then
                    place+=${place:+ }$word
                    _program_place "$place"
                else
                    ((count += 1))
                fi
            done

            if [[ $expects ]]; then
                _program_offer_candidates "$expects" ''
            elif [[ ! $isOver && $current == --*=* ]]; then
                _program_offer_candidates "${current%%=*}" "${current%%=*}="
            elif [[ ! $isOver && $current == -* ]]; then
                _program_offer "${options[@]}"
            elif ((${#words[@]})); then
                _program_offer "${words[@]}"
            elif ! _program_offer_candidates "@$((count + 1))" '' && [[ ! $isOver && ! $current ]]; then
                _program_offer "${options[@]}"
            fi
        }

        """#
}

/// In quotes in any case: a pattern of `case` may be empty.
private func shellQuoted(_ text: String) -> String {
    let word = shellWord(text)
    return word.hasPrefix("'") ? word : "'\(word)'"
}
