import CoinlineHTTP
import Glibc
import TestKit
import Testing

@Suite("HTTP/2", .timeLimit(.minutes(8)), .requiresPrograms("openssl", "nghttpd"))
struct HTTP2Tests {
    private func client(trusting certificate: TestAuthority.Certificate, prefersHTTP2: Bool = true) throws -> HTTPClient
    {
        var configuration = HTTPClient.Configuration()
        configuration.caFile = certificate.file
        configuration.prefersHTTP2 = prefersHTTP2
        return try HTTPClient(configuration)
    }

    private func certificate() async throws -> TestAuthority.Certificate {
        try await TestAuthority.selfSigned(for: "IP:127.0.0.1,DNS:localhost")
    }

    @Test(
        "many requests at once share one connection, and more than one takes share as few as HTTP/1.1 may have",
        arguments: [(90, 1), (300, 4)])
    func multiplexed(count: Int, connectionsMax: Int) async throws {
        let certificate = try await certificate()
        let server = try await NGHTTPServer(certificate)
        let client = try client(trusting: certificate)
        let url = server.url + "/echo?key=s3cret"

        let answers = try await withThrowingTaskGroup(of: (Bool, HTTPAnswer).self) { group in
            for number in 0..<count {
                group.addTask {
                    var request = HTTPRequest(method: "POST", url: url).due(in: .seconds(60))
                    // The wait for one of the few connections counts.
                    request.connectTimeout = .seconds(60)
                    request.body = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number * 50)
                    let answer = try await client.send(request)
                    return (answer.body == request.body, answer)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(answers.count { $0.0 } == count)
        #expect(answers.allSatisfy { $0.1.status == 200 && $0.1.httpVersion == 20 })
        let opened = answers.reduce(0) { $0 + $1.1.newConnections }
        #expect((1...connectionsMax).contains(opened))
        #expect(server.connectionCount == opened)
    }

    @Test("bodies far larger than a stream's window arrive whole, both ways and several at once")
    func largeBodies() async throws {
        let certificate = try await certificate()
        let file = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 / 251) }
        let server = try await NGHTTPServer(certificate, files: ["file": file])
        let client = try client(trusting: certificate)
        var upload = HTTPRequest(method: "POST", url: server.url + "/echo")
        upload.body = file.reversed()

        async let first = client.send(upload)
        async let second = client.send(upload)
        async let down = client.send(HTTPRequest(url: server.url + "/file"))

        #expect(try await first.body == upload.body)
        #expect(try await second.body == upload.body)
        #expect(try await down.body == file)
        #expect(server.connectionCount == 1)
    }

    @Test("headers come in lower case, a missing file is an answer, and there is no reason phrase to trip over")
    func answer() async throws {
        let certificate = try await certificate()
        let server = try await NGHTTPServer(certificate, ["--trailer", "x-end: 1"], files: ["file": [1, 2, 3]])
        let client = try client(trusting: certificate)

        let found = try await client.send(HTTPRequest(url: server.url + "/file"))
        let missing = try await client.send(HTTPRequest(url: server.url + "/missing"))

        #expect(found.body == [1, 2, 3])
        #expect(found.header("Server")?.hasPrefix("nghttpd") == true)
        #expect(found.headers.allSatisfy { !$0.name.hasPrefix(":") })
        #expect(missing.status == 404 && missing.newConnections == 0)
    }

    @Test("one stream over its limit, or cancelled, leaves the others of its connection alone")
    func oneStream() async throws {
        let certificate = try await certificate()
        // With a window of nothing the server takes no byte of an upload: its stream is open until it is cancelled.
        let server = try await NGHTTPServer(
            certificate, ["-w", "0"], files: ["file": [UInt8](repeating: 7, count: 1 << 20)])
        let marker = RawServer { _ in .send(RawServer.answer()) }
        defer { marker.stop() }
        let client = try client(trusting: certificate)
        let file = HTTPRequest(url: server.url + "/file")
        _ = try await client.send(file)
        var small = file
        small.answerBytesMax = 1_000
        var upload = HTTPRequest(method: "POST", url: server.url + "/echo")
        upload.body = [UInt8](repeating: 7, count: 1_000)
        let uploads = (0..<2).map { [upload] _ in Task { try await client.send(upload) } }
        while server.program.outputSoFar.matches(of: /:method: POST/).count < uploads.count {
            _ = try await client.send(HTTPRequest(url: server.url + "/missing"))
        }

        server.program.signal(SIGSTOP)
        let tasks = (0..<4).map { number in
            let request = number == 3 ? small : file
            return Task { try await client.send(request) }
        }
        // Answered once the requests before it are on their way, since the loop takes them in order.
        _ = try await client.send(HTTPRequest(url: marker.url))
        for task in uploads { task.cancel() }
        for task in uploads { await #expect(throws: CancellationError.self) { try await task.value } }
        server.program.signal(SIGCONT)

        for task in tasks[..<3] { #expect(try await task.value.body.count == 1 << 20) }
        let error = await #expect(throws: HTTPError.self) { try await tasks[3].value }
        #expect(error?.kind == .tooLarge)
        #expect(try await client.send(file).httpVersion == 20)
    }

    @Test("a server that stops in the midst costs the deadline and no more, and works again when it goes on")
    func stopped() async throws {
        let certificate = try await certificate()
        let server = try await NGHTTPServer(certificate, files: ["file": [1]])
        let other = RawServer { _ in .send(RawServer.answer()) }
        defer { other.stop() }
        let client = try client(trusting: certificate)
        let file = HTTPRequest(url: server.url + "/file")
        _ = try await client.send(file)

        server.program.signal(SIGSTOP)
        let error = await failure(of: client, file.due(in: .milliseconds(1_500)))
        let meanwhile = try await client.send(HTTPRequest(url: other.url))
        server.program.signal(SIGCONT)
        let afterwards = try await client.send(file)

        #expect(error == HTTPError(kind: .timeout, detail: "no complete answer from \(server.url) within 1.5 s"))
        #expect(meanwhile.httpVersion == 11)
        #expect(afterwards.body == [1])
    }

    @Test("a server that dies in the midst ends every stream at once")
    func killed() async throws {
        let certificate = try await certificate()
        let server = try await NGHTTPServer(certificate, files: ["file": [1]])
        let client = try client(trusting: certificate)
        let file = HTTPRequest(url: server.url + "/file")
        _ = try await client.send(file)

        server.program.signal(SIGSTOP)
        async let first = failure(of: client, file)
        var upload = HTTPRequest(method: "POST", url: server.url + "/echo")
        upload.body = [UInt8](repeating: 0, count: 4 << 20)
        async let second = failure(of: client, upload)
        server.program.signal(SIGKILL)

        for error in await [first, second] {
            // One that came too late for the old connection finds nobody for a new one, or half of one.
            #expect(error.map { [.transfer, .connect, .tls].contains($0.kind) } == true, "\(error?.detail ?? "-")")
        }
    }
}
