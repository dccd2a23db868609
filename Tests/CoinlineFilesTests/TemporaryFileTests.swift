import Foundation
import Testing

@testable import CoinlineFiles

@Suite("Temporaries")
struct TemporaryFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("what nobody works on is swept")
    func dead() throws {
        try folder.put("half", ".tmp-0123")

        #expect(try DurableFile.sweepTemporary(".tmp-0123", in: folder.path))
        #expect(folder.names.isEmpty)
        #expect(try !DurableFile.sweepTemporary(".tmp-0123", in: folder.path))
    }

    @Test("what somebody works on stays until he is done, of a file written at once or piece by piece")
    func alive() throws {
        do {
            let file = try TemporaryFile(in: folder.path, mode: 0o600)
            let name = try #require(folder.names.first)
            #expect(try !DurableFile.sweepTemporary(name, in: folder.path))
            try file.fill([1], isSynced: true)
            #expect(try !DurableFile.sweepTemporary(name, in: folder.path))
        }
        #expect(try DurableFile.sweepTemporary(try #require(folder.names.first), in: folder.path))

        var writer = try DurableFileWriter(path: folder.file("file"))
        let name = try #require(folder.names.first)
        try writer.append([1])
        #expect(try !DurableFile.sweepTemporary(name, in: folder.path))
        try writer.finish()
        #expect(folder.names == ["file"])
    }

    @Test("a temporary that somebody holds open under its lock is left, and so is a link or a pipe")
    func others() throws {
        try folder.put("x", "target")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file(".tmp-link"), withDestinationPath: folder.file("target"))
        #expect(mkfifo(folder.file(".tmp-pipe"), 0o600) == 0)

        #expect(throws: FileError.self) { try DurableFile.sweepTemporary(".tmp-link", in: folder.path) }
        #expect(folder.names == [".tmp-link", ".tmp-pipe", "target"])
        _ = try DurableFile.sweepTemporary(".tmp-pipe", in: folder.path)
        #expect(folder.names == [".tmp-link", "target"])
    }

    @Test("a writer that a sweeper overtook, before or after it locked, sees that and takes another name")
    func overtaken() throws {
        let swept = try Descriptor(opening: folder.file(".tmp-1"), flags: O_WRONLY | O_CREAT, mode: 0o600)
        #expect(try DurableFile.sweepTemporary(".tmp-1", in: folder.path))
        #expect(try !swept.claim())

        let file = try Descriptor(opening: folder.file(".tmp-2"), flags: O_WRONLY | O_CREAT, mode: 0o600)
        do {
            let sweeper = try Descriptor(opening: folder.file(".tmp-2"), flags: O_RDONLY)
            #expect(flock(sweeper.number, LOCK_EX | LOCK_NB) == 0)
            #expect(try !file.claim())
        }
        #expect(try file.claim())
    }

    @Test("a writer never loses a file to a sweeper that is always at work")
    func race() async throws {
        let path = folder.path
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<200 {
                    try DurableFile.write([UInt8(number)], to: "f\(number)", in: path, syncing: .nothing)
                }
            }
            group.addTask {
                for _ in 0..<400 {
                    for name in try Files.names(in: path) where name.hasPrefix(".tmp-") {
                        _ = try DurableFile.sweepTemporary(name, in: path)
                    }
                }
            }
            try await group.waitForAll()
        }

        #expect(folder.names.count == 200)
    }
}

@Suite("Files, names and facts")
struct FilesFactsTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("a look at a name tells its kind, its size and its age, of a link itself")
    func facts() throws {
        try folder.put("12345", "file")
        try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: "nowhere")
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -100)], ofItemAtPath: folder.file("file"))

        let facts = try #require(try Files.facts(of: folder.file("file")))
        #expect(facts.kind == .file && facts.bytes == 5)
        #expect(facts.age >= .seconds(99) && facts.age < .seconds(1_000))
        #expect(try Files.facts(of: folder.file("link"))?.kind == .other)
        #expect(try Files.facts(of: folder.path)?.kind == .folder)
        #expect(try Files.facts(of: folder.file("nothing")) == nil)
    }

    @Test("every entry comes once with its kind, and an error of the caller ends it")
    func entries() throws {
        try folder.put("", "a")
        try Files.makeFolders(folder.file("b"))
        #expect(mkfifo(folder.file("c"), 0o600) == 0)

        var found: [String: FileKind] = [:]
        try Files.forEachEntry(in: folder.path) { name, kind in found[name] = kind }

        #expect(found == ["a": .file, "b": .folder, "c": .other])
        let error = FileError(operation: "test", path: "", code: 1)
        #expect(throws: error) {
            try Files.forEachEntry(in: folder.path) { (_, _) throws(FileError) in throw error }
        }
        #expect(throws: FileError.self) { try Files.forEachEntry(in: folder.file("a")) { _, _ in } }
    }

    @Test("a file is renamed over another, emptied, and synced")
    func renaming() throws {
        try folder.put("1", "a")
        try folder.put("22", "b")

        try Files.rename(folder.file("a"), to: folder.file("b"))
        #expect(folder.names == ["b"] && folder.content("b") == "1")
        try Files.empty(folder.file("b"))
        try Files.sync(folder.file("b"))
        #expect(folder.content("b") == "")

        #expect(throws: FileError(operation: "rename", path: folder.file("a"), code: ENOENT)) { () throws in
            try Files.rename(folder.file("a"), to: folder.file("b"))
        }
        #expect(throws: FileError(operation: "empty", path: folder.file("a"), code: ENOENT)) { () throws in
            try Files.empty(folder.file("a"))
        }
        #expect(throws: FileError.self) { () throws in try Files.rename(folder.file("b"), to: "x\0y") }
    }
}
