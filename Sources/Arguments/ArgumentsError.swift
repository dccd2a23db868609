import CoinlineBase

/// A mistake on the command line, with all facts. Ends a program with `exitCode`.
public enum ArgumentsError: Error, Sendable, Equatable {
    case noCommand
    case unknownCommand(String, suggestions: [String])
    /// The first word of a family (`lp`) without one of its commands.
    case incompleteCommand(String, commands: [String])
    /// As it was written, without a value behind `=`.
    case unknownOption(String, command: String?, suggestions: [String])
    case missingValue(option: String, argument: String, command: String?)
    /// An option without argument was given `=` and a value, which is not kept.
    case unexpectedValue(option: String, command: String?)
    /// Of an option as it was written, or of an argument by its name in help.
    case badValue(option: String, value: String, allowed: String, command: String?)
    case missingArgument(String, command: String)
    case unexpectedArgument(String, command: String)
    /// What a command found wrong by itself: "give --coin or --limit".
    case wrongUsage(String, command: String)

    /// `EX_USAGE` of `sysexits.h`.
    public static let exitCode: Int32 = 64

    /// The command whose help would tell more; nil for the program's.
    public var command: String? {
        switch self {
        case .noCommand, .unknownCommand, .incompleteCommand: nil
        case .unknownOption(_, let command, _), .missingValue(_, _, let command), .unexpectedValue(_, let command),
            .badValue(_, _, _, let command):
            command
        case .missingArgument(_, let command), .unexpectedArgument(_, let command), .wrongUsage(_, let command): command
        }
    }
}

extension ArgumentsError: CustomStringConvertible {
    /// What is wrong, without the program's name.
    public var description: String {
        switch self {
        case .noCommand: "no command was given"
        case .unknownCommand(let name, let suggestions):
            "there is no command \(Self.quoted(name))\(Self.didYouMean(suggestions))"
        case .incompleteCommand(let name, let commands):
            "\(name) needs another word: \(commands.joined(separator: ", "))"
        case .unknownOption(let option, _, let suggestions):
            "there is no option \(Self.cleaned(option))\(Self.didYouMean(suggestions))"
        case .missingValue(let option, let argument, _):
            "\(option) needs a value: \(option) \(argument) (\(option)=… for one that begins with a dash)"
        case .unexpectedValue(let option, _): "\(option) takes no value"
        case .badValue(let option, let value, let allowed, _): "\(option) is \(Self.quoted(value)): give \(allowed)"
        case .missingArgument(let name, _): "the argument \(name) is missing"
        case .unexpectedArgument(let text, _): "there is one argument too many: \(Self.quoted(text))"
        case .wrongUsage(let text, _): text
        }
    }

    private static func didYouMean(_ suggestions: [String]) -> String {
        suggestions.isEmpty ? "" : ": did you mean \(WordList.or(suggestions))?"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + cleaned(text) + "\""
    }

    /// Enough to recognise what was typed.
    private static let shownCharactersMax = 80

    /// On one line and not too long, whatever was typed or pasted.
    private static func cleaned(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let clean = scalars.prefix(shownCharactersMax).reduce(into: "") { clean, scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: clean += scalar.escaped(asASCII: true)
            default: clean.unicodeScalars.append(scalar)
            }
        }
        return scalars.count > shownCharactersMax ? clean + "…" : clean
    }
}

extension Program {
    /// The message for standard error, two lines: what is wrong, and where help is.
    public func text(of error: ArgumentsError) -> String {
        let words = [name, error.command].compactMap { $0 }.joined(separator: " ")
        return "\(words): \(error)\nTry: \(words) --help"
    }
}
