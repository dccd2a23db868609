import CoinlineHTTP
import Foundation
import TestKit
import Testing

@Suite("A name server that is silent", .timeLimit(.minutes(8)), .requiresNamespaces, .inNamespaces)
struct ResolveTests {
    /// Far below the minute for which the name server is asked, far above what a busy machine needs.
    private let soon = Duration.seconds(25)

    private func request(_ timeout: Duration = .seconds(50), host: String = "service.example") -> HTTPRequest {
        var request = HTTPRequest(url: "http://\(host)/")
        request.connectTimeout = timeout
        return request.due(in: .seconds(50))
    }

    @Test("a cancelled lookup is answered at once, and holds up no other transfer")
    func cancellation() async throws {
        let names = try SilentNameServer()
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        let client = try HTTPClient()
        let request = request()
        let task = Task { try await client.send(request) }
        await names.firstQuestion(for: "service.example")
        let start = ContinuousClock.now

        // While it is under way, while it is given up, and after it.
        #expect(try await client.send(HTTPRequest(url: server.url)).status == 200)
        async let meanwhile = client.send(HTTPRequest(url: server.url))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await meanwhile.status == 200)
        #expect(try await client.send(HTTPRequest(url: server.url)).status == 200)

        #expect(ContinuousClock.now - start < soon)
    }

    @Test("twenty lookups at once that are cancelled leave the client as it was")
    func many() async throws {
        let names = try SilentNameServer()
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        var configuration = HTTPClient.Configuration()
        configuration.connectionsPerHostMax = 64
        let client = try HTTPClient(configuration)
        let tasks = (0..<20).map { number in
            let request = request(host: "service\(number).example")
            return Task { try await client.send(request) }
        }
        var missing = Set((0..<20).map { "service\($0).example" })
        for await name in names.questions {
            missing.remove(name)
            if missing.isEmpty { break }
        }
        let start = ContinuousClock.now

        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }

        #expect(try await client.send(HTTPRequest(url: server.url)).status == 200)
        #expect(ContinuousClock.now - start < soon)
    }

    @Test("it costs the connect timeout and no more")
    func connectTimeout() async throws {
        let names = try SilentNameServer()
        let client = try HTTPClient()
        let start = ContinuousClock.now

        let error = await failure(of: client, request(.milliseconds(400)))

        #expect(error?.kind == .timeout)
        #expect(error?.detail == "no connection to http://service.example within 400 ms")
        #expect(ContinuousClock.now - start < soon)
        withExtendedLifetime(names) {}
    }

    @Test("a client that is closed meanwhile ends at once, its thread too")
    func close() async throws {
        let names = try SilentNameServer()
        let client = try HTTPClient()
        async let error = failure(of: client, request())
        await names.firstQuestion(for: "service.example")
        let start = ContinuousClock.now

        await closeAndWait(client)

        #expect(await error?.kind == .closed)
        #expect(ContinuousClock.now - start < soon)
    }

    @Test("a process that ends meanwhile ends at once")
    func processEnd() async throws {
        let start = ContinuousClock.now

        await #expect(processExitsWith: .exitCode(7)) {
            let names = try SilentNameServer()
            let client = try HTTPClient()
            let task = Task { try await client.send(HTTPRequest(url: "http://service.example/").due(in: .seconds(50))) }
            await names.firstQuestion(for: "service.example")
            task.cancel()
            exit(7)
        }

        #expect(ContinuousClock.now - start < .seconds(45))
    }
}
