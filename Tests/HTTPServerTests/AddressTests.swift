import CoinlineBase
import Glibc
import HTTPServer
import TestKit
import Testing

/// Whether this machine has the address of IPv6's loopback.
private let hasIPv6: Bool = (try? HTTPServer(configuration(.tcp(host: "::1", port: 0))) { _ in .text("") }) != nil

private func configuration(_ address: ListenAddress) -> ServerConfiguration {
    var configuration = patient
    configuration.address = address
    return configuration
}

@Suite("Addresses", .timeLimit(.minutes(8)))
struct AddressTests {
    private static let handler: HTTPServer.Handler = { request in .text(request.peer) }

    private func peer(_ connection: RawConnection) async throws -> String? {
        try await onThread {
            try connection.send(get("/"))
            return try RawAnswerReader(connection).next()?.text
        }
    }

    private func peer(port: UInt16, host: String) async throws -> String? {
        try await peer(RawConnection(port: port, host: host))
    }

    private func peer(unix path: String) async throws -> String? {
        try await peer(RawConnection(unixPath: path))
    }

    @Test(
        "of IPv6 serve, and those for all serve both kinds",
        .enabled(if: hasIPv6 || isContinuousIntegration, "no ::1 here"))
    func ipv6() async throws {
        try await withServer({ $0.address = .tcp(host: "::1", port: 0) }, handler: Self.handler) {
            server async throws in
            #expect(server.baseURL == "http://[::1]:\(server.port)")
            #expect(try await peer(port: server.port, host: "::1") == "::1")
        }
        try await withServer({ $0.address = .tcp(host: "::", port: 0) }, handler: Self.handler) { server async throws in
            #expect(server.baseURL == "http://[::1]:\(server.port)")
            #expect(try await peer(port: server.port, host: "::1") == "::1")
            #expect(try await peer(port: server.port, host: "127.0.0.1") == "127.0.0.1")
        }
    }

    @Test("of IPv4 serve, and those for all have the loopback's URL")
    func ipv4() async throws {
        try await withServer({ $0.address = .tcp(host: "0.0.0.0", port: 0) }, handler: Self.handler) {
            server async throws in
            #expect(server.baseURL == "http://127.0.0.1:\(server.port)")
            #expect(server.port != 0)
            #expect(try await peer(port: server.port, host: "127.0.0.2") == "127.0.0.1")
        }
    }

    @Test("that are none or taken are told apart")
    func errors() async throws {
        let bad = ListenAddress.tcp(host: "localhost.example", port: 0)
        #expect(throws: HTTPServerError.badAddress(bad)) { try HTTPServer(configuration(bad), handler: Self.handler) }
        try await withServer(handler: Self.handler) { server async throws in
            let taken = ListenAddress.tcp(host: "127.0.0.1", port: server.port)
            #expect(throws: HTTPServerError.inUse(taken)) {
                try HTTPServer(configuration(taken), handler: Self.handler)
            }
            #expect("\(HTTPServerError.inUse(taken))" == "127.0.0.1:\(server.port) is in use by another program")
        }
        for path in ["", String(repeating: "x", count: 108), "a\0b"] {
            #expect(throws: HTTPServerError.badAddress(.unix(path: path))) {
                try HTTPServer(configuration(.unix(path: path)), handler: Self.handler)
            }
        }
    }

    @Test("that are Unix sockets serve, are ours alone, and go with the server")
    func unix() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("socket")
        try await withServer({ $0.address = .unix(path: path) }, handler: Self.handler) { server async throws in
            #expect(server.port == 0)
            #expect(server.baseURL == "http://localhost")
            #expect(try await peer(unix: path) == "unix")
            var facts = stat()
            #expect(lstat(path, &facts) == 0)
            #expect(facts.st_mode & 0o777 == 0o600)
            #expect(throws: HTTPServerError.inUse(.unix(path: path))) {
                try HTTPServer(configuration(.unix(path: path)), handler: Self.handler)
            }
            #expect(try await peer(unix: path) == "unix")
        }
        #expect(access(path, F_OK) != 0)
    }

    @Test("whose socket file was left behind are taken over, and other files are left alone")
    func staleFile() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("socket")
        let old = try HTTPServer(configuration(.unix(path: path)), handler: Self.handler)
        #expect(rename(path, path + ".kept") == 0)
        await old.stop()
        #expect(rename(path + ".kept", path) == 0)
        #expect(throws: TestKitError.self) { try RawConnection(unixPath: path) }
        try await withServer({ $0.address = .unix(path: path) }, handler: Self.handler) { _ async throws in
            #expect(try await peer(unix: path) == "unix")
        }

        try folder.write("mine", to: "file")
        #expect(throws: HTTPServerError.notASocket(path: folder.file("file"))) {
            try HTTPServer(configuration(.unix(path: folder.file("file"))), handler: Self.handler)
        }
        #expect(access(folder.file("file"), F_OK) == 0)
    }

    @Test("a server does not remove the socket of its successor")
    func successor() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("socket")
        let old = try HTTPServer(configuration(.unix(path: path)), handler: Self.handler)
        unlink(path)
        try await withServer({ $0.address = .unix(path: path) }, handler: Self.handler) { _ async throws in
            await old.stop()
            #expect(try await peer(unix: path) == "unix")
        }
    }
}
