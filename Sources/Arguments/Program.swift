/// A program as the table of its commands and options, from which parsing, help and suggestions are made.
///
/// It is checked when made: a table that contradicts itself stops the program, and a test of it sees that.
public struct Program: Sendable {
    /// As it was called, for usage lines and messages.
    public let name: String
    public let summary: String
    /// What `--version` prints behind the name.
    public let version: String
    /// Shown at the end of the program's help, paragraphs wrapped.
    public let epilogue: String
    /// Options that may stand before and after the command. `--help`/`-h` and `--version` are added.
    public let globals: [Option]
    public let commands: [Command]

    public static let helpOption = Option("help", short: "h", help: "Show help and end.")
    public static let versionOption = Option("version", help: "Show the version and end.")

    public init(
        name: String, summary: String, version: String, epilogue: String = "", globals: [Option] = [],
        commands: [Command]
    ) {
        self.name = name
        self.summary = summary
        self.version = version
        self.epilogue = epilogue
        self.globals = globals + [Self.helpOption, Self.versionOption]
        self.commands = commands
        checkTable()
    }

    /// Nil for a name that is not in the table.
    public func command(named name: String) -> Command? {
        commands.first { $0.name == name }
    }

    /// The commands that begin with this word and a second one; the word may be a command too (`outbox`).
    func family(_ word: String) -> [Command] {
        commands.filter { $0.name.hasPrefix(word + " ") }
    }

    /// The options of a command and, behind them, the global ones whose name it does not use itself. Where it uses only
    /// the letter (`history -h` means hours), the global one is left with its long name.
    public func options(of command: Command?) -> [Option] {
        guard let command else { return globals }
        let names = Set(command.options.map(\.name))
        let letters = Set(command.options.compactMap(\.short))
        return command.options
            + globals.filter { !names.contains($0.name) }.map { option in
                option.short.map(letters.contains) == true ? option.withoutShort : option
            }
    }

    private func checkTable() {
        precondition(Set(commands.map(\.name)).count == commands.count, "two commands have one name")
        Self.check(globals, of: name)
        for command in commands {
            Self.check(command.options, of: command.name)
            precondition(!command.options.contains { ["help", "version"].contains($0.name) }, "--help belongs to all")
            let positionals = command.positionals
            precondition(
                positionals.dropLast().allSatisfy { !$0.isRepeatable },
                "\(command.name): an argument behind a repeated one")
            precondition(
                !zip(positionals, positionals.dropFirst()).contains { !$0.isRequired && $1.isRequired },
                "\(command.name): a required argument behind an optional one")
            precondition(
                positionals.isEmpty || family(command.name).isEmpty,
                "\(command.name): an argument could be the second word of another command")
        }
    }

    private static func check(_ options: [Option], of owner: String) {
        precondition(Set(options.map(\.name)).count == options.count, "\(owner): two options have one name")
        let letters = options.compactMap(\.short)
        precondition(Set(letters).count == letters.count, "\(owner): two options have one letter")
        precondition(
            options.allSatisfy { $0.argument != nil || ($0.values.isEmpty && !$0.isRepeatable) },
            "\(owner): an option without argument has values")
    }
}

extension Option {
    var withoutShort: Option {
        Option(
            name, argument: argument, isRepeatable: isRepeatable, values: values, environment: environment,
            standard: standard, isHidden: isHidden, help: help)
    }
}
