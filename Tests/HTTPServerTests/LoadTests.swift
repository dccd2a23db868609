import TestKit
import Testing

@testable import HTTPServer

@Suite("Under load", .timeLimit(.minutes(8)))
struct LoadTests {
    @Test("many requests of every kind at once are each answered with their own")
    func everyKind() async throws {
        try await withServer(handler: { request in
            switch request.method {
            case "POST":
                guard let body = try? await request.body.collect() else { return .text("failed", status: 500) }
                return ServerResponse(body: .bytes(body))
            case "PUT":
                guard let body = try? await request.body.collect() else { return .text("failed", status: 500) }
                return ServerResponse(
                    body: .stream(length: body.count) { writer in
                        for start in stride(from: 0, to: body.count, by: 1_000) {
                            _ = await writer.write(Array(body[start..<min(body.count, start + 1_000)]))
                        }
                    })
            default:
                await Task.yield()
                return .text(request.target)
            }
        }) { server async throws in
            try await withThrowingTaskGroup { group in
                for client in 0..<32 {
                    group.addTask { try await Self.talk(client, requests: 60, port: server.port) }
                }
                for try await count in group { #expect(count == 60) }
            }
        }
    }

    /// The number of right answers.
    private static func talk(_ client: Int, requests: Int, port: UInt16) async throws -> Int {
        try await onThread {
            let connection = try RawConnection(port: port)
            let reader = RawAnswerReader(connection)
            var count = 0
            for number in 0..<requests {
                let text = "/\(client)/\(number)?\(String(repeating: "x", count: number))"
                let body = Array(String(repeating: text, count: number * 7).utf8)
                switch number % 3 {
                case 0: try connection.send(get(text))
                case 1: try connection.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n")
                default: try connection.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n")
                }
                if number % 3 != 0 { try connection.send(body) }
                let answer = try reader.next()
                if answer?.body == (number % 3 == 0 ? Array(text.utf8) : body) { count += 1 }
            }
            return count
        }
    }

    @Test("peers that leave at any moment leave nothing behind")
    func leavers() async throws {
        var configuration = patient
        configuration.fixedSweepInterval = .milliseconds(10)
        // A connection that is forgotten is not ended by them.
        (configuration.headTimeout, configuration.idleTimeout) = (.seconds(3_600), .seconds(3_600))
        (configuration.bodyTimeout, configuration.answerTimeout) = (.seconds(3_600), .seconds(3_600))
        let server = try HTTPServer(configuration) { request in
            let body = (try? await request.body.collect()) ?? []
            return ServerResponse(
                body: .stream(length: nil) { writer in
                    for _ in 0..<20 { guard await writer.write(body + [1, 2, 3]) else { return } }
                })
        }
        let port = server.port
        let request =
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "x", count: 1_000)
        try await withThrowingTaskGroup { group in
            for client in 0..<16 {
                group.addTask {
                    try await onThread {
                        for number in 0..<40 {
                            let connection = try RawConnection(port: port)
                            try connection.send(String(request.prefix((client * 97 + number * 31) % request.count)))
                            if number % 2 == 0 { connection.endSending() }
                            if number % 4 == 0 { _ = try connection.receive(100) }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let whole = try await answer(to: request, port: port)
        let start = ContinuousClock.now
        await server.stop(grace: .seconds(3_600))

        #expect(whole?.body.count == 20 * 1_003)
        #expect(ContinuousClock.now - start < .seconds(200))
    }
}
