import CoinlineBase
import Settings
import Testing

@Suite("Secrets in settings")
struct SettingsSecretTests {
    private static let planted = "PLANTED-kZ81-SECRET-q7Wx"

    @Test("a secret is read from a file, without the white space around it")
    func secretFile() throws {
        let settings = try settings(
            ["LCW_API_KEY_FILE": "/run/secrets/key"], file: "INFLUXDB_TOKEN_FILE=/run/token",
            files: ["/run/secrets/key": "abc\r\n", "/run/token": "\n user:pass word \n\n"])

        #expect(settings.lcwAPIKey?.reveal() == "abc")
        #expect(settings.origin(of: "LCW_API_KEY") == .secretFile(path: "/run/secrets/key"))
        #expect(settings.influxDBToken?.reveal() == "user:pass word")
    }

    @Test("a file that is empty or cannot be read is a problem, and the secret is not missing on top")
    func badSecretFile() {
        #expect(
            problems(["LCW_API_KEY_FILE": "/none"], for: [.key]) == [
                "environment  LCW_API_KEY_FILE is set, but \"/none\" cannot be read: No such file or directory"
            ])
        #expect(
            problems(file: "LCW_API_KEY_FILE=/empty", files: ["/empty": " \n"], for: [.key]) == [
                ".env:1  LCW_API_KEY_FILE is set, but \"/empty\" cannot be read: it is empty"
            ])
    }

    @Test("a secret put where the path of its file belongs is not shown")
    func secretAsPath() {
        #expect(
            problems(["LCW_API_KEY_FILE": Self.planted]) == [
                "environment  LCW_API_KEY_FILE is set, but the file that it names cannot be read: "
                    + "No such file or directory"
            ])
    }

    @Test("a secret that would break a header is refused without being shown")
    func brokenSecret() {
        #expect(
            problems(["LCW_API_KEY": "abc\ndef"]) == [
                "environment  LCW_API_KEY cannot be used: give text without control characters; "
                    + "it has a control character or a line break"
            ])
        #expect(problems(["LCW_API_KEY_FILE": "/k"], files: ["/k": "abc\u{0}def"]).count == 1)
        #expect(problems(["LCW_API_KEY_FILE": "/k"], files: ["/k": String(repeating: "a", count: 9_000)]).count == 1)
    }

    @Test("config shows the last four characters of a long secret and nothing of a short one")
    func masking() throws {
        func shown(_ key: String) throws -> String? {
            try settings(["LCW_API_KEY": key]).entries.first { $0.name == "LCW_API_KEY" }?.value
        }

        #expect(try shown("0123456789abcdef") == "…cdef")
        #expect(try shown("0123456789abcde") == "…")
        #expect(try shown("x") == "…")
        #expect(try settings().entries.first { $0.name == "LCW_API_KEY" }?.value == nil)
    }

    private static let places: [String] = [
        "LCW_API_KEY=\(planted)\nLCW_BASE_URL=https://x/${LCW_API_KEY}",
        "LCW_API_KEY=\(planted)\nLCW_BASE_URL=${LCW_API_KEY}",
        "LCW_API_KEY=\(planted)\nINFLUXDB_ORG=${LCW_API_KEY}\nCOINLINE_DATA_DIR=/x/${LCW_API_KEY}",
        "LCW_API_KEY=\(planted)\nLOG_LEVEL=${LCW_API_KEY}\nCOINS_PER_PAGE=x${LCW_API_KEY}",
        "LCW_API_KEY=\(planted)\nTRACKED_COINS=${LCW_API_KEY}",
        "LCW_API_KEY=\(planted)\nINFLUXDB_URL=http://user:${LCW_API_KEY}@host",
        "LCW_API_KEY \(planted)",
        "\(planted)",
        "LCW_API_KEY=\"\(planted)",
        "LCW_API_KEY='\(planted)' x",
        "'LCW_API_KEY=\(planted)",
        "LCW_API_KEY: \(planted)=",
        "=\(planted)",
        "INFLUXDB_URL=http://user:\(planted)@host",
        "INFLUXDB_URL=user:\(planted)@host",
        "INFLUXDB_URL=http://us/er:\(planted)@host",
        "INFLUXDB_URL=http://\(planted)@",
        "INFLUXDB_URL=http://host/?token=\(planted)",
        "INFLUXDB_URL=http://host/?a@b&token=\(planted)",
        "INFLUXDB_URL=http://host/#\(planted)",
        "INFLUXDB_URL=http://user:\(planted)#x@host",
        "INFLUXDB_URL=http://user:\(planted)?x@host",
        "INFLUXDB_TOKEN=user:\(planted)\nINFLUXDB_ORG=\(planted)\nMETRICS_PORT=\(planted)",
        "LCW_API_KEY=first\nLCW_API_KEY=\(planted)\nINFLUXDB_BUCKET=${LCW_API_KEY}",
        "LCW_API_KEY=\"\(planted)\\n2\"\nMETRICS_PORT=${LCW_API_KEY}",
        "LCWAPIKEY=\(planted)\nCOINLINE_KEY=\(planted)",
        "LCW_API_KEY=\(planted)\nLCW_API_KEY_FILE=/k",
        "INFLUXDB_TOKEN_FILE=/k\nINFLUXDB_BUCKET=\(planted)\nINFLUXDB_ORG=\(planted)",
        "LCW_API_KEY_FILE=\(planted)",
        "INFLUXDB_TOKEN_FILE=user:\(planted)",
    ]

    @Test(
        "a planted secret is in no message, warning or listing, wherever it was put",
        arguments: places)
    func nowhere(file: String) {
        var output = ""
        do throws(SettingsErrors) {
            for needs in [[], SettingsNeed.allCases] {
                let settings = try settings(
                    ["INFLUXDB_BUCKET": ""], file: file, files: ["/k": Self.planted + "\n"], for: needs)
                dump(settings.lcwAPIKey, to: &output)
                dump(settings.warnings, to: &output)
                output += settings.entries.map { "\($0)" }.joined()
                output += "\(settings.warnings) \(String(describing: settings.lcwAPIKey))"
            }
        } catch {
            output += "\(error) \(error.warnings)"
            dump(error, to: &output)
        }

        #expect(!output.contains(Self.planted))
        #expect(!output.contains("kZ81-SECRET"))
    }

    @Test("the settings themselves can be dumped")
    func dumped() throws {
        let settings = try settings(["LCW_API_KEY": Self.planted, "INFLUXDB_TOKEN": "user:" + Self.planted])
        var output = "\(settings) \(String(reflecting: settings))"
        dump(settings, to: &output)
        dump(settings.destination, to: &output)

        #expect(!output.contains(Self.planted))
    }
}
