/// One thing that is wrong with the settings, with all facts and without any secret.
public struct SettingsProblem: Sendable, Equatable, CustomStringConvertible {
    public enum Fact: Sendable, Equatable {
        /// The value, fit to be shown (nil for a secret), and what to do, as a clause: "give true or false".
        case badValue(shown: String?, advice: String)
        /// It is needed for what was asked. What it is: "your key of Live Coin Watch".
        case missing(String)
        case badLine(EnvFile.Reason)
        /// The file that a `…_FILE` variable or `--config-file` names; nil where the text may be the secret itself.
        case unreadableFile(path: String?, reason: String)
    }

    public let origin: SettingOrigin
    /// The variable; nil for a line or file as such.
    public let name: String?
    public let fact: Fact

    /// Origin and sentence, separated by two blanks: `.env:12  METRICS_PORT is "90x": give a whole number, 1 to 65535`.
    public var description: String {
        "\(origin)  \(sentence)"
    }

    private var sentence: String {
        let named = name.map { $0 + " is set, but " } ?? ""
        let name = name ?? "the line"
        return switch fact {
        case .badValue(.some(""), let advice): "\(name) is empty: \(advice)"
        case .badValue(.some(let shown), let advice): "\(name) is \(ShownText.quoted(shown)): \(advice)"
        case .badValue(.none, let advice): "\(name) cannot be used: \(advice)"
        case .missing(let whatItIs): "\(name) is missing: \(whatItIs)"
        case .badLine(let reason): "\(name) \(reason.rawValue)"
        case .unreadableFile(let path, let reason):
            named + (path.map(ShownText.quoted) ?? "the file that it names")
                + " cannot be read: \(ShownText.clean(reason))"
        }
    }
}

/// Everything that is wrong with the settings, told together. Ends a program with exit code 78.
public struct SettingsErrors: Error, Sendable, Equatable, CustomStringConvertible {
    /// Lines that cannot be read first, then bad values in the order of the table, then what is missing.
    public let problems: [SettingsProblem]
    /// What was noticed beside the problems, since a misspelt name is often the reason for a missing one.
    public let warnings: [SettingsWarning]

    public init(problems: [SettingsProblem], warnings: [SettingsWarning] = []) {
        self.problems = problems
        self.warnings = warnings
    }

    /// A file given with `--config-file` that cannot be read.
    public static func unreadableFile(_ path: String, reason: String) -> SettingsErrors {
        let fact = SettingsProblem.Fact.unreadableFile(path: path, reason: reason)
        return SettingsErrors(problems: [SettingsProblem(origin: .flag("config-file"), name: nil, fact: fact)])
    }

    /// `settings: 2 problems`, and a line for each, indented by two blanks. No line end behind the last.
    public var description: String {
        let head = "settings: \(problems.count) problem\(problems.count == 1 ? "" : "s")"
        return ([head] + problems.map { "  \($0)" }).joined(separator: "\n")
    }
}

/// Something that is probably not meant so, though the program can go on.
public struct SettingsWarning: Sendable, Equatable, CustomStringConvertible {
    public enum Fact: Sendable, Equatable {
        /// No setting has this name; perhaps the other one was meant.
        case unknownName(suggestion: String?)
        /// A setting of a destination that `COINLINE_DESTINATIONS` does not name.
        case unnamedDestination
        /// A secret is given as such and by the variable that names a file, which is then ignored.
        case bothForms(fileForm: String)
        /// So little may wait that a batch fits hardly or never; both sizes as text.
        case smallOutbox(size: String, batchSize: String)
        /// The value of a variable of the environment is in quotes, which belong to it.
        case quotedValue
    }

    public let origin: SettingOrigin
    public let name: String
    public let fact: Fact

    public var description: String {
        "\(origin)  \(ShownText.clean(name)) \(sentence)"
    }

    private var sentence: String {
        switch fact {
        case .unknownName(.none): "is not a setting and is ignored"
        case .unknownName(.some(let suggestion)): "is not a setting and is ignored: did you mean \(suggestion)?"
        case .unnamedDestination: "is ignored: \(SettingsTable.destinations.name) names no such destination"
        case .bothForms(let fileForm): "and \(fileForm) are both set: \(fileForm) is ignored"
        case .smallOutbox(let size, let batchSize):
            "is \(size), less than twice \(SettingsTable.batchBytes.name) (\(batchSize)): a batch may find no room"
        case .quotedValue: "has quotes around its value, which are taken as part of it"
        }
    }
}
