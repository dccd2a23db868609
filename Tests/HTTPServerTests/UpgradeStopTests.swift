import CoinlineBase
import Foundation
import HTTPServer
import TestKit
import Testing

@Suite("Upgrades and the end of the server", .timeLimit(.minutes(8)))
struct UpgradeStopTests {
    private static func handler(_ handler: @escaping ServerResponse.UpgradeHandler) -> HTTPServer.Handler {
        { request in request.path == "/up" ? .upgrade(to: "test", handler: handler) : .text("plain") }
    }

    @Test("a stop lets a handler say goodbye")
    func goodbye() async throws {
        let errors = Record<Bool>()
        let server = try HTTPServer(
            patient,
            handler: Self.handler { connection in
                do { _ = try await connection.read(within: .seconds(60)) } catch {
                    errors.append(error is CancellationError)
                }
                try? await connection.write(Array("going away".utf8), within: .seconds(5))
            })
        let (status, connection) = try await upgraded(try RawConnection(port: server.port))
        async let stopped: Void = server.stop(grace: .seconds(30))
        let words = try await onThread { try connection.receiveAll() }
        connection.disconnect()
        await stopped

        #expect(status == 101)
        #expect(String(decoding: words, as: UTF8.self) == "going away")
        #expect(errors.values == [true])
    }

    @Test("a handler that does not listen is broken off at the end of the grace")
    func stubborn() async throws {
        let broken = Latch()
        let server = try HTTPServer(
            patient,
            handler: Self.handler { connection in
                while (try? await connection.write([UInt8](repeating: 1, count: 100_000), within: .seconds(60))) != nil
                {}
                broken.open()
            })
        let (status, connection) = try await upgraded(try RawConnection(port: server.port))
        let start = ContinuousClock.now
        await server.stop(grace: .milliseconds(100))

        #expect(status == 101)
        #expect(ContinuousClock.now - start < .seconds(30))
        try await broken.wait()
        _ = try await onThread { try connection.receiveAll() }
    }

    @Test("an upgrade answered while the server stops is refused")
    func whileStopping() async throws {
        let (begun, go) = (Latch(), Latch())
        let server = try HTTPServer(patient) { _ in
            begun.open()
            await go.waitRegardless()
            return .upgrade(to: "test") { _ in Issue.record("upgraded") }
        }
        async let told = answer(to: upgrade(), port: server.port)
        try await begun.wait()
        async let stopped: Void = server.stop(grace: .seconds(30))
        try await untilRefused(server.port)
        go.open()

        #expect(try await told?.status == 503)
        await stopped
    }

    @Test("whatever the moment of the stop, every connection ends and nothing is kept", arguments: 0..<12)
    func anyMoment(round: Int) async throws {
        final class Token: Sendable {
            let ended: Counter

            init(_ ended: Counter) { self.ended = ended }

            deinit { ended.add() }
        }
        let (begun, freed) = (Counter(), Counter())
        let server = try HTTPServer(patient) { _ in
            begun.add()
            let token = Token(freed)
            return .upgrade(to: "test") { connection in
                await echo(connection)
                withExtendedLifetime(token) {}
            }
        }
        let connections = try await onThread { [port = server.port] in
            try (0..<16).map { _ in
                let connection = try RawConnection(port: port)
                try connection.send(upgrade(behind: "x"))
                return connection
            }
        }
        await begun.reached(round + 1)
        await server.stop(grace: round % 3 == 0 ? .milliseconds(50) : .zero)

        // Some have an answer, some were told 503 or nothing; all of them end.
        for connection in connections { _ = try await onThread { try connection.receiveAll() } }
        // The last handlers come to their end by themselves.
        await freed.reached(begun.value)
    }

    @Test("descriptors are given back, however a connection ends")
    func descriptors() async {
        await #expect(processExitsWith: .exitCode(0)) {
            alarm(200)
            try await withServer(
                { $0.headTimeout = .seconds(5) },
                handler: Self.handler { connection in
                    guard let first = try? await connection.read(within: .seconds(20)) else { return }
                    if first == Array("c".utf8) { return connection.close() }
                    try? await connection.write(first, within: .seconds(20))
                }
            ) { server async throws in
                let before = openDescriptors()
                let port = server.port
                try await onThread {
                    for number in 0..<200 {
                        let connection = try RawConnection(port: port)
                        try connection.send(upgrade(behind: ["", "c", "e", "r", "q"][number % 5]))
                        switch number % 5 {
                        case 3: connection.reset()
                        case 4: break
                        case 0:
                            connection.endSending()
                            _ = try connection.receiveAll()
                        default: _ = try connection.receiveAll()
                        }
                    }
                    // They are closed a moment after their end; nothing tells, so it is looked at again.
                    while openDescriptors() > before + 2 { Thread.sleep(forTimeInterval: 0.01) }
                }
                #expect(try await answer(to: get("/"), port: port)?.text == "plain")
            }
        }
    }
}

private func openDescriptors() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? -1
}
