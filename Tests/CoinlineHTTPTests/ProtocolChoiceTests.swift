import CoinlineHTTP
import TestKit
import Testing

@Suite("Which HTTP is spoken", .timeLimit(.minutes(8)), .requiresPrograms("openssl"))
struct ProtocolChoiceTests {
    private func client(_ certificate: TestAuthority.Certificate?, prefersHTTP2: Bool) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.caFile = certificate?.file
        configuration.prefersHTTP2 = prefersHTTP2
        return try HTTPClient(configuration)
    }

    private func certificate() async throws -> TestAuthority.Certificate {
        try await TestAuthority.selfSigned(for: "IP:127.0.0.1")
    }

    @Test("without being asked for it the client offers HTTP/1.1 alone, to a server that would speak both")
    func defaultChoice() async throws {
        let certificate = try await certificate()
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
        let server = try await OpenSSLServer(certificate, ["-alpn", "h2,http/1.1"], sending: answer)
        var configuration = HTTPClient.Configuration()
        configuration.caFile = certificate.file

        let received = try await HTTPClient(configuration).send(HTTPRequest(url: server.url))

        #expect(received.httpVersion == 11 && received.body == Array("ok".utf8))
        #expect(await server.tells("ALPN protocols advertised by the client: http/1.1\n"))
    }

    @Test("a server with TLS that does not know HTTP/2 is asked in 1.1")
    func noHTTP2() async throws {
        let certificate = try await certificate()
        let server = try await OpenSSLServer(certificate, ["-alpn", "http/1.1"])

        let answer = try await client(certificate, prefersHTTP2: true).send(HTTPRequest(url: server.url))

        #expect(answer.status == 200)
        #expect(answer.httpVersion != 20)
    }

    @Test("without TLS nobody is asked to change to HTTP/2")
    func plain() async throws {
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }

        let answer = try await client(nil, prefersHTTP2: true).send(HTTPRequest(url: server.url))

        let seen = try #require(await server.firstRequest())
        #expect(answer.httpVersion == 11)
        #expect(seen.line == "GET / HTTP/1.1")
        #expect(seen.headers["upgrade"] == nil && seen.headers["http2-settings"] == nil)
    }

    @Test("what breaks off an HTTP/2 answer is an error and never half an answer", arguments: Frames.allCases)
    func brokenStream(frames: Frames) async throws {
        let certificate = try await certificate()
        let server = try await OpenSSLServer(certificate, ["-alpn", "h2"], sending: frames.bytes)
        let deadline: Duration = frames.outcome == .timeout ? .seconds(1) : .seconds(30)
        let request = HTTPRequest(url: server.url + "/path?key=s3cret").due(in: deadline)

        let client = try client(certificate, prefersHTTP2: true)
        let error = await failure(of: client, request)

        #expect(error?.kind == frames.outcome, "\(frames): \(error?.detail ?? "-")")
        #expect(error?.detail.contains("s3cret") != true)
    }
}

/// What a server of HTTP/2 sends that does not do as it should, as frames of RFC 9113 §4.1 written by hand.
enum Frames: CaseIterable {
    case whole
    case resetStream
    case goAway
    case goAwayBeforeThisStream
    case tooShort
    case noSettings
    case giantFrame

    /// Nil where the answer is good.
    var outcome: HTTPError.Kind? {
        switch self {
        case .whole: nil
        // The stream may still come to its end; here it does not.
        case .goAway: .timeout
        default: .transfer
        }
    }

    var bytes: [UInt8] {
        let settings = Self.frame(type: 4)
        // HPACK: status 200 is entry 8 of the static table; content-length is entry 28.
        let head = Self.frame(type: 1, flags: 4, stream: 1, [0x88])
        let announcing = Self.frame(type: 1, flags: 4, stream: 1, [0x88, 0x0F, 0x0D, 0x02] + Array("10".utf8))
        let half = Self.frame(type: 0, stream: 1, Array("hello".utf8))
        return switch self {
        case .whole: settings + head + half + Self.frame(type: 0, flags: 1, stream: 1)
        case .resetStream: settings + head + half + Self.frame(type: 3, stream: 1, [0, 0, 0, 2])
        case .goAway: settings + head + half + Self.frame(type: 7, [0, 0, 0, 1, 0, 0, 0, 2])
        case .goAwayBeforeThisStream: settings + Self.frame(type: 7, [0, 0, 0, 0, 0, 0, 0, 0])
        case .tooShort: settings + announcing + Self.frame(type: 0, flags: 1, stream: 1, Array("hello".utf8))
        case .noSettings: head + half
        case .giantFrame: settings + [0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 10_000)
        }
    }

    private static func frame(type: UInt8, flags: UInt8 = 0, stream: UInt8 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        [0, 0, UInt8(payload.count), type, flags, 0, 0, 0, stream] + payload
    }
}
