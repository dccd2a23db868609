import Testing

@testable import CoinlineHTTP

@Suite("The client's thread", .timeLimit(.minutes(8)))
struct ThreadTests {
    @Test("it ends when the client is closed")
    func endsOnClose() async throws {
        weak var loop: TransferLoop?
        do {
            let client = try HTTPClient()
            loop = client.loop

            await closeAndWait(client)

            await #expect(throws: HTTPError(kind: .closed, detail: "the HTTP client is closed")) {
                try await client.send(HTTPRequest(url: "http://127.0.0.1:1/"))
            }
        }
        // The thread's own reference is the last one. The time limit ends this should it keep it.
        while loop != nil { await Task.yield() }
        #expect(loop == nil)
    }

    @Test("it ends when the client is released, and nothing is left")
    func endsOnRelease() async throws {
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        var client: HTTPClient? = try HTTPClient()
        _ = try await client?.send(HTTPRequest(url: server.url))
        let loop = try #require(client?.loop)

        client = nil

        await end(of: loop)
        // The kept connection is closed too.
        for await event in server.events { if case .ended = event { break } }
    }

    private func end(of loop: TransferLoop) async {
        await withCheckedContinuation { continuation in loop.whenEnded { continuation.resume() } }
    }
}
