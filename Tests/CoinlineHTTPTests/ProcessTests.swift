import CoinlineBase
import CoinlineHTTP
import Foundation
import Glibc
import TestKit
import Testing

/// What concerns the whole process is tried in one of its own.
@Suite("The client and its process", .timeLimit(.minutes(8)))
struct ProcessTests {
    @Test("clients that many tasks make at once, the first of the process, all work")
    func manyClients() async {
        await #expect(processExitsWith: .success) {
            let server = RawServer { _ in .send(RawServer.answer()) }
            let url = server.url
            let right = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<32 {
                    group.addTask { try await HTTPClient().send(HTTPRequest(url: url)).status == 200 }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            exit(right == 32 ? 0 : 1)
        }
    }

    @Test("a peer that goes while a body is sent costs an error and not the process")
    func brokenPipe() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            let client = try HTTPClient()
            var errors: Set<HTTPError.Kind> = []
            for _ in 0..<10 {
                let peer = PlainPeer()
                var request = HTTPRequest(method: "POST", url: peer.url)
                request.body = [UInt8](repeating: 0, count: 16 << 20)
                async let error = failure(of: client, request)
                do {
                    let connection = await peer.connection()
                    await connection.read(atLeast: 100_000)
                    connection.resetWhenReleased()
                }
                await errors.insert(error?.kind ?? .badRequest)
            }
            exit(errors == [.transfer] ? 0 : 1)
        }
    }

    @Test(
        "so does one that goes while a connection with TLS is kept, or a body is sent over it",
        .requiresPrograms("openssl"))
    func brokenPipeUnderTLS() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            let certificate = try await TestAuthority.selfSigned(for: "IP:127.0.0.1")
            var configuration = HTTPClient.Configuration()
            configuration.caFile = certificate.file
            let client = try HTTPClient(configuration)

            // Idle: the good-bye of TLS is written to nobody when the client closes.
            let idle = try await OpenSSLServer(
                certificate, sending: Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8))
            let answer = try await client.send(HTTPRequest(url: idle.url))
            idle.program.signal(SIGKILL)
            _ = await idle.program.result()

            let busy = try await OpenSSLServer(certificate, sending: [])
            var request = HTTPRequest(method: "POST", url: busy.url)
            request.body = [UInt8](repeating: 0x41, count: 64 << 20)
            async let error = failure(of: client, request)
            while !busy.log.contains("AAAA") { try await Task.sleep(for: .milliseconds(5)) }
            busy.program.signal(SIGKILL)
            let kind = await error?.kind
            await closeAndWait(client)
            exit(answer.status == 200 && kind == .transfer ? 0 : 1)
        }
    }

    // Such a client would take a request, a cancellation and its close up to a minute late, also when there are
    // descriptors again.
    @Test("where no descriptor is left there is no client, rather than one whose thread nobody can wake")
    func noDescriptors() async {
        await #expect(processExitsWith: .success) {
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            // What libcurl sets up once for the process is not to be what fails.
            await closeAndWait(try HTTPClient())
            var before = rlimit()
            getrlimit(resource, &before)
            let next = dup(0)
            close(next)
            var none = rlimit(rlim_cur: rlim_t(next), rlim_max: before.rlim_max)
            setrlimit(resource, &none)

            var refusal: HTTPError?
            do throws(HTTPError) { _ = try HTTPClient() } catch { refusal = error }

            setrlimit(resource, &before)
            let server = RawServer { _ in .send(RawServer.answer()) }
            let status = try await HTTPClient().send(HTTPRequest(url: server.url)).status
            exit(refusal?.kind == .closed && status == 200 ? 0 : 1)
        }
    }

    @Test("its thread has a name by which it is found among the others, and takes no signal from them")
    func thread() async throws {
        let server = RawServer { _ in .send(RawServer.answer()) }
        defer { server.stop() }
        let client = try HTTPClient()

        _ = try await client.send(HTTPRequest(url: server.url))

        let found = try statusOfThreads().filter { $0["Name"] == "coinline-http" }
        #expect(!found.isEmpty)
        for status in found {
            let blocked = status["SigBlk"].flatMap { UInt64($0, radix: 16) } ?? 0
            // The last is one that the shared pool, whose thread started this one, does not block itself.
            for number in [SIGPIPE, SIGTERM, SIGINT, SIGPROF] { #expect(blocked & 1 << UInt64(number - 1) != 0) }
        }
        withExtendedLifetime(client) {}
    }

    /// What the system tells of each thread of this process. One may end while they are read.
    private func statusOfThreads() throws -> [[String: String]] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").compactMap { thread in
            FileManager.default.contents(atPath: "/proc/self/task/\(thread)/status").map { status in
                let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
                let pairs = lines.map { $0.split(separator: ":", maxSplits: 1).map(String.init) }
                return Dictionary(
                    pairs.map { ($0[0], ($0.last ?? "").trimmingCharacters(in: .whitespaces)) },
                    uniquingKeysWith: { first, _ in first })
            }
        }
    }
}

@Suite("Proxies of the environment", .timeLimit(.minutes(8)))
struct ProxyTests {
    // In a process of its own: the environment belongs to every test of this one.
    @Test("a proxy is asked for other hosts and never for this machine")
    func proxy() async {
        await #expect(processExitsWith: .success) {
            let proxy = RawServer { _ in .send(RawServer.answer("299 By Proxy")) }
            let server = RawServer { _ in .send(RawServer.answer()) }
            setenv("http_proxy", proxy.url, 1)
            unsetenv("no_proxy")
            let client = try HTTPClient()
            var elsewhere = HTTPRequest(url: "http://service.invalid/path")
            elsewhere.headers = [HTTPHeader("X-A", "1")]

            let byProxy = try await client.send(elsewhere)
            let direct = try await client.send(HTTPRequest(url: server.url))
            let byName = try await client.send(HTTPRequest(url: "http://localhost:\(server.port)/"))

            exit(byProxy.status == 299 && direct.status == 200 && byName.status == 200 ? 0 : 1)
        }
    }

    @Test("a proxy that opens a tunnel sees neither the key nor the path, and its refusal is an error")
    func tunnel() async {
        await #expect(processExitsWith: .success) {
            let proxy = RawServer { _ in .send(RawServer.answer("403 Forbidden")) }
            setenv("https_proxy", proxy.url, 1)
            unsetenv("no_proxy")
            let client = try HTTPClient()
            var request = HTTPRequest(method: "POST", url: "https://service.invalid/path?q=s3cret")
            request.headers = [HTTPHeader("X-Api-Key", secret: Secret("s3cret"))]
            request.body = Array("s3cret".utf8)

            let error = await failure(of: client, request)

            let seen = await proxy.firstRequest()
            let text = "\(seen?.line ?? "") \(seen?.headers ?? [:])"
            let isTunnel = seen?.line == "CONNECT service.invalid:443 HTTP/1.1"
            exit(isTunnel && !text.contains("s3cret") && error?.detail.contains("403") == true ? 0 : 1)
        }
    }
}
