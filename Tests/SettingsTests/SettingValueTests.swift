import CoinlineBase
import Settings
import Testing

@Suite("Values of settings")
struct SettingValueTests {
    /// What `config` shows for a value that is good, nil for one that is refused.
    private func read(_ name: String, _ text: String) -> String? {
        try? settings([name: text]).entries.first { $0.name == name }?.value
    }

    private static let rangesCases: [(String, Int, Int)] = [
        ("FETCH_INTERVAL_MINUTES", 1, Int(Int32.max)), ("MAX_COINS_PER_FETCH", 1, 1_000), ("COINS_LIST_PAGES", 1, 10),
        ("COINS_PER_PAGE", 10, 500), ("JOB_MISFIRE_GRACE_TIME", 0, 3_600), ("METRICS_PORT", 1, 65_535),
        ("REQUESTS_PER_MINUTE", 1, Int(Int32.max)), ("COINLINE_GZIP", 1, 9),
    ]

    @Test(
        "a whole number is taken within its range and refused beside it",
        arguments: rangesCases)
    func ranges(name: String, first: Int, last: Int) {
        #expect(read(name, "\(first)") == "\(first)")
        #expect(read(name, "\(last)") == "\(last)")
        #expect(read(name, "\(first - 1)") == nil)
        #expect(read(name, "\(last + 1)") == nil)
        #expect(read(name, "-1") == nil)
    }

    private static let wholeNumbersCases: [(String, String?)] = [
        ("90", "90"), (" 90 ", "90"), ("+90", "90"), ("090", "90"), ("90.0", "90"), ("90.000", "90"), ("1_000", "1000"),
        ("90x", nil), ("9 0", nil), ("90.", nil), ("90.5", nil), (".0", nil), ("1__0", nil), ("_90", nil),
        ("90_", nil), ("0x5A", nil), ("9e1", nil), ("٩٠", nil), ("９０", nil), ("--90", nil), ("+-90", nil),
        ("99999999999999999999", nil), ("nan", nil), ("\"90\"", nil), ("+", nil), ("-", nil), ("90_.0", nil),
    ]

    @Test(
        "a whole number is written as LCW-Fetch takes it",
        arguments: wholeNumbersCases)
    func wholeNumbers(text: String, expected: String?) {
        #expect(read("METRICS_PORT", text) == expected)
    }

    private static let booleansCases: [(String, String?)] = [
        ("true", "true"), ("1", "true"), ("yes", "true"), ("on", "true"), ("t", "true"), ("y", "true"), ("YES", "true"),
        ("True", "true"), ("false", "false"), ("0", "false"), ("no", "false"), ("off", "false"), ("f", "false"),
        ("n", "false"), ("OFF", "false"), ("2", nil), ("ja", nil), ("enable", nil), ("truee", nil), ("-1", nil),
    ]

    @Test(
        "true and false have six spellings each, in any case",
        arguments: booleansCases)
    func booleans(text: String, expected: String?) {
        #expect(read("ENABLE_METRICS", text) == expected)
        #expect(read("ENABLE_SCHEDULER", text) == expected)
    }

    private static let choicesCases: [(String, String, String?)] = [
        ("LOG_LEVEL", "debug", "DEBUG"), ("LOG_LEVEL", "Info", "INFO"), ("LOG_LEVEL", "WARNING", "WARNING"),
        ("LOG_LEVEL", "error", "ERROR"), ("LOG_LEVEL", "CRITICAL", "CRITICAL"), ("LOG_LEVEL", "WARN", nil),
        ("LOG_LEVEL", "TRACE", nil), ("COINLINE_INFLUXDB_API", "V1", "v1"), ("COINLINE_INFLUXDB_API", "v2", "v2"),
        ("COINLINE_INFLUXDB_API", "V3", "v3"), ("COINLINE_INFLUXDB_API", "v4", nil),
        ("COINLINE_INFLUXDB_API", "2", nil),
    ]

    @Test(
        "a word of a list is taken in any case",
        arguments: choicesCases)
    func choices(name: String, text: String, expected: String?) {
        #expect(read(name, text) == expected)
    }

    private static let addressesCases: [(String, String?)] = [
        ("http://localhost:8086", "http://localhost:8086"), ("https://influx.example/", "https://influx.example"),
        ("https://host/a/b//", "https://host/a/b"), ("HTTP://Host", "HTTP://Host"),
        ("http://10.0.0.1:1", "http://10.0.0.1:1"),
        ("http://h:65535", "http://h:65535"), ("http://[::1]:8086/", "http://[::1]:8086"),
        ("http://[fe80::1]", "http://[fe80::1]"),
        ("http://host/a@b", nil), ("http://münchen.example", "http://münchen.example"),
        ("localhost:8086", nil), ("//host", nil), ("ftp://host", nil), ("http://", nil), ("https:///x", nil),
        ("http://:8086", nil), ("http://h:0", nil), ("http://h:65536", nil), ("http://h:", nil), ("http://h:8o", nil),
        ("http://h:+80", nil), ("http://[::1", nil), ("http://[::1]x", nil), ("http://[host]", nil), ("http://[]", nil),
        ("http://user:password@host", nil), ("http://user@host", nil), ("http://host?db=x", nil),
        ("http://host/#a", nil),
        ("http://ho st", nil), ("http:/host", nil), (#"http:\\host"#, nil), ("<http://host>", nil), ("http", nil),
    ]

    @Test(
        "an address has a scheme, a host and nothing that may hold a secret",
        arguments: addressesCases)
    func addresses(text: String, expected: String?) {
        #expect(read("LCW_BASE_URL", text) == expected)
    }

    private static let lengthsOfTimeCases: [(String, Duration?)] = [
        ("1h", Duration.seconds(3_600)), ("60m", .seconds(3_600)), ("3600s", .seconds(3_600)),
        ("30d", .seconds(2_592_000)),
        ("4W", .seconds(2_419_200)), ("1d12h", .seconds(129_600)), ("36500d", .seconds(3_153_600_000)),
        ("3599s", nil), ("36501d", nil), ("30", nil), ("d", nil), ("30x", nil), ("30 d", nil), ("-30d", nil),
        ("1.5d", nil), ("30dd", nil), ("99999999999999999999d", nil), ("9223372036854775807w", nil), ("forever", nil),
        ("9223372036854775807s9223372036854775807s", nil),
    ]

    @Test(
        "a length of time has units and a range",
        arguments: lengthsOfTimeCases)
    func lengthsOfTime(text: String, expected: Duration?) {
        #expect((try? settings(["COINLINE_STORE_RETENTION": text]))?.storeRetention == expected)
    }

    @Test(
        "a time limit of requests lies between a second and ten minutes",
        arguments: [("1s", true), ("0s", false), ("10m", true), ("601s", false), ("600s", true)])
    func timeLimits(text: String, isGood: Bool) {
        #expect((read("COINLINE_REQUEST_TIMEOUT", text) != nil) == isGood)
    }

    private static let currenciesCases: [(String, String?)] = [
        ("usd", "USD"), ("EUR", "EUR"), ("_x1", "_X1"), ("A", "A"), ("ABCDEFGHIJKLMNOP", "ABCDEFGHIJKLMNOP"),
        ("ABCDEFGHIJKLMNOPQ", nil), ("US D", nil), ("US-D", nil), ("€", nil), ("éur", nil), ("ß", nil),
    ]

    @Test(
        "a currency is upper-cased letters, digits and underscores, 1 to 16",
        arguments: currenciesCases)
    func currencies(text: String, expected: String?) {
        #expect(read("COINLINE_CURRENCY", text) == expected)
    }

    private static let codesCases: [(String, [String]?)] = [
        ("BTC,ETH,GLQ", ["BTC", "ETH", "GLQ"]), (" btc , eth ,, ", ["BTC", "ETH"]), ("btc,BTC,Btc", ["BTC"]),
        ("_A_B,$PAC,1INCH", ["_A_B", "$PAC", "1INCH"]), (",", []), ("BTC ETH", nil), (#"["BTC","ETH"]"#, nil),
        ("BTC;ETH", nil), (String(repeating: "A", count: 64), [String(repeating: "A", count: 64)]),
        (String(repeating: "A", count: 65), nil),
        ((1...1_000).map(String.init).joined(separator: ","), (1...1_000).map(String.init)),
        ((1...1_001).map(String.init).joined(separator: ","), nil),
    ]

    @Test(
        "tracked coins are trimmed, upper-cased, each once, blanks dropped",
        arguments: codesCases)
    func trackedCoins(text: String, expected: [String]?) {
        #expect((try? settings(["TRACKED_COINS": text]))?.trackedCoins == expected)
    }

    private static let pathsCases: [(String, String?)] = [
        ("./data", "./data"), ("/var/lib/coinline/", "/var/lib/coinline"), ("/", "/"), ("///", "/"), ("a b", "a b"),
        ("~", nil), ("~/data", nil), ("./~data", "./~data"), ("data\nx", nil), ("data\0", nil),
    ]

    @Test(
        "a path loses its trailing slash and knows no tilde",
        arguments: pathsCases)
    func paths(text: String, expected: String?) {
        #expect(read("COINLINE_DATA_DIR", text) == expected)
    }

    private static let timeZonesCases: [(String, String?)] = [
        ("UTC", "UTC"), ("Europe/Berlin", "Europe/Berlin"),
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Etc/GMT+3", "Etc/GMT+3"), ("../../etc/passwd", nil), ("/etc/localtime", nil), ("Europe//Berlin", nil),
        ("Europe/", nil), ("Europe Berlin", nil),
        (String(repeating: "A", count: 64), String(repeating: "A", count: 64)),
        (String(repeating: "A", count: 65), nil),
    ]

    @Test(
        "a time zone has the form of a name, and no way out of the folder of zones",
        arguments: timeZonesCases)
    func timeZones(text: String, expected: String?) {
        #expect(read("SCHEDULER_TIMEZONE", text) == expected)
    }

    private static let bucketsCases: [(String, Bool)] = [
        (String(repeating: "a", count: 200), true), (String(repeating: "a", count: 201), false),
        (String(repeating: "é", count: 33) + "aa", true), (String(repeating: "é", count: 33) + "aaa", false),
        (String(repeating: ".", count: 66) + "aa", true), (String(repeating: ".", count: 66) + "aaa", false),
        (String(repeating: "_-", count: 100), true), ("my bucket/with, everything=…", true), ("a\u{7}b", false),
    ]

    @Test(
        "a bucket's name makes a folder name of 200 bytes at most",
        arguments: bucketsCases)
    func buckets(text: String, isGood: Bool) {
        #expect((read("INFLUXDB_BUCKET", text) == text) == isGood)
    }

    @Test("a test clock is read, and refused when a part is missing")
    func testClock() throws {
        let text = "start:2026-01-01T00:00:00Z,at:1760000000000,speed:60"

        #expect(try settings(["COINLINE_TEST_CLOCK": text]).testClock?.speed == 60)
        #expect(try settings().testClock == nil)
        #expect(problems(["COINLINE_TEST_CLOCK": "start:2026-01-01T00:00:00Z"]).count == 1)
    }

    @Test("a value longer than any setting is refused before it is looked at")
    func length() {
        #expect(read("INFLUXDB_ORG", String(repeating: "a", count: 8_192)) != nil)
        #expect(
            problems(["INFLUXDB_ORG": String(repeating: "a", count: 8_193)]).first?.hasSuffix(
                "…\": give at most 8192 bytes")
                == true)
    }
}
