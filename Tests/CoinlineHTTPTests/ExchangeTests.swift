import CoinlineBase
import CoinlineHTTP
import TestKit
import Testing

@Suite("What is sent and what comes back", .timeLimit(.minutes(8)))
struct ExchangeTests {
    @Test("status, headers in order with repeats, and body come back")
    func wholeAnswer() async throws {
        let server = RawServer { _ in .send(RawServer.answer("418 Teapot", ["X-A: 1", "x-a:  2 ", "B:"], body: "tea")) }
        defer { server.stop() }
        let client = try HTTPClient()

        let answer = try await client.send(HTTPRequest(url: server.url + "/a?b=c"))

        #expect(answer.status == 418)
        #expect(answer.body == Array("tea".utf8))
        #expect(answer.headers.map { "\($0.name)=\($0.value)" } == ["Content-Length=3", "X-A=1", "x-a=2", "B="])
        #expect(answer.header("X-a") == "2")
        #expect(answer.header("missing") == nil)
        #expect(answer.httpVersion == 11)
        #expect(!answer.isCut)
        #expect(answer.duration > .zero)
    }

    @Test("a body is sent as it is, zero bytes and all, at once and without an invented type")
    func binaryBody() async throws {
        let server = RawServer { .send(RawServer.answer(bytes: $0.body)) }
        defer { server.stop() }
        let client = try HTTPClient()
        var request = HTTPRequest(method: "POST", url: server.url + "/write")
        request.body = (0..<(2 << 20)).map { UInt8(truncatingIfNeeded: $0) }

        let answer = try await client.send(request)

        #expect(answer.body == request.body)
        let seen = try #require(await server.firstRequest())
        #expect(seen.headers["expect"] == nil)
        #expect(seen.headers["content-type"] == nil)
        #expect(seen.headers["transfer-encoding"] == nil)
        #expect(seen.headers["content-length"] == "\(2 << 20)")
        #expect(seen.headers["user-agent"] == "coinline")
    }

    @Test(
        "each method is sent under its own name",
        arguments: [
            ("GET", false), ("POST", true), ("PUT", true), ("PATCH", true), ("DELETE", true), ("DELETE", false),
            ("OPTIONS", false), ("GET", true),
        ])
    func methods(method: String, hasBody: Bool) async throws {
        let server = RawServer { .send(RawServer.answer(bytes: $0.body)) }
        defer { server.stop() }
        let client = try HTTPClient()
        var request = HTTPRequest(method: method, url: server.url + "/x/../%2e?q")
        if hasBody { request.body = [1, 0, 2] }

        let answer = try await client.send(request)

        #expect(answer.body == (hasBody ? [1, 0, 2] : []))
        #expect(await server.firstRequest()?.line == "\(method) /x/../%2e?q HTTP/1.1")
    }

    @Test("a POST without a body announces that it is empty")
    func emptyPost() async throws {
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        let client = try HTTPClient()

        _ = try await client.send(HTTPRequest(method: "POST", url: server.url))

        #expect(await server.firstRequest()?.headers["content-length"] == "0")
    }

    @Test("HEAD does not wait for the body that its head announces")
    func head() async throws {
        let server = RawServer { _ in .send(Array("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".utf8)) }
        defer { server.stop() }
        let client = try HTTPClient()

        let answer = try await client.send(HTTPRequest(method: "HEAD", url: server.url))

        #expect(answer.status == 200)
        #expect(answer.body.isEmpty)
    }

    @Test("headers arrive as given, the empty and the secret one too")
    func headers() async throws {
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        let client = try HTTPClient()
        var request = HTTPRequest(url: server.url)
        request.headers = [
            HTTPHeader("X-Plain", "a\tb: ü"), HTTPHeader("X-Empty", ""),
            HTTPHeader("Authorization", secret: Secret("s3cret"), prefix: "Token "),
        ]

        _ = try await client.send(request)

        let seen = try #require(await server.firstRequest()?.headers)
        #expect(seen["x-plain"] == "a\tb: ü")
        #expect(seen["x-empty"] == "")
        #expect(seen["authorization"] == "Token s3cret")
        #expect(seen["accept-encoding"]?.contains("gzip") == true)
    }

    @Test("interim answers leave no header behind")
    func interimAnswers() async throws {
        let interim = "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        let server = RawServer { _ in .send(Array(interim.utf8) + RawServer.answer("201 Created", ["X-Late: 1"])) }
        defer { server.stop() }
        let client = try HTTPClient()

        let answer = try await client.send(HTTPRequest(url: server.url))

        #expect(answer.status == 201)
        #expect(answer.headers.map(\.name) == ["Content-Length", "X-Late"])
    }

    @Test("an answer without a length ends with its connection, and a chunked one with its last chunk")
    func otherFramings() async throws {
        let server = RawServer { request in
            request.line.contains("chunked")
                ? .send(
                    Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n".utf8))
                : .sendAndClose(Array("HTTP/1.0 200 OK\r\n\r\nabc".utf8))
        }
        defer { server.stop() }
        let client = try HTTPClient()

        let chunked = try await client.send(HTTPRequest(url: server.url + "/chunked"))
        let closed = try await client.send(HTTPRequest(url: server.url + "/closed"))

        #expect(chunked.body == Array("abc".utf8))
        #expect(closed.body == Array("abc".utf8))
        #expect(closed.httpVersion == 10)
    }

    @Test("a second request uses the first one's connection")
    func reuse() async throws {
        let server = RawServer { _ in .send(RawServer.answer(body: "x")) }
        defer { server.stop() }
        let client = try HTTPClient()

        let first = try await client.send(HTTPRequest(url: server.url))
        let second = try await client.send(HTTPRequest(url: server.url))

        #expect(first.newConnections == 1)
        #expect(second.newConnections == 0)
        #expect(server.connectionCount == 1)
    }

    @Test("a kept connection that the server has closed meanwhile costs no error")
    func staleConnection() async throws {
        let server = RawServer { _ in .sendAndClose(RawServer.answer(body: "x")) }
        defer { server.stop() }
        let client = try HTTPClient()

        for _ in 0..<20 {
            var request = HTTPRequest(method: "POST", url: server.url)
            request.body = Array("body".utf8)
            #expect(try await client.send(request).status == 200)
        }
    }

    @Test("a redirect is an answer: nobody follows it, and the key stays", arguments: [301, 302, 303, 307, 308])
    func redirect(status: Int) async throws {
        let other = RawServer { _ in .send(RawServer.answer()) }
        defer { other.stop() }
        let target = other.url
        let server = RawServer { _ in .send(RawServer.answer("\(status) Moved", ["Location: \(target)/"])) }
        defer { server.stop() }
        let client = try HTTPClient()
        var request = HTTPRequest(url: server.url)
        request.headers = [HTTPHeader("X-Api-Key", secret: Secret("s3cret"))]

        let answer = try await client.send(request)

        #expect(answer.status == status)
        #expect(answer.header("location") == "\(target)/")
        #expect(other.connectionCount == 0)
    }

    @Test(
        "a redirect to something that is not HTTP is no more than an answer",
        arguments: ["file:///etc/passwd", "ftp://127.0.0.1/", "//127.0.0.1/x", "http://[::1"])
    func redirectElsewhere(location: String) async throws {
        let server = RawServer { _ in .send(RawServer.answer("302 Found", ["Location: \(location)"], body: "moved")) }
        defer { server.stop() }
        let client = try HTTPClient()

        let answer = try await client.send(HTTPRequest(url: server.url))

        #expect(answer.status == 302)
        #expect(answer.header("location") == location)
        #expect(answer.body == Array("moved".utf8))
    }

    @Test("a key goes with its own request and with no other, over the same connection either")
    func keysStay() async throws {
        let server = RawServer { .send(RawServer.answer(body: $0.headers["x-api-key"] ?? "none")) }
        let other = RawServer { .send(RawServer.answer(body: $0.headers["x-api-key"] ?? "none")) }
        defer {
            server.stop()
            other.stop()
        }
        let client = try HTTPClient()
        var keyed = HTTPRequest(url: server.url)
        keyed.headers = [HTTPHeader("X-Api-Key", secret: Secret("s3cret"))]

        let first = try await client.send(keyed)
        let second = try await client.send(HTTPRequest(url: server.url))
        let third = try await client.send(HTTPRequest(url: other.url))

        #expect(first.body == Array("s3cret".utf8))
        #expect(second.body == Array("none".utf8) && second.newConnections == 0)
        #expect(third.body == Array("none".utf8))
    }

    @Test("a socket file stands in for the host")
    func unixSocket() async throws {
        let folder = try TemporaryFolder()
        let server = RawServer(unixPath: folder.file("s")) { .send(RawServer.answer(body: $0.headers["host"] ?? "")) }
        defer { server.stop() }
        let client = try HTTPClient()
        var request = HTTPRequest(url: "http://inside/health")
        request.unixSocketPath = folder.file("s")

        let answer = try await client.send(request)

        #expect(answer.body == Array("inside".utf8))
    }
}

extension RawServer {
    func firstRequest() async -> Request? {
        for await event in events {
            if case .request(let request) = event { return request }
        }
        return nil
    }
}
