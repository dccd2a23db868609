import CoinlineHTTP
import Foundation
import Testing

/// `openssl s_server` with a certificate of its own, on a free port.
private final class TLSServer: @unchecked Sendable {
    static let program = "/usr/bin/openssl"
    let port: Int
    let certificate: String
    private let folder: TemporaryFolder
    private let process = Process()

    init(subjectAltName: String) throws {
        folder = try TemporaryFolder()
        certificate = folder.path + "/certificate.pem"
        let key = folder.path + "/key.pem"
        try run(
            Self.program,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=\(subjectAltName)", "-keyout", key, "-out", certificate,
            ])
        process.executableURL = URL(fileURLWithPath: Self.program)
        process.arguments = ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www"]
        let out = Pipe()
        process.standardOutput = out
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        var text = ""
        // It says "ACCEPT 127.0.0.1:40123" once it listens.
        while !text.contains("\n") || !text.contains("ACCEPT") {
            let piece = out.fileHandleForReading.availableData
            guard !piece.isEmpty else { throw ProgramFailed(program: text) }
            text += String(decoding: piece, as: UTF8.self)
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("ACCEPT") } ?? ""
        guard let port = line.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw ProgramFailed(program: String(line))
        }
        self.port = port
    }

    deinit {
        // Not SIGTERM: a program started from a task's thread inherits its mask, in which that one is blocked.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
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
        let server = try TLSServer(subjectAltName: "IP:127.0.0.1")
        let client = try server.client(trusting: false)

        let error = await failure(of: client, HTTPRequest(url: "https://127.0.0.1:\(server.port)/?key=s3cret"))

        #expect(error?.kind == .tls)
        #expect(error?.detail.hasPrefix("no secure connection to https://127.0.0.1:\(server.port): ") == true)
        #expect(error?.detail.contains("certificate") == true)
    }

    @Test("the same certificate is fine when its file is given as the authority")
    func givenAuthority() async throws {
        let server = try TLSServer(subjectAltName: "IP:127.0.0.1,DNS:localhost")
        let client = try server.client(trusting: true)

        #expect(try await client.send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/")).status == 200)
        #expect(try await client.send(HTTPRequest(url: "https://localhost:\(server.port)/")).status == 200)
    }

    @Test("a certificate for another host is refused, trusted or not")
    func wrongName() async throws {
        let server = try TLSServer(subjectAltName: "DNS:other.example")
        let client = try server.client(trusting: true)

        #expect(await failure(of: client, HTTPRequest(url: "https://127.0.0.1:\(server.port)/"))?.kind == .tls)
        #expect(await failure(of: client, HTTPRequest(url: "https://localhost:\(server.port)/"))?.kind == .tls)
    }

    @Test("only who says so goes without verification")
    func unverified() async throws {
        let server = try TLSServer(subjectAltName: "DNS:other.example")
        let client = try server.client(trusting: false, isVerifying: false)

        #expect(try await client.send(HTTPRequest(url: "https://127.0.0.1:\(server.port)/")).status == 200)
    }

    @Test("a file of authorities that is not there is an error and not a way around")
    func missingAuthorities() async throws {
        let server = try TLSServer(subjectAltName: "IP:127.0.0.1")
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
