public import CoinlineBase

/// The settings in force: every value read and checked, with where it came from.
///
/// Made by `load`, which reports all problems together. What has no default and is not set is nil here; a command that
/// needs it says so to `load`, or asks with a `require…` function, which fails in the same form.
public struct Settings: Sendable {
    struct Resolved: Sendable, Hashable {
        let value: SettingValue
        let origin: SettingOrigin
    }

    /// By name. What is not set and has no default is absent.
    let resolved: [String: Resolved]
    let redactor: Redactor
    /// The table, with what the named destinations add to it.
    let table: [Setting]
    /// What was noticed while loading; for the log.
    public let warnings: [SettingsWarning]

    /// Where the value of a setting came from; `.standard` also for one without default that is not set.
    public func origin(of setting: Setting) -> SettingOrigin {
        resolved[setting.name]?.origin ?? .standard
    }

    /// As `origin(of:)` for a name of the table.
    public func origin(of name: String) -> SettingOrigin {
        resolved[name.uppercased()]?.origin ?? .standard
    }

    /// Whether somebody gave a value, be it that of the default.
    public func isSet(_ setting: Setting) -> Bool {
        origin(of: setting) != .standard
    }
}

extension Settings {
    // MARK: API

    public var lcwAPIKey: Secret? { secret(SettingsTable.lcwAPIKey) }
    /// Without a slash at its end.
    public var lcwBaseURL: String { text(SettingsTable.lcwBaseURL) }
    public var requestsPerMinute: Int { integer(SettingsTable.requestsPerMinute) }
    /// Upper-cased.
    public var currency: String { text(SettingsTable.currency) }

    // MARK: Database

    /// Nil when it is not set; `destination` knows what then holds.
    public var influxDBURL: String? {
        isSet(SettingsTable.influxDBURL) ? text(SettingsTable.influxDBURL) : nil
    }
    public var influxDBToken: Secret? { secret(SettingsTable.influxDBToken) }
    public var influxDBOrganization: String? { optionalText(SettingsTable.influxDBOrganization) }
    public var influxDBBucket: String { text(SettingsTable.influxDBBucket) }
    public var influxDBAPI: InfluxDBAPIName { choice(SettingsTable.influxDBAPI) }
    /// Accepted and not used.
    public var databaseName: String { text(SettingsTable.databaseName) }
    /// 1 to 9.
    public var gzipLevel: Int { integer(SettingsTable.gzip) }

    // MARK: Application

    public var logLevel: LogLevelName { choice(SettingsTable.logLevel) }
    public var isMetricsEnabled: Bool { boolean(SettingsTable.enableMetrics) }
    public var metricsPort: Int { integer(SettingsTable.metricsPort) }
    public var testClock: TestClock? {
        guard case .testClock(let clock)? = resolved[SettingsTable.testClock.name]?.value else { return nil }
        return clock
    }

    // MARK: Scheduling

    public var isSchedulerEnabled: Bool { boolean(SettingsTable.enableScheduler) }
    public var fetchIntervalMinutes: Int { integer(SettingsTable.fetchIntervalMinutes) }
    /// Has the form of a name of the time zone database; that there is such a zone was not looked up.
    public var schedulerTimeZone: String { text(SettingsTable.schedulerTimeZone) }
    public var jobMisfireGrace: Duration { .seconds(integer(SettingsTable.jobMisfireGraceTime)) }

    // MARK: Tracked coins

    /// Trimmed, upper-cased, each once; empty when none is wanted.
    public var trackedCoins: [String] {
        guard case .list(let codes)? = resolved[SettingsTable.trackedCoins.name]?.value else { return [] }
        return codes
    }
    /// Whether the user named them: then one that the upstream lacks is a failure, while one of the default is a
    /// warning.
    public var areTrackedCoinsSet: Bool { isSet(SettingsTable.trackedCoins) }
    public var maxCoinsPerFetch: Int { integer(SettingsTable.maxCoinsPerFetch) }
    public var coinsListPages: Int { integer(SettingsTable.coinsListPages) }
    /// Up to 500, though one call upstream gives at most 100.
    public var coinsPerPage: Int { integer(SettingsTable.coinsPerPage) }

    // MARK: Storage and network

    /// Without a slash at its end, relative to the working directory if it is not absolute.
    public var dataFolder: String { text(SettingsTable.dataFolder) }
    /// Nil: points are kept for ever.
    public var storeRetention: Duration? { optionalDuration(SettingsTable.storeRetention) }
    public var requestTimeout: Duration { duration(SettingsTable.requestTimeout) }
    public var caFile: String? { optionalText(SettingsTable.caFile) }
}

// Each of these relies on the kind and the default that the table gives the setting; a test reads them all.
extension Settings {
    private static func broken(_ setting: Setting) -> String {
        "\(setting.name) has another kind or no default in the table"
    }

    func text(_ setting: Setting) -> String {
        guard let text = optionalText(setting) else { preconditionFailure(Self.broken(setting)) }
        return text
    }

    func optionalText(_ setting: Setting) -> String? {
        guard case .text(let text)? = resolved[setting.name]?.value else { return nil }
        return text
    }

    func secret(_ setting: Setting) -> Secret? {
        guard case .secret(let secret)? = resolved[setting.name]?.value else { return nil }
        return secret
    }

    func integer(_ setting: Setting) -> Int {
        guard case .integer(let number)? = resolved[setting.name]?.value else {
            preconditionFailure(Self.broken(setting))
        }
        return number
    }

    func size(_ setting: Setting) -> Int {
        guard case .size(let bytes)? = resolved[setting.name]?.value else { preconditionFailure(Self.broken(setting)) }
        return bytes
    }

    func duration(_ setting: Setting) -> Duration {
        guard let duration = optionalDuration(setting) else { preconditionFailure(Self.broken(setting)) }
        return duration
    }

    func optionalDuration(_ setting: Setting) -> Duration? {
        guard case .duration(let duration, _)? = resolved[setting.name]?.value else { return nil }
        return duration
    }

    private func boolean(_ setting: Setting) -> Bool {
        guard case .boolean(let flag)? = resolved[setting.name]?.value else {
            preconditionFailure(Self.broken(setting))
        }
        return flag
    }

    func choice<Choice: RawRepresentable<String>>(_ setting: Setting) -> Choice {
        guard let choice = Choice(rawValue: text(setting)) else { preconditionFailure(Self.broken(setting)) }
        return choice
    }
}
