import Arguments
import CoinlineBase
import CoinlineFiles
import CoinlineHTTP
import CoinlineJSON
import Collector
import InfluxWriter
import MarketSources
import MarketStore
import Settings
import Telemetry

/// Why a command ends before its work: what to say, and the exit code.
struct Refusal: Error {
    let text: String
    let code: Int32

    /// For a script that reads a result in any case.
    func json(command: String) -> String {
        var out = JSONWriter()
        out.beginObject()
        out.member("command", command)
        out.member("ok", false)
        out.member("exit", Int(code))
        out.member("problem", text)
        out.endObject()
        return out.text
    }
}

/// What every command works with: the settings in force, the log, the clocks and the person's terminal.
struct Session: Sendable {
    let arguments: ParsedArguments
    let settings: Settings
    let console: Console
    let progress: Progress
    let log: Log
    let timing: Timing

    /// Reads the settings; what is wrong with them is told by the error.
    init(_ arguments: ParsedArguments, needs: [SettingsNeed], console: Console) throws(SettingsErrors) {
        let sources = SettingsSources(
            environment: Environment.variables, envFile: try Environment.envFile(arguments.string("config-file")),
            flags: Self.flags(arguments), readSecretFile: Environment.readSecret)
        self.init(arguments, try Settings.load(sources, for: needs), console: console)
    }

    init(_ arguments: ParsedArguments, _ settings: Settings, console: Console) {
        self.arguments = arguments
        self.settings = settings
        self.console = console
        let progress = Progress()
        self.progress = progress
        timing = settings.testClock?.timing ?? .system
        log = Log(
            level: LogLevel(name: settings.logLevel.rawValue) ?? .info,
            sink: TextSink(isColoured: Console.isColoured) { line in
                progress.clear()
                // A log that nobody can read is no reason to stop.
                _ = Console.write(line, to: 2)
            },
            now: timing.now)
        if let clock = settings.testClock { log.warning("A test clock is in force.", ["clock": clock.text]) }
        for warning in settings.warnings { log.warning("A setting looks wrong.", ["setting": warning.description]) }
    }

    private static func flags(_ arguments: ParsedArguments) -> [String: String] {
        var flags: [String: String] = [:]
        for name in ["log-level", "data-dir"] { flags[name] = arguments.string(name) }
        return flags
    }

    var isJSON: Bool { arguments.flag("json") }
}

// MARK: - What a command needs

extension Session {
    func client() throws(Refusal) -> HTTPClient {
        try checkCAFile()
        var configuration = HTTPClient.Configuration()
        configuration.caFile = settings.caFile
        configuration.userAgent = "coinline/\(Version.text)"
        // Where TLS offers it; what speaks HTTP without TLS is asked in 1.1.
        configuration.prefersHTTP2 = true
        // Nothing of it is left to be wrong: no thread or no memory is nothing that a setting mends.
        do throws(HTTPError) { return try HTTPClient(configuration) } catch {
            throw Refusal(text: "coinline: \(error)", code: ExitCode.incomplete)
        }
    }

    /// The upstream, with the key that the settings must have.
    func source() throws(Refusal) -> LiveCoinWatch {
        let key: Secret
        do throws(SettingsErrors) { key = try settings.requireKey() } catch {
            throw Refusal(text: error.description, code: ExitCode.configuration)
        }
        var configuration = LiveCoinWatch.Configuration(key: key)
        configuration.baseURL = settings.lcwBaseURL
        configuration.currency = settings.currency
        configuration.requestsPerMinute = settings.requestsPerMinute
        configuration.requestDeadline = settings.requestTimeout
        // Room for repeats of a request that may take long.
        configuration.callDeadline = max(configuration.callDeadline, settings.requestTimeout * 3)
        configuration.userAgent = "coinline/\(Version.text)"
        return LiveCoinWatch(configuration, timing: timing, http: try client(), observe: { event in tell(event) })
    }

    /// The destination that the settings choose, opened.
    func target() throws(Refusal) -> Target {
        try checkCAFile()
        try makeDataFolder()
        switch settings.destination {
        case .embeddedStore: return try storeTarget()
        case .influxDB(let choice): return try influxDBTarget(choice)
        }
    }

    func landing(into target: Target, isDryRun: Bool) -> Landing.Configuration {
        var configuration = Landing.Configuration(
            target: target, dataFolder: settings.dataFolder, gzipLevel: settings.gzipLevel, timing: timing,
            observe: { event in tell(event) })
        if isDryRun { configuration.printing = { [console] bytes in console.write(bytes) } }
        return configuration
    }

    var storePath: String { settings.dataFolder + "/coinline.sqlite" }

    /// What a person types in front of a kept file to send it, in the same words in which this command was called.
    var loadCommand: String {
        var words = [CommandLine.arguments.first ?? "coinline", "load"]
        if let file = arguments.string("config-file") { words += ["--config-file", file] }
        if settings.origin(of: SettingsTable.dataFolder) == .flag("data-dir") {
            words += ["--data-dir", settings.dataFolder]
        }
        return words.map(ShellText.quoted).joined(separator: " ")
    }

    private func makeDataFolder() throws(Refusal) {
        let folder = settings.dataFolder
        do throws(FileError) { try Files.makeFolders(folder) } catch {
            throw refusal(of: SettingsTable.dataFolder, folder, "\(error); name a folder that can be written")
        }
        guard Files.isWritable(folder: folder) else {
            let advice = "the folder cannot be written; change its owner or rights, or name another"
            throw refusal(of: SettingsTable.dataFolder, folder, advice)
        }
    }

    /// A file that cannot be read would look like a bad certificate of every server, after every repeat.
    private func checkCAFile() throws(Refusal) {
        guard let path = settings.caFile else { return }
        do throws(FileError) { _ = try Files.read(path, bytesMax: Self.caFileBytesMax) } catch {
            throw refusal(of: SettingsTable.caFile, path, "\(error); name a PEM file with certificates")
        }
    }

    /// All authorities of a system are some hundred KiB.
    private static let caFileBytesMax = 16 << 20

    /// Told as `Settings`, which does not look at the disk, tells its own.
    private func refusal(of setting: Setting, _ value: String, _ text: String) -> Refusal {
        Refusal(
            text: "settings: 1 problem\n  \(settings.origin(of: setting))  \(setting.name) is \"\(value)\": \(text)",
            code: ExitCode.configuration)
    }

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

    private func influxDBTarget(_ choice: InfluxDBChoice) throws(Refusal) -> Target {
        let bucket = Bucket(choice.bucket)
        var configuration = InfluxDB.Configuration(url: choice.url)
        configuration.token = choice.token.map { Token($0.reveal()) }
        configuration.organization = choice.organization
        configuration.api = choice.api.ofClient
        configuration.deadline = settings.requestTimeout
        configuration.caFile = settings.caFile
        do throws(InfluxDBError) {
            let destination = AdvisedDestination(destination: try InfluxDB(configuration))
            return Target(
                name: "main", destination: destination, bucket: bucket,
                dialect: choice.api.dialect, label: Self.label(of: bucket, choice))
        } catch {
            let isSettings = if case .client = error { false } else { true }
            throw Refusal(
                text: "coinline: \(error)", code: isSettings ? ExitCode.configuration : ExitCode.incomplete)
        }
    }

    /// The bucket that a batch was made for, at the destination in force.
    func target(_ target: Target, at bucket: Bucket) -> Target {
        guard bucket != target.bucket, case .influxDB(let choice) = settings.destination else { return target }
        return target.at(bucket, label: Self.label(of: bucket, choice))
    }

    private static func label(of bucket: Bucket, _ choice: InfluxDBChoice) -> String {
        "\(choice.api == .v2 ? "bucket" : "database") \"\(bucket)\" of \(choice.url)"
    }

    /// The place of a dry run.
    var printing: Target {
        Target(
            name: "main", destination: NoDestination(), bucket: Bucket(settings.influxDBBucket),
            dialect: settings.influxDBAPI.dialect, label: "standard output")
    }

    /// One clear line where somebody may have expected a database.
    func announceStore(_ target: Target) {
        guard target.store != nil else { return }
        console.say("No InfluxDB is configured (INFLUXDB_URL, INFLUXDB_TOKEN): writing to \(target.label).")
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

// MARK: - Events

extension Session {
    private enum Shown {
        /// A shorter wait is over before it is read.
        static let waitMin = Duration.milliseconds(500)
    }

    private func tell(_ event: UpstreamEvent) {
        switch event {
        case .request(let endpoint, let status, let duration, _):
            log.debug(
                "Asked upstream.",
                ["endpoint": endpoint, "status": status.map { String($0) } ?? "none", "duration": duration.text])
        case .retry(let endpoint, let attempt, let after, let reason):
            log.warning(
                "Asking upstream again.",
                ["endpoint": endpoint, "attempt": String(attempt), "after": after.text, "reason": reason])
            progress.note("asking again in \(after.text)")
        case .waiting(let endpoint, let wait):
            if wait >= Shown.waitMin { progress.note("waiting \(wait.text) (REQUESTS_PER_MINUTE)") }
            log.debug("Waiting for the pace.", ["endpoint": endpoint, "wait": wait.text])
        case .skipped(let endpoint, let skipped):
            log.debug("Left out.", ["endpoint": endpoint, "path": skipped.path, "reason": skipped.reason])
        case .pageFailed(let endpoint, let page, let reason):
            log.debug("A page failed.", ["endpoint": endpoint, "page": page, "reason": reason])
        case .breakerOpened(let duration, let reason):
            log.warning("Leaving upstream alone.", ["for": duration.text, "reason": reason])
        case .breakerClosed:
            log.info("Upstream answers again.")
        }
    }

    private func tell(_ event: LandingEvent) {
        switch event {
        case .delivering(let lines):
            log.debug("Delivering a batch.", ["lines": String(lines)])
            progress.note("delivering \(Plural.points(lines))")
        case .retrying(let after, let attempt, let reason):
            log.warning(
                "Delivering again.", ["attempt": String(attempt), "after": after.text, "reason": reason])
            progress.note("delivering again in \(after.text)")
        case .kept(let file):
            log.debug("Kept a batch on disk.", ["file": file.path, "lines": String(file.lines), "reason": file.reason])
        case .refused(let line, let reason):
            log.debug("A point was refused.", ["line": line, "reason": reason])
        }
    }
}
