import CoinlineBase
import CoinlineFiles
import CoinlineHTTP
import Collector
import InfluxWriter
import MarketStore
import Settings

// Where points go.
extension Session {
    /// The destination that the settings choose, opened.
    func target() throws(Refusal) -> Target {
        try checkCAFile()
        try makeDataFolder()
        switch settings.destination {
        case .embeddedStore: return try storeTarget()
        case .influxDB(let choice): return try influxDBTarget(choice)
        }
    }

    /// Those of `COINLINE_DESTINATIONS`, which get every point as well.
    func otherTargets() throws(Refusal) -> [Target] {
        var targets: [Target] = []
        for named in settings.destinations {
            targets.append(try influxDBTarget(named.influxDB, name: named.name))
        }
        return targets
    }

    func landing(into target: Target, and others: [Target] = [], isDryRun: Bool) -> Landing.Configuration {
        var configuration = Landing.Configuration(
            target: target, dataFolder: settings.dataFolder, gzipLevel: settings.gzipLevel, timing: timing,
            observe: { event in tell(event) })
        configuration.others = others
        configuration.outbox = OutboxTerms(settings.outbox, whenFull: .block(for: OutboxTerms.blockMax))
        if isDryRun { configuration.printing = { [console] bytes in console.write(bytes) } }
        return configuration
    }

    var storePath: String { settings.dataFolder + "/coinline.sqlite" }

    private func storeTarget() throws(Refusal) -> Target {
        do throws(StoreError) {
            let store = try EmbeddedStore(path: storePath, retention: settings.storeRetention, now: timing.now)
            return Target(
                name: "store", destination: store, bucket: Bucket("store"), dialect: .influx2,
                label: "the embedded store \(storePath)", store: store)
        } catch {
            throw Refusal(text: "coinline: \(error)", code: Self.code(of: error))
        }
    }

    /// A full disk or another process that writes is nothing that a setting mends.
    private static func code(of error: StoreError) -> Int32 {
        switch error.reason {
        case .diskFull, .busy, .moved: ExitCode.incomplete
        default: ExitCode.configuration
        }
    }

    func influxDBTarget(_ choice: InfluxDBChoice, name: String = DestinationName.main) throws(Refusal) -> Target {
        let (bucket, name) = (Bucket(choice.bucket), DestinationName(name))
        var configuration = InfluxDB.Configuration(url: choice.url)
        configuration.token = choice.token.map { Token($0.reveal()) }
        configuration.organization = choice.organization
        configuration.api = choice.api.ofClient
        configuration.deadline = settings.requestTimeout
        configuration.caFile = settings.caFile
        do throws(InfluxDBError) {
            let destination = AdvisedDestination(destination: try InfluxDB(configuration), name: name)
            return Target(
                name: name.text, destination: destination, bucket: bucket, dialect: choice.api.dialect,
                label: Self.label(of: bucket, choice), bucketSetting: name.setting("BUCKET"))
        } catch {
            let isSettings = if case .client = error { false } else { true }
            throw Refusal(
                text: "coinline: \(error)", code: isSettings ? ExitCode.configuration : ExitCode.incomplete)
        }
    }

    /// The bucket that a batch was made for, at a destination in force.
    func target(_ target: Target, at bucket: Bucket) -> Target {
        guard bucket != target.bucket, let choice = choice(of: target) else { return target }
        return target.at(bucket, label: Self.label(of: bucket, choice))
    }

    private func choice(of target: Target) -> InfluxDBChoice? {
        if let named = settings.destinations.first(where: { $0.name == target.name }) { return named.influxDB }
        guard case .influxDB(let choice) = settings.destination, target.store == nil else { return nil }
        return choice
    }

    private static func label(of bucket: Bucket, _ choice: InfluxDBChoice) -> String {
        "\(choice.api == .v2 ? "bucket" : "database") \"\(bucket)\" of \(choice.url)"
    }

    /// The place of a dry run.
    var printing: Target {
        Target(
            name: DestinationName.main, destination: NoDestination(), bucket: Bucket(settings.influxDBBucket),
            dialect: settings.influxDBAPI.dialect, label: "standard output")
    }

    /// One clear line where somebody may have expected a database.
    func announceStore(_ target: Target) {
        guard target.store != nil else { return }
        console.say("No InfluxDB is configured (INFLUXDB_URL, INFLUXDB_TOKEN): writing to \(target.label).")
    }
}

/// The name of a destination, and those of its settings.
struct DestinationName: Sendable {
    static let main = "main"

    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// `INFLUXDB_URL` of the main one, `COINLINE_DEST_BACKUP_2_URL` of `backup-2`.
    func setting(_ ending: String) -> String {
        guard text != Self.main else {
            return ending == "API" ? "COINLINE_INFLUXDB_API" : "INFLUXDB_\(ending)"
        }
        return "COINLINE_DEST_\(String(text.uppercased().map { $0 == "-" ? "_" : $0 }))_\(ending)"
    }
}

extension InfluxDBAPIName {
    var ofClient: InfluxDB.API {
        switch self {
        case .v1: .v1
        case .v2: .v2
        case .v3: .v3
        }
    }

    /// What the server of that API reads. VictoriaMetrics behind it is found out before it matters.
    var dialect: Dialect {
        switch self {
        case .v1: .influx1
        case .v2: .influx2
        case .v3: .influx3
        }
    }
}
