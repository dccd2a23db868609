import CoinlineBase
import Foundation
import HTTPServer
import TestKit
import Testing

/// Asks for the protocol `name`; `behind` is sent along with the request.
func upgrade(_ name: String = "test", headers: String = "", behind: String = "") -> String {
    get("/up", headers: "Connection: Upgrade\r\nUpgrade: \(name)\r\n\(headers)") + behind
}

/// The reader of a connection that has been upgraded; its status is 101 where it was.
func upgraded(
    _ connection: RawConnection, behind: String = ""
) async throws -> (status: Int?, connection: RawConnection) {
    try await onThread {
        try connection.send(upgrade(behind: behind))
        return (try RawAnswerReader(connection).next()?.status, connection)
    }
}

/// Sends back what comes until the other side ends.
let echo: ServerResponse.UpgradeHandler = { connection in
    while let bytes = try? await connection.read(within: .seconds(30)) {
        guard (try? await connection.write(bytes, within: .seconds(30))) != nil else { return }
    }
}

@Suite("Upgrades", .timeLimit(.minutes(8)))
struct UpgradeTests {
    private static func handler(_ handler: @escaping ServerResponse.UpgradeHandler) -> HTTPServer.Handler {
        { request in
            request.path == "/up" ? .upgrade(to: "test", headers: [("X", "y")], handler: handler) : .text("plain")
        }
    }

    @Test(
        "hand over the connection with what was sent along, and close it when the handler returns",
        arguments: ["", "early "])
    func echoes(early: String) async throws {
        let peers = Record<String>()
        try await withServer(
            handler: Self.handler { connection in
                peers.append(connection.peer)
                await echo(connection)
            }
        ) { server async throws in
            let (head, body) = try await onThread {
                let connection = try RawConnection(port: server.port)
                try connection.send(get("/") + upgrade(behind: early))
                let reader = RawAnswerReader(connection)
                #expect(try reader.next()?.text == "plain")
                let head = try reader.next()
                try connection.send("late")
                connection.endSending()
                return (head, String(decoding: try reader.read(100), as: UTF8.self))
            }

            #expect(head?.statusLine == "HTTP/1.1 101 Switching Protocols")
            let names = head?.headers.map(\.name).sorted()
            #expect(names == ["Connection", "Date", "Upgrade", "X"])
            #expect(head?.header("Connection") == "Upgrade")
            #expect(head?.header("Upgrade") == "test")
            #expect(body == early + "late")
            #expect(peers.values == ["127.0.0.1"])
        }
    }

    @Test(
        "to what was not offered are refused, and the connection goes on",
        arguments: [
            get("/up"), get("/up", headers: "Upgrade: test\r\n"), upgrade("other"),
            get("/up", version: "1.0", headers: "Connection: Upgrade, keep-alive\r\nUpgrade: test\r\n"),
        ])
    func notOffered(text: String) async throws {
        try await withServer(handler: Self.handler { _ in Issue.record("upgraded") }) { server async throws in
            let list = try await answers(2, to: text + get("/"), port: server.port)

            #expect(list.map(\.status) == [426, 200])
            #expect(list.first?.header("Upgrade") == "test")
        }
    }

    @Test("serve Unix sockets, and pass many megabytes in both directions")
    func bulk() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("socket")
        let bytes = pattern(6 << 20)
        try await withServer({ $0.address = .unix(path: path) }, handler: Self.handler(echo)) { _ async throws in
            let (status, connection) = try await upgraded(try RawConnection(unixPath: path))
            #expect(status == 101)
            async let sent: Void = onThread {
                try connection.send(bytes)
                connection.endSending()
            }
            let received = try await onThread { try connection.receiveAll() }

            try await sent
            #expect(received == bytes)
        }
    }

    @Test("wait for bytes as long as they are told, and may go on after that")
    func readDeadline() async throws {
        let timedOut = Latch()
        try await withServer(
            handler: Self.handler { connection in
                await #expect(throws: UpgradedConnectionError.timedOut) {
                    try await connection.read(within: .milliseconds(30))
                }
                timedOut.open()
                await echo(connection)
            }
        ) { server async throws in
            let (_, connection) = try await upgraded(try RawConnection(port: server.port))
            try await timedOut.wait()
            try connection.send("x")
            connection.endSending()

            #expect(try await onThread { try connection.receiveAll() } == Array("x".utf8))
        }
    }

    @Test("hold a writer back while the other side does not read, and close at its deadline")
    func writeDeadline() async throws {
        let written = Counter()
        let errors = Record<UpgradedConnectionError?>()
        let ended = Latch()
        try await withServer(
            handler: Self.handler { connection in
                do {
                    while true {
                        try await connection.write([UInt8](repeating: 1, count: 256 << 10), within: .milliseconds(200))
                        written.add(256 << 10)
                    }
                } catch { errors.append(error as? UpgradedConnectionError) }
                do { try await connection.write([1], within: .seconds(1)) } catch {
                    errors.append(error as? UpgradedConnectionError)
                }
                ended.open()
            }
        ) { server async throws in
            let connection = try RawConnection(port: server.port)
            try connection.send(upgrade())
            try await ended.wait()

            #expect(errors.values == [.timedOut, .closed])
            // What the kernel's two buffers take, and no more.
            #expect(written.value < 32 << 20)
            #expect(try await onThread { try connection.receiveAll().count } < 32 << 20)
        }
    }

    @Test("deliver the last words though the other side's are not read")
    func lastWords() async throws {
        let (sent, returning) = (Latch(), Latch())
        let words = pattern(300_000)
        try await withServer(
            handler: Self.handler { connection in
                await sent.waitRegardless()
                // More than the other side takes before it reads: the rest is still here when the handler returns.
                try? await connection.write(words, within: .seconds(30))
                returning.open()
            }
        ) { server async throws in
            let (_, connection) = try await upgraded(try RawConnection(port: server.port))
            try await onThread { try connection.send(String(repeating: "x", count: 100_000)) }
            sent.open()
            try await returning.wait()
            for _ in 0..<20 { #expect(try await answer(to: get("/"), port: server.port)?.text == "plain") }

            #expect(try await onThread { try connection.receiveAll() } == words)
        }
    }

    @Test("end a read where the other side ends its sending, and can still be written")
    func halfClosed() async throws {
        try await withServer(
            handler: Self.handler { connection in
                let end = try? await connection.read(within: .seconds(30))
                #expect(end == nil)
                try? await connection.write(Array("heard".utf8), within: .seconds(30))
            }
        ) { server async throws in
            let (_, connection) = try await upgraded(try RawConnection(port: server.port))
            connection.endSending()

            #expect(try await onThread { try connection.receiveAll() } == Array("heard".utf8))
        }
    }

    @Test(
        "that the other side breaks end a read under way, or cancel a handler that does not read",
        arguments: [true, false])
    func reset(isReading: Bool) async throws {
        let errors = Record<UpgradedConnectionError?>()
        let (begun, done) = (Latch(), Latch())
        try await withServer(
            handler: Self.handler { connection in
                begun.open()
                if !isReading { await Latch().openWhenCancelled() }
                do { _ = try await connection.read(within: .seconds(30)) } catch {
                    errors.append(error as? UpgradedConnectionError)
                }
                do { try await connection.write([1], within: .seconds(30)) } catch {
                    errors.append(error as? UpgradedConnectionError)
                }
                done.open()
            }
        ) { server async throws in
            let (_, connection) = try await upgraded(try RawConnection(port: server.port))
            try await begun.wait()
            connection.reset()
            try await done.wait()

            #expect(errors.values == [.closed, .closed])
        }
    }

    @Test("can be closed by the handler's own hand, which ends a read under way")
    func ownClose() async throws {
        let errors = Record<UpgradedConnectionError?>()
        let done = Latch()
        try await withServer(
            handler: Self.handler { connection in
                let reader = Task {
                    do { _ = try await connection.read(within: .seconds(30)) } catch {
                        errors.append(error as? UpgradedConnectionError)
                    }
                }
                await Task.yield()
                connection.close()
                connection.close()
                await reader.value
                done.open()
            }
        ) { server async throws in
            let (_, connection) = try await upgraded(try RawConnection(port: server.port))

            #expect(try await onThread { try connection.isClosed() })
            try await done.wait()
            #expect(errors.values == [.closed])
        }
    }

    @Test("give what the other side sent before it closed, and then its end", arguments: ["", "early "])
    func lastMessage(early: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("socket")
        let (seen, words) = (Latch(), Record<String?>())
        let ended = Latch()
        let handler: ServerResponse.UpgradeHandler = { connection in
            await seen.waitRegardless()
            var text = ""
            do {
                while let bytes = try await connection.read(within: .seconds(30)) {
                    text += String(decoding: bytes, as: UTF8.self)
                }
                words.append(text)
            } catch { Issue.record(error, "after '\(text)'") }
            ended.open()
        }
        try await withServer({ $0.address = .unix(path: path) }, handler: Self.handler(handler)) { _ async throws in
            let (status, connection) = try await upgraded(try RawConnection(unixPath: path), behind: early)
            try connection.send("bye")
            connection.disconnect()
            // Once others have been served the server has seen the end, too.
            for _ in 0..<20 {
                let connection = try RawConnection(unixPath: path)
                try await onThread {
                    try connection.send(get("/"))
                    #expect(try RawAnswerReader(connection).next()?.text == "plain")
                }
            }
            seen.open()
            try await ended.wait()

            #expect(status == 101)
            #expect(words.values == [early + "bye"])
        }
    }

    @Test("give what was sent along though the other side has broken them since")
    func earlyBeforeReset() async throws {
        let (words, errors) = (Record<[UInt8]?>(), Record<UpgradedConnectionError?>())
        let done = Latch()
        try await withServer(
            handler: Self.handler { connection in
                await Latch().openWhenCancelled()
                for _ in 0..<3 {
                    do { words.append(try await connection.read(within: .seconds(30))) } catch {
                        errors.append(error as? UpgradedConnectionError)
                    }
                }
                done.open()
            }
        ) { server async throws in
            let (_, connection) = try await upgraded(try RawConnection(port: server.port), behind: "early")
            connection.reset()
            try await done.wait()

            #expect(words.values == [Array("early".utf8)])
            #expect(errors.values == [.closed, .closed])
        }
    }

    @Test("tell whoever still reads or writes when the handler has returned", arguments: [true, false])
    func leftBehind(isReading: Bool) async throws {
        let (begun, done, errors) = (Latch(), Latch(), Record<UpgradedConnectionError?>())
        try await withServer(
            handler: Self.handler { connection in
                Task {
                    do {
                        begun.open()
                        if isReading {
                            _ = try await connection.read(within: .seconds(30))
                        } else {
                            try await connection.write([UInt8](repeating: 1, count: 64 << 20), within: .seconds(30))
                        }
                    } catch { errors.append(error as? UpgradedConnectionError) }
                    done.open()
                }
                await begun.waitRegardless()
                // It waits by now, or will in a moment; it is told in either case.
                for _ in 0..<100 { await Task.yield() }
            }
        ) { server async throws in
            let (status, connection) = try await upgraded(try RawConnection(port: server.port))
            try await done.wait()

            #expect(status == 101)
            #expect(errors.values == [.closed])
            _ = try await onThread { try connection.receiveAll() }
        }
    }

    @Test("have one reader: another who would wait, too, is told so, and the first reads on")
    func secondReader() async throws {
        let (errors, words) = (Record<UpgradedConnectionError?>(), Record<[UInt8]?>())
        let (refused, done) = (Latch(), Latch())
        try await withServer(
            handler: Self.handler { connection in
                await withTaskGroup { group in
                    for _ in 0..<2 {
                        group.addTask {
                            do { words.append(try await connection.read(within: .seconds(30))) } catch {
                                errors.append(error as? UpgradedConnectionError)
                                refused.open()
                            }
                        }
                    }
                }
                done.open()
            }
        ) { server async throws in
            let (_, connection) = try await upgraded(try RawConnection(port: server.port))
            try await refused.wait()
            try connection.send("x")
            try await done.wait()

            #expect(errors.values == [.busy])
            #expect(words.values == [Array("x".utf8)])
        }
    }

    @Test("over the cap are refused until one is closed")
    func cap() async throws {
        try await withServer({ $0.upgradedConnectionsMax = 2 }, handler: Self.handler(echo)) { server async throws in
            let port = server.port
            let first = try await upgraded(try RawConnection(port: port))
            let second = try await upgraded(try RawConnection(port: port))
            let third = try await upgraded(try RawConnection(port: port))
            #expect([first.status, second.status, third.status] == [101, 101, 503])
            #expect(try await onThread { try third.connection.isClosed() })

            first.connection.endSending()
            #expect(try await onThread { try first.connection.isClosed() })
            // The server forgets a connection in the moment after its end: nothing tells, so it is asked again.
            var status: Int? = 503
            while status == 503 { status = try await upgraded(try RawConnection(port: port)).status }
            #expect(status == 101)
        }
    }
}
