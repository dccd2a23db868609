import CoinlineBase
import CoinlineCompression
import HTTPServer
import LineProtocol
import TestKit
import Testing

/// Stands for an InfluxDB 2: notes what it is asked and answers writes as told. An empty write, which asks without storing
/// anything, is answered as by the real one: 204 for the bucket that is there, 404 for any other.
private final class FakeInfluxDB2: Sendable {
    struct Asked: Sendable {
        let method: String
        let path: String
        let query: [String: String]
        let headers: [String: String]
        let body: [UInt8]
    }

    private final class Notes: Sendable {
        let all = Locked<[Asked]>([])
    }

    private let notes: Notes
    private let server: HTTPServer

    /// The writes that brought lines.
    var asked: [Asked] { notes.all.withLock { $0 }.filter { !$0.body.isEmpty && $0.path.hasSuffix("/write") } }
    /// The empty ones.
    var checks: [Asked] { notes.all.withLock { $0 }.filter { $0.body.isEmpty } }
    var url: String { server.baseURL }

    /// - Parameter answer: to the so-manyth write, from 1.
    init(bucket: String?, _ answer: @escaping @Sendable (Int) -> ServerResponse) throws {
        let notes = Notes()
        self.notes = notes
        server = try HTTPServer { request in
            let body = (try? await request.body.collect()) ?? []
            let headers = request.headers.map { ($0.name.lowercased(), $0.value) }
            let one = Asked(
                method: request.method, path: request.path,
                query: Dictionary(request.query.map { ($0.name, $0.value) }) { first, _ in first },
                headers: Dictionary(headers) { first, _ in first }, body: body)
            let number = notes.all.withLock { all in
                all.append(one)
                return all.count { !$0.body.isEmpty }
            }
            guard one.path.hasSuffix("/write") else { return ServerResponse(404) }
            guard body.isEmpty else { return answer(number) }
            let missing = AnswerCase(status: 404, message: "bucket not found", code: "not found", advice: [])
            return one.query["bucket"] == bucket ? ServerResponse(204) : missing.response
        }
    }

    func stop() async { await server.stop(grace: .seconds(1)) }
}

/// An answer of InfluxDB 2.7.12, recorded, and what the program should make of it.
struct AnswerCase: Sendable, CustomTestStringConvertible {
    let status: Int
    var headers: [(name: String, value: String)] = []
    /// The words of the server, which a person is told exactly once.
    let message: String
    let code: String
    /// What a person is told to look at.
    let advice: [String]
    /// What of the two points was refused; the others are kept on disk unless this says that they are stored.
    var refused: Int?

    var testDescription: String { "\(status) \(message.prefix(40))" }

    var response: ServerResponse {
        let quoted = message.replacing("\"", with: "\\\"")
        var answer = ServerResponse.json(Array(#"{"code":"\#(code)","message":"\#(quoted)"}"#.utf8), status: status)
        answer.headers += [("X-Influxdb-Build", "OSS"), ("X-Influxdb-Version", "v2.7.12")]
        answer.headers += headers + [("X-Platform-Error-Code", code)]
        return answer
    }
}

@Suite("What InfluxDB 2 answers, as a user sees it")
struct InfluxDB2AnswersTests {
    private func withServer(
        speed: Double = 1, hasBucket: Bool = true, _ answer: @escaping @Sendable (Int) -> ServerResponse,
        _ body: (World, FakeInfluxDB2) async throws -> Void
    ) async throws {
        let server = try FakeInfluxDB2(bucket: hasBucket ? Self.bucket : nil, answer)
        try await withWorld(speed: speed) { world in try await body(world, server) }
        await server.stop()
    }

    private func settings(_ world: World, _ server: FakeInfluxDB2) -> [String: String] {
        [
            "INFLUXDB_URL": server.url, "INFLUXDB_TOKEN": world.token, "INFLUXDB_ORG": "my market",
            "INFLUXDB_BUCKET": Self.bucket,
        ]
    }

    private static let bucket = "crypto/5m & more"

    private static let cases = [
        AnswerCase(
            status: 401, message: "unauthorized access", code: "unauthorized", advice: ["token", "INFLUXDB_TOKEN"]),
        AnswerCase(
            status: 403, message: "insufficient permissions for write", code: "forbidden",
            advice: ["token", "crypto/5m & more"]),
        AnswerCase(
            status: 404, message: #"bucket "crypto/5m & more" not found"#, code: "not found",
            advice: ["bucket", "create it", "INFLUXDB_BUCKET"]),
        AnswerCase(
            status: 404, message: #"organization name "my market" not found"#, code: "not found",
            advice: ["organisation", "my market", "INFLUXDB_ORG"]),
        AnswerCase(
            status: 413, message: "unable to read data: points batch is too large", code: "request too large",
            advice: ["size"]),
        AnswerCase(
            status: 503, headers: [("Retry-After", "3600")], message: "too many writes", code: "unavailable",
            advice: ["wait"]),
        AnswerCase(
            status: 422,
            message: "failure writing points to database: partial write: field type conflict: input field \"rank\" on "
                + "measurement \"cryptocurrency_data\" is type integer, already exists as type float dropped=1",
            code: "unprocessable entity", advice: ["rank"], refused: 1),
    ]

    @Test("a refusal ends with 1, is told once with what to do, and keeps what is not stored", arguments: cases)
    func refusals(expected: AnswerCase) async throws {
        try await withServer({ _ in expected.response }) { world, server in
            let result = try await world.program(
                "fetch", "-c", "BTC", "-c", "ETH", settings: settings(world, server)
            ).result()
            let text = result.outputText + result.errorText

            #expect(result.exitCode == 1, "\(result)")
            // Long words of a server are cut, so their beginning counts.
            let said = text.ranges(of: String(expected.message.prefix(100))).count
            #expect(said == 1, "said \(said) times in \(result)")
            for word in expected.advice { #expect(result.outputText.contains(word), "\(word) in \(result)") }
            #expect(!world.leaks(result))
            #expect(server.asked.count == 1)
            let files = filesBelow(world.folder + "/data/outbox").filter { $0.hasSuffix(".lp.gz") }
            guard let refused = expected.refused else {
                #expect(files.count == 1 && files[0].hasPrefix("main/crypto%2F5m%20%26%20more/"), "\(files)")
                #expect(try keptPoints(world.folder + "/data/outbox/" + #require(files.first)) == ["BTC", "ETH"])
                #expect(result.outputText.contains("coinline load "), "\(result)")
                return
            }
            #expect(files.isEmpty)
            #expect(result.outputText.contains("acknowledged  \(2 - refused) of 2"), "\(result)")
        }
    }

    private func keptPoints(_ path: String) throws -> Set<String> {
        let text = try Gunzip.decompress(try bytes(of: path), outputBytesMax: 1 << 20)
        var parser = LineParser(text, precision: .milliseconds)
        var codes: Set<String> = []
        while let line = try parser.next() { codes.insert(line.point.tag("code") ?? "") }
        return codes
    }

    @Test("a write goes to the right place with the token in its header, and 204 means that it landed")
    func acknowledged() async throws {
        try await withServer({ _ in ServerResponse(204) }) { world, server in
            let result = try await world.program("fetch", "-c", "BTC", settings: settings(world, server)).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(result.outputText.contains("acknowledged  1 of 1"), "\(result)")
            #expect(server.asked.count == 1)
            let asked = try #require(server.asked.first)
            #expect(asked.method == "POST" && asked.path == "/api/v2/write")
            #expect(asked.query == ["org": "my market", "bucket": "crypto/5m & more", "precision": "ms"])
            #expect(asked.headers["authorization"] == "Token \(world.token)")
            #expect(asked.headers["content-encoding"] == "gzip")
            let lines = try Gunzip.decompress(asked.body, outputBytesMax: 1 << 20)
            var parser = LineParser(lines, precision: .milliseconds)
            let point = try #require(try parser.next()).point
            try compare(point, ExpectedPoints(world).coin("BTC"))
            let next = try parser.next()
            #expect(next == nil)
            #expect(filesBelow(world.folder).filter { $0.hasSuffix(".lp.gz") }.isEmpty)
        }
    }

    @Test("a server that asks for a short wait gets it, and then everything once")
    func overloaded() async throws {
        let busy = AnswerCase(
            status: 503, headers: [("Retry-After", "1")], message: "too many writes", code: "unavailable", advice: [])
        // The wait is a hundredth here.
        try await withServer(speed: 100, { $0 == 1 ? busy.response : ServerResponse(204) }) { world, server in
            let result = try await world.program("fetch", "-c", "BTC", settings: settings(world, server)).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(server.asked.count == 2 && server.asked[0].body == server.asked[1].body)
            #expect(result.errorText.contains("too many writes"), "\(result)")
            #expect(!world.leaks(result))
        }
    }

    @Test("status proves the bucket by writing nothing", arguments: [true, false])
    func check(isThere: Bool) async throws {
        try await withServer(hasBucket: isThere, { _ in ServerResponse(204) }) { world, server in
            let result = try await world.program("status", settings: settings(world, server)).result()

            #expect(result.exitCode == (isThere ? 0 : 1), "\(result)")
            #expect(server.asked.isEmpty && !server.checks.isEmpty)
            #expect(result.outputText.contains(isThere ? "proved" : "does not exist"), "\(result)")
            #expect(!world.leaks(result))
        }
    }
}
