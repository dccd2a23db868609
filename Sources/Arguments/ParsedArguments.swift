/// What somebody asked for on the command line.
public enum Invocation: Sendable, Equatable {
    case run(ParsedArguments)
    /// Help of a command, of a family of commands by its word (`lp`), or of the program (nil).
    case help(command: String?)
    case version
}

/// A command with the options and arguments it was given.
///
/// To ask for an option that neither the command nor the program has is a mistake in the program and stops it.
public struct ParsedArguments: Sendable, Equatable {
    /// The name in the table: `fetch`, `lp parse`.
    public let command: String
    /// The arguments that are no options, in their order.
    public let positionals: [String]
    /// By name of the option, in the order they were given; an option without argument has empty texts.
    private let given: [String: [String]]
    private let known: Set<String>

    init(command: String, positionals: [String], given: [String: [String]], known: Set<String>) {
        self.command = command
        self.positionals = positionals
        self.given = given
        self.known = known
    }

    /// Whether the command or the program has such an option, given or not.
    public func knows(_ option: String) -> Bool {
        known.contains(option)
    }

    /// The last value given, nil without one.
    public func string(_ option: String) -> String? {
        strings(option).last
    }

    /// All values given, in their order.
    public func strings(_ option: String) -> [String] {
        precondition(known.contains(option), "\(command) has no option --\(option)")
        return given[option] ?? []
    }

    /// Whether the option was given.
    public func flag(_ option: String) -> Bool {
        !strings(option).isEmpty
    }

    /// The last value given as a whole number; nil without one.
    public func integer(
        _ option: String, in range: ClosedRange<Int> = 0...Int.max
    ) throws(ArgumentsError) -> Int? {
        guard let text = string(option) else { return nil }
        if let number = Int(text), range.contains(number) { return number }
        let allowed =
            range.upperBound == .max
            ? "a whole number, \(range.lowerBound) or more"
            : "a whole number, \(range.lowerBound) to \(range.upperBound)"
        throw badValue(option, allowed: allowed)
    }

    /// The error for a value that the caller found wrong: "--start is "soon": give a time such as
    /// 2026-01-01T00:00:00Z".
    public func badValue(_ option: String, allowed: String) -> ArgumentsError {
        .badValue(option: "--" + option, value: string(option) ?? "", allowed: allowed, command: command)
    }
}
