import CoinlineBase
import CoinlineHTTP
import Glibc
import Testing

@Suite("What goes wrong", .timeLimit(.minutes(8)))
struct FailureTests {
    @Test("a port where nobody listens is named, and why")
    func refusedConnection() async throws {
        // Where no other test listens: nobody takes the port when it is free.
        let server = RawServer(host: "127.0.0.4") { _ in .reset }
        server.stop()
        for await _ in server.events {}
        let client = try HTTPClient()

        let error = await failure(of: client, HTTPRequest(url: "\(server.url)/path?key=s3cret"))

        #expect(error == HTTPError(kind: .connect, detail: "cannot connect to \(server.url): connection refused"))
    }

    @Test("a socket file that is not there")
    func missingSocket() async throws {
        let client = try HTTPClient()
        var request = HTTPRequest(url: "http://inside/")
        request.unixSocketPath = "/nonexistent/socket"

        let error = await failure(of: client, request)

        #expect(error?.kind == .connect)
        #expect(error?.detail == "cannot connect to http://inside: the socket file does not exist")
    }

    @Test("a host without a name that could be looked up")
    func unresolvable() async throws {
        let client = try HTTPClient()

        let error = await failure(of: client, HTTPRequest(url: "http://user:s3cret@a..b/path"))

        #expect(error == HTTPError(kind: .resolve, detail: "the name of the host a..b could not be found"))
    }

    @Test(
        "an answer that breaks off, is no HTTP, or is none",
        arguments: [
            RawServer.Reply.sendAndClose(Array("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".utf8)),
            .sendAndClose(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab".utf8)),
            .sendAndClose(Array("HTTP/1.1 200 OK\r\nContent-Le".utf8)),
            .sendAndClose(Array("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain".utf8)),
            .sendAndClose(Array("hello, this is no HTTP at all\r\n\r\n".utf8)),
            .sendAndClose([]), .reset,
        ])
    func brokenAnswer(reply: RawServer.Reply) async throws {
        let server = RawServer { _ in reply }
        defer { server.stop() }
        let client = try HTTPClient()

        let error = await failure(of: client, HTTPRequest(url: server.url + "/path?key=s3cret"))

        #expect(error?.kind == .transfer)
        #expect(error?.detail.contains("s3cret") == false)
        #expect(error?.detail.contains(server.url) == true)
    }

    @Test("the reason is told in the exact words of libcurl, and no URL's path or query with them")
    func words() async throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"
        let server = RawServer { _ in .sendAndClose(Array(answer.utf8)) }
        defer { server.stop() }
        let client = try HTTPClient()

        let error = await failure(of: client, HTTPRequest(url: server.url + "/path?key=s3cret"))

        let text = "the exchange with \(server.url) failed: transfer closed with 7 bytes remaining to read"
        #expect(error == HTTPError(kind: .transfer, detail: text))
    }

    @Test(
        "a URL that cannot be asked is refused before anything is sent",
        arguments: [
            "", "localhost:8086", "//host/x", "ftp://host/", "ftps://host/", "scp://host/x", "smb://host/x",
            "ws://host/",
            "dict://host/x", "ldap://host/", "telnet://host/", "tftp://host/x", "imap://host/", "FILE:///etc/passwd",
            "file:///etc/passwd", "gopher://host/", "http://",
            "http://host:99999/", "http://host/a b", "http://host/\r\nX: 1", "http://host/\u{0}",
            "http://[::1", "javascript:alert(1)",
        ])
    func badURL(url: String) async throws {
        let client = try HTTPClient()

        let error = await failure(of: client, HTTPRequest(url: url))

        #expect(error?.kind == .badRequest)
    }

    @Test(
        "a header or method that could begin another line is refused",
        arguments: [
            (HTTPHeader("X", "a\r\nY: b"), "GET"), (HTTPHeader("X", "a\nb"), "GET"),
            (HTTPHeader("X", "a\u{0}b"), "GET"),
            (HTTPHeader("X\r\nY", "a"), "GET"), (HTTPHeader("X Y", "a"), "GET"), (HTTPHeader("X:", "a"), "GET"),
            (HTTPHeader("", "a"), "GET"), (HTTPHeader("Ü", "a"), "GET"), (HTTPHeader("X", "\u{7F}"), "GET"),
            (HTTPHeader("X", secret: Secret("a\nb")), "GET"), (HTTPHeader("X", "a"), "GET / HTTP/1.1\r\nY: b\r\n"),
            (HTTPHeader("X", "a"), ""),
        ])
    func badHead(header: HTTPHeader, method: String) async throws {
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        let client = try HTTPClient()
        var request = HTTPRequest(method: method, url: server.url)
        request.headers = [header]

        let error = await failure(of: client, request)

        #expect(error?.kind == .badRequest)
        #expect(error.map { $0.detail.unicodeScalars.allSatisfy { $0.value >= 0x20 } } == true)
        #expect(server.connectionCount == 0)
    }

    @Test("a user agent with control characters is refused")
    func badUserAgent() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.userAgent = "a\r\nX: b"
        let client = try HTTPClient(configuration)

        #expect(await failure(of: client, HTTPRequest(url: "http://127.0.0.1:1/"))?.kind == .badRequest)
    }

    @Test(
        "a path of a socket file that no socket can have is refused",
        arguments: ["/tmp/a\u{0}b", "/tmp/" + String(repeating: "x", count: 103)])
    func badSocketPath(path: String) async throws {
        let client = try HTTPClient()
        var request = HTTPRequest(url: "http://inside/")
        request.unixSocketPath = path

        #expect(await failure(of: client, request)?.kind == .badRequest)
    }

    @Test("neither a secret header nor user, password and query of a URL show up in any text")
    func secrets() async throws {
        let server = RawServer { _ in .reset }
        defer { server.stop() }
        let client = try HTTPClient()
        var request = HTTPRequest(url: "http://user:pa55word@127.0.0.1:\(server.port)/p?key=s3cret")
        let header = HTTPHeader("X-Key", secret: Secret("s3cret-and-longer-than-that"), prefix: "Token ")
        request.headers = [header]

        let error = try #require(await failure(of: client, request))

        var dumped = ""
        dump(header, to: &dumped)
        dump(request.headers, to: &dumped)
        let texts = ["\(error)", String(reflecting: error), "\(header)", String(reflecting: header), dumped]
        for text in texts {
            #expect(!text.contains("s3cret"))
            #expect(!text.contains("pa55word"))
        }
        #expect("\(header)" == "X-Key: Token ‹redacted›")
        #expect(header.isSecret)
    }
}
