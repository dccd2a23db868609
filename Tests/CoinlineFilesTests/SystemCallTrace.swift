import Foundation

/// The tools that look at a process from outside.
enum Tracing {
    /// `make setup-tests` installs it; where that was not done the tests that need it are skipped with a message, but
    /// never in the automatic build, where a missing tool is a failure.
    static let isExpected = ProcessInfo.processInfo.environment["CI"] == "true" || canTrace

    static let note = "strace is missing or may not trace here: run `make setup-tests`"

    private static let canTrace: Bool = run(["/usr/bin/strace", "-o", "/dev/null", "true"])

    private static func run(_ command: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    static let calls =
        "openat,write,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat"

    static func launcher(output: String, inject: String? = nil) -> [String] {
        ["/usr/bin/strace", "-f", "-o", output, "-e", "trace=\(calls)"] + (inject.map { ["-e", "inject=\($0)"] } ?? [])
    }
}

/// What one thread asked of the system, in order, in words: only the calls on files below a folder.
struct SystemCallTrace {
    private(set) var steps: [String] = []
    private(set) var bytesWritten = 0
    private(set) var openFlags: Set<String> = []

    /// - Parameters:
    ///   - text: the output of `strace -f`.
    ///   - folder: paths are named relative to it; the folder itself is `.`, a temporary `.tmp`.
    init(_ text: String, below folder: String) {
        var files: [String: String] = [:]
        for line in Self.wholeLines(text) {
            guard let call = line.wholeMatch(of: /([a-z0-9]+)\((.*)\)\s+= (-?\d+).*/) else { continue }
            let (name, arguments, result) = (String(call.1), String(call.2), String(call.3))
            let paths = arguments.matches(of: /"([^"]*)"/).map { Self.short(String($0.1), below: folder) }
            switch name {
            case "openat":
                // The number is another file's from here on, whether or not it is one of ours.
                files[result] = paths.first ?? nil
                guard let path = paths.first ?? nil else { continue }
                steps.append("open \(path)")
                if path == ".tmp" {
                    openFlags = Set(arguments.split(whereSeparator: { "|, ".contains($0) }).map(String.init))
                }
            case "write":
                guard let number = arguments.split(separator: ",").first, let path = files[String(number)] else {
                    continue
                }
                bytesWritten += max(0, Int(result) ?? 0)
                if steps.last != "write \(path)" { steps.append("write \(path)") }
            case "fsync", "fdatasync":
                guard let path = files[arguments] else { continue }
                steps.append("sync \(path)")
            default:
                let known = paths.compactMap { $0 }
                if !known.isEmpty { steps.append(([name] + known).joined(separator: " ")) }
            }
        }
    }

    private static func short(_ path: String, below folder: String) -> String? {
        if path == folder { return "." }
        guard path.hasPrefix(folder + "/") else { return nil }
        let name = String(path.dropFirst(folder.count + 1))
        return name.hasPrefix(".tmp-") ? ".tmp" : name
    }

    /// Calls that another thread's call cut in two are put together again where they ended, and process ids dropped.
    private static func wholeLines(_ text: String) -> [String] {
        var begun: [Substring: Substring] = [:]
        var lines: [String] = []
        for line in text.split(separator: "\n") {
            guard let space = line.firstIndex(of: " ") else { continue }
            let process = line[..<space]
            let call = line[space...].drop { $0 == " " }
            if call.hasSuffix(" <unfinished ...>") {
                begun[process] = call.dropLast(" <unfinished ...>".count)
            } else if let resumed = call.firstRange(of: /<\.\.\. \w+ resumed>/) {
                lines.append(String((begun.removeValue(forKey: process) ?? "") + call[resumed.upperBound...]))
            } else {
                lines.append(String(call))
            }
        }
        return lines
    }
}
