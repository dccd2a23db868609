import Foundation

/// `openssl s_server` on a free port of 127.0.0.1. Killed when it is released.
public final class OpenSSLServer: Sendable {
    public let port: UInt16
    public let program: RunningProgram
    private let folder: TemporaryFolder

    public var url: String { "https://127.0.0.1:\(port)" }

    /// What it told of its connections, with what came in decrypted.
    public var log: String { program.outputSoFar }

    /// - Parameters:
    ///   - options: further words of its command line.
    ///   - sending: sent as it is to the first who connects; without it everybody gets a page of the server's own, with
    ///     status 200.
    public init(
        _ certificate: TestAuthority.Certificate, _ options: [String] = [], sending answer: [UInt8]? = nil
    ) async throws {
        folder = try TemporaryFolder()
        let openssl = try MachinePrograms.path("openssl")
        var words =
            ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate.file, "-key", certificate.key] + options
        var run = ProgramRun(openssl, words)
        if let answer {
            try folder.write(answer, to: "answer")
            // What stands in its input it sends to who connects; the input stays open behind that, or it would end.
            let script = "mkfifo input && exec 3<>input && cat answer >&3 && exec \"$0\" \"$@\" <input"
            run = ProgramRun("/bin/sh", ["-c", script, openssl] + words)
        } else {
            words.append("-www")
            run.arguments = words
        }
        run.folder = folder.path
        program = try await run.start()
        port = try await ListeningPort.of(program)
    }

    /// Whether it tells this within a minute: an answer may come before the note of it.
    public func tells(_ text: String) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while !log.contains(text) {
            guard program.isRunning, ContinuousClock.now < deadline else { return log.contains(text) }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return true
    }

    public func stop() async {
        await program.stop()
    }
}
