import CoinlineBase

extension Program {
    /// Reads a command line, without the program's name in front.
    ///
    /// Global options may stand before and after the command. `--option value`, `--option=value`, `-o value`, `-ovalue`
    /// and `-o=value` mean the same; letters without argument may be joined; `--` ends options. A value that begins
    /// with a dash is given with `=`, but for a lone dash and negative numbers. `help [COMMAND]` is `[COMMAND] --help`,
    /// and of the first word of a family (`lp`) the help of that.
    public func parse(_ arguments: [String]) throws(ArgumentsError) -> Invocation {
        var parser = ArgumentParser(self, arguments)
        return try parser.parse()
    }
}

/// Goes once through the words.
private struct ArgumentParser {
    private let program: Program
    private var words: ArraySlice<String>
    private var command: Command?
    private var options: [Option]
    private var given: [String: [String]] = [:]
    private var positionals: [String] = []
    private var areOptionsOver = false

    init(_ program: Program, _ arguments: [String]) {
        self.program = program
        words = arguments[...]
        options = program.globals
    }

    /// Whoever asks for help gets it, whatever is wrong beside it.
    mutating func parse() throws(ArgumentsError) -> Invocation {
        do throws(ArgumentsError) {
            return try parseWords()
        } catch {
            let isHelpWanted = !areOptionsOver && words.prefix { $0 != "--" }.contains(Program.helpOption.spelling)
            if case .incompleteCommand(let family, _) = error, isHelpWanted || words.first == "-h" {
                return .help(command: family)
            }
            guard isHelpWanted else { throw error }
            return .help(command: command?.name)
        }
    }

    private mutating func parseWords() throws(ArgumentsError) -> Invocation {
        while let word = words.popFirst() {
            if areOptionsOver || word == "-" || !word.hasPrefix("-") {
                if let help = try plain(word) { return help }
            } else if word == "--" {
                areOptionsOver = true
            } else if word.hasPrefix("--") {
                try long(word)
            } else {
                try short(word)
            }
            if given[Program.helpOption.name] != nil { return .help(command: command?.name) }
            if given[Program.versionOption.name] != nil { return .version }
        }
        return .run(try finished())
    }

    private func finished() throws(ArgumentsError) -> ParsedArguments {
        guard let command else { throw ArgumentsError.noCommand }
        let missing = command.positionals.dropFirst(positionals.count).first(where: \.isRequired)
        if let missing { throw ArgumentsError.missingArgument(missing.name, command: command.name) }
        return ParsedArguments(
            command: command.name, positionals: positionals, given: given, known: Set(options.map(\.name)))
    }

    // MARK: Commands and arguments

    /// The command, or one of its arguments. Gives an invocation when it was `help`.
    private mutating func plain(_ word: String) throws(ArgumentsError) -> Invocation? {
        if let command {
            try take(word, of: command)
            return nil
        }
        if word == "help", program.command(named: word) == nil {
            guard let wanted = words.popFirst(), !wanted.hasPrefix("-") else { return .help(command: nil) }
            if words.isEmpty, !program.family(wanted).isEmpty { return .help(command: wanted) }
            return .help(command: try found(wanted).name)
        }
        let found = try found(word)
        command = found
        options = program.options(of: found)
        return nil
    }

    private mutating func take(_ word: String, of command: Command) throws(ArgumentsError) {
        let all = command.positionals
        let last = all.last.flatMap { $0.isRepeatable ? $0 : nil }
        guard let positional = positionals.count < all.count ? all[positionals.count] : last else {
            throw ArgumentsError.unexpectedArgument(word, command: command.name)
        }
        guard Self.isAllowed(word, among: positional.values) else {
            let allowed = WordList.or(positional.values)
            throw ArgumentsError.badValue(option: positional.name, value: word, allowed: allowed, command: command.name)
        }
        positionals.append(word)
    }

    /// The command that begins with this word, taking its second word where it has one.
    private mutating func found(_ word: String) throws(ArgumentsError) -> Command {
        let own = program.command(named: word)
        let family = program.family(word)
        guard !family.isEmpty else {
            if let own { return own }
            let known = program.commands.filter { !$0.isHidden }.map(\.name)
            throw ArgumentsError.unknownCommand(word, suggestions: Suggestions.near(word, among: known))
        }
        guard let second = words.first, !second.hasPrefix("-") else {
            if let own { return own }
            throw ArgumentsError.incompleteCommand(word, commands: family.map(\.name))
        }
        let name = word + " " + second
        guard let command = family.first(where: { $0.name == name }) else {
            throw ArgumentsError.unknownCommand(name, suggestions: Suggestions.near(name, among: family.map(\.name)))
        }
        words.removeFirst()
        return command
    }

    // MARK: Options

    private mutating func long(_ word: String) throws(ArgumentsError) {
        let equals = word.firstIndex(of: "=")
        let spelling = String(word[..<(equals ?? word.endIndex)])
        guard let option = options.first(where: { $0.spelling == spelling }) else {
            let known = options.filter { !$0.isHidden }.map(\.spelling)
            let suggestions = Suggestions.near(spelling, among: known)
            throw ArgumentsError.unknownOption(spelling, command: command?.name, suggestions: suggestions)
        }
        try take(option, spelling, attached: equals.map { String(word[word.index(after: $0)...]) })
    }

    /// `-c`, `-cX`, `-c=X`, or several letters of options without argument.
    private mutating func short(_ word: String) throws(ArgumentsError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            let spelling = "-\(letter)"
            guard let option = options.first(where: { $0.short == letter }) else {
                throw ArgumentsError.unknownOption(spelling, command: command?.name, suggestions: [])
            }
            if option.argument != nil {
                let value = letters.first == "=" ? letters.dropFirst() : letters
                return try take(option, spelling, attached: letters.isEmpty ? nil : String(value))
            }
            guard letters.first != "=" else {
                throw ArgumentsError.unexpectedValue(option: spelling, command: command?.name)
            }
            try take(option, spelling, attached: nil)
        }
    }

    private mutating func take(_ option: Option, _ spelling: String, attached: String?) throws(ArgumentsError) {
        guard let argument = option.argument else {
            guard attached == nil else {
                throw ArgumentsError.unexpectedValue(option: spelling, command: command?.name)
            }
            given[option.name, default: []].append("")
            return
        }
        guard let value = attached ?? nextValue() else {
            throw ArgumentsError.missingValue(option: spelling, argument: argument, command: command?.name)
        }
        guard Self.isAllowed(value, among: option.values) else {
            throw ArgumentsError.badValue(
                option: spelling, value: value, allowed: WordList.or(option.values), command: command?.name)
        }
        given[option.name, default: []].append(value)
    }

    private static func isAllowed(_ value: String, among values: [String]) -> Bool {
        values.isEmpty || values.contains { $0.lowercased() == value.lowercased() }
    }

    /// The next word, unless it looks like an option: `--coin --limit 5` lacks a coin.
    private mutating func nextValue() -> String? {
        guard let next = words.first else { return nil }
        let isNumber = next.dropFirst().first.map { $0.isASCII && ($0.isNumber || $0 == ".") } ?? false
        guard !next.hasPrefix("-") || next == "-" || isNumber else { return nil }
        return words.popFirst()
    }
}
