import CoinlineBase
import Foundation

/// A real server as a process of its own: on a free port, in a folder of its own, stopped by its process number.
///
/// It listens on 127.0.0.3, where no other test does: the port was chosen before the server takes it.
public final class ServerProcess: Sendable {
    static let host = "127.0.0.3"

    public let port: UInt16
    public let program: RunningProgram
    private let folder: TemporaryFolder

    private init(port: UInt16, program: RunningProgram, folder: TemporaryFolder) {
        (self.port, self.program, self.folder) = (port, program, folder)
    }

    public var url: String { "http://\(Self.host):\(port)" }
    public var dataFolder: String { folder.path }

    /// What it has said so far, on both of its streams.
    public var log: String { program.outputSoFar + program.errorsSoFar }

    /// Starts `path` and returns when it listens and answers `readyPath` with a status below 400.
    ///
    /// - Parameter arguments: made from the server's own folder and its port; may write files into the folder.
    public static func start(
        _ path: String, readyPath: String = "/", within: Duration = .seconds(60),
        arguments: (_ folder: TemporaryFolder, _ port: UInt16) throws -> [String]
    ) async throws -> ServerProcess {
        let deadline = ContinuousClock.now + within
        var log = ""
        // A port that was free may be taken by somebody else before the server has it: then another one.
        for _ in 1...3 {
            let folder = try TemporaryFolder()
            let port = try freePort()
            var run = ProgramRun(path, try arguments(folder, port))
            run.folder = folder.path
            run.environment["HOME"] = folder.path
            let server = ServerProcess(port: port, program: try await run.start(), folder: folder)
            if try await server.isReady(readyPath, deadline: deadline) { return server }
            log = server.log
        }
        throw TestKitError("\(path) ended at once:\n\(log.suffix(2_000))")
    }

    /// False when the program ended before it was ready.
    private func isReady(_ path: String, deadline: ContinuousClock.Instant) async throws -> Bool {
        var request = RawRequest("GET", url + path)
        request.timeout = .seconds(2)
        while program.isRunning {
            let isListening = ListeningPort.all(of: program.pid).contains(port)
            if isListening, let answer = try? await request.send(), answer.status < 400 { return true }
            guard ContinuousClock.now < deadline else {
                await stop()
                throw TestKitError("not ready in time:\n\(log.suffix(2_000))")
            }
            // Nothing tells when a server begins to listen, so this looks again and again, up to the deadline.
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    /// Asks it to end, kills it when it does not.
    public func stop(within: Duration = .seconds(60)) async {
        await program.stop(within: within)
    }

    /// A port on which nobody listens just now.
    private static func freePort() throws -> UInt16 {
        let fd = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(fd) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = inet_addr(host)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(fd, $0, size) == 0 && getsockname(fd, $0, &size) == 0
            }
        }
        guard isBound else { throw TestKitError("no free port: \(errno)") }
        return UInt16(bigEndian: name.sin_port)
    }
}
