import CoinlineBase
import CoinlineCompression
import CoinlineJSON
import TestKit
import Testing

@Suite("Answers of the fake beside writes, against the recorded ones", .timeLimit(.minutes(2)))
struct RecordedAnswerTests {
    @Test("it lays out every recorded table as the real one does", .requiresSharedFacts)
    func tables() async throws {
        let fake = try FakeInfluxDB2()
        var counts: [String: Int] = [:]

        for file in ["query", "examples"] {
            for exchange in try RecordedExchange.all("influxdb2/\(file).json") {
                guard let recorded = exchange.responseBody.whole, recorded.starts(with: Array("#datatype".utf8)) else {
                    continue
                }
                let tables = try RecordedCSV(recorded).tables()
                let flux = "\(file): \(exchange.name)"
                fake.register(flux: flux) { _ in tables }
                let answer = try await query(flux, fake)

                counts[file, default: 0] += 1
                #expect(answer.status == exchange.status, "\(flux)")
                #expect(answer.body == recorded, "\(flux)")
            }
        }

        #expect(counts == ["query": 13, "examples": 34])
        await fake.stop()
    }

    @Test("rows without annotations, and compressed ones, come as from the real one", .requiresSharedFacts)
    func plainAndCompressed() async throws {
        let fake = try FakeInfluxDB2(RecordedServer.configuration())
        let recorded = try RecordedExchange.all("influxdb2/query.json")
        func named(_ name: String) throws -> RecordedExchange { try #require(recorded.first { $0.name == name }) }
        let tables = try RecordedCSV(named("first rows").responseBody.bytes ?? []).tables()
        let (plain, compressed) = (try named("vnd.flux body"), try named("gzip answer"))
        fake.register(flux: plain.requestBody.text) { _ in tables }

        let plainAnswer = try await send(plain, fake)
        let compressedAnswer = try await send(compressed, fake)

        #expect(plainAnswer.text == plain.responseBody.text)
        #expect(plainAnswer.header("Content-Encoding") == nil)
        #expect(compressedAnswer.header("Content-Encoding") == "gzip")
        let content = try Gunzip.decompress(compressedAnswer.body, outputBytesMax: 1 << 20)
        #expect(content == (try Gunzip.decompress(compressed.responseBody.bytes ?? [], outputBytesMax: 1 << 20)))
        await fake.stop()
    }

    @Test(
        "it refuses a query as the real one does", .requiresSharedFacts,
        arguments: [
            ("query", "unknown bucket", true), ("query", "wrong token", true), ("query", "no org", true),
            ("query", "empty query", false), ("query", "empty result", true), ("tokens", "write only queries", true),
            ("tokens", "inactive token queries", true),
        ])
    func refusals(file: String, name: String, isRegistered: Bool) async throws {
        let fake = try FakeInfluxDB2(RecordedServer.configuration())
        let exchange = try #require(RecordedExchange.all("influxdb2/\(file).json").first { $0.name == name })
        if name.hasPrefix("inactive") { fake.setActive(false, token: try RecordedServer.readToken()) }
        if isRegistered {
            let form = try JSONCursor(exchange.requestBody.bytes ?? [], name: name)
            fake.register(flux: try form.requiredMember("query").string()) { _ in [] }
        }

        let answer = try await send(exchange, fake)

        #expect(answer.status == exchange.status)
        #expect(answer.text == exchange.responseBody.text)
        #expect(answer.header("X-Platform-Error-Code") == exchange.responseHeader("X-Platform-Error-Code"))
        await fake.stop()
    }

    @Test("a text that does not compile is told in the same form", .requiresSharedFacts)
    func formOfFaults() async throws {
        let fake = try FakeInfluxDB2(RecordedServer.configuration())
        let recorded = try RecordedExchange.all("influxdb2/query.json")
        let exchange = try #require(recorded.first { $0.name == "syntax error" })

        let answer = try await send(exchange, fake)

        #expect(answer.status == exchange.status)
        #expect(answer.header("X-Platform-Error-Code") == exchange.responseHeader("X-Platform-Error-Code"))
        let start = #/\{"code":"invalid","message":"compilation failed: error @1:1-1:46: [^"]+"\}/#
        #expect(exchange.responseBody.text.wholeMatch(of: start) != nil)
        #expect(answer.text.wholeMatch(of: start) != nil)
        await fake.stop()
    }

    @Test("health and ping are those of the real one", .requiresSharedFacts)
    func health() async throws {
        let fake = try FakeInfluxDB2()

        for exchange in try RecordedExchange.all("influxdb2/server.json") where !exchange.path.contains("/setup") {
            let answer = try await send(exchange, fake)

            #expect(answer.status == exchange.status)
            #expect(answer.header("X-Influxdb-Version") == exchange.responseHeader("X-Influxdb-Version"))
            #expect(answer.header("Content-Type") == exchange.responseHeader("Content-Type"))
            if exchange.path != "/ready" { #expect(answer.text == exchange.responseBody.text) }
        }
        let ready = try JSONCursor(await RawRequest("GET", fake.url + "/ready").send().body, name: "ready")
        #expect(try ready.requiredMember("status").string() == "ready")
        await fake.stop()
    }

    private func send(_ exchange: RecordedExchange, _ fake: FakeInfluxDB2) async throws -> RawAnswer {
        var request = RawRequest(exchange.method, fake.url + exchange.path)
        request.headers = exchange.requestHeaders.filter { $0.name != "Content-Length" }
        request.body = exchange.requestBody.whole ?? []
        return try await request.send()
    }

    private func query(_ flux: String, _ fake: FakeInfluxDB2) async throws -> RawAnswer {
        try await fakeQuery(flux, fake, token: FakeInfluxDB2.operatorToken)
    }
}

/// Asks with all annotations.
func fakeQuery(_ flux: String, _ fake: FakeInfluxDB2, token: String) async throws -> RawAnswer {
    var body = JSONWriter()
    body.beginObject()
    body.member("query", flux)
    body.member("type", "flux")
    body.key("dialect")
    body.beginObject()
    body.key("annotations")
    body.beginArray()
    for annotation in ["datatype", "group", "default"] { body.value(annotation) }
    body.endArray()
    body.endObject()
    body.endObject()
    var request = RawRequest("POST", fake.url + "/api/v2/query?org=market")
    request.headers = [("Authorization", "Token \(token)"), ("Content-Type", "application/json")]
    request.body = body.bytes
    return try await request.send()
}

extension RecordedCSV {
    /// As a test gives them to the fake.
    func tables() throws -> [FakeInfluxDB2.Table] {
        try blocks.flatMap { block -> [FakeInfluxDB2.Table] in
            if block.names == ["", "error", "reference"] {
                return block.rows.map { FakeInfluxDB2.Table.error(String(decoding: $0[1], as: UTF8.self)) }
            }
            var tables: [(number: [UInt8], table: FakeInfluxDB2.Table)] = []
            for row in block.rows {
                if tables.last?.number != row[2] { tables.append((row[2], Self.table(block, row))) }
                let values = try zip(row, block.types).dropFirst(3).map(Self.value)
                tables[tables.count - 1].table.rows.append(values)
            }
            return tables.isEmpty ? [try Self.emptyTable(block)] : tables.map(\.table)
        }
    }

    private static func table(_ block: Block, _ row: [[UInt8]]) -> FakeInfluxDB2.Table {
        let columns = zip(zip(block.names, block.types), block.isInKey).dropFirst(3).map { column, isInKey in
            FakeInfluxDB2.Table.Column(column.0, .init(rawValue: column.1) ?? .string, isInGroupKey: isInKey)
        }
        var table = FakeInfluxDB2.Table(columns: columns, rows: [])
        table.result = String(decoding: row[1].isEmpty ? block.defaults[1] : row[1], as: UTF8.self)
        return table
    }

    private static func emptyTable(_ block: Block) throws -> FakeInfluxDB2.Table {
        var table = table(block, block.defaults)
        table.key = try zip(zip(block.defaults, block.types), block.isInKey).dropFirst(3).filter(\.1).map {
            try value($0.0.0, $0.0.1)
        }
        return table
    }

    private static func value(_ bytes: [UInt8], _ type: String) throws -> FakeInfluxDB2.Table.Value {
        if bytes.isEmpty { return .null }
        let text = String(decoding: bytes, as: UTF8.self)
        let value: FakeInfluxDB2.Table.Value? =
            switch type {
            case "string": .bytes(bytes)
            case "double": (text == "+Inf" ? .infinity : text == "-Inf" ? -.infinity : Double(text)).map { .double($0) }
            case "long": Int64(text).map { .long($0) }
            case "unsignedLong": UInt64(text).map { .unsignedLong($0) }
            case "boolean": Bool(text).map { .boolean($0) }
            case "dateTime:RFC3339": UTCTime(rfc3339: text).map { .time($0.nanoseconds) }
            default: nil
            }
        guard let value else { throw TestKitError("no \(type): \(text)") }
        return value
    }
}
