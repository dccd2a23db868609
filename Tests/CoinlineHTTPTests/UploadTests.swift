import CoinlineHTTP
import TestKit
import Testing

@Suite("A large body on its way", .timeLimit(.minutes(8)))
struct UploadTests {
    /// More than the system takes into its buffers.
    private static func request(_ url: String, megabytes: Int = 16) -> HTTPRequest {
        var request = HTTPRequest(method: "POST", url: url)
        request.body = [UInt8](repeating: 0x41, count: megabytes << 20)
        return request
    }

    @Test("a task that is cancelled in the midst of its body is resumed at once, and libcurl reads no freed memory")
    func cancelled() async throws {
        let client = try HTTPClient()
        for _ in 0..<8 {
            let peer = PlainPeer()
            let task = Task { try await client.send(Self.request(peer.url).due(in: .seconds(3_600))) }
            let connection = await peer.connection()
            await connection.read(atLeast: 100_000)
            let start = ContinuousClock.now

            task.cancel()

            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(ContinuousClock.now - start < .seconds(30))
            // What was under way arrives, and then the end: nothing more is sent.
            #expect(await connection.readToEnd() < 16 << 20)
        }
    }

    @Test("a deadline that passes in the midst of a body ends it")
    func deadline() async throws {
        let peer = PlainPeer()
        let client = try HTTPClient()
        async let error = failure(of: client, Self.request(peer.url).due(in: .seconds(3)))
        let connection = await peer.connection()
        await connection.read(atLeast: 100_000)

        #expect(await error?.kind == .timeout)
        #expect(await connection.readToEnd() < 16 << 20)
    }

    @Test("a client that is closed in the midst of a body ends it")
    func closed() async throws {
        let peer = PlainPeer()
        let client = try HTTPClient()
        async let error = failure(of: client, Self.request(peer.url))
        let connection = await peer.connection()
        await connection.read(atLeast: 100_000)

        client.close()

        #expect(await error?.kind == .closed)
        #expect(await connection.readToEnd() < 16 << 20)
    }

    @Test("a peer that resets in the midst of a body is a broken exchange")
    func reset() async throws {
        let peer = PlainPeer()
        let client = try HTTPClient()
        async let error = failure(of: client, Self.request(peer.url))
        do {
            let connection = await peer.connection()
            await connection.read(atLeast: 100_000)
            connection.resetWhenReleased()
        }

        #expect(await error?.kind == .transfer)
        #expect(await error?.detail.contains(peer.url) == true)
    }

    @Test("an answer that comes before the body is all sent is the answer, and the rest is not sent")
    func earlyAnswer() async throws {
        let peer = PlainPeer()
        let client = try HTTPClient()
        async let answer = client.send(Self.request(peer.url))
        let connection = await peer.connection()
        await connection.read(atLeast: 100_000)

        connection.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmuch")

        #expect(try await answer.status == 413)
        #expect(try await answer.body == Array("much".utf8))
        #expect(await connection.readToEnd() < 16 << 20)
    }

    @Test("a server that asks for no body before 100 Continue is sent it at once all the same")
    func noExpectation() async throws {
        let peer = PlainPeer()
        let client = try HTTPClient()
        async let answer = client.send(Self.request(peer.url, megabytes: 2))
        let connection = await peer.connection()

        // A server that answers an expectation never does before the head is whole; here the body follows unasked.
        let received = await connection.read(atLeast: 2 << 20)
        connection.send("HTTP/1.1 204 No Content\r\n\r\n")

        #expect(try await answer.status == 204)
        #expect(!String(decoding: received.prefix(1_000), as: UTF8.self).lowercased().contains("expect"))
    }
}

extension HTTPRequest {
    /// The same with another deadline.
    func due(in deadline: Duration) -> HTTPRequest {
        var copy = self
        copy.deadline = deadline
        return copy
    }
}
