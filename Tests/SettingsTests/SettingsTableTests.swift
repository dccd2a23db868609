import Settings
import Testing

@Suite("The table of settings")
struct SettingsTableTests {
    /// Names, defaults and ranges of LCW-Fetch.
    private static let original: [(name: String, standard: String?, kind: SettingKind?)] = [
        ("LCW_API_KEY", nil, .secret), ("LCW_BASE_URL", "https://api.livecoinwatch.com", .url),
        ("INFLUXDB_URL", "http://localhost:8086", .url), ("INFLUXDB_TOKEN", nil, .secret), ("INFLUXDB_ORG", nil, .text),
        ("INFLUXDB_BUCKET", "cryptocurrency_data", .bucket), ("LOG_LEVEL", "INFO", nil),
        ("FETCH_INTERVAL_MINUTES", "5", nil), ("MAX_COINS_PER_FETCH", "100", .integer(1...1_000)),
        ("DATABASE_NAME", "crypto_timeseries", .text), ("TRACKED_COINS", "BTC,ETH,GLQ", .codes),
        ("COINS_LIST_PAGES", "2", .integer(1...10)), ("COINS_PER_PAGE", "100", .integer(10...500)),
        ("ENABLE_SCHEDULER", "true", .boolean), ("SCHEDULER_TIMEZONE", "UTC", .timeZone),
        ("JOB_MISFIRE_GRACE_TIME", "60", .integer(0...3_600)), ("REQUESTS_PER_MINUTE", "60", nil),
        ("ENABLE_METRICS", "true", .boolean), ("METRICS_PORT", "9099", .integer(1...65_535)),
    ]

    @Test("has every setting of LCW-Fetch with its default and range", arguments: original.indices)
    func originalSettings(index: Int) throws {
        let (name, standard, kind) = Self.original[index]

        let setting = try #require(SettingsTable.setting(named: name))

        #expect(setting.standard == standard)
        if let kind { #expect(setting.kind == kind) }
    }

    @Test("every other name begins with our prefix")
    func prefix() {
        let originals = Set(Self.original.map(\.name))

        #expect(SettingsTable.all.filter { !originals.contains($0.name) }.allSatisfy { $0.name.hasPrefix("COINLINE_") })
    }

    @Test("names and options are there once, and every setting has help")
    func unique() {
        let all = SettingsTable.all
        let names = all.map(\.name) + all.compactMap(\.fileFormName)
        let flags = all.compactMap(\.flag)

        #expect(Set(names).count == names.count)
        #expect(Set(flags).count == flags.count)
        #expect(flags.sorted() == ["data-dir", "log-level"])
        #expect(all.allSatisfy { $0.help.hasSuffix(".") && !$0.help.contains("|") && !$0.allowed.contains("|") })
        #expect(all.filter(\.isSecret).map(\.name) == ["LCW_API_KEY", "INFLUXDB_TOKEN"])
        #expect(SettingsTable.withFlag.count == flags.count)
    }

    @Test("every default is a value that is taken when it is written")
    func defaults() throws {
        for setting in SettingsTable.all {
            guard let standard = setting.standard ?? setting.example else { continue }
            let loaded = try settings([setting.name: standard])
            #expect(loaded.entries.first { $0.name == setting.name }?.value == standard, "\(setting.name)")
            #expect(loaded.isSet(setting))
        }
    }

    @Test("the listing has every setting in its group, with value and origin")
    func listing() throws {
        let loaded = try settings(
            ["METRICS_PORT": "80", "INFLUXDB_TOKEN": "0123456789abcdef"], file: "\nTRACKED_COINS=btc, eth",
            flags: ["log-level": "debug"])
        let entries = loaded.entries
        func entry(_ name: String) -> String? {
            entries.first { $0.name == name }.map { "\($0.group.rawValue): \($0.value ?? "–") (\($0.origin))" }
        }

        #expect(entries.map(\.name) == SettingsTable.all.filter { !$0.isHidden }.map(\.name))
        #expect(entry("METRICS_PORT") == "Application: 80 (environment)")
        #expect(entry("INFLUXDB_TOKEN") == "Database: …cdef (environment)")
        #expect(entry("INFLUXDB_URL") == "Database: http://localhost:8086 (default)")
        #expect(entry("TRACKED_COINS") == "Tracked coins: BTC,ETH (.env:2)")
        #expect(entry("LOG_LEVEL") == "Application: DEBUG (--log-level)")
        #expect(entry("COINLINE_STORE_RETENTION") == "Storage: – (default)")
        #expect(entry("LCW_API_KEY") == "API: – (default)")
        #expect(try settings().entries.first { $0.name == "INFLUXDB_URL" }?.value == nil)
        #expect(
            try settings(["COINLINE_TEST_CLOCK": "start:0,at:0,speed:2"]).entries.contains {
                $0.name == "COINLINE_TEST_CLOCK"
            })
    }

    // MARK: Documents

    /// The lines `NAME=value` of the example, those in comments too.
    private func assignments(_ text: String, isCommented: Bool) -> [String] {
        text.split(separator: "\n").map(String.init).compactMap { line in
            let isComment = line.hasPrefix("#")
            let body = isComment ? String(line.dropFirst()) : line
            let name = body.prefix { $0 != "=" }
            let isAssignment = body.contains("=") && !name.isEmpty && name.allSatisfy { $0.isUppercase || $0 == "_" }
            return isAssignment && isComment == isCommented ? body : nil
        }
    }

    @Test("the example file changes nothing when it is used as it is")
    func exampleIsHarmless() throws {
        let text = SettingsTable.exampleFile()

        let loaded = try settings(file: text)

        #expect(loaded.warnings.isEmpty)
        #expect(SettingsTable.all.allSatisfy { !loaded.isSet($0) })
        #expect(assignments(text, isCommented: false) == ["LCW_API_KEY=", "INFLUXDB_TOKEN=", "INFLUXDB_ORG="])
        #expect(assignments(text, isCommented: true).contains("COINLINE_DEST_BACKUP_TOKEN="))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }

    @Test("the example file has a line for every setting, and its values are the defaults")
    func exampleIsComplete() throws {
        let text = SettingsTable.exampleFile()
        let lines = assignments(text, isCommented: true).filter { !$0.contains("_FILE=/run") }

        let loaded = try settings(file: lines.joined(separator: "\n"))

        let shown = SettingsTable.all.filter { !$0.isHidden && ($0.standard ?? $0.example) != nil }
        let named = ["URL", "TOKEN", "ORG", "BUCKET", "API"].map { "COINLINE_DEST_BACKUP_\($0)" }
        #expect(lines.map { String($0.prefix { $0 != "=" }) }.sorted() == (shown.map(\.name) + named).sorted())
        #expect(loaded.destinations.map(\.name) == ["backup"] && loaded.warnings.isEmpty)
        #expect(shown.allSatisfy { loaded.isSet($0) })
        #expect(loaded.metricsPort == 9_099)
        #expect(assignments(text, isCommented: true).filter { $0.contains("_FILE=/run") }.count == 3)
        #expect(!text.contains("COINLINE_TEST_CLOCK"))
    }

    @Test("the README's table has a row of four cells for every setting")
    func markdown() {
        let rows = SettingsTable.markdown().split(separator: "\n").filter { $0.hasPrefix("| `") }

        #expect(rows.count == SettingsTable.all.filter { !$0.isHidden }.count + 5)
        #expect(
            rows.contains { $0.hasPrefix("| `COINLINE_DEST_<NAME>_TOKEN` or `COINLINE_DEST_<NAME>_TOKEN_FILE` | – |") })
        #expect(rows.allSatisfy { $0.split(separator: "|").count == 4 })
        #expect(
            rows.contains {
                $0.hasPrefix("| `LOG_LEVEL`, `--log-level` | `INFO` | DEBUG, INFO, WARNING, ERROR or CRITICAL |")
            })
        #expect(rows.contains { $0.hasPrefix("| `LCW_API_KEY` or `LCW_API_KEY_FILE` | – |") })
    }
}
