import CoinlineFiles
import Foundation
import Testing

/// What this test program does when a test starts it again as a process of its own: to be traced, starved or killed.
enum ChildTask: String {
    case write
    case writeContent
    case writeUnsynced
    case writeMuch
    case writeMuchUnderALimit
    case create
    case makeFolders
    case holdLock
    case readInput

    static let variable = "COINLINE_FILES_TEST_CHILD"
    static let folderVariable = "COINLINE_FILES_TEST_FOLDER"

    static var current: ChildTask? {
        ProcessInfo.processInfo.environment[variable].flatMap { ChildTask(rawValue: $0) }
    }
}

@Suite("Child process")
struct ChildProcessTests {
    @Test("does what its environment says, which is nothing but in processes that other tests start")
    func childWork() throws {
        guard let task = ChildTask.current else { return }
        let folder = try #require(ProcessInfo.processInfo.environment[ChildTask.folderVariable])

        do {
            report(try Self.perform(task, in: folder))
        } catch let error as FileError {
            report("error \(error.code) \(error)")
        }
    }

    private static func perform(_ task: ChildTask, in folder: String) throws -> String {
        switch task {
        case .write:
            try DurableFile.write(Array("new content".utf8), to: "file", in: folder)
        case .writeContent:
            try DurableFile.write(Array("new content".utf8), to: "file", in: folder, syncing: .content)
        case .writeUnsynced:
            try DurableFile.write(Array("new content".utf8), to: "file", in: folder, syncing: .nothing)
        case .writeMuch:
            try DurableFile.write(muchContent, to: "file", in: folder)
        case .writeMuchUnderALimit:
            // The system then writes up to the limit, as a disk does that fills up, and refuses the rest.
            var limit = rlimit(rlim_cur: 100_000, rlim_max: 100_000)
            signal(SIGXFSZ, SIG_IGN)
            guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { return "no limit" }
            try DurableFile.write(muchContent, to: "file", in: folder)
        case .create:
            return "made \(try DurableFile.create(Array("real\n".utf8), named: ".origin", in: folder))"
        case .makeFolders:
            try Files.makeFolders(folder + "/a/b")
        case .holdLock:
            let lock = try FileLock.tryLock(folder + "/.lock")
            report(lock == nil ? "refused" : "locked")
            // Until the parent closes the pipe, or kills this process.
            while readLine() != nil {}
            return withExtendedLifetime(lock) { "released" }
        case .readInput:
            var reader = try FileReader(path: "-")
            report("reading")
            var bytes: [UInt8] = []
            while let piece = try reader.next(bytesMax: 1_000) { bytes += piece }
            return "read \(bytes.count) sum \(bytes.reduce(0) { $0 &+ Int($1) })"
        }
        return "done"
    }

    static let muchContent = [UInt8](repeating: 0x41, count: 3_000_000)
}

/// One line that the parent finds among those of the test runner.
private func report(_ text: String) {
    FileHandle.standardOutput.write(Data("\nchild: \(text)\n".utf8))
}

/// A running child. To wait for it blocks: only for tests on threads of their own.
final class Child {
    let process = Process()
    private let output = Pipe()
    private let input: Pipe
    private var received = ""

    /// - Parameter launcher: a program and its arguments, behind which the child's own command line is put.
    init(_ task: ChildTask, in folder: String, launcher: [String] = [], input: Pipe = Pipe()) throws {
        let itself = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let command = launcher + [itself, "--testing-library", "swift-testing", "--filter", "childWork"]
        self.input = input
        var environment = ProcessInfo.processInfo.environment
        environment[ChildTask.variable] = task.rawValue
        environment[ChildTask.folderVariable] = folder
        // The leak search at the end of a sanitized process cannot work in one that is traced.
        environment["ASAN_OPTIONS"] = "detect_leaks=0"
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    /// The next report; nil when the child ended before it came.
    func nextReport() -> String? {
        while true {
            if let line = received.firstRange(of: /\nchild: ([^\n]*)\n/) {
                let text = received[line].dropFirst("\nchild: ".count).dropLast()
                received = "\n" + received[line.upperBound...]
                return String(text)
            }
            let data = output.fileHandleForReading.availableData
            if data.isEmpty { return nil }
            received += String(decoding: data, as: UTF8.self)
        }
    }

    func send(_ bytes: [UInt8]) throws {
        try input.fileHandleForWriting.write(contentsOf: Data(bytes))
    }

    func closeInput() throws {
        try input.fileHandleForWriting.close()
    }

    /// As a crash ends it: nothing is cleaned up.
    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Lets the child finish and returns its last report.
    static func outcome(of task: ChildTask, in folder: String, launcher: [String] = []) throws -> String? {
        let child = try Child(task, in: folder, launcher: launcher)
        try child.closeInput()
        var last: String?
        while let report = child.nextReport() { last = report }
        child.process.waitUntilExit()
        return last
    }
}
