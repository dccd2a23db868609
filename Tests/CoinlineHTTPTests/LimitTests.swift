import CoinlineHTTP
import Testing

@Suite("Limits of an answer", .timeLimit(.minutes(1)))
struct LimitTests {
    private func request(_ server: RawServer, bytesMax: Int, cutting: Bool = false) -> HTTPRequest {
        var request = HTTPRequest(url: server.url)
        request.answerBytesMax = bytesMax
        request.answerOverflow = cutting ? .cut : .refuse
        return request
    }

    @Test("the last byte that is allowed is taken and the next one refused", arguments: [0, 1, 100, 40_000])
    func bothSides(count: Int) async throws {
        let server = RawServer { _ in .send(RawServer.answer(bytes: [UInt8](repeating: 7, count: count))) }
        defer { server.stop() }
        let client = try HTTPClient()

        #expect(try await client.send(request(server, bytesMax: count)).body.count == count)
        guard count > 0 else { return }
        let error = await failure(of: client, request(server, bytesMax: count - 1))

        #expect(error?.kind == .tooLarge)
        #expect(error?.detail == "the answer from \(server.url) is larger than \(count - 1) bytes")
    }

    @Test("what a small answer unpacks to is what counts")
    func bomb() async throws {
        let packed = try await gzip([UInt8](repeating: 0, count: 20 << 20))
        try #require(packed.count < 100_000)
        let server = RawServer { _ in .send(RawServer.answer("200 OK", ["Content-Encoding: gzip"], bytes: packed)) }
        defer { server.stop() }
        let client = try HTTPClient()

        #expect(await failure(of: client, request(server, bytesMax: 1 << 20))?.kind == .tooLarge)
        #expect(try await client.send(request(server, bytesMax: 20 << 20)).body.count == 20 << 20)
        #expect(try await client.send(request(server, bytesMax: 1000, cutting: true)).body.count == 1000)
    }

    @Test("a long answer is cut at its limit where that is asked for")
    func cut() async throws {
        let server = RawServer { _ in
            .send(RawServer.answer("400 Bad Request", [], body: String(repeating: "x", count: 200_000)))
        }
        defer { server.stop() }
        let client = try HTTPClient()

        let cut = try await client.send(request(server, bytesMax: 65_536, cutting: true))
        let whole = try await client.send(request(server, bytesMax: 200_000, cutting: true))

        #expect(cut.status == 400)
        #expect(cut.isCut)
        #expect(cut.body.count == 65_536)
        #expect(!whole.isCut)
        #expect(whole.body.count == 200_000)
    }

    @Test("a head that grows and grows is refused")
    func largeHead() async throws {
        let headers = (0..<100).map { "X-\($0): " + String(repeating: "h", count: 1000) }
        let server = RawServer { _ in .send(RawServer.answer("200 OK", headers)) }
        defer { server.stop() }
        let client = try HTTPClient()

        let error = await failure(of: client, HTTPRequest(url: server.url))

        #expect(error?.kind == .tooLarge)
        #expect(error?.detail.contains("head of the answer") == true)
    }

    @Test("interim answers without end are refused")
    func interimFlood() async throws {
        let flood = String(repeating: "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n", count: 5_000)
        let server = RawServer { _ in .sendAndHang(Array(flood.utf8)) }
        defer { server.stop() }
        let client = try HTTPClient()

        #expect(await failure(of: client, HTTPRequest(url: server.url))?.kind == .tooLarge)
    }
}
