/// An InfluxDB beside the main destination: it gets every point too, and has an outbox of its own.
public struct NamedDestination: Sendable, Equatable {
    /// Also the name of its folders in the data folder.
    public let name: String
    public let influxDB: InfluxDBChoice
}

extension Settings {
    /// The destinations of `COINLINE_DESTINATIONS`, in that order. One without an address is left out, which
    /// `requireDestination` tells as a problem.
    public var destinations: [NamedDestination] {
        destinationNames.compactMap { name in
            let settings = DestinationSettings(name)
            guard let url = optionalText(settings.url) else { return nil }
            let choice = InfluxDBChoice(
                url: url, token: secret(settings.token), organization: optionalText(settings.organization),
                bucket: text(settings.bucket), api: choice(settings.api))
            return NamedDestination(name: name, influxDB: choice)
        }
    }

    /// The names in `COINLINE_DESTINATIONS`.
    public var destinationNames: [String] {
        guard case .list(let names)? = resolved[SettingsTable.destinations.name]?.value else { return [] }
        return names
    }

    /// What named destinations lack.
    func missingOfDestinations() -> [SettingsProblem] {
        destinationNames.map(DestinationSettings.init).flatMap { settings in
            var missing: [Setting] = []
            if !isSet(settings.url) { missing.append(settings.url) }
            if choice(settings.api) == InfluxDBAPIName.v2, !isSet(settings.organization) {
                missing.append(settings.organization)
            }
            return missing.map(Self.missing)
        }
    }
}

/// The settings of one named destination: those of the main one under other names.
struct DestinationSettings {
    static let prefix = "COINLINE_DEST_"
    private static let endings = ["_URL", "_TOKEN", "_TOKEN_FILE", "_ORG", "_BUCKET", "_API"]

    let url: Setting
    let token: Setting
    let organization: Setting
    let bucket: Setting
    let api: Setting

    var all: [Setting] { [url, token, organization, bucket, api] }

    /// - Parameter name: `backup-2` for `COINLINE_DEST_BACKUP_2_URL`; in documentation what stands for a name.
    init(_ name: String) {
        let prefix = Self.prefix + Self.part(of: name)
        url = Setting(
            prefix + "_URL", .url, in: .destinations, example: "http://localhost:8087",
            whatItIs: "the address of the destination \(name), which COINLINE_DESTINATIONS names",
            help: "The address of that destination; the other settings of it are as those of the main one.")
        token = Setting(
            prefix + "_TOKEN", .secret, in: .destinations,
            help: "A token that may write to its bucket; user:password for the 1.x API.")
        organization = Setting(
            prefix + "_ORG", .text, in: .destinations, example: "my-org",
            whatItIs: "the name of your organisation in the InfluxDB of the destination \(name) "
                + "(InfluxDB 1.x and 3 have none: set \(prefix)_API=v1 or v3)",
            help: "Its organisation. Needed for InfluxDB 2.x.")
        bucket = Setting(
            prefix + "_BUCKET", .bucket, standard: SettingsTable.influxDBBucket.standard, in: .destinations,
            help: "Its bucket, or its database.")
        api = Setting(
            prefix + "_API", SettingsTable.influxDBAPI.kind, standard: SettingsTable.influxDBAPI.standard,
            in: .destinations, help: "The API of its server.")
    }

    /// What stands for a name in the names of its settings.
    static func part(of name: String) -> String {
        String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// Whether a variable would be one of a destination's, if a destination had that name.
    static func isForm(_ name: String) -> Bool {
        name.hasPrefix(prefix)
            && endings.contains { name.hasSuffix($0) && name.utf8.count > prefix.utf8.count + $0.utf8.count }
    }

    /// One that may hold a secret, whether or not somebody reads it.
    static func isSecretForm(_ name: String) -> Bool {
        name.hasPrefix(prefix) && name.hasSuffix("_TOKEN")
    }
}

extension SettingKind {
    /// Names of destinations, each once.
    static func destinations(_ text: String, or refusal: Refusal) throws(Refusal) -> [String] {
        var names: [String] = []
        for part in text.split(separator: ",") {
            let name = trimmed(part)
            guard !name.isEmpty, !names.contains(name) else { continue }
            guard name.utf8.count <= Limit.destinationBytesMax, name.utf8.allSatisfy(isOfDestination) else {
                throw refusal
            }
            guard !Limit.destinationsTaken.contains(name) else {
                throw Refusal(
                    advice: "give another name than \(name), which is that of a destination that is there already")
            }
            if let twin = names.first(where: { DestinationSettings.part(of: $0) == DestinationSettings.part(of: name) })
            {
                let prefix = DestinationSettings.prefix + DestinationSettings.part(of: name)
                throw Refusal(advice: "rename \(twin) or \(name), which would both be \(prefix)_…")
            }
            names.append(name)
        }
        guard names.count <= Limit.destinationsMax else {
            throw Refusal(advice: "give at most \(Limit.destinationsMax) names")
        }
        return names
    }

    private static func isOfDestination(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
