import CoinlineHTTP
import Foundation
import TestKit
import Testing

@Suite("TLS", .timeLimit(.minutes(8)), .requiresPrograms("openssl"))
struct TLSTests {
    private func client(trusting caFile: String?, isVerifying: Bool = true) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.caFile = caFile
        configuration.isVerifyingTLS = isVerifying
        return try HTTPClient(configuration)
    }

    @Test("a certificate is fine when its authority is the one that was named, under each of its names")
    func goodChain() async throws {
        let authority = try await TestAuthority()
        let server = try await OpenSSLServer(authority.certificate(for: "IP:127.0.0.1,DNS:localhost"))
        let client = try client(trusting: authority.caFile)

        #expect(try await client.send(HTTPRequest(url: server.url)).status == 200)
        #expect(try await client.send(HTTPRequest(url: "https://localhost:\(server.port)/")).status == 200)
    }

    @Test("an authority in between is fine when the server shows it, and not when it does not")
    func longChain() async throws {
        let root = try await TestAuthority()
        let between = try await root.authority()
        let certificate = try await between.certificate(for: "IP:127.0.0.1")
        let whole = try await OpenSSLServer(certificate, ["-cert_chain", between.caFile])
        let broken = try await OpenSSLServer(certificate)
        let client = try client(trusting: root.caFile)

        #expect(try await client.send(HTTPRequest(url: whole.url)).status == 200)
        #expect(await failure(of: client, HTTPRequest(url: broken.url))?.kind == .tls)
    }

    @Test("a certificate that nobody known vouches for is refused, and nothing is sent to its server")
    func unknownAuthority() async throws {
        let server = try await OpenSSLServer(TestAuthority().certificate(for: "IP:127.0.0.1"), sending: [])
        let others = [nil, try await TestAuthority()]

        for other in others {
            let client = try client(trusting: other?.caFile)
            let error = await failure(of: client, HTTPRequest(url: server.url + "/path?key=s3cret"))

            #expect(error?.kind == .tls)
            #expect(error?.detail.hasPrefix("no secure connection to \(server.url): ") == true)
            #expect(error?.detail.contains("certificate") == true)
            #expect(error?.detail.contains("s3cret") == false)
        }
        // What it has told is whole once it has ended.
        await server.stop()
        #expect(!server.log.contains("GET"))
    }

    @Test("a certificate that vouches for itself is fine when it is named as the authority, and only then")
    func selfSigned() async throws {
        let certificate = try await TestAuthority.selfSigned(for: "IP:127.0.0.1,DNS:localhost")
        let server = try await OpenSSLServer(certificate)

        #expect(try await client(trusting: certificate.file).send(HTTPRequest(url: server.url)).status == 200)
        #expect(await failure(of: try client(trusting: nil), HTTPRequest(url: server.url))?.kind == .tls)
    }

    @Test("a certificate for another host is refused, trusted or not")
    func wrongName() async throws {
        let authority = try await TestAuthority()
        let server = try await OpenSSLServer(authority.certificate(for: "DNS:other.example,IP:127.0.0.2"))
        let client = try client(trusting: authority.caFile)

        #expect(await failure(of: client, HTTPRequest(url: server.url))?.kind == .tls)
        #expect(await failure(of: client, HTTPRequest(url: "https://localhost:\(server.port)/"))?.kind == .tls)
    }

    @Test("a certificate that has expired is refused, and the reason told")
    func expired() async throws {
        let authority = try await TestAuthority()
        let server = try await OpenSSLServer(authority.certificate(for: "IP:127.0.0.1", days: -1))

        let error = await failure(of: try client(trusting: authority.caFile), HTTPRequest(url: server.url))

        #expect(error?.kind == .tls)
        #expect(error?.detail.contains("certificate has expired") == true, "\(error?.detail ?? "-")")
    }

    @Test("only who says so goes without verification, and then with every certificate")
    func unverified() async throws {
        let authority = try await TestAuthority()
        let server = try await OpenSSLServer(authority.certificate(for: "DNS:other.example", days: -1))

        #expect(try await client(trusting: nil, isVerifying: false).send(HTTPRequest(url: server.url)).status == 200)
        #expect(await failure(of: try client(trusting: nil), HTTPRequest(url: server.url))?.kind == .tls)
    }

    @Test("the server learns which name is asked, and may show the certificate for it")
    func nameIndication() async throws {
        let authority = try await TestAuthority()
        let named = try await authority.certificate(for: "DNS:localhost")
        let server = try await OpenSSLServer(
            authority.certificate(for: "IP:127.0.0.1"),
            ["-servername", "localhost", "-cert2", named.file, "-key2", named.key])
        let client = try client(trusting: authority.caFile)

        #expect(try await client.send(HTTPRequest(url: "https://localhost:\(server.port)/")).status == 200)
        #expect(try await client.send(HTTPRequest(url: server.url)).status == 200)
    }

    // In a process of its own, since OpenSSL reads its settings once.
    @Test("TLS 1.2 is the least that is spoken, also where this machine's settings of OpenSSL allow less")
    func versions() async {
        await #expect(processExitsWith: .success) {
            let folder = try TemporaryFolder()
            let lax = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n"
            let rules = "MinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=0\n"
            setenv("OPENSSL_CONF", try folder.write(lax + rules, to: "openssl.cnf"), 1)
            let certificate = try await TestAuthority.selfSigned(for: "IP:127.0.0.1")
            var configuration = HTTPClient.Configuration()
            configuration.caFile = certificate.file
            let client = try HTTPClient(configuration)

            var outcomes: [HTTPError.Kind?] = []
            for option in ["-tls1", "-tls1_1", "-tls1_2", "-tls1_3"] {
                let server = try await OpenSSLServer(certificate, [option, "-cipher", "DEFAULT:@SECLEVEL=0"])
                outcomes.append(await failure(of: client, HTTPRequest(url: server.url))?.kind)
            }
            exit(outcomes == [.tls, .tls, nil, nil] ? 0 : 1)
        }
    }

    @Test("a file of authorities that is not there, or is none, is an error and not a way around")
    func badAuthorities() async throws {
        let certificate = try await TestAuthority.selfSigned(for: "IP:127.0.0.1")
        let server = try await OpenSSLServer(certificate)

        for path in ["/nonexistent/ca.pem", certificate.key] {
            #expect(await failure(of: try client(trusting: path), HTTPRequest(url: server.url))?.kind == .tls)
        }
    }
}

@Suite("A handshake that does not come to its end", .timeLimit(.minutes(8)))
struct HandshakeTests {
    @Test("a server that speaks no TLS is no secure connection")
    func noTLS() async throws {
        let peer = PlainPeer()
        async let error = failure(of: try HTTPClient(), HTTPRequest(url: peer.secureURL + "/path?key=s3cret"))
        let connection = await peer.connection()
        await connection.read(atLeast: 100)

        connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        #expect(try await error?.kind == .tls)
        #expect(try await error?.detail.hasPrefix("no secure connection to \(peer.secureURL): ") == true)
    }

    @Test("a server that closes or resets in the midst of it is no secure connection", arguments: [false, true])
    func ends(isReset: Bool) async throws {
        let peer = PlainPeer()
        async let error = failure(of: try HTTPClient(), HTTPRequest(url: peer.secureURL))
        do {
            let connection = await peer.connection()
            await connection.read(atLeast: 100)
            if isReset { connection.resetWhenReleased() }
        }

        let ended = try await error
        #expect(ended?.kind == .tls, "\(ended?.detail ?? "-")")
    }

    @Test("a server that says nothing costs the connect timeout and no more")
    func silence() async throws {
        let peer = PlainPeer()
        var request = HTTPRequest(url: peer.secureURL).due(in: .seconds(3_600))
        request.connectTimeout = .milliseconds(300)
        let start = ContinuousClock.now

        let error = await failure(of: try HTTPClient(), request)

        #expect(error == HTTPError(kind: .timeout, detail: "no connection to \(peer.secureURL) within 300 ms"))
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test("a server that says nothing is given up with the deadline where that is shorter")
    func silenceUnderDeadline() async throws {
        let peer = PlainPeer()

        let error = await failure(of: try HTTPClient(), HTTPRequest(url: peer.secureURL).due(in: .milliseconds(200)))

        #expect(error == HTTPError(kind: .timeout, detail: "no connection to \(peer.secureURL) within 200 ms"))
    }

    @Test("a task that is cancelled during it is resumed at once, and the connection closed")
    func cancelled() async throws {
        let peer = PlainPeer()
        let client = try HTTPClient()
        let task = Task { try await client.send(HTTPRequest(url: peer.secureURL)) }
        let connection = await peer.connection()
        await connection.read(atLeast: 100)

        task.cancel()

        await #expect(throws: CancellationError.self) { try await task.value }
        _ = await connection.readToEnd()
    }
}
