import CoinlineCompression
import HTTPServer
import Synchronization

/// A server as the source of InfluxDB 3 Core describes it: looks at the token, the name and the lines, in that order. A
/// line is bad if it has no value. The database is made when the lines are read: also by a write of nothing, and not by
/// one that is refused as a whole.
final class FakeInfluxDB3: Sendable {
    /// What was found out by asking: the databases there are, and how often it was asked.
    struct Seen: Sendable {
        var databases: Set<String> = []
        var requests = 0
    }

    private let state = Mutex(Seen())
    private let token: String
    /// Builds before 3.1 acknowledge a write of nothing.
    private let takesNothing: Bool

    var seen: Seen { state.withLock { $0 } }

    private init(token: String, takesNothing: Bool) {
        self.token = token
        self.takesNothing = takesNothing
    }

    static func with(
        token: String = "the-token", takesNothing: Bool = false,
        _ body: (_ url: String, _ fake: FakeInfluxDB3) async throws -> Void
    ) async throws {
        let fake = FakeInfluxDB3(token: token, takesNothing: takesNothing)
        let server = try ScriptedServer { seen in
            (try? fake.answer(seen)) ?? .text("error decoding gzip stream", status: 500)
        }
        try await body(server.url, fake)
        await server.stop()
    }

    static func partial(_ data: String) -> String {
        #"{"error":"partial write of line protocol occurred","data":"# + data + "}"
    }

    static func report(_ number: Int, _ line: String, _ reason: String) -> String {
        #"{"original_line":"\#(line)","line_number":\#(number),"error_message":"\#(reason)"}"#
    }

    private func answer(_ seen: ScriptedServer.Seen) throws -> ServerResponse {
        state.withLock { $0.requests += 1 }
        let parts = seen.target.split(separator: "?", maxSplits: 1).map(String.init)
        let names = ["/api/v3/write_lp": "db", "/api/v2/write": "bucket", "/write": "db"]
        guard let name = names[parts[0]], parts.count == 2 else { return .text("not found", status: 404) }
        let scheme = name == "bucket" || parts[0] == "/write" ? "Token" : "Bearer"
        guard seen.headers["authorization"] == "\(scheme) \(token)" else { return ServerResponse(401) }
        let query = parts[1].split(separator: "&").map(String.init)
        guard let database = query.first(where: { $0.hasPrefix("\(name)=") })?.dropFirst(name.count + 1),
            database.first?.isLetter == true
        else { return Self.refusal(400, #"{"error":"db name did not start with a number or letter"}"#) }
        let isGzip = seen.headers["content-encoding"] == "gzip"
        let body = isGzip ? try Gunzip.decompress(seen.body, outputBytesMax: 10 << 20) : seen.body
        return write(body, to: String(database), isWhole: query.contains("accept_partial=false"))
    }

    private func write(_ body: [UInt8], to database: String, isWhole: Bool) -> ServerResponse {
        let lines = String(decoding: body, as: UTF8.self).split(separator: "\n")
        let reports = lines.enumerated().filter { $0.element.hasSuffix("=") || !$0.element.contains(" ") }.map {
            Self.report($0.offset + 1, String($0.element.prefix(20)), "No fields were provided")
        }
        if isWhole, let first = reports.first {
            return Self.refusal(400, #"{"error":"parsing failed for write_lp endpoint","data":\#(first)}"#)
        }
        state.withLock { _ = $0.databases.insert(database) }
        if lines.isEmpty { return takesNothing ? ServerResponse(204) : .text("incoming write was empty", status: 400) }
        return reports.isEmpty
            ? ServerResponse(204) : Self.refusal(400, Self.partial("[\(reports.joined(separator: ","))]"))
    }

    private static func refusal(_ status: Int, _ text: String) -> ServerResponse {
        .json(Array(text.utf8), status: status)
    }
}
