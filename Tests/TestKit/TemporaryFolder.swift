import Foundation

/// A new folder under the system's temporary one, removed with everything in it when the last reference goes. Its path is
/// short, so that Unix sockets fit.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        var template = Array("\(NSTemporaryDirectory())/coinline-XXXXXX".replacing("//", with: "/").utf8CString)
        guard mkdtemp(&template) != nil else { throw TestKitError("cannot make a temporary folder: \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of `name` in it.
    public func file(_ name: String) -> String {
        "\(path)/\(name)"
    }

    /// Writes a file and gives its path.
    @discardableResult
    public func write(_ bytes: [UInt8], to name: String) throws -> String {
        let path = file(name)
        guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else {
            throw TestKitError("cannot write \(path)")
        }
        return path
    }

    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    /// Writes a script that may be run, and gives its path.
    @discardableResult
    public func writeProgram(_ script: String, to name: String) async throws -> String {
        let source = try write(script, to: name + ".source")
        defer { try? FileManager.default.removeItem(atPath: source) }
        try await copyProgram(source, to: file(name))
        return file(name)
    }
}

/// Makes a copy that everybody may run, by a program of its own: while a file is open for writing here, a program that another
/// test starts may inherit it, and until that has closed it the system runs the file for nobody ("text file busy").
public func copyProgram(_ program: String, to path: String) async throws {
    let copy = try await ProgramRun("/usr/bin/install", ["-m", "755", program, path]).result()
    guard copy.exitCode == 0 else { throw TestKitError("cannot copy \(program): \(copy)") }
}

/// Calls `body` with the path of a folder that is removed afterwards.
public func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    return try await body(folder.path)
}
