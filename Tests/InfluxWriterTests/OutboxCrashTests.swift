import CoinlineFiles
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

/// What this test program does as a process of its own, to be killed at a file operation.
private enum CrashTask: String, CaseIterable {
    case append, split, excise, setAside, drop

    /// Under a sanitizer, whose processes are slow to start, only those of several steps.
    static let killed: [CrashTask] =
        (ProcessInfo.processInfo.environment["COINLINE_LANE"] ?? "plain") == "plain" ? allCases : [.split, .drop]

    /// What each asks of the system: two syncs for a batch, one for each letter and for the folder of several, one for
    /// each folder that is made; a mark is a renaming and a truncation.
    var calls: [String: Int] {
        switch self {
        case .append: ["fsync": 2, "rename": 1]
        case .split: ["fsync": 5, "rename": 2, "unlink": 1]
        case .excise: ["fsync": 8, "rename": 3, "unlink": 1]
        case .setAside: ["fsync": 6, "rename": 2]
        case .drop: ["fsync": 2, "rename": 2, "truncate": 1]
        }
    }

    static let variable = "COINLINE_OUTBOX_TEST_TASK"
    static let folderVariable = "COINLINE_OUTBOX_TEST_FOLDER"

    static func text(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }
}

/// The old batch that the tasks work on, and the new one that they append.
private let old = Sample.name(1, writer: 9, lines: 4)
private let new = Sample.name(2, lines: 3)

@Suite("Outbox after a crash", .requiresPrograms("strace"))
struct OutboxCrashTests {
    @Test("does what its environment says, which is nothing but in processes that other tests start")
    func crashWork() async throws {
        guard let task = CrashTask.text(CrashTask.variable).flatMap(CrashTask.init(rawValue:)) else { return }
        let layout = OutboxLayout(dataFolder: try #require(CrashTask.text(CrashTask.folderVariable)))
        var configuration = OutboxConfiguration(now: { Timestamp(nanoseconds: 1) })
        configuration.capacity.freeBytesMin = 0
        if task == .drop {
            configuration.capacity.whenFull = .dropOldest
            configuration.capacity.bytesMax = try Self.newBody().count
        }
        let outbox = try Outbox(layout, configuration)
        _ = try await outbox.open()
        try await Self.perform(task, outbox)
    }

    private static func newBody() throws -> [UInt8] {
        try Sample.body((1...new.lines).map(Sample.line))
    }

    private static func perform(_ task: CrashTask, _ outbox: Outbox) async throws {
        if task == .append || task == .drop {
            _ = try await outbox.append(BatchFile(name: new, body: newBody()), to: Bucket("b"))
            return
        }
        let (file, _) = try #require(try await outbox.takeOldest())
        switch task {
        case .split: _ = try await outbox.split(file, into: Sample.pieces(of: file.name, [2, 2]))
        case .excise:
            let refused = [(line: 1, letter: Sample.letter("one")), (line: 4, letter: Sample.letter("four"))]
            _ = try await outbox.excise(file, refused: refused, rest: Sample.pieces(of: file.name, [2])[0])
        case .setAside: try await outbox.setAside(file, reason: "a reason")
        case .append, .drop: break
        }
    }

    /// Runs a task until it makes this system call for the n-th time, and kills it there; false when it makes fewer.
    private func crash(
        _ task: CrashTask, at call: String, _ count: Int, in folder: String
    ) async throws -> Bool {
        let result = try await run(task, "inject=\(call):signal=KILL:when=\(count)", in: folder)
        #expect(result.signal == SIGKILL || result.exitCode == 0, "\(result)")
        return result.signal == SIGKILL
    }

    /// Runs a task under strace, which does something to its system calls.
    private func run(_ task: CrashTask, _ inject: String, in folder: String) async throws -> ProgramResult {
        let itself = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var run = ProgramRun(
            try MachinePrograms.path("strace"),
            [
                "-f", "-o", "/dev/null", "-e", "trace=fsync,rename,unlink,truncate", "-e", inject, itself,
                "--testing-library", "swift-testing", "--filter", "crashWork",
            ])
        run.environment = ProcessInfo.processInfo.environment
        run.environment[CrashTask.variable] = task.rawValue
        run.environment[CrashTask.folderVariable] = folder
        // The leak search at the end of a sanitized process cannot work in one that is traced.
        run.environment["ASAN_OPTIONS"] = "detect_leaks=0"
        return try await run.result()
    }

    @Test(
        "killed at any step, each line is pending, a dead letter or dropped, in one place",
        arguments: CrashTask.killed)
    fileprivate func anyStep(task: CrashTask) async throws {
        var steps: [String: Int] = [:]
        for call in ["fsync", "rename", "unlink", "truncate"] {
            var isKilled = true
            while isKilled, steps[call, default: 0] < 20 {
                let world = try OutboxWorld()
                try world.put(Sample.batch(old))
                let step = steps[call, default: 0] + 1
                isKilled = try await crash(task, at: call, step, in: world.folder.path)
                if isKilled { steps[call] = step }

                let outbox = try await world.owner()
                try await check(task, world, outbox, "killed at \(call) \(step)")
                await outbox.close()
            }
        }
        #expect(steps == task.calls)
    }

    private func check(
        _ task: CrashTask, _ world: OutboxWorld, _ outbox: Outbox, _ comment: Comment
    ) async throws {
        try await world.checkBalance(outbox)
        #expect(!world.names().contains { $0.hasPrefix(".tmp-") }, comment)
        #expect(!world.letterNames.contains { $0.hasPrefix(".tmp-") }, comment)
        let pending = try await outbox.oldest(limit: 9).map(\.name)
        let oldLines = pending.filter { $0.isSameBatch(as: old) }.reduce(0) { $0 + $1.lines }
        let trace = try #require(try await outbox.traces(of: [old], in: world.bucket)[old])
        for file in try await outbox.oldest(limit: 9) {
            let batch = try await outbox.take(file)
            #expect(batch != nil, comment)
        }
        switch task {
        case .append: #expect(oldLines == 4, comment)
        case .split: #expect(oldLines == 4 && (pending == [old] || pending.count == 2), comment)
        // As long as the batch is whole, its letters will be written again, under the same names.
        case .excise: #expect(pending == [old] || oldLines + trace.deadLettered == 4, comment)
        case .setAside: #expect(pending == [old] || trace.deadLettered == 4, comment)
        case .drop: #expect(oldLines + trace.dropped == 4, comment)
        }
        #expect(pending.filter { $0 == new }.count <= 1, comment)
    }

    @Test("a crash after the batch was cut but before its letters' rest leads to the same letters, each once")
    func excisedTwice() async throws {
        let world = try OutboxWorld()
        try world.put(Sample.batch(old))
        for _ in 0..<2 {
            let outbox = try await world.owner()
            try outbox.letters.put([1, 4].map { (DeadLetterName(old, line: $0), Sample.letter()) })
            await outbox.close()
        }
        let outbox = try await world.owner()
        let (file, _) = try #require(try await outbox.takeOldest())
        let refused = [1, 4].map { (line: $0, letter: Sample.letter()) }
        _ = try await outbox.excise(file, refused: refused, rest: Sample.pieces(of: old, [2])[0])

        #expect(world.letterNames.count == 2)
        try await world.checkBalance(outbox)
    }

    @Test("what a crash left beside its pieces is put right at the start, and told")
    func recovered() async throws {
        let world = try OutboxWorld()
        let pieces = try Sample.pieces(of: old, [2, 2])
        let other = Sample.name(5, lines: 4)
        let half = try Sample.pieces(of: other, [2, 2])[1]
        let torn = Sample.name(7, lines: 4)
        let tornPieces = try Sample.pieces(of: torn, [2, 2])
        for batch in try [Sample.batch(old), Sample.batch(other), half, Sample.batch(torn)] + pieces + tornPieces {
            try world.put(batch)
        }
        try world.put([1, 2, 3], tornPieces[1].name.fileName)

        let outbox = try await world.owner()

        #expect(world.names() == (pieces.map(\.name) + [other, torn]).map(\.fileName))
        try await world.checkBalance(outbox)
        let steps: [OutboxRecovery.Step] = [
            .removeParent(old), .removePieces([half.name]), .removePieces(tornPieces.map(\.name)),
        ]
        #expect(world.events.first == .recovered(world.bucket, steps))
    }

    @Test(
        "a batch that could not be synced or named is not accepted, and nothing of it is left",
        arguments: ["fsync:error=EIO:when=1", "fsync:error=EIO:when=2", "rename:error=EACCES:when=1"])
    func failedAppend(inject: String) async throws {
        let world = try OutboxWorld()
        try world.put(Sample.batch(old))

        let result = try await run(.append, "inject=\(inject)", in: world.folder.path)

        #expect(result.exitCode == 1 && result.errorText.contains("the outbox cannot be used"), "\(result)")
        #expect(world.names() == [old.fileName])
    }

    @Test(
        "a split or an excision that fails at any step leaves the batch alone, or its pieces alone",
        arguments: ["fsync", "rename", "unlink"])
    func failedPieces(call: String) async throws {
        for task in [CrashTask.split, .excise] {
            for count in 1...(task.calls[call] ?? 0) {
                let world = try OutboxWorld()
                try world.put(Sample.batch(old))

                // Only this once, so what was done in vain can be taken back.
                let result = try await run(task, "inject=\(call):error=EIO:when=\(count)", in: world.folder.path)

                let comment: Comment = "\(task), \(call) \(count): \(result)"
                let left = world.names()
                let pieces = try Sample.pieces(of: old, task == .split ? [2, 2] : [2]).map(\.name.fileName)
                #expect(
                    left == [old.fileName] && result.exitCode == 1 || left == pieces && result.exitCode == 0, comment)
                #expect(left != [old.fileName] || world.letterNames.isEmpty, comment)
            }
        }
    }

    @Test(
        "a batch that cannot be set aside stays without a letter, or it is set aside",
        arguments: ["fsync", "rename"])
    func failedSettingAside(call: String) async throws {
        for count in 1...(CrashTask.setAside.calls[call] ?? 0) {
            let world = try OutboxWorld()
            try world.put(Sample.batch(old))

            let result = try await run(.setAside, "inject=\(call):error=EIO:when=\(count)", in: world.folder.path)

            let comment: Comment = "\(call) \(count): \(world.letterNames) \(result)"
            let isThere = world.names() == [old.fileName]
            #expect(result.exitCode == (isThere ? 1 : 0) && world.letterNames.count == (isThere ? 0 : 2), comment)
        }
    }

    @Test("the lock of a killed process is free, and what it was sending is pending again")
    func killedOwner() async throws {
        let world = try OutboxWorld()
        try world.put(Sample.batch(old))
        // Killed at the first renaming, with the lock and the batch in hand.
        let isKilled = try await crash(.setAside, at: "rename", 1, in: world.folder.path)
        #expect(isKilled)

        let outbox = try await world.owner()
        #expect(try await outbox.takeOldest()?.file.name == old)
    }
}
