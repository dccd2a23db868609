import Arguments
import CoinlineBase
import CoinlineFiles
import CoinlineHTTP
import CoinlineJSON
import Collector
import MarketSources
import Settings
import Telemetry

/// Why a command ends before its work: what to say, and the exit code.
struct Refusal: Error {
    let text: String
    let code: Int32

    /// The text without the words of the command in front, to stand in a sentence.
    var reason: String {
        guard text.hasPrefix("coinline"), let end = text.firstRange(of: ": ") else { return text }
        return String(text[end.upperBound...])
    }

    /// For a script that reads a result in any case.
    func json(command: String) -> String {
        JSONWriter.object { out in
            out.member("command", command)
            out.member("ok", false)
            out.member("exit", Int(code))
            out.member("problem", text)
        }.text
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

    /// What a person types to run another command with the settings of this one, in the same words.
    func command(_ words: String) -> String {
        var all = [CommandLine.arguments.first ?? "coinline"] + words.split(separator: " ").map(String.init)
        if let file = arguments.string("config-file") { all += ["--config-file", file] }
        if settings.origin(of: SettingsTable.dataFolder) == .flag("data-dir") {
            all += ["--data-dir", settings.dataFolder]
        }
        return all.map(ShellText.quoted).joined(separator: " ")
    }

    func makeDataFolder() throws(Refusal) {
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
    func checkCAFile() throws(Refusal) {
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
}
