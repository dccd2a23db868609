import CoinlineBase
import HTTPServer
import TestKit
import Testing

@Suite("Answers", .timeLimit(.minutes(8)))
struct AnswerTests {
    @Test("come over one connection, one after the other, with what was asked")
    func keepAlive() async throws {
        try await withServer(handler: { request in .text("\(request.method) \(request.path) \(request.peer)") }) {
            server in
            let list = try await onThread {
                let connection = try RawConnection(port: server.port)
                let reader = RawAnswerReader(connection)
                return try (1...20).map { number in
                    try connection.send(get("/\(number)"))
                    return try reader.next()
                }
            }

            #expect(list.map { $0?.text } == (1...20).map { "GET /\($0) 127.0.0.1" })
            #expect(list.allSatisfy { $0?.status == 200 && $0?.header("content-length") == "\($0?.body.count ?? 0)" })
        }
    }

    @Test("to pipelined requests keep their order though the first takes longest")
    func pipelining() async throws {
        let last = Latch()
        try await withServer(handler: { request in
            if request.path == "/1" { await last.waitRegardless() }
            return .text(request.path)
        }) { server async throws in
            async let list = answers(50, to: (1...50).map { get("/\($0)") }.joined(), port: server.port)
            async let other = answers(1, to: get("/other"), port: server.port)
            #expect(try await other.first?.text == "/other")
            last.open()

            #expect(try await list.map(\.text) == (1...50).map { "/\($0)" })
        }
    }

    @Test("show a request as it was sent")
    func request() async throws {
        try await withServer(handler: { request in
            let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: ",")
            let headers = request.headers.filter { $0.name.hasPrefix("X-") }.map(\.value).joined(separator: ",")
            return .text("\(request.target)|\(request.path)|\(query)|\(headers)|\(request.header("x-ONE") ?? "")")
        }) { server async throws in
            let text =
                "GET http://other:99/a%20b?x=1&y=a%26b HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nX-one: 2\r\nX-Two: ü\r\n\r\n"

            #expect(try await answer(to: text, port: server.port)?.text == "/a%20b?x=1&y=a%26b|/a b|x=1,y=a&b|1,2,ü|1")
        }
    }

    @Test("carry the date of the given clock, and only that")
    func date() async throws {
        let time = try #require(UTCTime(rfc3339: "2031-02-03T04:05:06Z"))
        try await withServer(
            now: { time },
            handler: { request in
                request.path == "/own" ? ServerResponse(headers: [("date", "mine")]) : .text("x")
            }
        ) { server async throws in
            let text = get("/") + get("/own") + "G(T / HTTP/1.1\r\nHost: h\r\n\r\n"
            let list = try await answers(3, to: text, port: server.port)

            let dates = list.map { $0.headers.filter { $0.name.lowercased() == "date" }.map(\.value) }
            #expect(dates == [["Mon, 03 Feb 2031 04:05:06 GMT"], ["mine"], ["Mon, 03 Feb 2031 04:05:06 GMT"]])
            #expect(list.map(\.status) == [200, 200, 400])
        }
    }

    @Test("to HEAD announce the length and send nothing")
    func head() async throws {
        try await withServer(handler: { request in
            request.path == "/stream"
                ? ServerResponse(body: .stream(length: 5) { _ in Issue.record("a body was written for HEAD") })
                : .text("hello")
        }) { server async throws in
            let list = try await onThread {
                let connection = try RawConnection(port: server.port)
                let reader = RawAnswerReader(connection)
                return try ["/bytes", "/stream", "/bytes"].map { path in
                    try connection.send("HEAD \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
                    return try reader.next(isHeadOnly: true)
                }
            }

            #expect(list.map { $0?.header("Content-Length") } == ["5", "5", "5"])
        }
    }

    @Test("without a body leave the connection usable", arguments: [204, 304])
    func noBody(status: Int) async throws {
        try await withServer(handler: { request in
            request.path == "/stream"
                ? ServerResponse(status, body: .stream(length: nil) { _ = await $0.write([1]) })
                : ServerResponse(status, headers: [("ETag", "\"1\"")])
        }) { server async throws in
            let list = try await answers(3, to: get("/") + get("/stream") + get("/"), port: server.port)

            #expect(list.map(\.status) == [status, status, status])
        }
    }

    @Test("to HTTP/1.0 end with the connection unless it is to be kept")
    func oldVersion() async throws {
        try await withServer(handler: { request in
            request.path == "/stream"
                ? ServerResponse(body: .stream(length: nil) { _ = await $0.write(Array("abc".utf8)) }) : .text("abc")
        }) { server async throws in
            let list = try await answers(2, to: get("/", version: "1.0") + get("/", version: "1.0"), port: server.port)
            #expect(list.map(\.text) == ["abc"])

            let kept = get("/", version: "1.0", headers: "Connection: keep-alive\r\n")
            #expect(try await answers(2, to: kept + kept, port: server.port).map(\.text) == ["abc", "abc"])

            let streamed = try await answer(to: get("/stream", version: "1.0"), port: server.port)
            #expect(streamed?.text == "abc")
            #expect(streamed?.header("Transfer-Encoding") == nil)
        }
    }

    @Test(
        "that cannot be sent safely become a 500",
        arguments: [
            ServerResponse(99), ServerResponse(600), ServerResponse(100),
            ServerResponse(headers: [("X", "a\r\nSet-Cookie: b")]), ServerResponse(headers: [("X: y", "z")]),
            ServerResponse(headers: [("", "z")]), ServerResponse(headers: [("X", "a\0b")]),
        ])
    func unsendable(response: ServerResponse) async throws {
        try await withServer(handler: { _ in response }) { server async throws in
            let answer = try #require(await answer(to: get("/"), port: server.port))

            #expect(answer.status == 500)
            #expect(answer.header("Set-Cookie") == nil)
        }
    }

    @Test("of the handler cannot contradict the body's length")
    func ownFraming() async throws {
        try await withServer(handler: { _ in
            ServerResponse(
                headers: [("content-length", "3"), ("Transfer-Encoding", "chunked"), ("X", "1")],
                body: .bytes(Array("hello".utf8)))
        }) { server async throws in
            let answer = try #require(await answer(to: get("/"), port: server.port))

            #expect(answer.headers.filter { $0.name.lowercased() == "content-length" }.map(\.value) == ["5"])
            #expect(answer.header("Transfer-Encoding") == nil)
            #expect(answer.header("X") == "1")
        }
    }

    @Test("of many megabytes arrive whole, also when shared by many connections")
    func bigAnswers() async throws {
        let page = pattern(8 << 20)
        try await withServer(handler: { _ in ServerResponse(body: .bytes(page)) }) { server async throws in
            try await withThrowingTaskGroup { group in
                for _ in 0..<6 {
                    group.addTask { try await answer(to: get("/"), port: server.port)?.body == page }
                }
                for try await isEqual in group { #expect(isEqual) }
            }
        }
    }

    @Test("may be no answer at all: the connection closes", arguments: ["/early", "/late"])
    func drop(path: String) async throws {
        try await withServer(handler: { request in
            if request.path == "/late" { _ = try? await request.body.collect() }
            return ServerResponse(body: .drop)
        }) { server async throws in
            let bytes = try await onThread {
                let connection = try RawConnection(port: server.port)
                // The early one never sends the rest of its body.
                try connection.send("POST \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234")
                if path == "/late" { try connection.send("56789") }
                return try connection.receiveAll()
            }

            #expect(bytes.isEmpty)
        }
    }
}
