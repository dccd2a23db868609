import CoinlineBase
import Foundation
import LineProtocol
import MarketSimulator
import MarketStore
import TestKit
import Testing

/// `openssl s_server` with a certificate of its own that gives one answer, prepared, to the first who connects.
private struct PreparedTLSServer {
    static let program = "/usr/bin/openssl"
    let url: String
    let certificate: String
    private let folder: TemporaryFolder
    private let running: RunningProgram

    /// What came in, decrypted, among the server's own notes.
    var log: String { running.outputSoFar }

    init(answering answer: String) async throws {
        folder = try TemporaryFolder()
        certificate = folder.file("certificate.pem")
        let made = try await ProgramRun(
            Self.program,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder.file("key.pem"),
                "-out", certificate,
            ]
        ).result()
        guard made.exitCode == 0 else { throw TestKitError("no certificate: \(made)") }
        try folder.write(answer, to: "answer")
        // What stands in its input it sends to who connects; the input stays open behind that, or it would end.
        let line = """
            mkfifo input && exec 3<>input && cat answer >&3
            exec \(Self.program) s_server -accept 127.0.0.1:0 -cert certificate.pem -key key.pem <input
            """
        var run = ProgramRun("/bin/bash", ["-c", line])
        run.folder = folder.path
        running = try await run.start()
        url = try await "https://127.0.0.1:\(Self.port(of: running))"
    }

    /// It says "ACCEPT 127.0.0.1:40123" once it listens; nothing else tells, so this looks again and again.
    private static func port(of running: RunningProgram) async throws -> Int {
        while running.isRunning {
            let lines = running.outputSoFar.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let port = lines.first { $0.hasPrefix("ACCEPT") }?.split(separator: ":").last.flatMap { Int($0) }
            if let port { return port }
            await Task.yield()
        }
        throw TestKitError("openssl s_server ended: \(running.errorsSoFar)")
    }

    func stop() async { await running.stop() }
}

@Suite(
    "TLS, as a user meets it",
    .enabled(if: FileManager.default.isExecutableFile(atPath: PreparedTLSServer.program), "needs the openssl program"))
struct TLSProgramTests {
    private let body = #"[{"code":"BTC","name":"Bitcoin","rank":1,"rate":64123.5,"volume":1000}]"#

    private func preparedUpstream() async throws -> PreparedTLSServer {
        let now = Timing.system.now()
        return try await PreparedTLSServer(
            answering: "HTTP/1.1 200 OK\r\nDate: \(now.httpDate)\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    @Test("an upstream with a certificate of its own is refused, and is fine with the file of its authority")
    func upstream() async throws {
        try await withWorld(speed: 100) { world in
            let server = try await preparedUpstream()
            let strict = try await world.program("fetch", "-c", "BTC", settings: ["LCW_BASE_URL": server.url]).result()
            await server.stop()

            #expect(strict.exitCode == 1, "\(strict)")
            #expect(strict.outputText.contains("certificate"), "\(strict)")
            #expect(strict.duration < .seconds(8))
            #expect(!server.log.contains("x-api-key"))

            let trusted = try await preparedUpstream()
            var run = try world.program(
                "fetch", "-c", "BTC", settings: ["LCW_BASE_URL": trusted.url, "COINLINE_CA_FILE": trusted.certificate])
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

    @Test("so is a database, whose batches are kept meanwhile")
    func database() async throws {
        let answer = "HTTP/1.1 204 No Content\r\n\r\n"
        try await withWorld(speed: 100) { world in
            let server = try await PreparedTLSServer(answering: answer)
            var settings = ["INFLUXDB_URL": server.url, "INFLUXDB_ORG": "o", "INFLUXDB_TOKEN": world.token]
            let strict = try await world.program("fetch", "-c", "BTC", settings: settings).result()
            await server.stop()

            #expect(strict.exitCode == 1, "\(strict)")
            #expect(strict.outputText.contains("certificate"), "\(strict)")
            #expect(filesBelow(world.folder).filter { $0.hasSuffix(".lp.gz") }.count == 1)
            #expect(!server.log.contains(world.token) && !world.leaks(strict))

            let trusted = try await PreparedTLSServer(answering: answer)
            settings["INFLUXDB_URL"] = trusted.url
            settings["COINLINE_CA_FILE"] = trusted.certificate
            let good = try await world.program("fetch", "-c", "BTC", settings: settings).result()
            await trusted.stop()

            #expect(good.exitCode == 0, "\(good)")
            #expect(trusted.log.contains("POST /api/v2/write?org=o"))
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
