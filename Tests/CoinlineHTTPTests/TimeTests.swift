import CoinlineBase
import Testing

@testable import CoinlineHTTP

@Suite("Deadlines, cancellation and the end", .timeLimit(.minutes(8)))
struct TimeTests {
    private func request(_ server: RawServer, _ deadline: Duration = .seconds(30)) -> HTTPRequest {
        var request = HTTPRequest(url: server.url)
        request.deadline = deadline
        return request
    }

    @Test("a server that never answers costs the deadline and no more")
    func silence() async throws {
        let server = RawServer { _ in .sendAndHang([]) }
        defer { server.stop() }
        let client = try HTTPClient()
        let start = ContinuousClock.now

        let error = await failure(of: client, request(server, .milliseconds(1_500)))

        #expect(error == HTTPError(kind: .timeout, detail: "no complete answer from \(server.url) within 1.5 s"))
        #expect((.milliseconds(1_490)...(.seconds(30))).contains(ContinuousClock.now - start))
    }

    @Test("a host that takes no connection costs the connect timeout and not the deadline")
    func blackHole() async throws {
        let deaf = DeafPort()
        let client = try HTTPClient()
        var request = HTTPRequest(url: "http://127.0.0.1:\(deaf.port)/").due(in: .seconds(3_600))
        request.connectTimeout = .milliseconds(300)
        let start = ContinuousClock.now

        let error = await failure(of: client, request)

        let text = "no connection to http://127.0.0.1:\(deaf.port) within 300 ms"
        #expect(error == HTTPError(kind: .timeout, detail: text))
        #expect((.milliseconds(290)...(.seconds(30))).contains(ContinuousClock.now - start))
        withExtendedLifetime(deaf) {}
    }

    @Test("a host that takes no connection is given up with the deadline where that is shorter")
    func blackHoleUnderDeadline() async throws {
        let deaf = DeafPort()
        let client = try HTTPClient()
        let request = HTTPRequest(url: "http://127.0.0.1:\(deaf.port)/").due(in: .milliseconds(200))

        let error = await failure(of: client, request)

        #expect(error?.detail == "no connection to http://127.0.0.1:\(deaf.port) within 200 ms")
        withExtendedLifetime(deaf) {}
    }

    @Test("an answer that drips for ever does not put the deadline off")
    func dripping() async throws {
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".utf8)
        let server = RawServer { _ in .drip([head] + Array(repeating: [65], count: 5_000)) }
        defer { server.stop() }
        let client = try HTTPClient()

        #expect(await failure(of: client, request(server, .milliseconds(200)))?.kind == .timeout)
    }

    @Test("the wait for a free connection counts")
    func queued() async throws {
        let server = RawServer { _ in .sendAndHang([]) }
        defer { server.stop() }
        var configuration = HTTPClient.Configuration()
        configuration.connectionsPerHostMax = 1
        let client = try HTTPClient(configuration)
        async let first = failure(of: client, request(server, .seconds(20)))
        _ = await server.firstRequest()

        let second = await failure(of: client, request(server, .milliseconds(200)))

        #expect(second == HTTPError(kind: .timeout, detail: "no connection to \(server.url) within 200 ms"))
        #expect(server.connectionCount == 1)
        client.close()
        #expect(await first?.kind == .closed)
    }

    @Test("a deadline of nothing or less is over at once", arguments: [Duration.zero, .seconds(-1)])
    func noTime(deadline: Duration) async throws {
        let server = RawServer { _ in .sendAndHang([]) }
        defer { server.stop() }
        let client = try HTTPClient()

        #expect(await failure(of: client, request(server, deadline))?.kind == .timeout)
    }

    @Test("a task that is cancelled already sends nothing")
    func cancelledBefore() async throws {
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        let client = try HTTPClient()
        let request = request(server)

        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.send(request)
        }

        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.connectionCount == 0)
    }

    @Test("a cancellation that comes before the hand-over to the thread is not lost")
    func cancelledBeforeHandOver() async throws {
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        let client = try HTTPClient()
        let transfer = try Transfer(request(server), configuration: HTTPClient.Configuration())

        let task = Task {
            // The handler of a task that is cancelled already runs first of all.
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.loop.perform(transfer)
        }

        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.connectionCount == 0)
    }

    @Test("a task that is cancelled while it waits is resumed at once, and its connection closed")
    func cancelledDuring() async throws {
        let server = RawServer { _ in .sendAndHang(Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab".utf8)) }
        defer { server.stop() }
        let client = try HTTPClient()
        let request = request(server)
        let task = Task { try await client.send(request) }
        _ = await server.firstRequest()

        task.cancel()

        await #expect(throws: CancellationError.self) { try await task.value }
        for await event in server.events { if case .ended = event { break } }
    }

    @Test("a closed client refuses, ends what is under way, and may be closed again")
    func closing() async throws {
        let server = RawServer { _ in .sendAndHang([]) }
        defer { server.stop() }
        let client = try HTTPClient()
        async let first = failure(of: client, request(server))
        _ = await server.firstRequest()

        client.close()
        client.close()

        #expect(await first == HTTPError(kind: .closed, detail: "the HTTP client is closed"))
        #expect(await failure(of: client, request(server))?.kind == .closed)
    }
}
