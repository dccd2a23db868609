/// One line of the table of settings: a name in the environment and in `.env`, and all that is known about it.
public struct Setting: Sendable {
    /// As it is written in the environment: `METRICS_PORT`. It is found in any case.
    public let name: String
    public let kind: SettingKind
    /// What holds where nothing is given, as it would be written; nil for a setting that is then not set.
    public let standard: String?
    public let group: SettingGroup
    /// The option of the command line that gives the same, without its dashes: `log-level`.
    public let flag: String?
    /// A value to show where there is no default.
    public let example: String?
    /// One or more sentences for `.env.example` and the README.
    public let help: String
    /// What is missing, in the words of a message: "the name of your organisation in InfluxDB".
    public let whatItIs: String?
    /// Left out of `.env.example` and of `config` unless it is set: made for tests.
    public let isHidden: Bool

    init(
        _ name: String, _ kind: SettingKind, standard: String? = nil, in group: SettingGroup, flag: String? = nil,
        example: String? = nil, whatItIs: String? = nil, isHidden: Bool = false, help: String
    ) {
        self.name = name
        self.kind = kind
        self.standard = standard
        self.group = group
        self.flag = flag
        self.example = example
        self.help = help
        self.whatItIs = whatItIs
        self.isHidden = isHidden
    }

    /// Never shown in a message; `config` shows it masked.
    public var isSecret: Bool {
        if case .secret = kind { true } else { false }
    }

    /// The variable that names a file with the value: `LCW_API_KEY_FILE`. Only secrets have one.
    public var fileFormName: String? {
        isSecret ? name + "_FILE" : nil
    }

    /// What may be given, for people: "a whole number, 1 to 65535".
    public var allowed: String {
        kind.allowed
    }
}

/// The headings under which settings are listed. Five of them are those of LCW-Fetch.
public enum SettingGroup: String, Sendable, CaseIterable {
    case api = "API"
    case database = "Database"
    case destinations = "More destinations"
    case application = "Application"
    case scheduling = "Scheduling"
    case trackedCoins = "Tracked coins"
    case storage = "Storage"
    case outbox = "Outbox"
    case network = "Network"
}
