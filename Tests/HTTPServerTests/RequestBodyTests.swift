import CoinlineBase
import HTTPServer
import TestKit
import Testing

@Suite("Request bodies", .timeLimit(.minutes(8)))
struct RequestBodyTests {
    private static func post(_ path: String = "/", _ length: Int, headers: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: h\r\n\(headers)Content-Length: \(length)\r\n\r\n"
    }

    private static func chunked(_ pieces: [String]) -> String {
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            + pieces.map { "\(String($0.utf8.count, radix: 16));name=value\r\n\($0)\r\n" }.joined()
            + "0\r\nTrailer: x\r\n\r\n"
    }

    private static let echo: HTTPServer.Handler = { request in
        do {
            return ServerResponse(body: .bytes(try await request.body.collect()))
        } catch {
            return .text("\(error)", status: 418)
        }
    }

    @Test("with a length and in chunks arrive whole, byte by byte or at once", arguments: [true, false])
    func whole(isDripped: Bool) async throws {
        try await withServer(handler: Self.echo) { server async throws in
            let text = Self.post("/", 5) + "hello" + Self.chunked(["he", "l", "lo!"]) + get("/") + Self.chunked([])
            let list = try await onThread {
                let connection = try RawConnection(port: server.port)
                if isDripped {
                    for byte in text.utf8 { try connection.send([byte]) }
                } else {
                    try connection.send(text)
                }
                let reader = RawAnswerReader(connection)
                return try (0..<4).map { _ in try reader.next()?.text }
            }

            #expect(list == ["hello", "hello!", "", ""])
        }
    }

    @Test("of many megabytes pass through a reader that takes its time")
    func big() async throws {
        let body = pattern(6 << 20)
        try await withServer(handler: { request in
            var (count, isEqual, largest) = (0, true, 0)
            do {
                while let chunk = try await request.body.next() {
                    isEqual = isEqual && chunk[...] == body[count..<count + chunk.count]
                    count += chunk.count
                    largest = max(largest, chunk.count)
                    await Task.yield()
                }
            } catch {
                return .text("\(error)", status: 500)
            }
            return .text("\(count) \(isEqual) \(largest <= 256 << 10)")
        }) { server async throws in
            let answer = try await onThread {
                let connection = try RawConnection(port: server.port)
                try connection.send(Self.post("/", body.count))
                try connection.send(body)
                return try RawAnswerReader(connection).next()
            }

            #expect(answer?.text == "\(body.count) true true")
        }
    }

    @Test("hold the peer back while nobody reads")
    func backPressure() async throws {
        let (isFull, isRead) = (Latch(), Latch())
        try await withServer(handler: { request in
            await isRead.waitRegardless()
            return await Self.echo(request)
        }) { server async throws in
            async let sent = onThread {
                let connection = try RawConnection(port: server.port, timeout: .milliseconds(500))
                try connection.send(Self.post("/", 30 << 20))
                let block = [UInt8](repeating: 1, count: 64 << 10)
                var count = 0
                do {
                    while count < 30 << 20 {
                        try connection.send(block)
                        count += block.count
                    }
                } catch {}
                isFull.open()
                return count
            }
            try await isFull.wait()

            // What the kernel's two buffers take, and no more.
            #expect(try await sent < 20 << 20)
            isRead.open()
        }
    }

    @Test("over the cap are refused at the head when announced", arguments: ["POST", "PUT", "PATCH", "QUERY"])
    func announced(method: String) async throws {
        try await withServer({ $0.bodyBytesMax = 10 }, handler: Self.echo) { server async throws in
            let head = "\(method) / HTTP/1.1\r\nHost: h\r\nContent-Length: "
            #expect(try await answer(to: head + "10\r\n\r\n0123456789", port: server.port)?.text == "0123456789")

            let refused = try await onThread {
                let connection = try RawConnection(port: server.port)
                try connection.send(head + "11\r\n\r\n")
                let answer = try RawAnswerReader(connection).next()
                return (answer?.status, try connection.isClosed())
            }

            #expect(refused.0 == 413)
            #expect(refused.1)
        }
    }

    @Test("over the cap are refused after their end when they come in chunks, and broken off at twice the cap")
    func unannounced() async throws {
        try await withServer({ $0.bodyBytesMax = 10 }, handler: Self.echo) { server async throws in
            let text = Self.chunked(["0123456789"]) + Self.chunked(["0123456789", "0"]) + get("/")
            let list = try await answers(3, to: text, port: server.port)
            #expect(list.map(\.status) == [200, 413, 200])

            #expect(try await answer(to: Self.chunked(["0123456789", "0123456789", "0"]), port: server.port) == nil)
        }
    }

    @Test("make a reader fail as soon as they pass the cap")
    func failingReader() async throws {
        let failed = Latch()
        try await withServer(
            { $0.bodyBytesMax = 10 },
            handler: { request in
                do {
                    _ = try await request.body.collect()
                } catch {
                    if error as? RequestBodyError == .tooLarge { failed.open() }
                }
                return ServerResponse()
            }
        ) { server async throws in
            let connection = try RawConnection(port: server.port)
            try connection.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n")
            try await failed.wait()
        }
    }

    @Test("that break off make the reader fail and cancel the handler")
    func broken() async throws {
        let (failed, cancelled) = (Latch(), Latch())
        try await withServer(handler: { request in
            do {
                _ = try await request.body.collect()
            } catch {
                if error as? RequestBodyError == .closed { failed.open() }
            }
            await cancelled.openWhenCancelled()
            return ServerResponse()
        }) { server async throws in
            try await onThread {
                try RawConnection(port: server.port).send(Self.post("/", 10) + "01234")
            }
            try await failed.wait()
            try await cancelled.wait()
        }
    }

    @Test("are invited by 100 when the peer waits for it, or refused at once")
    func expectation() async throws {
        try await withServer({ $0.bodyBytesMax = 10 }, handler: Self.echo) { server async throws in
            let list = try await onThread {
                let connection = try RawConnection(port: server.port)
                let reader = RawAnswerReader(connection)
                try connection.send(Self.post("/", 5, headers: "Expect: 100-continue\r\n"))
                let first = try reader.next()
                try connection.send("hello")
                return [first, try reader.next()]
            }
            #expect(list.map { $0?.status } == [100, 200])
            #expect(list[1]?.text == "hello")

            let refused = Self.post("/", 11, headers: "Expect: 100-continue\r\n")
            #expect(try await answer(to: refused, port: server.port)?.status == 413)
        }
    }

    @Test("that nobody reads do not disturb the next request")
    func unread() async throws {
        try await withServer(handler: { _ in .text("early") }) { server async throws in
            let body = String(repeating: "x", count: 300_000)
            let text = Self.post("/", body.utf8.count) + body
            let list = try await answers(3, to: text + text + text, port: server.port)

            #expect(list.map(\.text) == ["early", "early", "early"])
        }
    }

    @Test("can be read under a time limit of the handler's own")
    func cancelledReader() async throws {
        try await withServer(handler: { request in
            let reader = Task { try await request.body.collect() }
            reader.cancel()
            do {
                _ = try await reader.value
                return .text("read")
            } catch {
                return .text("\(error is CancellationError)")
            }
        }) { server async throws in
            let answer = try await onThread {
                let connection = try RawConnection(port: server.port)
                try connection.send(Self.post("/", 5) + "12")
                try connection.send("345")
                return try RawAnswerReader(connection).next()
            }

            #expect(answer?.text == "true" || answer?.text == "read")
        }
    }
}
