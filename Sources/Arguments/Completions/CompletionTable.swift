/// What can follow where on a command line, as every shell's script needs it.
///
/// The places form a tree: from the beginning ("") a command's first word leads to "fetch" or "lp", from there the second
/// one to "lp parse". A place has either further words or options and arguments; the beginning, and a command that is
/// also the first word of others, has words and options.
struct CompletionTable {
    struct Word {
        let text: String
        let help: String
    }

    struct Place {
        /// The words that lead here: "", "fetch", "lp", "lp parse", "help", "help lp".
        let path: String
        /// Of which one must follow, if there are any and no option does.
        let words: [Word]
        let options: [Option]
        let positionals: [Positional]

        init(_ path: String, words: [Word] = [], options: [Option] = [], positionals: [Positional] = []) {
            self.path = path
            self.words = words
            self.options = options.filter { !$0.isHidden }
            self.positionals = positionals
        }
    }

    /// What can stand for an argument or an option's value.
    enum Candidates: Hashable {
        /// Something that only the user knows.
        case unknown
        case files
        case words([String])
    }

    /// The program's name, then its others.
    let names: [String]
    let places: [Place]

    init(_ program: Program, names: [String]) {
        self.names = names
        let commands = program.commands.filter { !$0.isHidden }
        let isHelpOwn = program.command(named: "help") == nil
        let words = Self.firstWords(of: commands)
        let help = isHelpOwn ? [Word(text: "help", help: "Tell more about a command")] : []

        var places = [Place("", words: words + help, options: program.globals)]
        places += commands.map { command in
            Place(
                command.name, words: Self.secondWords(of: command.name, commands),
                options: program.options(of: command), positionals: command.positionals)
        }
        let families = words.map(\.text).filter { !Self.secondWords(of: $0, commands).isEmpty }
        places += families.filter { first in !commands.contains { $0.name == first } }
            .map { Place($0, words: Self.secondWords(of: $0, commands)) }
        if isHelpOwn {
            places.append(Place("help", words: words))
            places += families.map { Place("help " + $0, words: Self.secondWords(of: $0, commands)) }
        }
        self.places = places
    }

    /// Each first word once: a family is explained by its commands.
    private static func firstWords(of commands: [Command]) -> [Word] {
        var words: [Word] = []
        for command in commands {
            let first = String(command.name.prefix { $0 != " " })
            guard !words.contains(where: { $0.text == first }) else { continue }
            let isFamily = !commands.contains { $0.name == first }
            let members = secondWords(of: first, commands).map(\.text).joined(separator: ", ")
            words.append(Word(text: first, help: isFamily ? "Commands: " + members : command.summary))
        }
        return words
    }

    private static func secondWords(of family: String, _ commands: [Command]) -> [Word] {
        commands.filter { $0.name.hasPrefix(family + " ") }.map { command in
            Word(text: String(command.name.dropFirst(family.count + 1)), help: command.summary)
        }
    }
}

extension CompletionTable.Word {
    /// On one line, whatever stands in the table.
    var line: String { oneLine(help) }
}

extension Option {
    var candidates: CompletionTable.Candidates { .init(name: argument ?? "", values: values) }

    /// As they are written: `-c`, `--coin`.
    var spellings: [String] { (short.map { ["-\($0)"] } ?? []) + [spelling] }
}

extension Positional {
    var candidates: CompletionTable.Candidates { .init(name: name, values: values) }
}

extension CompletionTable.Candidates {
    /// The names that help gives to paths, see `Option.argument`.
    private static let pathNames: Set<String> = ["FILE", "PATH", "DIR"]

    init(name: String, values: [String]) {
        self = !values.isEmpty ? .words(values) : Self.pathNames.contains(name) ? .files : .unknown
    }
}

/// A text without line ends, tabs and other control characters.
func oneLine(_ text: String) -> String {
    let words = text.unicodeScalars.split { $0.value <= 0x20 || (0x7F...0x9F).contains($0.value) }
    return words.map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
}

/// A word of a script for bash or zsh, which takes it as it is: nothing in single quotes means anything.
func shellWord(_ text: String) -> String {
    guard !isPlainWord(text) else { return text }
    return text.reduce("'") { $0 + ($1 == "'" ? #"'\''"# : String($1)) } + "'"
}

/// The same for fish, where a backslash counts before a quote and itself.
func fishWord(_ text: String) -> String {
    guard !isPlainWord(text) else { return text }
    return text.reduce("'") { $0 + ($1 == "'" || $1 == "\\" ? "\\" : "") + String($1) } + "'"
}

/// Whether no shell reads anything into a word.
private func isPlainWord(_ text: String) -> Bool {
    !text.isEmpty
        && text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "/"):
                true
            default: false
            }
        }
}
