/// The one table of settings. Reading, messages, `config`, `.env.example` and the README's table are made from it.
///
/// Names without the prefix `COINLINE_` are those of LCW-Fetch, with its defaults and ranges.
public enum SettingsTable {
    /// In the order of groups and within them of the documentation.
    public static let all: [Setting] =
        [
            lcwAPIKey, lcwBaseURL, requestsPerMinute, currency,
            influxDBURL, influxDBToken, influxDBOrganization, influxDBBucket, influxDBAPI, databaseName, gzip,
            destinations,
            logLevel, enableMetrics, metricsPort, testClock,
            enableScheduler, fetchIntervalMinutes, schedulerTimeZone, jobMisfireGraceTime,
            trackedCoins, maxCoinsPerFetch, coinsListPages, coinsPerPage,
            dataFolder, storeRetention,
            requestTimeout, caFile,
        ] + outbox

    /// Nil for a name that is not in the table; upper and lower case count as the same.
    public static func setting(named name: String) -> Setting? {
        let name = name.uppercased()
        return all.first { $0.name == name }
    }

    /// Those that an option of the command line gives too.
    public static var withFlag: [Setting] {
        all.filter { $0.flag != nil }
    }

    /// Said of what LCW-Fetch's daemon reads, so that nobody waits for an effect.
    private static let unused = " Read and checked, without effect: this version has no daemon."

    // MARK: API

    public static let lcwAPIKey = Setting(
        "LCW_API_KEY", .secret, in: .api,
        whatItIs: "your key of Live Coin Watch, free at livecoinwatch.com/tools/api (without one, try coinline demo)",
        help: "Your key of Live Coin Watch (https://www.livecoinwatch.com/tools/api). Needed by what fetches.")
    public static let lcwBaseURL = Setting(
        "LCW_BASE_URL", .url, standard: "https://api.livecoinwatch.com", in: .api,
        help: "The address of the Live Coin Watch API, or of a simulator.")
    public static let requestsPerMinute = Setting(
        "REQUESTS_PER_MINUTE", .integer(1...SettingKind.unbounded), standard: "60", in: .api,
        help: "Calls upstream in a minute at most, after a first burst of a sixth of them (at least 5).")
    public static let currency = Setting(
        "COINLINE_CURRENCY", .currency, standard: "USD", in: .api,
        help: "The currency in which prices are asked for. It is a tag: another currency makes other series.")

    // MARK: Database

    public static let influxDBURL = Setting(
        "INFLUXDB_URL", .url, standard: "http://localhost:8086", in: .database,
        help: "The address of InfluxDB; a path in front of the API is kept. With neither this nor INFLUXDB_TOKEN set, "
            + "points go into the embedded store in COINLINE_DATA_DIR. The default holds where only the token is set.")
    public static let influxDBToken = Setting(
        "INFLUXDB_TOKEN", .secret, in: .database, whatItIs: "a token of InfluxDB that may write to the bucket",
        help: "A token that may write to the bucket; user:password for the 1.x API. "
            + "A server without authentication needs none.")
    public static let influxDBOrganization = Setting(
        "INFLUXDB_ORG", .text, in: .database,
        whatItIs: "the name of your organisation in InfluxDB "
            + "(InfluxDB 1.x and 3 have none: set COINLINE_INFLUXDB_API=v1 or v3)",
        help: "The name of your organisation in InfluxDB. Needed for InfluxDB 2.x; the others have none.")
    public static let influxDBBucket = Setting(
        "INFLUXDB_BUCKET", .bucket, standard: "cryptocurrency_data", in: .database,
        help: "The bucket that is written to. For the 1.x API the database, or database/retention-policy; "
            + "for InfluxDB 3 the database.")
    public static let influxDBAPI = Setting(
        "COINLINE_INFLUXDB_API", .choice(InfluxDBAPIName.allCases.map(\.rawValue)), standard: "v2", in: .database,
        help: "The API of the server: v2 for InfluxDB 2.x, v1 for InfluxDB 1.x, v3 for InfluxDB 3; "
            + "VictoriaMetrics takes v1 and v2.")
    public static let databaseName = Setting(
        "DATABASE_NAME", .text, standard: "crypto_timeseries", in: .database,
        help: "Accepted since LCW-Fetch has it; not used.")
    public static let gzip = Setting(
        "COINLINE_GZIP", .integer(1...9), standard: "1", in: .database,
        help: "How hard batches are compressed: 1 is fastest, 9 smallest.")

    // MARK: More destinations

    public static let destinations = Setting(
        "COINLINE_DESTINATIONS", .destinations, in: .destinations, example: "backup",
        help:
            "Further InfluxDBs that get every point too, by names of your choice. Each has its own outbox, so that one "
            + "that is slow or down holds up no other, and its own settings, with its name in them in capitals and _ "
            + "for -.")

    // MARK: Application

    public static let logLevel = Setting(
        "LOG_LEVEL", .choice(LogLevelName.allCases.map(\.rawValue)), standard: "INFO", in: .application,
        flag: "log-level",
        help: "The least important messages that are still shown.")
    public static let enableMetrics = Setting(
        "ENABLE_METRICS", .boolean, standard: "true", in: .application,
        help: "Whether metrics are served for Prometheus.\(unused)")
    public static let metricsPort = Setting(
        "METRICS_PORT", .integer(1...65_535), standard: "9099", in: .application,
        help: "The port of metrics and health.\(unused)")
    public static let testClock = Setting(
        "COINLINE_TEST_CLOCK", .testClock, in: .application, isHidden: true,
        help: "For tests against a simulator: the program lives in another time, at another speed.")

    // MARK: Scheduling

    public static let enableScheduler = Setting(
        "ENABLE_SCHEDULER", .boolean, standard: "true", in: .scheduling,
        help: "Whether the scheduler may start.\(unused)")
    public static let fetchIntervalMinutes = Setting(
        "FETCH_INTERVAL_MINUTES", .integer(1...SettingKind.unbounded), standard: "5", in: .scheduling,
        help: "Minutes between two fetches of the coin list.\(unused)")
    public static let schedulerTimeZone = Setting(
        "SCHEDULER_TIMEZONE", .timeZone, standard: "UTC", in: .scheduling,
        help: "The time zone of jobs at a certain hour.\(unused)")
    public static let jobMisfireGraceTime = Setting(
        "JOB_MISFIRE_GRACE_TIME", .integer(0...3_600), standard: "60", in: .scheduling,
        help: "Seconds that a job may be late and still run.\(unused)")

    // MARK: Tracked coins

    public static let trackedCoins = Setting(
        "TRACKED_COINS", .codes, standard: "BTC,ETH,GLQ", in: .trackedCoins,
        help: "Coins that run-once always fetches, with 24 hours of history. A lone comma tracks none.")
    public static let maxCoinsPerFetch = Setting(
        "MAX_COINS_PER_FETCH", .integer(1...1_000), standard: "100", in: .trackedCoins,
        help: "Coins in a plain list, by rank.\(unused)")
    public static let coinsListPages = Setting(
        "COINS_LIST_PAGES", .integer(1...10), standard: "2", in: .trackedCoins,
        help: "Pages of run-once; times COINS_PER_PAGE it is the number of coins.")
    public static let coinsPerPage = Setting(
        "COINS_PER_PAGE", .integer(10...500), standard: "100", in: .trackedCoins,
        help: "Coins on a page. The upstream gives at most 100 at once, so a larger page becomes several calls.")

    // MARK: Storage

    public static let dataFolder = Setting(
        "COINLINE_DATA_DIR", .path, standard: "./data", in: .storage, flag: "data-dir",
        help: "The folder for the embedded store, and for batches that could not be delivered.")
    public static let storeRetention = Setting(
        "COINLINE_STORE_RETENTION", .duration(.seconds(3_600)...(.seconds(36_500 * 86_400))), in: .storage,
        example: "30d",
        help: "How long the embedded store keeps points. Not set: for ever.")

    // MARK: Network

    public static let requestTimeout = Setting(
        "COINLINE_REQUEST_TIMEOUT", .duration(.seconds(1)...(.seconds(600))), standard: "30s", in: .network,
        help: "How long one request, upstream or to the database, may take.")
    public static let caFile = Setting(
        "COINLINE_CA_FILE", .path, in: .network, example: "/etc/ssl/certs/my-ca.pem",
        help: "A PEM file with the certificates that servers are verified against. Not set: those of the system.")
}

/// The levels of `LOG_LEVEL`.
public enum LogLevelName: String, Sendable, CaseIterable {
    case debug = "DEBUG"
    case info = "INFO"
    case warning = "WARNING"
    case error = "ERROR"
    case critical = "CRITICAL"
}

/// The values of `COINLINE_INFLUXDB_API`.
public enum InfluxDBAPIName: String, Sendable, CaseIterable {
    case v2
    case v1
    case v3
}
