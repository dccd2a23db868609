import Foundation

/// `nghttpd`, a server that speaks nothing but HTTP/2 over TLS, on a free port of 127.0.0.1. Killed when it is
/// released.
///
/// It gives the files of its folder, and sends back what is posted to it.
public final class NGHTTPServer: Sendable {
    public let port: UInt16
    public let program: RunningProgram
    private let folder: TemporaryFolder

    public var url: String { "https://127.0.0.1:\(port)" }

    /// - Parameters:
    ///   - options: further words of its command line.
    ///   - files: name and content.
    public init(
        _ certificate: TestAuthority.Certificate, _ options: [String] = [], files: [String: [UInt8]] = [:]
    ) async throws {
        folder = try TemporaryFolder()
        for (name, content) in files { try folder.write(content, to: name) }
        let words = ["-v", "-a", "127.0.0.1", "-d", folder.path, "--echo-upload"] + options
        var run = ProgramRun(try MachinePrograms.path("nghttpd"), words + ["0", certificate.key, certificate.file])
        run.folder = folder.path
        program = try await run.start()
        port = try await ListeningPort.of(program)
    }

    /// How many connections it has told of: each line of its log names its connection.
    public var connectionCount: Int {
        Set(program.outputSoFar.matches(of: /\[id=(\d+)\]/).map { String($0.1) }).count
    }
}
