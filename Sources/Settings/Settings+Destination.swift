public import CoinlineBase

/// Where points go.
public enum DestinationChoice: Sendable, Equatable {
    case influxDB(InfluxDBChoice)
    /// Nothing about InfluxDB is set: the embedded store in this folder.
    case embeddedStore(folder: String)
}

/// An InfluxDB as the settings describe it.
public struct InfluxDBChoice: Sendable, Equatable {
    /// Without a slash at its end.
    public let url: String
    /// Nil for a server without authentication.
    public let token: Secret?
    /// There where the API is `v2`, once `Settings.requireDestination` has passed.
    public let organization: String?
    public let bucket: String
    public let api: InfluxDBAPIName
}

/// What a command needs that is not always set.
public enum SettingsNeed: Sendable, CaseIterable {
    /// The key, for calls upstream.
    case key
    /// All that the chosen destination and those of `COINLINE_DESTINATIONS` need.
    case destination
}

extension Settings {
    /// InfluxDB where its address or a token is set, else the embedded store.
    public var destination: DestinationChoice {
        guard isSet(SettingsTable.influxDBURL) || influxDBToken != nil else {
            return .embeddedStore(folder: dataFolder)
        }
        return .influxDB(
            InfluxDBChoice(
                url: influxDBURL ?? SettingsTable.influxDBURL.standard ?? "", token: influxDBToken,
                organization: influxDBOrganization, bucket: influxDBBucket, api: influxDBAPI))
    }

    /// The key of the upstream, or the problem that it is missing.
    public func requireKey() throws(SettingsErrors) -> Secret {
        guard let lcwAPIKey else { throw SettingsErrors(problems: missing(for: [.key]), warnings: warnings) }
        return lcwAPIKey
    }

    /// The organisation in InfluxDB, or the problem that it is missing.
    public func requireOrganization() throws(SettingsErrors) -> String {
        guard let influxDBOrganization else {
            throw SettingsErrors(problems: [Self.missing(SettingsTable.influxDBOrganization)], warnings: warnings)
        }
        return influxDBOrganization
    }

    /// The destination with all that it needs, or the problems of what is missing.
    public func requireDestination() throws(SettingsErrors) -> DestinationChoice {
        try require([.destination])
        return destination
    }

    /// Fails with everything that is missing of what is needed.
    public func require(_ needs: [SettingsNeed]) throws(SettingsErrors) {
        let problems = missing(for: needs)
        guard problems.isEmpty else { throw SettingsErrors(problems: problems, warnings: warnings) }
    }

    /// In the order of the table.
    func missing(for needs: [SettingsNeed]) -> [SettingsProblem] {
        var problems: [SettingsProblem] = []
        if needs.contains(.key), lcwAPIKey == nil {
            problems.append(Self.missing(SettingsTable.lcwAPIKey))
        }
        if needs.contains(.destination), case .influxDB(let influxDB) = destination, influxDB.api == .v2,
            influxDB.organization == nil
        {
            problems.append(Self.missing(SettingsTable.influxDBOrganization))
        }
        if needs.contains(.destination) { problems += missingOfDestinations() }
        return problems
    }

    static func missing(_ setting: Setting) -> SettingsProblem {
        SettingsProblem(origin: .environment, name: setting.name, fact: .missing(setting.whatItIs ?? setting.allowed))
    }
}
