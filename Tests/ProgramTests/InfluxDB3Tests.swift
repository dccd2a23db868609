import CoinlineBase
import CoinlineCompression
import HTTPServer
import LineProtocol
import TestKit
import Testing

/// Stands for an InfluxDB 3 as its source describes it: refuses the check of `status`, and takes or refuses writes.
@Suite("InfluxDB 3, as a user sees it")
struct InfluxDB3Tests {
    private struct Write: Sendable {
        let target: String
        let headers: [String: String]
        let lines: [String]
    }

    private final class Writes: Sendable {
        let all = Locked<[Write]>([])

        func note(_ request: ServerRequest, _ text: [UInt8]) {
            let headers = request.headers.map { ($0.name.lowercased(), $0.value) }
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
            all.withLock {
                $0.append(
                    Write(target: request.target, headers: Dictionary(headers) { first, _ in first }, lines: lines))
            }
        }
    }

    /// - Parameter refusing: the code whose line is refused.
    private func withServer(
        refusing code: String? = nil, _ body: (World, [String: String], Writes) async throws -> Void
    ) async throws {
        let writes = Writes()
        let server = try HTTPServer { request in
            let sent = (try? await request.body.collect()) ?? []
            switch request.path {
            case "/api/v3/write_lp" where request.header("Content-Encoding") == "gzip":
                guard let text = try? Gunzip.decompress(sent, outputBytesMax: 1 << 20) else {
                    return .text("error decoding gzip stream", status: 500)
                }
                writes.note(request, text)
                return Self.answer(text, refusing: code)
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
            let settings = [
                "INFLUXDB_URL": server.baseURL, "INFLUXDB_BUCKET": "market", "INFLUXDB_ORG": "o",
                "INFLUXDB_TOKEN": world.token,
            ]
            try await body(world, settings, writes)
        }
        await server.stop()
    }

    /// A line that is refused is named by its number, from 1, and its first 20 bytes.
    private static func answer(_ text: [UInt8], refusing code: String?) -> ServerResponse {
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
        guard let code, let index = lines.firstIndex(where: { $0.contains(",code=\(code),") }) else {
            return ServerResponse(204)
        }
        let report =
            #"{"original_line":"\#(lines[index].prefix(20))","line_number":\#(index + 1),"#
            + #""error_message":"\#(reason)"}"#
        let refusal = #"{"error":"partial write of line protocol occurred","data":[\#(report)]}"#
        return .json(Array(refusal.utf8), status: 400)
    }

    private static let reason =
        "invalid column type for column 'rank', expected iox::column_type::field::float, got "
        + "iox::column_type::field::integer"

    @Test("over the API of an older server status ends with 1 and names the setting", arguments: ["v1", "v2"])
    func behindOlder(api: String) async throws {
        try await withServer { world, settings, _ in
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
        try await withServer { world, settings, writes in
            let settings = settings.merging(["COINLINE_INFLUXDB_API": "v3"]) { $1 }
            let result = try await world.program("status", settings: settings).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(
                result.outputText.contains("not proved are the right to write to it and that it exists"), "\(result)")
            #expect(result.outputText.contains("last 24 h        cannot be read: "), "\(result)")
            #expect(result.outputText.contains("over the API v3 points are written only"), "\(result)")
            #expect(writes.all.withLock { $0.isEmpty } && !world.leaks(result))
        }
    }

    @Test("a point goes to the database over its own path, with the unit in full and the token as a bearer's")
    func acknowledged() async throws {
        try await withServer { world, settings, writes in
            let settings = settings.merging(["COINLINE_INFLUXDB_API": "v3"]) { $1 }
            let result = try await world.program("fetch", "-c", "BTC", settings: settings).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(result.outputText.contains("acknowledged  1 of 1"), "\(result)")
            let all = writes.all.withLock { $0 }
            #expect(all.count == 1)
            let write = try #require(all.first)
            let query = "db=market&precision=millisecond&accept_partial=true&no_sync=false"
            #expect(write.target == "/api/v3/write_lp?\(query)")
            #expect(write.headers["authorization"] == "Bearer \(world.token)")
            #expect(write.lines.count == 1)
            var parser = LineParser(Array(try #require(write.lines.first).utf8), precision: .milliseconds)
            let point = try #require(try parser.next()).point
            try compare(point, ExpectedPoints(world).coin("BTC"))
            let time = try #require(point.time).nanoseconds - world.start.nanoseconds
            #expect((0..<60_000_000_000).contains(time), "\(time)")
            #expect(!world.leaks(result))
        }
    }

    @Test("of a partial write the line with the number that is named is told as it was sent, and the others landed")
    func partial() async throws {
        try await withServer(refusing: "ETH") { world, settings, writes in
            let settings = settings.merging(["COINLINE_INFLUXDB_API": "v3"]) { $1 }
            let result = try await world.program("fetch", "-c", "BTC", "-c", "ETH", settings: settings).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("acknowledged  1 of 2"), "\(result)")
            #expect(result.outputText.contains("dead letters  1\n"), "\(result)")
            let all = writes.all.withLock { $0 }
            #expect(all.count == 1 && all.first?.lines.count == 2)
            let told = result.outputText.split(separator: "\n").filter { $0.contains(Self.reason) }
            #expect(told.count == 1, "\(result)")
            // More of it than the server repeats.
            #expect(told.first?.contains("cryptocurrency_data,code=ETH,currency=USD") == true, "\(result)")
            #expect(!result.outputText.contains("code=BTC"), "\(result)")
            #expect(filesBelow(world.folder + "/data/outbox").filter { $0.hasSuffix(".lp.gz") }.isEmpty)
            #expect(!world.leaks(result))
        }
    }
}
