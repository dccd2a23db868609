import CoinlineBase
import LineProtocol
import MarketSimulator
import MarketStore
import TestKit
import Testing

@Suite("TLS, as a user meets it", .timeLimit(.minutes(8)), .requiresPrograms("openssl"))
struct TLSProgramTests {
    private let body = #"[{"code":"BTC","name":"Bitcoin","rank":1,"rate":64123.5,"volume":1000}]"#

    /// A server that gives one answer, prepared, to the first who connects, and the file by which it is trusted.
    private func server(answering answer: String, days: Int = 2) async throws -> (OpenSSLServer, TestAuthority) {
        let authority = try await TestAuthority()
        let certificate = try await authority.certificate(for: "IP:127.0.0.1", days: days)
        return (try await OpenSSLServer(certificate, sending: Array(answer.utf8)), authority)
    }

    private func upstream(days: Int = 2) async throws -> (OpenSSLServer, TestAuthority) {
        let now = Timing.system.now()
        return try await server(
            answering: "HTTP/1.1 200 OK\r\nDate: \(now.httpDate)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)", days: days)
    }

    @Test("an upstream with a certificate of its own is refused, and is fine with the file of its authority")
    func upstream() async throws {
        try await withWorld(speed: 100) { world in
            let (server, _) = try await upstream()
            let strict = try await world.program("fetch", "-c", "BTC", settings: ["LCW_BASE_URL": server.url]).result()
            await server.stop()

            #expect(strict.exitCode == 1, "\(strict)")
            #expect(strict.outputText.contains("certificate"), "\(strict)")
            #expect(strict.duration < .seconds(30))
            #expect(!server.log.contains("x-api-key"))

            let (trusted, authority) = try await upstream()
            var run = try world.program(
                "fetch", "-c", "BTC", settings: ["LCW_BASE_URL": trusted.url, "COINLINE_CA_FILE": authority.caFile])
            // That upstream is no simulator, and so lives in the real time.
            run.environment["COINLINE_TEST_CLOCK"] = nil
            let good = try await run.result()
            await trusted.stop()

            #expect(good.exitCode == 0, "\(good)")
            #expect(trusted.log.contains("POST /coins/map HTTP/1.1"))
            let points = try StoreReader(path: world.folder + "/data/coinline.sqlite").points(of: "cryptocurrency_data")
            #expect(points.count == 1)
            #expect(points.first?.fieldsByKey["rate"] == .float(64_123.5))
        }
    }

    @Test("a certificate that has expired is refused, the file of its authority or not")
    func expired() async throws {
        try await withWorld(speed: 100) { world in
            let (server, authority) = try await upstream(days: -1)
            let settings = ["LCW_BASE_URL": server.url, "COINLINE_CA_FILE": authority.caFile]
            let result = try await world.program("fetch", "-c", "BTC", settings: settings).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("certificate has expired"), "\(result)")
            #expect(!server.log.contains("x-api-key"))
        }
    }

    @Test("so is a database, whose points wait on disk meanwhile, and which is asked in HTTP/1.1")
    func database() async throws {
        let answer = "HTTP/1.1 204 No Content\r\n\r\n"
        try await withWorld(speed: 4) { world in
            let (server, _) = try await server(answering: answer)
            var settings = ["INFLUXDB_URL": server.url, "INFLUXDB_ORG": "o", "INFLUXDB_TOKEN": world.token]
            let strict = try await world.program("fetch", "-c", "BTC", settings: settings).result()
            await server.stop()

            #expect(strict.exitCode == 1, "\(strict)")
            #expect(strict.outputText.contains("certificate"), "\(strict)")
            #expect(filesBelow(world.folder).filter { $0.hasSuffix(".lp.gz") }.count == 1)
            #expect(!server.log.contains(world.token) && !world.leaks(strict))

            let (trusted, authority) = try await self.server(answering: answer)
            settings["INFLUXDB_URL"] = trusted.url
            settings["COINLINE_CA_FILE"] = authority.caFile
            // That server answers once, so nothing from before may wait.
            settings["COINLINE_DATA_DIR"] = "other"
            let good = try await world.program("fetch", "-c", "BTC", settings: settings).result()
            await trusted.stop()

            #expect(good.exitCode == 0, "\(good)")
            #expect(trusted.log.contains("POST /api/v2/write?org=o"))
            #expect(trusted.log.contains(" HTTP/1.1"))
            #expect(!world.leaks(good))
        }
    }

    @Test(
        "a file of authorities that is not there is a wrong setting, told before anybody is asked",
        arguments: [["fetch", "-c", "BTC"], ["fetch", "-c", "BTC", "--dry-run"], ["status"], ["load", "-"]])
    func missingFile(words: [String]) async throws {
        try await withWorld { world in
            var run = try world.program("", settings: ["COINLINE_CA_FILE": "/nonexistent/ca.pem"])
            run.arguments = words
            let result = try await run.result()

            #expect(result.exitCode == 78, "\(result)")
            #expect(result.errorText.contains("COINLINE_CA_FILE"), "\(result)")
            #expect(result.errorText.contains("/nonexistent/ca.pem"), "\(result)")
            #expect(world.simulator.requestCount == 0)
            #expect(try namesIn(world.folder).isEmpty)
        }
    }
}
