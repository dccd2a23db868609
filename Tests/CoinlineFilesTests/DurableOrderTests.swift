import CoinlineFiles
import Foundation
import TestKit
import Testing

/// The order of the system calls is the promise of `DurableFile`; here it is read from the system itself.
@Suite("Order of system calls", .onOwnThreads, .enabled(if: Tracing.isExpected, "\(Tracing.note)"))
struct DurableOrderTests {
    private let folder: TemporaryFolder
    private let traces: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        traces = try TemporaryFolder()
    }

    private func trace(_ task: ChildTask, inject: String? = nil) throws -> (outcome: String?, trace: SystemCallTrace) {
        let launcher = Tracing.launcher(output: traces.file("trace"), inject: inject)
        let outcome = try Child.outcome(of: task, in: folder.path, launcher: launcher)
        return (outcome, SystemCallTrace(traces.content("trace") ?? "", below: folder.path))
    }

    @Test("a write is content, sync, name, sync of the folder, and nothing else")
    func write() throws {
        let (outcome, trace) = try trace(.write)

        #expect(outcome == "done")
        #expect(trace.steps == ["open .tmp", "write .tmp", "sync .tmp", "rename .tmp file", "open .", "sync ."])
        #expect(trace.bytesWritten == "new content".utf8.count)
        #expect(trace.openFlags.isSuperset(of: ["O_CREAT", "O_EXCL", "O_NOFOLLOW", "O_CLOEXEC", "O_WRONLY"]))
        #expect(folder.content("file") == "new content")
        #expect(folder.names == ["file"])
    }

    @Test("a write that need not last leaves out the syncs, and nothing else")
    func lessSynced() throws {
        let (_, content) = try trace(.writeContent)
        #expect(content.steps == ["open .tmp", "write .tmp", "sync .tmp", "rename .tmp file"])
        let (_, nothing) = try trace(.writeUnsynced)
        #expect(nothing.steps == ["open .tmp", "write .tmp", "rename .tmp file"])
        #expect(folder.content("file") == "new content")
    }

    @Test("an exclusive creation is content, sync, name, sync of the folder")
    func create() throws {
        let (outcome, trace) = try trace(.create)

        #expect(outcome == "made true")
        #expect(
            trace.steps
                == ["open .tmp", "write .tmp", "sync .tmp", "link .tmp .origin", "unlink .tmp", "open .", "sync ."])
        #expect(folder.names == [".origin"])
    }

    @Test("a refused creation still syncs the folder of the file that is there")
    func createAgain() throws {
        try folder.put("simulated\n", ".origin")

        let (outcome, trace) = try trace(.create)

        #expect(outcome == "made false")
        #expect(trace.steps == ["open .", "sync ."])
        #expect(folder.content(".origin") == "simulated\n")
    }

    @Test("a file system without hard links gets the file under its name at once", arguments: ["EPERM", "EOPNOTSUPP"])
    func createWithoutLinks(error: String) throws {
        let (outcome, trace) = try trace(.create, inject: "link:error=\(error)")

        #expect(outcome == "made true")
        #expect(
            trace.steps.suffix(6)
                == ["unlink .tmp", "open .origin", "write .origin", "sync .origin", "open .", "sync ."])
        #expect(folder.content(".origin") == "real\n")
        #expect(folder.names == [".origin"])
    }

    @Test("each folder that is made is followed by a sync of the one above it")
    func makeFolders() throws {
        let (outcome, trace) = try trace(.makeFolders)

        #expect(outcome == "done")
        #expect(
            trace.steps.filter { $0 != "mkdir ." } == ["mkdir a", "open .", "sync .", "mkdir a/b", "open a", "sync a"])
    }

    @Test(
        "where a step fails, the older file stays and no temporary is left",
        arguments: [
            ("fsync:error=EIO:when=1", EIO), ("fsync:error=ENOSPC:when=1", ENOSPC),
            ("rename:error=EACCES:when=1", EACCES), ("rename:error=EDQUOT:when=1", EDQUOT),
        ])
    func failures(inject: String, code: Int32) throws {
        try folder.put("old content", "file")

        let (outcome, _) = try trace(.write, inject: inject)

        #expect(outcome?.hasPrefix("error \(code) ") == true, "\(outcome ?? "no outcome")")
        #expect(folder.names == ["file"])
        #expect(folder.content("file") == "old content")
    }

    @Test("where only the last sync fails, the error says so and the new file is in place")
    func lastStepFails() throws {
        try folder.put("old content", "file")

        let (outcome, _) = try trace(.write, inject: "fsync:error=EIO:when=2")

        #expect(outcome == "error 5 cannot sync \(folder.path): Input/output error")
        #expect(folder.content("file") == "new content")
    }

    @Test("a file system that cannot sync folders is no error, one that cannot sync files is")
    func unsyncableFolder() throws {
        #expect(try trace(.write, inject: "fsync:error=EINVAL:when=2").outcome == "done")
        #expect(try trace(.write, inject: "fsync:error=EINVAL:when=1").outcome?.hasPrefix("error 22 ") == true)
    }

    @Test(
        "a call that a signal interrupts is made again",
        arguments: ["fsync:error=EINTR:when=1..3", "rename:error=EINTR:when=1"])
    func interrupted(inject: String) throws {
        let (outcome, _) = try trace(.write, inject: inject)

        #expect(outcome == "done")
        #expect(folder.names == ["file"])
    }

    @Test(
        "a process that is killed at any step leaves the older file or the newer one, each whole",
        arguments: [
            ("fsync:signal=KILL:when=1", "old content", 2), ("rename:signal=KILL:when=1", nil, nil),
            ("fsync:signal=KILL:when=2", "new content", 1),
        ] as [(String, String?, Int?)])
    func killed(inject: String, content: String?, names: Int?) throws {
        try folder.put("old content", "file")

        let (outcome, _) = try trace(.write, inject: inject)

        #expect(outcome == nil)
        let found = folder.content("file")
        #expect(found == "old content" || found == "new content")
        if let content { #expect(found == content) }
        if let names { #expect(folder.names.count == names) }
        #expect(folder.names.allSatisfy { $0 == "file" || $0.hasPrefix(".tmp-") })
        // What a killed process leaves can be swept at once.
        for name in folder.names where name.hasPrefix(".tmp-") {
            #expect(try DurableFile.sweepTemporary(name, in: folder.path))
        }
        #expect(folder.names == ["file"])
    }
}
