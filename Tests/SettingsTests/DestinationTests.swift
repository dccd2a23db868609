import CoinlineBase
import Settings
import Testing

@Suite("The destination")
struct DestinationTests {
    private func influxDB(_ environment: [String: String]) throws -> InfluxDBChoice? {
        guard case .influxDB(let choice) = try settings(environment).destination else { return nil }
        return choice
    }

    @Test("with neither address nor token set, points go into the embedded store")
    func embedded() throws {
        let environment = ["INFLUXDB_ORG": "o", "INFLUXDB_BUCKET": "b", "COINLINE_DATA_DIR": "/d/"]

        #expect(try settings(environment).destination == .embeddedStore(folder: "/d"))
        #expect(
            try settings(["INFLUXDB_URL": "", "INFLUXDB_TOKEN": ""]).destination == .embeddedStore(folder: "./data"))
    }

    @Test("a token alone means the server on this machine")
    func tokenOnly() throws {
        let choice = try influxDB(["INFLUXDB_TOKEN": "t", "INFLUXDB_ORG": "o"])

        #expect(choice?.url == "http://localhost:8086")
        #expect(choice?.token == Secret("t"))
        #expect(choice?.organization == "o")
        #expect(choice?.bucket == "cryptocurrency_data")
        #expect(choice?.api == .v2)
    }

    @Test("an address alone means a server without authentication")
    func addressOnly() throws {
        let choice = try influxDB([
            "INFLUXDB_URL": "https://host/influx/", "COINLINE_INFLUXDB_API": "v1", "INFLUXDB_BUCKET": "db/rp",
        ])

        #expect(choice?.url == "https://host/influx")
        #expect(choice?.token == nil)
        #expect(choice?.bucket == "db/rp")
    }

    @Test("InfluxDB 3 needs an address alone, and any name of a bucket goes to it as it is")
    func version3() throws {
        let choice = try influxDB([
            "INFLUXDB_URL": "http://host:8181", "COINLINE_INFLUXDB_API": "V3", "INFLUXDB_BUCKET": "a/b/c",
        ])

        #expect(choice?.api == .v3)
        #expect(choice?.organization == nil && choice?.token == nil)
        #expect(choice?.bucket == "a/b/c")
    }

    @Test("the address of the default counts as set when somebody set it")
    func defaultAddressSet() throws {
        #expect(try influxDB(["INFLUXDB_URL": "http://localhost:8086"]) != nil)
    }

    @Test(
        "the organisation is needed on the 2.x API only",
        arguments: [
            (["INFLUXDB_URL": "http://h"], true), (["INFLUXDB_TOKEN": "t"], true),
            (["INFLUXDB_URL": "http://h", "INFLUXDB_ORG": "o"], false),
            (["INFLUXDB_URL": "http://h", "COINLINE_INFLUXDB_API": "v1"], false),
            (["INFLUXDB_URL": "http://h", "COINLINE_INFLUXDB_API": "v3"], false), ([:], false),
        ])
    func organization(environment: [String: String], isMissing: Bool) throws {
        let expected =
            isMissing
            ? [
                "environment  INFLUXDB_ORG is missing: the name of your organisation in InfluxDB (InfluxDB 1.x and 3 have none: set COINLINE_INFLUXDB_API=v1 or v3)"
            ] : []

        #expect(problems(environment, for: [.destination]) == expected)
        #expect(problems(environment).isEmpty)
        let settings = try settings(environment)
        if isMissing {
            #expect(throws: SettingsErrors.self) { try settings.requireDestination() }
            #expect(throws: SettingsErrors.self) { try settings.requireOrganization() }
        } else {
            #expect(try settings.requireDestination() == settings.destination)
        }
    }

    @Test("the key is asked for by who needs it")
    func key() throws {
        let missing =
            "settings: 1 problem\n  environment  LCW_API_KEY is missing: your key of Live Coin Watch, free at livecoinwatch.com/tools/api (without one, try coinline demo)"
        let settings = try settings()

        let error = #expect(throws: SettingsErrors.self) { try settings.requireKey() }

        #expect(error?.description == missing)
        #expect(try Settings.load(SettingsSources(environment: ["LCW_API_KEY": "k"])).requireKey() == Secret("k"))
        #expect(throws: SettingsErrors.self) { try settings.require([.key, .destination]) }
        try settings.require([.destination])
    }

    @Test(
        "for the 1.x API a bucket is a database, perhaps with a retention policy",
        arguments: [("db", true), ("db/rp", true), ("db/", false), ("/rp", false), ("a/b/c", false), ("/", false)])
    func bucketOfV1(bucket: String, isGood: Bool) {
        let environment = ["INFLUXDB_URL": "http://h", "INFLUXDB_BUCKET": bucket]
        let expected =
            "environment  INFLUXDB_BUCKET is \"\(bucket)\": "
            + "for the 1.x API give a database, or database/retention-policy"

        #expect(problems(environment.merging(["COINLINE_INFLUXDB_API": "v1"]) { $1 }) == (isGood ? [] : [expected]))
        #expect(problems(environment).isEmpty)
    }
}
