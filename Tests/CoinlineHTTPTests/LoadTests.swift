import CoinlineHTTP
import Synchronization
import TestKit
import Testing

@Suite("Many at once", .timeLimit(.minutes(8)))
struct LoadTests {
    private static func echo() -> RawServer {
        RawServer { request in .send(RawServer.answer(bytes: request.body)) }
    }

    private static func request(_ server: RawServer, _ number: Int) -> HTTPRequest {
        var request = HTTPRequest(method: "POST", url: server.url).due(in: .seconds(60))
        // The wait for one of the few connections counts.
        request.connectTimeout = .seconds(60)
        request.body = Array("body \(number) ".utf8) + [UInt8](repeating: UInt8(number & 0xFF), count: number)
        return request
    }

    @Test("400 requests share four connections, and each gets its own answer")
    func concurrent() async throws {
        let server = Self.echo()
        defer { server.stop() }
        let client = try HTTPClient()

        let right = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<400 {
                let request = Self.request(server, number)
                group.addTask { try await client.send(request).body == request.body }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }

        #expect(right == 400)
        #expect(server.connectionCount <= 4)
    }

    @Test("of 600 requests half are cancelled at random moments, and each ends exactly once")
    func cancellations() async throws {
        let seed = SeededGenerator.seed
        var random = SeededGenerator()
        let server = Self.echo()
        defer { server.stop() }
        let client = try HTTPClient()
        var kept: [(Int, Task<HTTPAnswer, any Error>)] = []
        var cancelled: [Task<HTTPAnswer, any Error>] = []

        for number in 0..<600 {
            let request = Self.request(server, number)
            let task = Task { try await client.send(request) }
            guard random.next() % 2 == 0 else {
                kept.append((number, task))
                continue
            }
            for _ in 0..<(random.next() % 20) { await Task.yield() }
            task.cancel()
            cancelled.append(task)
        }

        for (number, task) in kept {
            let answer = try await task.value
            #expect(answer.body == Self.request(server, number).body, "seed \(seed)")
        }
        for task in cancelled {
            switch await task.result {
            case .success(let answer): #expect(answer.status == 200, "seed \(seed)")
            case .failure(let error): #expect(error is CancellationError, "seed \(seed)")
            }
        }
        #expect(try await client.send(Self.request(server, 1)).status == 200)
    }

    @Test("closing amid 200 requests ends every one")
    func closeAmid() async throws {
        let arrived = AsyncStream<Void>.makeStream()
        let count = Mutex(0)
        let server = RawServer { _ in
            if count.withLock({
                $0 += 1; return $0 == 20
            }) {
                arrived.continuation.finish()
            }
            return .send(RawServer.answer())
        }
        defer { server.stop() }
        let client = try HTTPClient()
        let tasks = (0..<200).map { number in
            let request = Self.request(server, number)
            return Task { try await client.send(request) }
        }

        for await _ in arrived.stream {}
        client.close()

        for task in tasks {
            switch await task.result {
            case .success(let answer): #expect(answer.status == 200)
            case .failure(let error): #expect((error as? HTTPError)?.kind == .closed)
            }
        }
    }
}
