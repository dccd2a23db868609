import CoinlineBase
import Settings
import Testing

@Suite("Named destinations")
struct NamedDestinationTests {
    private static let two = [
        "COINLINE_DESTINATIONS": "backup, cold-2", "COINLINE_DEST_BACKUP_URL": "http://backup:8086/",
        "COINLINE_DEST_BACKUP_TOKEN": "token-of-backup-4f2a", "COINLINE_DEST_BACKUP_ORG": "o",
        "COINLINE_DEST_COLD_2_URL": "http://cold:8181", "COINLINE_DEST_COLD_2_API": "V3",
        "COINLINE_DEST_COLD_2_BUCKET": "a/b/c", "COINLINE_DEST_COLD_2_TOKEN_FILE": "/run/token",
    ]

    @Test("there is none unless it is named")
    func none() throws {
        #expect(try settings().destinations.isEmpty && settings().destinationNames.isEmpty)
        #expect(try settings(["COINLINE_DESTINATIONS": ","]).destinationNames.isEmpty)
    }

    @Test("each has settings of its own, beside whatever the main destination is")
    func two() throws {
        let settings = try settings(Self.two, files: ["/run/token": "secret of cold\n"], for: [.destination])
        let (backup, cold) = (try #require(settings.destinations.first), try #require(settings.destinations.last))

        #expect(settings.destination == .embeddedStore(folder: "./data"))
        #expect(settings.warnings.isEmpty)
        #expect(settings.destinationNames == ["backup", "cold-2"] && settings.destinations.count == 2)
        #expect(backup.name == "backup" && cold.name == "cold-2")
        #expect(backup.influxDB.url == "http://backup:8086" && backup.influxDB.bucket == "cryptocurrency_data")
        #expect(backup.influxDB.token == Secret("token-of-backup-4f2a") && backup.influxDB.organization == "o")
        #expect(backup.influxDB.api == .v2)
        #expect(cold.influxDB.url == "http://cold:8181" && cold.influxDB.bucket == "a/b/c" && cold.influxDB.api == .v3)
        #expect(cold.influxDB.token == Secret("secret of cold") && cold.influxDB.organization == nil)
    }

    @Test("a file says what they are as well as the environment")
    func file() throws {
        let lines = Self.two.map { "\($0.key.lowercased())=\($0.value)" }.sorted().joined(separator: "\n")

        let settings = try settings(file: lines, files: ["/run/token": "s"])

        #expect(settings.destinations.map(\.influxDB.url) == ["http://backup:8086", "http://cold:8181"])
        #expect(settings.warnings.isEmpty)
    }

    @Test("what one lacks is told by the name of its setting, to whoever needs a destination")
    func missing() throws {
        let environment = [
            "COINLINE_DESTINATIONS": "a,b-c,d", "COINLINE_DEST_B_C_URL": "http://b", "COINLINE_DEST_D_URL": "http://d",
            "COINLINE_DEST_D_API": "v1",
        ]

        let told = problems(environment, for: [.destination])

        #expect(
            told.map { String($0.prefix { $0 != ":" }) } == [
                "environment  COINLINE_DEST_A_URL is missing", "environment  COINLINE_DEST_A_ORG is missing",
                "environment  COINLINE_DEST_B_C_ORG is missing",
            ])
        #expect(told[0].contains("the address of the destination a, which COINLINE_DESTINATIONS names"))
        #expect(told[2].contains("destination b-c") && told[2].contains("COINLINE_DEST_B_C_API=v1 or v3"))
        #expect(try settings(environment).destinations.map(\.name) == ["b-c", "d"])
    }

    @Test("a refused address is not missing on top")
    func refusedAddress() {
        let environment = [
            "COINLINE_DESTINATIONS": "a", "COINLINE_DEST_A_URL": "host:1", "COINLINE_DEST_A_API": "v1",
        ]

        #expect(
            problems(environment, for: [.destination]) == [
                "environment  COINLINE_DEST_A_URL is \"host:1\": begin it with http:// or https://"
            ])
    }

    private static let namesCases: [(String, [String]?)] = [
        ("a", ["a"]), (" a , b ,,a ", ["a", "b"]), ("0_-z", ["0_-z"]), ("-", ["-"]),
        (String(repeating: "a", count: 32), [String(repeating: "a", count: 32)]),
        (String(repeating: "a", count: 33), nil), ("main", nil), ("a,store", nil), ("Backup", nil), ("a b", nil),
        ("a;b", nil), ("ä", nil), ("../x", nil), ("a.b", nil), ("a-b,a_b", nil),
        ((1...16).map { "d\($0)" }.joined(separator: ","), (1...16).map { "d\($0)" }),
        ((1...17).map { "d\($0)" }.joined(separator: ","), nil),
    ]

    @Test("a name is that of a folder, and neither main nor store", arguments: namesCases)
    func names(text: String, expected: [String]?) {
        #expect((try? settings(["COINLINE_DESTINATIONS": text]))?.destinationNames == expected)
        #expect(problems(["COINLINE_DESTINATIONS": text]).count == (expected == nil ? 1 : 0))
    }

    @Test("two names that would share settings are told with both")
    func twins() {
        #expect(
            problems(["COINLINE_DESTINATIONS": "cold-2,hot,cold_2"]) == [
                "environment  COINLINE_DESTINATIONS is \"cold-2,hot,cold_2\": "
                    + "rename cold-2 or cold_2, which would both be COINLINE_DEST_COLD_2_…"
            ])
    }

    @Test("for the 1.x API a bucket of one is a database, perhaps with a retention policy")
    func bucketOfV1() {
        let environment = [
            "COINLINE_DESTINATIONS": "a", "COINLINE_DEST_A_URL": "http://a", "COINLINE_DEST_A_API": "v1",
            "COINLINE_DEST_A_BUCKET": "db/",
        ]

        #expect(
            problems(environment) == [
                "environment  COINLINE_DEST_A_BUCKET is \"db/\": "
                    + "for the 1.x API give a database, or database/retention-policy"
            ])
    }

    @Test(
        "a variable of a destination that nobody names is told, and so is a slip in one that somebody does",
        arguments: [
            ("COINLINE_DEST_COLD_URL", "is ignored: COINLINE_DESTINATIONS names no such destination"),
            ("COINLINE_DEST_COLD_TOKEN_FILE", "is ignored: COINLINE_DESTINATIONS names no such destination"),
            (
                "COINLINE_DEST_BACKUP_TOKN",
                "is not a setting and is ignored: did you mean COINLINE_DEST_BACKUP_TOKEN?"
            ),
            (
                "COINLINE_DEST_BAKUP_URL",
                "is not a setting and is ignored: did you mean COINLINE_DEST_BACKUP_URL?"
            ),
            ("COINLINE_DESTINATION", "is not a setting and is ignored: did you mean COINLINE_DESTINATIONS?"),
            ("COINLINE_DEST_URL", "is not a setting and is ignored"),
        ])
    func warnings(name: String, text: String) throws {
        let environment = ["COINLINE_DESTINATIONS": "backup", "COINLINE_DEST_BACKUP_URL": "http://b", name: "x"]

        #expect(try settings(environment).warnings.map(\.description) == ["environment  \(name) \(text)"])
    }

    @Test("the listing has their settings, the token masked")
    func listing() throws {
        let entries = try settings(Self.two, files: ["/run/token": "s"]).entries.filter {
            $0.group == .destinations
        }

        #expect(
            entries.map { "\($0.name) \($0.value ?? "–") (\($0.origin))" } == [
                "COINLINE_DESTINATIONS backup,cold-2 (environment)",
                "COINLINE_DEST_BACKUP_URL http://backup:8086 (environment)",
                "COINLINE_DEST_BACKUP_TOKEN …4f2a (environment)", "COINLINE_DEST_BACKUP_ORG o (environment)",
                "COINLINE_DEST_BACKUP_BUCKET cryptocurrency_data (default)", "COINLINE_DEST_BACKUP_API v2 (default)",
                "COINLINE_DEST_COLD_2_URL http://cold:8181 (environment)",
                "COINLINE_DEST_COLD_2_TOKEN … (file /run/token)", "COINLINE_DEST_COLD_2_ORG – (default)",
                "COINLINE_DEST_COLD_2_BUCKET a/b/c (environment)", "COINLINE_DEST_COLD_2_API v3 (environment)",
            ])
    }

    @Test(
        "a token of one is in no message or listing, whether the destination is named or not",
        arguments: ["backup", ""])
    func secrets(names: String) throws {
        let planted = "PLANTED-kZ81-SECRET-q7Wx"
        let file = """
            COINLINE_DEST_BACKUP_TOKEN=\(planted)
            COINLINE_DESTINATIONS=\(names)
            COINLINE_DEST_BACKUP_URL=http://h/${COINLINE_DEST_BACKUP_TOKEN}
            INFLUXDB_ORG=${COINLINE_DEST_BACKUP_TOKEN}
            """
        let settings = try settings(file: file)
        let bad = problems(file: file + "\nMETRICS_PORT=${COINLINE_DEST_BACKUP_TOKEN}")
        var output = "\(settings.entries) \(settings.warnings) \(bad)"
        dump(settings.entries, to: &output)
        for destination in settings.destinations { output += "\(String(describing: destination.influxDB.token))" }

        #expect(bad.count == 1)
        #expect(!output.contains(planted))
    }
}
