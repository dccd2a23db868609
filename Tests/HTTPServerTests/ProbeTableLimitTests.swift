import CoinlineBase
import Foundation
import HTTPServer
import TestKit
import Testing

/// The sanitizers keep what is freed, so memory says nothing under them.
private let isSanitized = ["__asan_init", "__tsan_init"].contains { (name: String) in dlsym(nil, name) != nil }

/// What a peer may try with a server: the rows of the probe table that state a deadline or a bound.
@Suite("Probe table, deadlines and bounds", .timeLimit(.minutes(8)))
struct ProbeTableLimitTests {
    private static let handler: HTTPServer.Handler = { request in
        _ = try? await request.body.collect()
        return .text("ok")
    }

    @Test("silent connection, idle keep-alive: each is closed at its deadline")
    func silence() async throws {
        try await withServer(
            { ($0.headTimeout, $0.idleTimeout) = (.seconds(3), .milliseconds(200)) }, handler: Self.handler
        ) { server async throws in
            let isClosed = try await onThread {
                let first = try RawConnection(port: server.port)
                let second = try RawConnection(port: server.port)
                try second.send(get("/"))
                let answer = try RawAnswerReader(second).next()
                return (try first.isClosed(), answer?.text, try second.isClosed())
            }

            #expect(isClosed == (true, "ok", true))
        }
    }

    @Test("dripping head: cut off at its deadline", arguments: [("GET / HTTP/1.1\r\nHost: a\r\nX: ", "y"), ("", "G")])
    func drippingHead(start: String, drop: String) async throws {
        try await withServer({ $0.headTimeout = .milliseconds(300) }, handler: Self.handler) { server async throws in
            #expect(try await drip(start, drop, port: server.port).isEmpty)
        }
    }

    @Test(
        "dripping body: cut off at its deadline", arguments: ["Content-Length: 100000", "Transfer-Encoding: chunked"])
    func drippingBody(header: String) async throws {
        try await withServer({ $0.bodyTimeout = .milliseconds(300) }, handler: Self.handler) { server async throws in
            let start = "POST / HTTP/1.1\r\nHost: a\r\n\(header)\r\n\r\n"

            #expect(try await drip(start, "1\r\n1\r\n", port: server.port).isEmpty)
        }
    }

    @Test(
        "reader that never reads a 50 MiB answer, or a stream: cut off at the deadline", arguments: ["/big", "/stream"])
    func stalledReader(path: String) async throws {
        try await withServer(
            { ($0.answerTimeout, $0.connectionsMax) = (.seconds(2), 1) },
            handler: { request in
                switch request.path {
                case "/big": ServerResponse(body: .bytes([UInt8](repeating: 1, count: 50 << 20)))
                case "/stream":
                    ServerResponse(
                        body: .stream(length: nil) { writer in
                            while await writer.write([UInt8](repeating: 1, count: 100_000)) {}
                        })
                default: .text("ok")
                }
            }
        ) { server async throws in
            let stalled = try RawConnection(port: server.port)
            try stalled.send(get(path))

            // There is room for one connection: this one is served once the other is gone.
            #expect(try await answer(to: get("/"), port: server.port)?.text == "ok")
            // What the kernel held is all there is to read.
            let count = try await onThread { try stalled.receiveAll().count }
            #expect(count < 50 << 20)
        }
    }

    @Test("reader that never reads a 50 MiB answer: its memory is freed at the deadline", .enabled(if: !isSanitized))
    func stalledReaderMemory() async {
        await #expect(processExitsWith: .exitCode(0)) {
            alarm(200)
            let made = Latch()
            try await withServer(
                { ($0.answerTimeout, $0.connectionsMax) = (.seconds(2), 1) },
                handler: { request in
                    guard request.path == "/big" else { return .text("ok") }
                    defer { made.open() }
                    return ServerResponse(body: .bytes([UInt8](repeating: 1, count: 50 << 20)))
                }
            ) { server async throws in
                #expect(try await answer(to: get("/"), port: server.port)?.text == "ok")
                let before = try residentBytes()
                let stalled = try RawConnection(port: server.port)
                try stalled.send(get("/big"))
                try await made.wait()
                let held = try residentBytes() - before

                #expect(try await answer(to: get("/"), port: server.port)?.text == "ok")
                let left = try residentBytes() - before

                #expect(held > 45 << 20)
                #expect(left < 8 << 20)
                #expect(stalled.fd >= 0)
            }
        }
    }

    @Test("connection cap reached: more wait until one is free")
    func connectionCap() async throws {
        try await withServer({ $0.connectionsMax = 2 }, handler: Self.handler) { server async throws in
            let open = try (0..<2).map { _ in try RawConnection(port: server.port) }
            for connection in open { #expect(try await ask(connection) == "ok") }
            let third = try RawConnection(port: server.port)
            async let waiting = ask(third)
            // The two are still served meanwhile.
            for connection in open { #expect(try await ask(connection) == "ok") }
            open[0].disconnect()

            #expect(try await waiting == "ok")
            #expect(try await ask(open[1]) == "ok")
        }
    }

    @Test("per-address cap: one more is accepted and closed, and one from elsewhere is served")
    func perAddress() async throws {
        try await withServer(
            { ($0.address, $0.connectionsPerAddressMax) = (.tcp(host: "0.0.0.0", port: 0), 2) }, handler: Self.handler
        ) { server async throws in
            let open = try (0..<2).map { _ in try RawConnection(port: server.port) }
            for connection in open { #expect(try await ask(connection) == "ok") }

            let third = try RawConnection(port: server.port)

            #expect(try await onThread { try third.isClosed() })
            #expect(try await ask(RawConnection(port: server.port, from: "127.0.0.2")) == "ok")
            #expect(try await ask(open[1]) == "ok")
        }
    }

    @Test(
        "1,000 idle keep-alive connections: memory stays within what the settings say", .enabled(if: !isSanitized),
        arguments: [(8 << 10, 16), (32 << 10, 48)])
    func idleConnections(headBytes: Int, megabytesMax: Int) async {
        let result = await #expect(processExitsWith: .exitCode(0), observing: [\.standardOutputContent]) {
            [headBytes = headBytes as Int, megabytesMax = megabytesMax as Int] in
            alarm(200)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            try await withServer(
                { ($0.connectionsMax, $0.headBytesMax) = (1_200, headBytes) }, handler: { _ in .text("ok") }
            ) { server async throws in
                func open(_ count: Int) async throws -> [RawConnection] {
                    try await onThread { [port = server.port] in
                        try (0..<count).map { _ in
                            let connection = try RawConnection(port: port)
                            try connection.send(get("/"))
                            #expect(try connection.receive(1_000).count > 100)
                            return connection
                        }
                    }
                }
                let first = try await open(50)
                let before = try residentBytes()
                let idle = try await open(1_000)
                let bytes = try residentBytes() - before

                print("1,000 idle connections of \(headBytes >> 10) KiB each: \(bytes >> 20) MB")
                #expect(bytes < megabytesMax << 20)
                #expect(first.count + idle.count == 1_050)
            }
        }
        for line in String(decoding: result?.standardOutputContent ?? [], as: UTF8.self).split(separator: "\n")
        where line.hasPrefix("1,000") { print(line) }
    }

    @Test("a Unix socket instead of TCP: serves one request after the other")
    func unixSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("socket")
        try await withServer({ $0.address = .unix(path: path) }, handler: { .text($0.peer) }) { _ async throws in
            let connection = try RawConnection(unixPath: path)

            for _ in 0..<200 { #expect(try await ask(connection) == "unix") }
        }
    }

    @Test(
        "SIGTERM with connections in every state: new ones refused, the one under way finishes, the process ends in time"
    )
    func terminated() async {
        await #expect(processExitsWith: .exitCode(0)) {
            alarm(200)
            signal(SIGTERM, SIG_IGN)
            let asked = Latch()
            let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
            source.setEventHandler { @Sendable in asked.open() }
            source.resume()
            let (state, begun, go) = (EveryState(), Latch(), Latch())
            let server = try HTTPServer(patient) { request in
                guard request.path == "/last" else { return await state.handler(request) }
                begun.open()
                await go.waitRegardless()
                return .text("last")
            }
            let connections = try await state.open(port: server.port)
            async let last = answer(to: get("/last"), port: server.port)
            try await begun.wait()

            // Until it is heard: that begins only a while after `resume`.
            while !asked.isOpen {
                kill(getpid(), SIGTERM)
                try await Task.sleep(for: .milliseconds(20))
            }
            let start = ContinuousClock.now
            async let stopped: Void = server.stop(grace: .seconds(3))
            try await untilRefused(server.port)
            go.open()

            #expect(try await last?.text == "last")
            await stopped
            #expect(ContinuousClock.now - start < .seconds(30))
            #expect(connections.count == 50)
        }
    }
}

/// Asks over a connection that is kept.
private func ask(_ connection: RawConnection) async throws -> String? {
    try await onThread {
        try connection.send(get("/"))
        return try RawAnswerReader(connection).next()?.text
    }
}

/// What this process has in memory.
private func residentBytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    guard let words = line?.split(separator: " "), words.count >= 2, let count = Int(words[words.count - 2]) else {
        throw TestKitError("no VmRSS")
    }
    return count << 10
}
