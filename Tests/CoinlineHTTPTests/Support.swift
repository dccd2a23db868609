import CoinlineHTTP
import Foundation

struct ProgramFailed: Error {
    let program: String
}

/// Runs a program to its end. Without pipes on purpose: a program that another test starts at the same moment would inherit
/// their ends, and nobody would ever see one closed.
func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ProgramFailed(program: program) }
}

func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let path = folder.path + "/plain"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    try run("/bin/gzip", ["-9", "-n", path])
    return Array(try Data(contentsOf: URL(fileURLWithPath: path + ".gz")))
}

/// A folder that goes with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "coinline-http-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The error of a request that must fail.
func failure(of client: HTTPClient, _ request: HTTPRequest) async -> HTTPError? {
    do {
        _ = try await client.send(request)
        return nil
    } catch {
        return error as? HTTPError
    }
}
