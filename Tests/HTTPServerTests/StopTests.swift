import CoinlineBase
import HTTPServer
import TestKit
import Testing

@Suite("Stopping", .timeLimit(.minutes(8)))
struct StopTests {
    @Test("lets a request under way finish and refuses new connections")
    func finishes() async throws {
        let (begun, go) = (Latch(), Latch())
        let server = try HTTPServer(patient) { request in
            begun.open()
            await go.waitRegardless()
            return .text("done")
        }
        async let told = answer(to: get("/"), port: server.port)
        try await begun.wait()
        async let stopped: Void = server.stop(grace: .seconds(30))
        try await untilRefused(server.port)
        go.open()

        #expect(try await told?.text == "done")
        #expect(try await told?.header("Connection") == "close")
        await stopped
    }

    @Test("lets a streamed answer finish")
    func finishesStream() async throws {
        let (begun, go) = (Latch(), Latch())
        let server = try HTTPServer(patient) { _ in
            ServerResponse(
                body: .stream(length: nil) { writer in
                    _ = await writer.write([1])
                    begun.open()
                    await go.waitRegardless()
                    _ = await writer.write([2])
                })
        }
        async let told = answer(to: get("/"), port: server.port)
        try await begun.wait()
        async let stopped: Void = server.stop(grace: .seconds(30))
        try await untilRefused(server.port)
        go.open()

        #expect(try await told?.body == [1, 2])
        #expect(try await told?.isComplete == true)
        await stopped
    }

    @Test("tells a request that comes too late")
    func tooLate() async throws {
        let (begun, go) = (Latch(), Latch())
        let server = try HTTPServer(patient) { _ in
            begun.open()
            await go.waitRegardless()
            return .text("done")
        }
        let idle = try RawConnection(port: server.port)
        async let told = answer(to: get("/"), port: server.port)
        try await begun.wait()
        async let stopped: Void = server.stop(grace: .seconds(30))
        try await untilRefused(server.port)
        let late = try await onThread {
            try idle.send(get("/"))
            return try RawAnswerReader(idle).next()?.status
        }
        go.open()

        #expect(late == 503)
        #expect(try await told?.text == "done")
        await stopped
    }

    @Test("breaks what is left when the grace is over, and cancels its handlers")
    func breaks() async throws {
        let (begun, cancelled) = (Latch(), Latch())
        let server = try HTTPServer(patient) { _ in
            begun.open()
            await cancelled.openWhenCancelled()
            return .text("too late")
        }
        async let told = answer(to: get("/"), port: server.port)
        try await begun.wait()
        await server.stop(grace: .milliseconds(50))

        try await cancelled.wait()
        #expect(try await told == nil)
    }

    @Test("ends in time with 50 connections in every state", arguments: [Duration.zero, .milliseconds(200)])
    func everyState(grace: Duration) async throws {
        let state = EveryState()
        let server = try HTTPServer(patient, handler: state.handler)
        let connections = try await state.open(port: server.port)
        let start = ContinuousClock.now

        await server.stop(grace: grace)

        #expect(ContinuousClock.now - start < grace + .seconds(30))
        #expect(connections.count == 50)
        let areClosed = try await onThread {
            try connections.allSatisfy { connection in
                _ = try connection.receiveAll()
                return true
            }
        }
        #expect(areClosed)
    }

    @Test("can be asked for again, by many, and after the end")
    func idempotent() async throws {
        let server = try HTTPServer(patient) { _ in .text("x") }
        #expect(try await answer(to: get("/"), port: server.port)?.text == "x")

        await withTaskGroup { group in
            for _ in 0..<10 { group.addTask { await server.stop() } }
        }
        await server.stop()

        #expect(throws: TestKitError.self) { try RawConnection(port: server.port) }
    }

    @Test("frees the server and what its handler holds")
    func frees() async throws {
        final class Token: Sendable {
            let freed: Latch

            init(_ freed: Latch) { self.freed = freed }

            deinit { freed.open() }
        }
        let freed = Latch()
        var token: Token? = Token(freed)
        var server: HTTPServer? = try HTTPServer(patient) { [token] request in
            // A stream that holds the request, which holds the exchange, which holds the stream.
            ServerResponse(
                body: .stream(length: nil) { writer in
                    _ = await writer.write(Array("x\(request.path)".utf8))
                    withExtendedLifetime(token) {}
                })
        }
        weak let kept = server
        token = nil
        let port = try #require(server?.port)
        #expect(try await answer(to: get("/"), port: port)?.text == "x/")
        #expect(freed.isOpen == false)

        await server?.stop()
        server = nil

        #expect(kept == nil)
        // The thread and the handler's task let go of it on their way out.
        try await freed.wait()
    }

    @Test("comes with the last reference, too")
    func letGo() async throws {
        var server: HTTPServer? = try HTTPServer(patient) { _ in .text("x") }
        let connection = try RawConnection(port: try #require(server?.port))
        #expect(server != nil)

        server = nil

        #expect(try await onThread { try connection.isClosed() })
    }
}
