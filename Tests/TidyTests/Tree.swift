import Foundation

/// The project's tree as these tests see it.
enum Tree {
    /// The folder that holds Package.swift, found upwards from this file.
    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path),
            folder.path != "/"
        {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// Paths below `folder` that end in `suffix`, relative to the root, sorted.
    static func files(in folder: String, endingIn suffix: String = ".swift") -> [String] {
        let base = root.appendingPathComponent(folder)
        guard let walk = FileManager.default.enumerator(atPath: base.path) else { return [] }
        return walk.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.map { "\(folder)/\($0)" }.sorted()
    }

    static var rooms: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("Sources").path))
        return (names ?? []).sorted()
    }

    /// The modules that a file imports.
    static func imports(in text: String) -> Set<String> {
        let words: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
        var found: Set<String> = []
        for line in text.split(separator: "\n") {
            var parts = line.split(separator: " ").filter { !$0.hasPrefix("@") }
            if let first = parts.first, words.contains(first) { parts.removeFirst() }
            guard parts.count >= 2, parts[0] == "import" else { continue }
            let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "typealias", "var", "let"]
            let name = kinds.contains(parts[1]) && parts.count > 2 ? parts[2] : parts[1]
            found.insert(String(name.split(separator: ".")[0]))
        }
        return found
    }

    /// Runs a program and gives its exit code with everything it printed. Waits on a thread of its own, so that the tasks'
    /// few threads stay free.
    static func run(_ program: String, _ arguments: [String]) async throws -> (code: Int32, output: String) {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try runBlocking(program, arguments) })
            }
        }
    }

    private static func runBlocking(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = root
        // What a make that runs these tests was told is not for the make that they run.
        let ofMake: Set<String> = ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PREFIX", "DESTDIR"]
        process.environment = ProcessInfo.processInfo.environment.filter { !ofMake.contains($0.key) }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }
}
