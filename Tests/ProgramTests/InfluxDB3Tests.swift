import HTTPServer
import TestKit
import Testing

/// Stands for an InfluxDB 3 as its source describes it, as far as `status` asks.
@Suite("InfluxDB 3, as a user of status sees it")
struct InfluxDB3Tests {
    private func withServer(_ body: (World, [String: String]) async throws -> Void) async throws {
        let server = try HTTPServer { request in
            let sent = (try? await request.body.collect()) ?? []
            switch request.path {
            case "/api/v3/write_lp" where sent.isEmpty, "/api/v2/write" where sent.isEmpty, "/write" where sent.isEmpty:
                return .text("incoming write was empty", status: 400)
            case "/api/v3/write_lp":
                let refusal =
                    #"{"error":"parsing failed for write_lp endpoint","data":{"original_line":"coinline-check","#
                    + #""line_number":1,"error_message":"No fields were provided"}}"#
                return .json(Array(refusal.utf8), status: 400)
            default: return .text("not found", status: 404)
            }
        }
        try await withWorld { world in
            try await body(world, ["INFLUXDB_URL": server.baseURL, "INFLUXDB_BUCKET": "market", "INFLUXDB_ORG": "o"])
        }
        await server.stop()
    }

    @Test("over the API of an older server status ends with 1 and names the setting", arguments: ["v1", "v2"])
    func behindOlder(api: String) async throws {
        try await withServer { world, settings in
            let settings = settings.merging(["COINLINE_INFLUXDB_API": api]) { $1 }
            let result = try await world.program("status", settings: settings).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("as InfluxDB 3 does (400: incoming write was empty)"), "\(result)")
            #expect(result.outputText.contains("over its own API, v3 (COINLINE_INFLUXDB_API=v3)"), "\(result)")
            let line = result.outputText.split(separator: "\n").first { $0.contains("as InfluxDB 3 does") }
            #expect(line?.contains("INFLUXDB_URL") == false, "\(result)")
        }
    }

    @Test("over its own API status says what is not proved, and is no failure")
    func ownAPI() async throws {
        try await withServer { world, settings in
            let settings = settings.merging(["COINLINE_INFLUXDB_API": "v3"]) { $1 }
            let result = try await world.program("status", settings: settings).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(
                result.outputText.contains("not proved are the right to write to it and that it exists"), "\(result)")
        }
    }
}
