/// An option of a command, or one that every command has.
///
/// One that also exists as a setting names it in `environment` and has its default shown by `standard`, but gives none
/// to the parser: what was not written on the command line is nil, so that "option, environment, file, default" can be
/// told.
public struct Option: Sendable, Hashable {
    /// Without dashes: `coin` for `--coin`.
    public let name: String
    /// `c` for `-c`.
    public let short: Character?
    /// What its value is called in help: `CODE`. Nil for an option that is there or not. `FILE`, `PATH` and `DIR` are completed
    /// with files.
    public let argument: String?
    public let help: String
    /// Whether every value counts. Else the last one does, so that an alias of the shell can be overridden.
    public let isRepeatable: Bool
    /// The only values allowed, in any case; empty for any value.
    public let values: [String]
    /// The variable of the environment that gives the same, for help.
    public let environment: String?
    /// The default, for help.
    public let standard: String?
    /// Left out of help, completions and suggestions.
    public let isHidden: Bool

    public init(
        _ name: String, short: Character? = nil, argument: String? = nil, isRepeatable: Bool = false,
        values: [String] = [], environment: String? = nil, standard: String? = nil, isHidden: Bool = false, help: String
    ) {
        self.name = name
        self.short = short
        self.argument = argument
        self.help = help
        self.isRepeatable = isRepeatable
        self.values = values
        self.environment = environment
        self.standard = standard
        self.isHidden = isHidden
    }

    /// As it is written: `--coin`.
    public var spelling: String {
        "--" + name
    }
}

/// An argument that is told by its place: `FILE`.
public struct Positional: Sendable, Hashable {
    /// What it is called in help. `FILE`, `PATH` and `DIR` are completed with files.
    public let name: String
    public let help: String
    /// The only values allowed, in any case; empty for any value.
    public let values: [String]
    public let isRequired: Bool
    /// Takes all that follow; only the last one of a command may.
    public let isRepeatable: Bool

    public init(
        _ name: String, isRequired: Bool = true, isRepeatable: Bool = false, values: [String] = [], help: String
    ) {
        self.name = name
        self.help = help
        self.values = values
        self.isRequired = isRequired
        self.isRepeatable = isRepeatable
    }

    /// As the usage line shows it: `FILE...`, `[FILE]`.
    var usage: String {
        let text = isRepeatable ? name + "..." : name
        return isRequired ? text : "[\(text)]"
    }
}

/// A command line to show in help, without the program's name, and what it does.
public struct Example: Sendable, Hashable {
    public let arguments: String
    public let help: String

    public init(_ arguments: String, help: String) {
        self.arguments = arguments
        self.help = help
    }
}

/// A command. A name of two words (`lp parse`) makes a command in a family; its first word may be a command of its own.
public struct Command: Sendable, Hashable {
    public let name: String
    /// One line for the list of commands, without a full stop at its end.
    public let summary: String
    /// Paragraphs, separated by empty lines; wrapped by help.
    public let discussion: String
    public let options: [Option]
    public let positionals: [Positional]
    public let examples: [Example]
    /// Left out of help, completions and suggestions.
    public let isHidden: Bool

    public init(
        _ name: String, summary: String, discussion: String = "", options: [Option] = [],
        positionals: [Positional] = [], examples: [Example] = [], isHidden: Bool = false
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options = options
        self.positionals = positionals
        self.examples = examples
        self.isHidden = isHidden
    }
}
