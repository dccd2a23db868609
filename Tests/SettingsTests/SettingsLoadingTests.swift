import CoinlineBase
import Settings
import Testing

@Suite("Loading settings")
struct SettingsLoadingTests {
    @Test("without anything every setting has the default of LCW-Fetch")
    func defaults() throws {
        let settings = try settings()

        #expect(settings.lcwAPIKey == nil)
        #expect(settings.lcwBaseURL == "https://api.livecoinwatch.com")
        #expect(settings.influxDBURL == nil)
        #expect(settings.influxDBToken == nil)
        #expect(settings.influxDBOrganization == nil)
        #expect(settings.influxDBBucket == "cryptocurrency_data")
        #expect(settings.influxDBAPI == .v2)
        #expect(settings.databaseName == "crypto_timeseries")
        #expect(settings.logLevel == .info)
        #expect(settings.fetchIntervalMinutes == 5)
        #expect(settings.maxCoinsPerFetch == 100)
        #expect(settings.trackedCoins == ["BTC", "ETH", "GLQ"])
        #expect(!settings.areTrackedCoinsSet)
        #expect(settings.coinsListPages == 2)
        #expect(settings.coinsPerPage == 100)
        #expect(settings.isSchedulerEnabled)
        #expect(settings.schedulerTimeZone == "UTC")
        #expect(settings.jobMisfireGrace == .seconds(60))
        #expect(settings.requestsPerMinute == 60)
        #expect(settings.isMetricsEnabled)
        #expect(settings.metricsPort == 9_099)
        #expect(settings.dataFolder == "./data")
        #expect(settings.currency == "USD")
        #expect(settings.gzipLevel == 1)
        #expect(settings.storeRetention == nil)
        #expect(settings.caFile == nil)
        #expect(settings.requestTimeout == .seconds(30))
        #expect(settings.testClock == nil)
        #expect(settings.warnings.isEmpty)
        #expect(SettingsTable.all.allSatisfy { settings.origin(of: $0) == .standard })
    }

    @Test("an option beats the environment, which beats .env, which beats the default")
    func precedence() throws {
        let file = "# levels\nLOG_LEVEL=ERROR\nCOINLINE_DATA_DIR=/file\nMETRICS_PORT=1"
        let environment = ["LOG_LEVEL": "WARNING", "COINLINE_DATA_DIR": "/environment"]

        let settings = try settings(environment, file: file, flags: ["log-level": "debug"])

        #expect(settings.logLevel == .debug)
        #expect(settings.origin(of: "LOG_LEVEL") == .flag("log-level"))
        #expect(settings.dataFolder == "/environment")
        #expect(settings.origin(of: "coinline_data_dir") == .environment)
        #expect(settings.metricsPort == 1)
        #expect(settings.origin(of: "METRICS_PORT") == .envFile(path: ".env", line: 4))
        #expect(settings.origin(of: "COINS_PER_PAGE") == .standard)
    }

    @Test("an empty value is the same as none, in the environment and in .env")
    func empty() throws {
        let file = "METRICS_PORT=80\nLOG_LEVEL=\nTRACKED_COINS=\"  \"\nCOINS_PER_PAGE=50\nCOINS_PER_PAGE="

        let settings = try settings(["METRICS_PORT": "", "LCW_API_KEY": " ", "INFLUXDB_URL": ""], file: file)

        #expect(settings.metricsPort == 80)
        #expect(settings.logLevel == .info)
        #expect(settings.lcwAPIKey == nil)
        #expect(settings.influxDBURL == nil)
        #expect(!settings.areTrackedCoinsSet)
        #expect(settings.coinsPerPage == 100)
    }

    @Test("an option with an empty value is a problem, not the default")
    func emptyOption() {
        #expect(problems(flags: ["data-dir": ""]) == ["--data-dir  COINLINE_DATA_DIR is empty: give a path"])
    }

    @Test("names are found in any case, those in upper case first")
    func cases() throws {
        #expect(try settings(["metrics_port": "1"]).metricsPort == 1)
        #expect(try settings(["Metrics_Port": "1", "METRICS_PORT": "2", "metrics_port": "3"]).metricsPort == 2)
        #expect(try settings(file: "metrics_port=1\nMetrics_Port=2").metricsPort == 2)
        #expect(try settings(["lcw_api_key_file": "/k"], files: ["/k": "abc"]).lcwAPIKey?.reveal() == "abc")
    }

    @Test("white space around a value of the environment is dropped")
    func whiteSpace() throws {
        #expect(try settings(["LCW_API_KEY": " abc\r\n"]).lcwAPIKey?.reveal() == "abc")
        #expect(try settings(["LOG_LEVEL": " info "]).logLevel == .info)
    }

    @Test("all problems are told together, in the words of the style")
    func allTogether() throws {
        let file = "no equals sign\nCOINS_PER_PAGE=9\n\nMETRICS_PORT=90x # or so\n"
        let environment = [
            "LOG_LEVEL": "LOUD", "INFLUXDB_URL": "localhost:8086", "ENABLE_METRICS": "perhaps",
            "LCW_API_KEY_FILE": "/none",
        ]

        let error = #expect(throws: SettingsErrors.self) {
            try settings(environment, file: file, for: [.key, .destination])
        }

        #expect(
            error?.description == """
                settings: 8 problems
                  .env:1  the line has no equals sign: write NAME=value
                  environment  LCW_API_KEY_FILE is set, but "/none" cannot be read: No such file or directory
                  environment  INFLUXDB_URL is "localhost:8086": begin it with http:// or https://
                  environment  LOG_LEVEL is "LOUD": give DEBUG, INFO, WARNING, ERROR or CRITICAL
                  environment  ENABLE_METRICS is "perhaps": give true or false
                  .env:4  METRICS_PORT is "90x": give a whole number, 1 to 65535
                  .env:2  COINS_PER_PAGE is "9": give a whole number, 10 to 500
                  environment  INFLUXDB_ORG is missing: the name of your organisation in InfluxDB (InfluxDB 1.x and 3 have none: set COINLINE_INFLUXDB_API=v1 or v3)
                """)
    }

    @Test("the example of the style guide comes out as it stands there")
    func styleExample() throws {
        let file = String(repeating: "#\n", count: 11) + "METRICS_PORT=90x"

        let error = #expect(throws: SettingsErrors.self) {
            try settings(["INFLUXDB_TOKEN": "some token"], file: file, for: [.destination])
        }

        #expect(
            error?.description == """
                settings: 2 problems
                  .env:12  METRICS_PORT is "90x": give a whole number, 1 to 65535
                  environment  INFLUXDB_ORG is missing: the name of your organisation in InfluxDB (InfluxDB 1.x and 3 have none: set COINLINE_INFLUXDB_API=v1 or v3)
                """)
    }

    @Test("a refused number above every range names the highest")
    func hugeNumber() {
        #expect(
            problems(["FETCH_INTERVAL_MINUTES": "2147483648"]) == [
                "environment  FETCH_INTERVAL_MINUTES is \"2147483648\": give a whole number, 1 to 2147483647"
            ])
        #expect(
            problems(["FETCH_INTERVAL_MINUTES": "0"]) == [
                "environment  FETCH_INTERVAL_MINUTES is \"0\": give a whole number, 1 or more"
            ])
    }

    @Test("a value is shown on one line and not longer than needed")
    func shownValues() {
        let control = problems(["LOG_LEVEL": "a\"b\u{1B}[31m\nc\u{202E}"])
        let long = problems(["LOG_LEVEL": String(repeating: "x", count: 300)])

        #expect(control.count == 1 && !control[0].contains("\u{1B}") && !control[0].contains("\n"))
        #expect(control[0].contains(#"is "a\"b\u{1B}[31m\nc\u{202E}": give"#))
        #expect(long[0].contains(String(repeating: "x", count: 80) + "…\": give"))
    }

    @Test("a file given by name that cannot be read is told in the same form")
    func unreadableFile() {
        #expect(
            SettingsErrors.unreadableFile("/x/y.env", reason: "No such file or directory").description == """
                settings: 1 problem
                  --config-file  "/x/y.env" cannot be read: No such file or directory
                """)
    }

    @Test("a file from Windows is read whole")
    func crlf() throws {
        let settings = try settings(
            file: "\u{FEFF}LCW_API_KEY=\"abc\"\r\nexport LOG_LEVEL=debug # more\r\nCOINS_PER_PAGE=20\r\n")

        #expect(settings.lcwAPIKey?.reveal() == "abc")
        #expect(settings.logLevel == .debug)
        #expect(settings.coinsPerPage == 20)
    }
}

@Suite("Warnings about settings")
struct SettingsWarningTests {
    private func warnings(_ environment: [String: String] = [:], file: String? = nil, files: [String: String] = [:])
        throws -> [String]
    {
        try settings(environment, file: file, files: files).warnings.map(\.description)
    }

    @Test(
        "a name that is nearly a setting is told with the setting",
        arguments: [
            ("LCW_APIKEY", "LCW_API_KEY"), ("LCW_API_KEYS", "LCW_API_KEY"), ("INFLUX_TOKEN", "INFLUXDB_TOKEN"),
            ("METRIC_PORT", "METRICS_PORT"), ("TRACKED_COIN", "TRACKED_COINS"), ("LOGLEVEL", "LOG_LEVEL"),
            ("log_levle", "LOG_LEVEL"), ("INFLUXDB_TOKEN_FIEL", "INFLUXDB_TOKEN_FILE"),
            ("INFLUXDB_ORG_FILE", "INFLUXDB_ORG"),
            ("COINLINE_DATADIR", "COINLINE_DATA_DIR"), ("COINLINE_CURENCY", "COINLINE_CURRENCY"),
        ])
    func nearMiss(name: String, setting: String) throws {
        #expect(
            try warnings([name: "x"]) == [
                "environment  \(name.uppercased()) is not a setting and is ignored: did you mean \(setting)?"
            ])
    }

    @Test("a name of our own that is no setting is told")
    func unknownOwn() throws {
        #expect(
            try warnings(["COINLINE_UNHEARD_OF": "1"]) == [
                "environment  COINLINE_UNHEARD_OF is not a setting and is ignored"
            ])
        #expect(
            try warnings(file: "\ncoinline_unheard_of=1") == [
                ".env:2  COINLINE_UNHEARD_OF is not a setting and is ignored"
            ])
        #expect(try warnings(["COINLINE_UNHEARD_OF": ""]) == [])
    }

    @Test(
        "names of others are let be",
        arguments: [
            "INFLUXDB_PORT", "INFLUXDB_DB", "INFLUXDB_HTTP_AUTH_ENABLED", "INFLUXDB_ADMIN_USER",
            "INFLUXDB_SERVICE_HOST", "PATH",
            "HOME", "LANG", "TZ", "GF_LOG_LEVEL", "METRICS_HOST", "DOCKER_INFLUXDB_INIT_ORG", "LOG_FORMAT", "SHELL",
            "LCW",
        ])
    func others(name: String) throws {
        #expect(try warnings([name: "x"]) == [])
    }

    @Test("both forms of a secret: the plain one wins, wherever it stands")
    func bothForms() throws {
        let both = try settings(["LCW_API_KEY_FILE": "/k"], file: "LCW_API_KEY=plain", files: ["/k": "other"])

        #expect(both.lcwAPIKey?.reveal() == "plain")
        #expect(both.origin(of: "LCW_API_KEY") == .envFile(path: ".env", line: 1))
        #expect(
            both.warnings.map(\.description) == [
                ".env:1  LCW_API_KEY and LCW_API_KEY_FILE are both set: LCW_API_KEY_FILE is ignored"
            ])
        #expect(try warnings(["INFLUXDB_TOKEN": "x", "INFLUXDB_TOKEN_FILE": "/none"]).count == 1)
        #expect(try warnings(["INFLUXDB_TOKEN": "", "INFLUXDB_TOKEN_FILE": "/t"], files: ["/t": "x"]) == [])
    }

    @Test("quotes around a value of the environment are told, since nobody removes them there")
    func quotes() throws {
        #expect(
            try warnings(["LCW_API_KEY": "\"abc\""]) == [
                "environment  LCW_API_KEY has quotes around its value, which are taken as part of it"
            ])
        #expect(try warnings(["INFLUXDB_ORG": "'a'"]).count == 1)
        #expect(try warnings(["INFLUXDB_ORG": "\""]) == [])
        #expect(try warnings(file: "INFLUXDB_ORG='a'") == [])
    }

    @Test("a page larger than the upstream's is legal and no reason for a warning")
    func largePage() throws {
        #expect(try warnings(["COINS_PER_PAGE": "500"]) == [])
    }

    @Test("warnings are there when loading fails too, since a misspelt name is why another is missing")
    func withProblems() throws {
        let error = #expect(throws: SettingsErrors.self) { try settings(["LCW_APIKEY": "x"], for: [.key]) }

        #expect(error?.problems.count == 1)
        #expect(error?.warnings.count == 1)
    }
}
