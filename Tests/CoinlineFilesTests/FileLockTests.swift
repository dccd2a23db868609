import Foundation
import TestKit
import Testing

@testable import CoinlineFiles

@Suite("FileLock", .onOwnThreads)
struct FileLockTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file(".lock") }

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("one object has the lock until it goes, and the file stays")
    func exclusive() throws {
        var first = try FileLock.tryLock(path)
        #expect(first != nil)
        #expect(first?.path == path)
        #expect(try FileLock.tryLock(path) == nil)

        first = nil

        #expect(try FileLock.tryLock(path) != nil)
        #expect(folder.names == [".lock"])
    }

    @Test("a lock keeps other processes out and ends with the process, even a killed one")
    func diesWithTheProcess() throws {
        let child = try Child(.holdLock, in: folder.path)
        #expect(child.nextReport() == "locked")
        #expect(try FileLock.tryLock(path) == nil)

        child.kill()

        let lock = try FileLock.tryLock(path)
        #expect(lock != nil)
        let second = try Child.outcome(of: .holdLock, in: folder.path)
        #expect(second == "released")
        withExtendedLifetime(lock) {}
    }

    @Test("a process is told that another one has the lock")
    func refused() throws {
        let lock = try FileLock.tryLock(path)

        let child = try Child(.holdLock, in: folder.path)
        #expect(child.nextReport() == "refused")
        child.kill()

        withExtendedLifetime(lock) {}
    }

    @Test("a program started meanwhile does not inherit open files, and with them the lock")
    func notInherited() throws {
        let file = try Descriptor(opening: path, flags: O_RDWR | O_CREAT, mode: 0o600)

        #expect(fcntl(file.number, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test("giving the lock up frees it at once, even while a process that is just being started has a copy of the file")
    func copiedFile() throws {
        var lock = try FileLock.tryLock(path)
        let copy = dup(try #require(lock).file.number)
        #expect(copy >= 0)

        lock = nil

        #expect(try FileLock.tryLock(path) != nil)
        close(copy)
    }

    @Test("an open file is told from another one that took its name")
    func identity() throws {
        let file = try Descriptor(opening: path, flags: O_RDWR | O_CREAT, mode: 0o600)
        #expect(try file.identity() == FileIdentity(of: path))

        try Files.remove(path)
        #expect(FileIdentity(of: path) == nil)
        try folder.put("", ".lock")

        #expect(try file.identity() != FileIdentity(of: path))
    }

    @Test("who has locked a file that was removed since does not keep a lock on the name")
    func removedFile() throws {
        let old = try FileLock.tryLock(path)
        try Files.remove(path)

        let new = try FileLock.tryLock(path)

        #expect(new != nil)
        #expect(try FileLock.tryLock(path) == nil)
        withExtendedLifetime((old, new)) {}
    }

    @Test("a lock in a folder that is not there is an error, and so is one through a link")
    func errors() throws {
        try folder.put("", "target")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("target"))

        #expect(throws: FileError(operation: "open", path: folder.file("none/.lock"), code: ENOENT)) {
            try FileLock.tryLock(folder.file("none/.lock"))
        }
        #expect(throws: FileError(operation: "open", path: folder.file("link"), code: ELOOP)) {
            try FileLock.tryLock(folder.file("link"))
        }
    }
}
