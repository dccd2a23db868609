import CoinlineBase
import Foundation
import TestKit
import Testing

@testable import HTTPServer

/// What the HTTP library makes easy to do wrong. Upgrades have a suite of their own.
@Suite("Traps of the library", .timeLimit(.minutes(8)))
struct TrapTests {
    @Test("stopping with 50 connections in every state, suspended ones among them, does not abort the process")
    func stopAtOnce() async {
        await #expect(processExitsWith: .exitCode(0)) {
            alarm(200)
            let state = EveryState()
            let server = try HTTPServer(patient, handler: state.handler)
            let connections = try await state.open(port: server.port)
            let start = ContinuousClock.now

            await server.stop(grace: .zero)

            #expect(ContinuousClock.now - start < .seconds(30))
            #expect(connections.count == 50)
        }
    }

    @Test("an answer from another thread is heard at once, not at the next look at the deadlines")
    func resumeIsHeard() async throws {
        let (begun, go) = (Counter(), Latch())
        // Whatever waits for that look waits for an hour.
        try await withServer(
            { $0.fixedSweepInterval = .seconds(3_600) },
            handler: { request in
                guard request.path == "/late" else { return .text("early") }
                begun.add()
                await go.waitRegardless()
                return .text("late")
            }
        ) { server async throws in
            async let late = answers(3, to: String(repeating: get("/late"), count: 3), port: server.port)
            await begun.reached(1)
            // Once another round of the thread has served somebody, the first connection is suspended.
            #expect(try await answer(to: get("/"), port: server.port)?.text == "early")
            try await onThread { go.open() }

            #expect(try await late.map(\.text) == ["late", "late", "late"])
        }
    }

    @Test(
        "a peer that ends its sending while its connection is suspended is seen: the handler learns it, and may answer")
    func endWhileSuspended() async throws {
        let (begun, cancelled) = (Latch(), Latch())
        try await withServer(handler: { _ in
            begun.open()
            await cancelled.openWhenCancelled()
            return .text("still")
        }) { server async throws in
            let connection = try RawConnection(port: server.port)
            try connection.send(get("/"))
            try await begun.wait()
            connection.endSending()
            try await cancelled.wait()

            let answer = try await onThread { try RawAnswerReader(connection).next() }
            #expect(answer?.text == "still")
        }
    }

    @Test("a peer that breaks a suspended connection gives its place free though the handler works on")
    func goneWhileSuspended() async throws {
        let (begun, cancelled, go) = (Latch(), Latch(), Latch())
        try await withServer(
            { $0.connectionsMax = 1 },
            handler: { request in
                guard request.path == "/stuck" else { return .text("served") }
                begun.open()
                await withTaskCancellationHandler {
                    await go.waitRegardless()
                } onCancel: {
                    cancelled.open()
                }
                return .text("too late")
            }
        ) { server async throws in
            let connection = try RawConnection(port: server.port)
            try connection.send(get("/stuck"))
            try await begun.wait()
            connection.reset()

            try await cancelled.wait()
            #expect(try await answer(to: get("/"), port: server.port)?.text == "served")
            go.open()
        }
    }

    @Test("a bad request writes nothing to standard error")
    func silentLibrary() async {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardErrorContent]) {
            alarm(200)
            let server = try HTTPServer(patient) { _ in .text("x") }
            for text in [
                "G@T / HTTP/1.1\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\0\r\n\r\n",
                "GET / HTTP/1.1\r\nX\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
                get("/", headers: "X: \(String(repeating: "y", count: 40_000))\r\n"),
                get("/" + String(repeating: "y", count: 64_000)),
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            ] {
                try await onThread { [port = server.port] in
                    let connection = try RawConnection(port: port)
                    try connection.send(text)
                    connection.endSending()
                    _ = try connection.receiveAll()
                }
            }
            await server.stop(grace: .zero)
        }

        #expect(result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } == "")
    }

    @Test("the watchdog never ends a descriptor that has become somebody else's")
    func othersDescriptors() async throws {
        try await withServer(
            {
                ($0.headTimeout, $0.idleTimeout) = (.milliseconds(20), .milliseconds(20))
                $0.fixedSweepInterval = .milliseconds(1)
            },
            handler: { _ in .text("x") }
        ) { server async throws in
            let leaving = Latch()
            async let pairs = onThread {
                var checked = 0
                while !leaving.isOpen || checked < 2_000 { checked += try Self.checkPairs(16) }
                return checked
            }
            try await withThrowingTaskGroup { group in
                for client in 0..<3 { group.addTask { try await onThread { try Self.leave(client, server.port) } } }
                try await group.waitForAll()
            }
            leaving.open()

            #expect(try await pairs >= 2_000)
        }
    }

    /// Connections that close by themselves, by the answer, and by the watchdog.
    private static func leave(_ client: Int, _ port: UInt16) throws {
        for _ in 0..<25 {
            let dripping = try (0..<8).map { _ in
                let connection = try RawConnection(port: port)
                try connection.send("GET / HT")
                return connection
            }
            for number in 0..<20 {
                let connection = try RawConnection(port: port)
                if number % 2 == 0 { try connection.send(get("/", version: "1.0")) }
                if number % 4 == 0 { _ = try connection.receiveAll() }
            }
            if client == 0 { for connection in dripping { #expect(try connection.isClosed()) } }
        }
    }

    /// Takes the numbers that have just become free, for pairs that nobody but this test knows.
    private static func checkPairs(_ count: Int) throws -> Int {
        var pairs: [[Int32]] = []
        defer { for fd in pairs.joined() { close(fd) } }
        for _ in 0..<count {
            var pair: [Int32] = [-1, -1]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair) == 0 else {
                throw TestKitError("no pair: \(errno)")
            }
            pairs.append(pair)
        }
        for _ in 0..<4 {
            for pair in pairs {
                for (from, to) in [(pair[0], pair[1]), (pair[1], pair[0])] {
                    var byte: UInt8 = 7
                    let sent = send(from, &byte, 1, Int32(MSG_NOSIGNAL))
                    var got: UInt8 = 0
                    let received = recv(to, &got, 1, Int32(MSG_DONTWAIT))
                    guard sent == 1, received == 1, got == 7 else { throw TestKitError("a foreign pair was ended") }
                }
            }
            sched_yield()
        }
        return count
    }
}
