import CoinlineBase
import CoinlineCompression
import HTTPServer
import LineProtocol
import TestKit
import Testing

/// What an InfluxDB 2 refuses a write for, and what the program should make of it.
struct AnswerCase: Sendable, CustomTestStringConvertible {
    let status: Int
    /// The words of the server, which a person is told exactly once.
    let message: String
    /// What a person is told to look at.
    let advice: [String]
    /// Makes the fault of a server that would take the write. By itself a server is never busy: that is `busy`.
    var fault: @Sendable (inout FakeInfluxDB2.Configuration) -> Void = { _ in }
    /// How long a busy server asks to wait.
    var busy: Duration?
    /// Requests until it is clear that no further one helps, and the files in which the points wait then.
    var requests = 1
    var files = 1

    var testDescription: String { "\(status) \(message.prefix(40))" }
}

/// An answer that tells to come back later.
private func busyAnswer(_ status: Int, _ message: String, wait: Duration) -> ServerResponse {
    var answer = ServerResponse.json(Array(#"{"code":"unavailable","message":"\#(message)"}"#.utf8), status: status)
    answer.headers += [("Retry-After", "\(wait.components.seconds)"), ("X-Platform-Error-Code", "unavailable")]
    return answer
}

@Suite("What InfluxDB 2 answers, as a user sees it")
struct InfluxDB2AnswersTests {
    private func withServer(
        speed: Double = 1, _ fault: (inout FakeInfluxDB2.Configuration) -> Void = { _ in },
        _ body: (World, FakeInfluxDB2) async throws -> Void
    ) async throws {
        try await withWorld(speed: speed) { world in
            var configuration = FakeInfluxDB2.Configuration(
                organization: "my market", organizationID: "94448bf527b570fd",
                buckets: [.init(Self.bucket, id: "1e3caa06a3c78a6e")],
                tokens: [.init(world.token, writes: [Self.bucket]), .operator(FakeInfluxDB2.operatorToken)])
            fault(&configuration)
            let server = try FakeInfluxDB2(configuration)
            do { try await body(world, server) } catch {
                await server.stop()
                throw error
            }
            await server.stop()
        }
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
            status: 401, message: "unauthorized access", advice: ["token", "INFLUXDB_TOKEN"],
            fault: { $0.tokens.removeFirst() }),
        AnswerCase(
            status: 403, message: "insufficient permissions for write", advice: ["token", "crypto/5m & more"],
            fault: { server in (server.tokens[0].reads, server.tokens[0].writes) = ([bucket], []) }),
        AnswerCase(
            status: 404, message: #"bucket "crypto/5m & more" not found"#,
            advice: ["bucket", "create it", "INFLUXDB_BUCKET"], fault: { $0.buckets[0].name = "crypto" }),
        AnswerCase(
            status: 404, message: #"organization name "my market" not found"#,
            advice: ["organisation", "my market", "INFLUXDB_ORG"], fault: { $0.organization = "market" }),
        AnswerCase(
            status: 413, message: "unable to read data: points batch is too large", advice: ["size"],
            fault: { $0.bodyBytesMax = 100 }, requests: 2, files: 2),
        AnswerCase(status: 429, message: "too many writes", advice: ["wait"], busy: .seconds(3_600)),
        AnswerCase(status: 503, message: "too many writes", advice: ["wait"], busy: .seconds(3_600)),
    ]

    @Test("a refusal ends with 1, is told once with what to do, and what is not stored waits on disk", arguments: cases)
    func refusals(expected: AnswerCase) async throws {
        try await withServer(speed: expected.busy == nil ? 1 : 10, expected.fault) { world, server in
            if let wait = expected.busy {
                server.intercept = { _, _ in busyAnswer(expected.status, expected.message, wait: wait) }
            }

            let result = try await world.program(
                "fetch", "-c", "BTC", "-c", "ETH", settings: settings(world, server)
            ).result()

            #expect(server.requests.map(\.status) == Array(repeating: expected.status, count: expected.requests))
            #expect(result.exitCode == 1, "\(result)")
            expectSaidOnce(expected.message, in: result)
            for word in expected.advice { #expect(result.outputText.contains(word), "\(word) in \(result)") }
            #expect(!world.leaks(result))
            #expect(server.points(in: Self.bucket).isEmpty)
            let files = filesBelow(world.folder + "/data/outbox").filter { $0.hasSuffix(".lp.gz") }
            #expect(files.count == expected.files, "\(files)")
            #expect(files.allSatisfy { $0.hasPrefix("main/crypto%2F5m%20%26%20more/") }, "\(files)")
            let codes = try files.map { try self.codes(in: world.folder + "/data/outbox/" + $0) }
            #expect(codes.reduce(Set()) { $0.union($1) } == ["BTC", "ETH"])
            #expect(result.outputText.contains("coinline outbox flush"), "\(result)")
        }
    }

    /// Long words of a server are cut, so their beginning counts.
    private func expectSaidOnce(_ message: String, in result: ProgramResult) {
        let said = (result.outputText + result.errorText).ranges(of: String(message.prefix(100))).count
        #expect(said == 1, "said \(said) times in \(result)")
    }

    private func codes(in path: String) throws -> Set<String> {
        let text = try Gunzip.decompress(try bytes(of: path), outputBytesMax: 1 << 20)
        var parser = LineParser(text, precision: .milliseconds)
        var codes: Set<String> = []
        while let line = try parser.next() { codes.insert(line.point.tag("code") ?? "") }
        return codes
    }

    @Test("a field whose type the bucket knows otherwise is refused with the reason, and all other points are there")
    func typeConflict() async throws {
        try await withServer { world, server in
            var earlier = RawRequest("POST", server.url + "/api/v2/write?org=my%20market&bucket=1e3caa06a3c78a6e")
            earlier.headers.append(("Authorization", "Token \(FakeInfluxDB2.operatorToken)"))
            earlier.body = Array("cryptocurrency_data,code=X rank=1.5 \(World.start.nanoseconds - 1)".utf8)
            #expect(try await earlier.send().status == 204)

            // The third has no rank.
            let result = try await world.program(
                "fetch", "-c", "BTC", "-c", "ETH", "-c", "NULLS", settings: settings(world, server)
            ).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(server.requests.map(\.status) == [204, 422])
            #expect(result.outputText.contains("dead letters  2\n"), "\(result)")
            expectSaidOnce(
                "failure writing points to database: partial write: field type conflict: input field \"rank\" on "
                    + "measurement \"cryptocurrency_data\" is type integer, already exists as type float dropped=2",
                in: result)
            #expect(result.outputText.contains("acknowledged  1 of 3"), "\(result)")
            #expect(!world.leaks(result))
            let points = server.points(in: Self.bucket).filter { $0.tags["code"] != "X" }
            #expect(points.count == 1)
            try compare(#require(points.first), ExpectedPoints(world).coin("NULLS"))
            #expect(filesBelow(world.folder + "/data/outbox").filter { $0.hasSuffix(".lp.gz") }.isEmpty)
        }
    }

    @Test("a write goes to the right place with the token in its header, and 204 means that it landed")
    func acknowledged() async throws {
        try await withServer { world, server in
            let result = try await world.program("fetch", "-c", "BTC", settings: settings(world, server)).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(result.outputText.contains("acknowledged  1 of 1"), "\(result)")
            #expect(server.requests.count == 1)
            let asked = try #require(server.requests.first)
            let headers = Dictionary(uniqueKeysWithValues: asked.headers.map { ($0.name.lowercased(), $0.value) })
            let target = "/api/v2/write?org=my%20market&bucket=crypto%2F5m%20%26%20more&precision=ms"
            #expect(asked.method == "POST" && asked.target == target, "\(asked.target)")
            #expect(headers["authorization"] == "Token \(world.token)")
            #expect(headers["content-encoding"] == "gzip")
            let points = server.points(in: Self.bucket)
            #expect(points.count == 1)
            try compare(#require(points.first), ExpectedPoints(world).coin("BTC"))
            #expect(filesBelow(world.folder).filter { $0.hasSuffix(".lp.gz") }.isEmpty)
        }
    }

    @Test("every value of a run is in the bucket as the market said it, with its type and its awkward names")
    func everyValue() async throws {
        try await withServer(speed: World.unhurried) { world, server in
            var settings = settings(world, server)
            settings["COINS_LIST_PAGES"] = "3"

            let result = try await world.program("run-once", "--json", settings: settings).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(try result.number("points_offered") == result.number("points_acknowledged"))
            let points = server.points(in: Self.bucket)
            let (past, current) = (
                points.filter { $0.time < world.start.nanoseconds },
                points.filter { $0.time >= world.start.nanoseconds }
            )
            #expect(current.allSatisfy { $0.time < world.start.advanced(by: .seconds(60)).nanoseconds })
            let expected = ExpectedPoints(world)
            let coins = current.filter { $0.measurement == "cryptocurrency_data" }
            #expect(coins.count == 300 && Set(coins.map { $0.tags["code"] }).count == 300)
            for coin in coins { try compare(coin, expected.coin(#require(coin.tags["code"]))) }
            for sign in [",", "=", #"\"#, "\""] {
                #expect(coins.contains { $0.tags["name"]?.contains(sign) ?? false }, "\(sign)")
            }
            let others = try expected.exchanges() + [expected.overview(), expected.usage()]
            #expect(current.count == coins.count + others.count)
            for other in others {
                let found = current.filter {
                    $0.measurement == other.measurement && $0.tags["code"] == other.tag("code")
                }
                #expect(found.count == 1, "\(other.measurement)")
                try compare(#require(found.first), other)
            }
            try compareHistories(past, expected)
        }
    }

    private func compareHistories(_ points: [FakeInfluxDB2.StoredPoint], _ expected: ExpectedPoints) throws {
        let histories = Dictionary(grouping: points) { $0.tags["code"] ?? "" }
        #expect(Set(histories.keys) == ["BTC", "ETH", "GLQ"])
        for (code, found) in histories {
            let history = try expected.history(code)
            #expect(history.count == 288)
            #expect(found.map(\.time) == history.map { $0.time?.nanoseconds }, "\(code)")
            for (point, told) in zip(found, history) { try compare(point, told) }
        }
    }

    private func compare(_ stored: FakeInfluxDB2.StoredPoint, _ expected: Point) throws {
        #expect(stored.measurement == expected.measurement)
        let fields = stored.fields.map { field in
            let value: FieldValue =
                switch field.value {
                case .float(let number): .float(number)
                case .integer(let number): .integer(number)
                case .unsigned(let number): .unsigned(number)
                case .boolean(let value): .boolean(value)
                case .string(let text): .string(text)
                }
            return Field(field.key, value)
        }
        let name = "\(expected.measurement) \(expected.tag("code") ?? "")"
        #expect(Dictionary(uniqueKeysWithValues: fields.map { ($0.key, $0.value) }) == expected.fieldsByKey, "\(name)")
        #expect(stored.tags == (try expected.tagsAsWritten()), "\(name)")
    }

    @Test("a server that asks for a short wait gets it, and then everything once", arguments: [429, 503])
    func overloaded(status: Int) async throws {
        // The wait is a quarter here.
        try await withServer(speed: 4) { world, server in
            let refused = Locked<[[UInt8]]>([])
            server.intercept = { request, number in
                guard number == 1 else { return nil }
                let body = (try? await request.body.collect()) ?? []
                refused.withLock { $0.append(body) }
                return busyAnswer(status, "too many writes", wait: .seconds(1))
            }

            let result = try await world.program("fetch", "-c", "BTC", settings: settings(world, server)).result()

            #expect(result.exitCode == 0, "\(result)")
            #expect(server.requests.map(\.status) == [status, 204])
            #expect(server.requests.last?.body == refused.withLock { $0.first })
            #expect(server.points(in: Self.bucket).map { $0.tags["code"] } == ["BTC"])
            #expect(result.errorText.contains("too many writes"), "\(result)")
            #expect(!world.leaks(result))
        }
    }

    @Test("status proves the bucket by writing nothing", arguments: [true, false])
    func check(isThere: Bool) async throws {
        try await withServer({ if !isThere { $0.buckets[0].name = "crypto" } }) { world, server in
            let result = try await world.program("status", settings: settings(world, server)).result()

            #expect(result.exitCode == (isThere ? 0 : 1), "\(result)")
            let writes = server.requests.filter { $0.target.hasPrefix("/api/v2/write?") }
            #expect(!writes.isEmpty && writes.allSatisfy(\.body.isEmpty))
            #expect(result.outputText.contains(isThere ? "proved" : "does not exist"), "\(result)")
            #expect(!world.leaks(result))
        }
    }
}
