import CoinlineJSON
import TestKit
import Testing

@Suite("The fake of InfluxDB 2 against the recorded answers of 2.7.12", .timeLimit(.minutes(5)))
struct RecordedWriteTests {
    @Test("it answers every recorded write, and holds what the real one held", .requiresSharedFacts)
    func writes() async throws {
        let fake = try FakeInfluxDB2(RecordedServer.configuration())
        var (requests, readBacks) = (0, 0)

        // One server and their order: a conflict needs the write before it.
        for exchange in try RecordedExchange.all("influxdb2/write.json") {
            if exchange.name == "inactive token" { fake.setActive(false, token: try RecordedServer.readToken()) }
            // Nobody asked for this: the other type, which a query does not find, is stored as well.
            if exchange.name == "body of 30 MB" { #expect(values(of: "t6", fake) == [.integer(1), .float(1.5)]) }
            if exchange.name.hasSuffix(" / stored") {
                try await expectSameStored(exchange, fake)
                readBacks += 1
            } else {
                try await expectSameAnswer(exchange, fake)
                requests += 1
            }
        }

        let all = requests + readBacks
        print("recorded writes of InfluxDB 2.7.12: \(requests) requests, \(readBacks) read-backs, \(all) in all")
        #expect(requests == 172)
        #expect(readBacks == 135)
        #expect(fake.valueCount(of: "big", in: "crypto_data") == Int(RecordedBodies.manyLinesCount))
        await fake.stop()
    }

    private func values(of measurement: String, _ fake: FakeInfluxDB2) -> [FakeInfluxDB2.StoredValue?] {
        fake.points(in: "crypto_data").filter { $0.measurement == measurement }.map(\.fields["v"])
    }

    /// Status, code and message, that is to say every byte of the answer.
    private func expectSameAnswer(_ exchange: RecordedExchange, _ fake: FakeInfluxDB2) async throws {
        let answer = try await send(exchange, RecordedBodies.whole(exchange), fake)

        let name = Comment(rawValue: exchange.name)
        #expect(answer.status == exchange.status, name)
        #expect(
            RecordedBodies.isWhole(answer.body, of: exchange.responseBody),
            "\(exchange.name): \(answer.text.prefix(300))")
        for header in ["X-Platform-Error-Code", "Content-Type", "Allow", "X-Influxdb-Build", "X-Influxdb-Version"] {
            #expect(answer.header(header) == exchange.responseHeader(header), name)
        }
    }

    /// What the fake holds, and the bytes of its own answer to the same query.
    private func expectSameStored(_ exchange: RecordedExchange, _ fake: FakeInfluxDB2) async throws {
        let query = try RecordedQuery(exchange)
        if let recorded = exchange.responseBody.whole {
            let (held, wanted) = (query.cells(of: fake), try RecordedCSV(recorded).cells())
            #expect(Set(held) == Set(wanted), Comment(rawValue: exchange.name))
            #expect(held.count == wanted.count, Comment(rawValue: exchange.name))
        }

        fake.register(rawFlux: query.flux) { query.tables($0) }
        let answer = try await send(exchange, exchange.requestBody.whole ?? [], fake)

        #expect(answer.status == exchange.status, Comment(rawValue: exchange.name))
        #expect(
            RecordedBodies.isWhole(answer.body, of: exchange.responseBody),
            "\(exchange.name): \(answer.text.prefix(600))")
    }

    private func send(_ exchange: RecordedExchange, _ body: [UInt8], _ fake: FakeInfluxDB2) async throws -> RawAnswer {
        if exchange.name == "chunked" { return try await sendChunked(exchange, body, fake) }
        var request = RawRequest(exchange.method, fake.url + exchange.path)
        request.headers = exchange.requestHeaders.filter { $0.name != "Content-Length" }
        request.body = body
        // A body of a million lines takes its time on a busy machine.
        request.timeout = .seconds(180)
        do { return try await request.send() } catch { throw TestKitError("\(exchange.name): \(error)") }
    }

    private func sendChunked(
        _ exchange: RecordedExchange, _ body: [UInt8], _ fake: FakeInfluxDB2
    ) async throws -> RawAnswer {
        var head = "\(exchange.method) \(exchange.path) HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n"
        for header in exchange.requestHeaders { head += "\(header.name): \(header.value)\r\n" }
        var bytes = Array("\(head)\r\n".utf8)
        for start in stride(from: 0, to: body.count, by: 10) {
            let chunk = body[start..<min(start + 10, body.count)]
            bytes += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
        }
        let (all, port) = (bytes + Array("0\r\n\r\n".utf8), fake.port)
        let answer = try await onThread {
            let connection = try RawConnection(port: port)
            try connection.send(all)
            return try RawAnswerReader(connection).next()
        }
        return try #require(answer)
    }
}
