import CoinlineHTTP
import Foundation
import TestKit
import Testing

/// `openssl s_server` with a certificate of its own, on a free port. Killed when it is released.
private struct TLSServer {
    static let program = "/usr/bin/openssl"
    let port: Int
    let certificate: String
    private let folder: TemporaryFolder
    private let running: RunningProgram

    init(subjectAltName: String) async throws {
        folder = try TemporaryFolder()
        certificate = folder.file("certificate.pem")
        let key = folder.file("key.pem")
        let made = try await ProgramRun(
            Self.program,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(subjectAltName)", "-keyout", key, "-out", certificate,
            ]
        ).result()
        guard made.exitCode == 0 else { throw TestKitError("no certificate: \(made)") }
        running = try await ProgramRun(
            Self.program, ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www"]
        ).start()
        port = try await Self.port(of: running)
    }

    /// It says "ACCEPT 127.0.0.1:40123" once it listens; nothing else tells, so this looks again and again.
    private static func port(of running: RunningProgram) async throws -> Int {
        while running.isRunning {
            let lines = running.outputSoFar.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let port = lines.first { $0.hasPrefix("ACCEPT") }?.split(separator: ":").last.flatMap { Int($0) }
            if let port { return port }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw TestKitError("openssl s_server ended: \(running.errorsSoFar)")
    }

    func client(trusting: Bool, isVerifying: Bool = true) throws -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        if trusting { configuration.caFile = certificate }
        configuration.isVerifyingTLS = isVerifying
        return try HTTPClient(configuration)
    }
}

@Suite(
    "TLS", .timeLimit(.minutes(1)),
    .enabled(if: FileManager.default.isExecutableFile(atPath: TLSServer.program), "needs the openssl program"))
struct TLSTests {
    @Test("a certificate that nobody vouches for is refused")
    func unknownAuthority() async throws {
        let server = try await TLSServer(subjectAltName: "IP:127.0.0.1")
        let client = try server.client(trusting: false)

        let error = await failure(of: client, HTTPRequest(url: "https://127.0.0.1:\(server.port)/?key=s3cret"))

        #expect(error?.kind == .tls)
        #expect(error?.detail.hasPrefix("no secure connection to https://127.0.0.1:\(server.port): ") == true)
        #expect(error?.detail.contains("certificate") == true)
    }

    @Test("the same certificate is fine when its file is given as the authority")
    func givenAuthority() async throws {
        let server = try await TLSServer(subjectAltName: "IP:127.0.0.1,DNS:localhost")
        let client = try server.client(trusting: true)

        #expect(try await client.send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/")).status == 200)
        #expect(try await client.send(HTTPRequest(url: "https://localhost:\(server.port)/")).status == 200)
    }

    @Test("a certificate for another host is refused, trusted or not")
    func wrongName() async throws {
        let server = try await TLSServer(subjectAltName: "DNS:other.example")
        let client = try server.client(trusting: true)

        #expect(await failure(of: client, HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))?.kind == .tls)
        #expect(await failure(of: client, HTTPRequest(url: "https://localhost:\(server.port)/"))?.kind == .tls)
    }

    @Test("only who says so goes without verification")
    func unverified() async throws {
        let server = try await TLSServer(subjectAltName: "DNS:other.example")
        let client = try server.client(trusting: false, isVerifying: false)

        #expect(try await client.send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/")).status == 200)
    }

    @Test("a file of authorities that is not there is an error and not a way around")
    func missingAuthorities() async throws {
        let server = try await TLSServer(subjectAltName: "IP:127.0.0.1")
        var configuration = HTTPClient.Configuration()
        configuration.caFile = "/nonexistent/ca.pem"

        let error = await failure(
            of: try HTTPClient(configuration), HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))

        #expect(error?.kind == .tls)
    }

    @Test("a server that speaks no TLS")
    func noTLS() async throws {
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        var request = HTTPRequest(url: "https://127.0.0.1:\(server.port)/")
        request.deadline = .milliseconds(500)

        let error = await failure(of: try HTTPClient(), request)

        // It waits for the end of a head and the client for a greeting, until the deadline.
        #expect(error?.kind == .timeout)
        #expect(error?.detail == "no connection to https://127.0.0.1:\(server.port) within 500 ms")
    }
}
