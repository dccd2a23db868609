import CoinlineBase
import Foundation

/// A compiled program, run as a user runs it.
public struct ProgramRun: Sendable {
    public var program: String
    public var arguments: [String]
    /// The whole environment; nothing of the tests' own is inherited but what a sanitizer is told: a program that ends
    /// while a thread still frees what TLS or the runtime made would look as if it leaked. Our own program takes points
    /// however little room the machine's disk has left.
    public var environment = [
        "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "COINLINE_OUTBOX_MIN_FREE": "0B",
    ].merging(
        ProcessInfo.processInfo.environment.filter { ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key) }
    ) { $1 }
    /// The working folder; that of the tests when nil.
    public var folder: String?
    /// Standard input, from a file.
    public var input: [UInt8] = []
    /// The program is killed when it takes longer.
    public var deadline = Duration.seconds(240)
    /// Starts it in a session of its own. Whatever is left of that is killed at its end, and is gone when the result is
    /// there: for programs that start others, as compilers do.
    public var endsSession = false

    public init(_ program: String, _ arguments: [String] = []) {
        (self.program, self.arguments) = (program, arguments)
    }

    /// Our own program, with a copy of the arguments.
    public static func coinline(_ arguments: String...) throws -> ProgramRun {
        ProgramRun(try coinlinePath(), arguments)
    }

    /// `COINLINE_BINARY`, or `coinline` beside the running tests.
    public static func coinlinePath() throws -> String {
        if let path = ProcessInfo.processInfo.environment["COINLINE_BINARY"] { return path }
        let tests = [PackageFolder.realPath("/proc/self/exe"), CommandLine.arguments[0]]
        for folder in tests.map({ ($0 as NSString).deletingLastPathComponent }) {
            let path = "\(folder)/coinline"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw TestKitError("no program coinline beside the tests; set COINLINE_BINARY")
    }

    /// Runs it to its end.
    public func result() async throws -> ProgramResult {
        let running = try await start()
        return await running.result(deadline: deadline)
    }

    /// Starts it and does not wait: for programs that are told to stop.
    public func start() async throws -> RunningProgram {
        try await RunningProgram.start(self)
    }
}

/// How a program ended, and what it said.
public struct ProgramResult: Sendable, CustomStringConvertible {
    /// Nil when a signal ended it.
    public let exitCode: Int32?
    public let signal: Int32?
    public let output: [UInt8]
    public let errors: [UInt8]
    public let isTimedOut: Bool
    public let duration: Duration

    public var outputText: String { String(decoding: output, as: UTF8.self) }
    public var errorText: String { String(decoding: errors, as: UTF8.self) }

    /// For failure messages.
    public var description: String {
        let end = exitCode.map { "exit \($0)" } ?? "signal \(signal ?? 0)\(isTimedOut ? ", too slow" : "")"
        return "\(end) after \(duration.text)\n--- output\n\(outputText)\n--- errors\n\(errorText)"
    }
}
