internal import CoinlineBase

extension Settings {
    /// Reads and checks everything, and reports all problems together, with what is missing for `needs` among them.
    ///
    /// An option beats the environment, the environment `.env`, and `.env` the default. In the environment and in
    /// `.env` upper and lower case of a name count as the same, and an empty value as not set.
    public static func load(
        _ sources: SettingsSources, for needs: [SettingsNeed] = []
    ) throws(SettingsErrors) -> Settings {
        var loader = SettingsLoader(sources)
        return try loader.load(for: needs)
    }
}

/// One pass over the table.
struct SettingsLoader {
    private let sources: SettingsSources
    private let environment: GivenValues
    private let envFile: GivenValues
    private var problems: [SettingsProblem] = []
    private var warnings: [SettingsWarning] = []

    init(_ sources: SettingsSources) {
        precondition(
            sources.flags.keys.allSatisfy { key in SettingsTable.all.contains { $0.flag == key } },
            "an option is given that no setting has")
        self.sources = sources
        environment = GivenValues(environment: sources.environment)
        guard let file = sources.envFile else {
            envFile = GivenValues()
            return
        }
        let (entries, badLines) = EnvFile.parse(file.text, environment: sources.environment)
        envFile = GivenValues(entries, of: file.path)
        problems = badLines.map { problem in
            let origin = SettingOrigin.envFile(path: file.path, line: problem.line)
            return SettingsProblem(origin: origin, name: nil, fact: .badLine(problem.reason))
        }
    }

    mutating func load(for needs: [SettingsNeed]) throws(SettingsErrors) -> Settings {
        let table = SettingsTable.all + destinationNames.flatMap { DestinationSettings($0).all }
        var given: [String: Given] = [:]
        for setting in table { given[setting.name] = value(of: setting) }
        let redactor = Redactor(secrets: secrets(among: given, of: table))
        var resolved: [String: Settings.Resolved] = [:]
        for setting in table {
            resolved[setting.name] = resolve(setting, given[setting.name], redactor)
        }
        warnings += nameWarnings(table)
        if let warning = Self.outboxWarning(resolved) { warnings.append(warning) }
        let settings = Settings(resolved: resolved, redactor: redactor, table: table, warnings: warnings)
        problems += settings.conflicts()
        // What was given and refused has its problem already and is not missing.
        let told = Set(problems.compactMap(\.name))
        problems += settings.missing(for: needs).filter { problem in
            guard let name = problem.name else { return true }
            let fileForm = table.first { $0.name == name }?.fileFormName
            return !told.contains(name) && !(fileForm.map(told.contains) ?? false)
        }
        guard problems.isEmpty else { throw SettingsErrors(problems: problems, warnings: warnings) }
        return settings
    }

    /// The value in force. Where the given one is refused, that is a problem, and the default takes its place, so that
    /// the rest can still be checked.
    private mutating func resolve(_ setting: Setting, _ given: Given?, _ redactor: Redactor) -> Settings.Resolved? {
        if let given {
            do throws(Refusal) {
                return Settings.Resolved(value: try setting.kind.read(given.text), origin: given.origin)
            } catch {
                let shown = setting.isSecret ? nil : redactor.clean(shown(given.text, setting.kind))
                let fact = SettingsProblem.Fact.badValue(shown: shown, advice: error.advice)
                problems.append(SettingsProblem(origin: given.origin, name: setting.name, fact: fact))
            }
        }
        guard let standard = setting.standard else { return nil }
        do throws(Refusal) {
            return Settings.Resolved(value: try setting.kind.read(standard), origin: given?.origin ?? .standard)
        } catch {
            // A test reads every default.
            preconditionFailure("the default of \(setting.name) is refused: \(error.advice)")
        }
    }

    private func shown(_ text: String, _ kind: SettingKind) -> String {
        if case .url = kind { URLText.shown(text) } else { text }
    }
}

// MARK: - Where a value comes from

extension SettingsLoader {
    private mutating func value(of setting: Setting) -> Given? {
        if let flag = setting.flag, let text = sources.flags[flag] {
            // An option with an empty value is a slip in a script: falling back in silence would use another folder.
            return Given(text: SettingKind.trimmed(text), origin: .flag(flag))
        }
        let plain = plainValue(named: setting.name)
        guard let fileForm = setting.fileFormName, let file = plainValue(named: fileForm) else { return plain }
        if let plain {
            warnings.append(
                SettingsWarning(origin: plain.origin, name: setting.name, fact: .bothForms(fileForm: fileForm)))
            return plain
        }
        return secret(in: file, named: fileForm)
    }

    private mutating func plainValue(named name: String) -> Given? {
        guard let given = environment[name] else { return envFile[name] }
        if let first = given.text.first, "\"'".contains(first), given.text.count > 1, given.text.last == first {
            warnings.append(SettingsWarning(origin: .environment, name: name, fact: .quotedValue))
        }
        return given
    }

    /// The content of the file without the white space around it, or a problem and nothing.
    private mutating func secret(in file: Given, named name: String) -> Given? {
        switch sources.readSecretFile(file.text) {
        case .success(let content):
            let text = SettingKind.trimmed(content)
            if !text.isEmpty { return Given(text: text, origin: .secretFile(path: file.text)) }
            report(file, name, "it is empty")
        case .failure(let failure):
            report(file, name, failure.reason)
        }
        return nil
    }

    /// The path is only shown when it is written like one: the mistake is often that it is the secret itself.
    private mutating func report(_ file: Given, _ name: String, _ reason: String) {
        let isPath = ["/", "./", "../"].contains { file.text.hasPrefix($0) }
        let fact = SettingsProblem.Fact.unreadableFile(path: isPath ? file.text : nil, reason: reason)
        problems.append(SettingsProblem(origin: file.origin, name: name, fact: fact))
    }

    /// Every secret that was given, also one that another overrides or that is refused.
    private func secrets(among given: [String: Given], of table: [Setting]) -> [String] {
        let known = table.filter(\.isSecret).flatMap { setting in
            [given[setting.name], environment[setting.name], envFile[setting.name]].compactMap { $0?.text }
        }
        // Of a destination, too, that nobody names.
        let others = (environment.all + envFile.all).filter { DestinationSettings.isSecretForm($0.name) }
        return known + others.map(\.given.text)
    }

    /// The names in `COINLINE_DESTINATIONS`, which decide what settings there are; none where they are refused, which
    /// is told when that setting has its turn.
    private var destinationNames: [String] {
        let setting = SettingsTable.destinations
        guard let given = environment[setting.name] ?? envFile[setting.name] else { return [] }
        do throws(Refusal) {
            guard case .list(let names) = try setting.kind.read(given.text) else { return [] }
            return names
        } catch {
            return []
        }
    }
}

// MARK: - Rules over several settings

extension Settings {
    /// Values that are good alone and wrong together.
    func conflicts() -> [SettingsProblem] {
        var problems: [SettingsProblem] = []
        if case .influxDB(let influxDB) = destination {
            problems += conflicts(in: influxDB, SettingsTable.influxDBBucket)
        }
        for destination in destinations {
            problems += conflicts(in: destination.influxDB, DestinationSettings(destination.name).bucket)
        }
        return problems
    }

    private func conflicts(in influxDB: InfluxDBChoice, _ bucket: Setting) -> [SettingsProblem] {
        let parts = influxDB.bucket.split(separator: "/", omittingEmptySubsequences: false)
        guard influxDB.api == .v1, parts.count > 2 || parts.contains("") else { return [] }
        let fact = SettingsProblem.Fact.badValue(
            shown: redactor.clean(influxDB.bucket),
            advice: "for the 1.x API give a database, or database/retention-policy")
        return [SettingsProblem(origin: origin(of: bucket), name: bucket.name, fact: fact)]
    }
}

extension SettingsLoader {
    /// Not a problem: points whose batches stay small, or are compressed well, fit all the same.
    private static func outboxWarning(_ resolved: [String: Settings.Resolved]) -> SettingsWarning? {
        let setting = SettingsTable.outboxBytesMax
        guard let outbox = resolved[setting.name], case .size(let bytes) = outbox.value,
            case .size(let batchBytes)? = resolved[SettingsTable.batchBytes.name]?.value, bytes / 2 < batchBytes
        else { return nil }
        let fact = SettingsWarning.Fact.smallOutbox(
            size: SizeText.text(of: bytes), batchSize: SizeText.text(of: batchBytes))
        return SettingsWarning(origin: outbox.origin, name: setting.name, fact: fact)
    }
}

// MARK: - Names

extension SettingsLoader {
    private static let ourPrefix = "COINLINE_"

    /// Names that are ours or nearly one of ours, and yet no setting. What is empty does no harm and is not named.
    private func nameWarnings(_ table: [Setting]) -> [SettingsWarning] {
        let plain = table.map(\.name)
        let known = plain + table.compactMap(\.fileFormName)
        let unknown = (environment.all + envFile.all).filter { !known.contains($0.name) }
        return unknown.compactMap { name, given in
            let suggestion = Self.plainForm(of: name, among: plain) ?? Nearness.slip(of: name, among: known)
            guard suggestion != nil || name.hasPrefix(Self.ourPrefix) else { return nil }
            let isForm = suggestion == nil && DestinationSettings.isForm(name)
            return SettingsWarning(
                origin: given.origin, name: name,
                fact: isForm ? .unnamedDestination : .unknownName(suggestion: suggestion))
        }
    }

    /// `INFLUXDB_ORG_FILE` is expected to work by those who know `INFLUXDB_TOKEN_FILE`.
    private static func plainForm(of name: String, among plain: [String]) -> String? {
        name.hasSuffix("_FILE") ? plain.first { $0 + "_FILE" == name } : nil
    }
}

// MARK: - Given values

/// A value as it was given, without white space around it.
private struct Given {
    let text: String
    let origin: SettingOrigin
}

/// The values of one source by upper-cased name, empty ones left out.
private struct GivenValues {
    private var values: [String: Given] = [:]

    init() {}

    /// Of several spellings the upper-cased one counts, else the first by the alphabet.
    init(environment: [String: String]) {
        for (name, value) in environment.sorted(by: { $0.key > $1.key }) where name != name.uppercased() {
            set(name, value, .environment)
        }
        for (name, value) in environment where name == name.uppercased() { set(name, value, .environment) }
    }

    /// Of several lines the last one counts, also when it is empty.
    init(_ entries: [EnvFile.Entry], of path: String) {
        for entry in entries { set(entry.name, entry.value, .envFile(path: path, line: entry.line)) }
    }

    private mutating func set(_ name: String, _ value: String, _ origin: SettingOrigin) {
        let text = SettingKind.trimmed(value)
        values[name.uppercased()] = text.isEmpty ? nil : Given(text: text, origin: origin)
    }

    subscript(name: String) -> Given? {
        values[name]
    }

    /// By name.
    var all: [(name: String, given: Given)] {
        values.sorted { $0.key < $1.key }.map { (name: $0.key, given: $0.value) }
    }
}
