import CoinlineFiles
import Foundation
import Testing

@Suite("Files")
struct FilesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("a file of the greatest size allowed is read, one byte more is an error")
    func readCap() throws {
        try folder.put("12345", "file")
        try folder.put("", "empty")

        #expect(try Files.read(folder.file("file"), bytesMax: 5) == Array("12345".utf8))
        #expect(try Files.read(folder.file("file"), bytesMax: .max) == Array("12345".utf8))
        #expect(throws: FileError(operation: "read", path: folder.file("file"), code: EFBIG)) {
            try Files.read(folder.file("file"), bytesMax: 4)
        }
        #expect(try Files.read(folder.file("empty"), bytesMax: 0) == [])
    }

    @Test("a file without an end is not read further than the cap")
    func readEndless() {
        #expect(throws: FileError(operation: "read", path: "/dev/zero", code: EFBIG)) {
            try Files.read("/dev/zero", bytesMax: 1_000_000)
        }
    }

    @Test("what cannot be read says why")
    func readErrors() {
        #expect(throws: FileError(operation: "open", path: folder.file("none"), code: ENOENT)) {
            try Files.read(folder.file("none"), bytesMax: 10)
        }
        #expect(throws: FileError(operation: "read", path: folder.path, code: EISDIR)) {
            try Files.read(folder.path, bytesMax: 10)
        }
    }

    @Test("a path with a zero byte is refused and not cut")
    func zeroByte() throws {
        try folder.put("x", "file")
        let path = folder.file("file\0.txt")

        #expect(throws: FileError(operation: "open", path: path, code: EINVAL)) { try Files.read(path, bytesMax: 10) }
        #expect(throws: FileError.self) { try Files.remove(path) }
        #expect(throws: FileError.self) { try Files.makeFolders(path) }
        #expect(throws: FileError.self) { try Files.names(in: path) }
        #expect(throws: FileError.self) { try Files.freeBytes(at: path) }
        #expect(throws: FileError.self) { try FileLock.tryLock(path) }
        #expect(!Files.exists(path))
        #expect(!Files.isWritable(folder: folder.path + "\0"))
        #expect(folder.names == ["file"])
    }

    @Test("existence follows links")
    func exists() throws {
        try folder.put("x", "file")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("good"), withDestinationPath: folder.file("file"))
        try FileManager.default.createSymbolicLink(atPath: folder.file("bad"), withDestinationPath: folder.file("none"))

        #expect(Files.exists(folder.file("file")))
        #expect(Files.exists(folder.file("good")))
        #expect(!Files.exists(folder.file("bad")))
        #expect(Files.exists(folder.path))
        #expect(!Files.exists(folder.file("none")))
    }

    @Test("folders are made with those above them, and again without harm")
    func makeFolders() throws {
        try Files.makeFolders(folder.file("a/b//c/"), mode: 0o750)
        try Files.makeFolders(folder.file("a/b/c"))
        try Files.makeFolders("/")
        try Files.makeFolders(".")

        #expect(Files.isWritable(folder: folder.file("a/b/c")))
        let rights = try FileManager.default.attributesOfItem(atPath: folder.file("a"))[.posixPermissions] as? Int
        #expect(rights == 0o750)
    }

    @Test("a file on the way to a folder is an error that names it")
    func makeFoldersThroughAFile() throws {
        try folder.put("x", "file")

        #expect(throws: FileError(operation: "make folder", path: folder.file("file"), code: ENOTDIR)) {
            try Files.makeFolders(folder.file("file"))
        }
        #expect(throws: FileError(operation: "make folder", path: folder.file("file"), code: ENOTDIR)) {
            try Files.makeFolders(folder.file("file/below"))
        }
    }

    @Test("a link to a folder is a folder on the way")
    func makeFoldersThroughALink() throws {
        try Files.makeFolders(folder.file("real"))
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("link"), withDestinationPath: folder.file("real"))

        try Files.makeFolders(folder.file("link/below"))

        #expect(Files.exists(folder.file("real/below")))
    }

    @Test("names come sorted by bytes, hidden ones too")
    func names() throws {
        for name in ["b", "a", "B", "é", "e\u{301}", "z", ".hidden", "10", "9"] { try folder.put("", name) }

        let names = try Files.names(in: folder.path)

        // Compared as bytes, since Swift takes the two ways to write é for the same text.
        let expected = [".hidden", "10", "9", "B", "a", "b", "e\u{301}", "z", "é"]
        #expect(names.map { Array($0.utf8) } == expected.map { Array($0.utf8) })
        #expect(try Files.names(in: folder.path + "/") == names)
    }

    @Test("a name that is not UTF-8 is left out")
    func namesNotUTF8() throws {
        try folder.put("", "good")
        let bytes = Array(folder.file("bad-").utf8) + [0xFF, 0]
        let descriptor = bytes.withUnsafeBytes {
            open($0.bindMemory(to: CChar.self).baseAddress!, O_CREAT | O_WRONLY, 0o600)
        }
        try #require(descriptor >= 0)
        close(descriptor)

        #expect(try Files.names(in: folder.path) == ["good"])
    }

    @Test("names of what is no folder are an error")
    func namesErrors() throws {
        try folder.put("", "file")

        #expect(throws: FileError(operation: "list", path: folder.file("none"), code: ENOENT)) {
            try Files.names(in: folder.file("none"))
        }
        #expect(throws: FileError(operation: "list", path: folder.file("file"), code: ENOTDIR)) {
            try Files.names(in: folder.file("file"))
        }
    }

    @Test("a removal removes a file once and a folder never")
    func remove() throws {
        try folder.put("", "file")

        try Files.remove(folder.file("file"))
        try Files.remove(folder.file("file"))

        #expect(folder.names == [])
        #expect(throws: FileError.self) { try Files.remove(folder.path) }
    }

    @Test("free space is that of the file system, and of a missing path an error")
    func freeBytes() throws {
        #expect(try Files.freeBytes(at: folder.path) > 0)
        #expect(throws: FileError(operation: "look at", path: folder.file("none"), code: ENOENT)) {
            try Files.freeBytes(at: folder.file("none"))
        }
    }

    @Test("only a folder can be synced as one")
    func syncFolder() throws {
        try folder.put("", "file")

        try Files.syncFolder(folder.path)

        #expect(throws: FileError(operation: "open", path: folder.file("file"), code: ENOTDIR)) {
            try Files.syncFolder(folder.file("file"))
        }
    }

    @Test("a folder that is none is not writable")
    func isWritable() throws {
        try folder.put("", "file")

        #expect(Files.isWritable(folder: folder.path))
        #expect(!Files.isWritable(folder: folder.file("file")))
        #expect(!Files.isWritable(folder: folder.file("none")))
    }

    @Test("an error is one sentence with the system's reason")
    func errorText() {
        let full = FileError(operation: "write", path: "/x/y", code: ENOSPC)

        #expect(full.description == "cannot write /x/y: No space left on device")
        #expect(full.isFull && !full.isMissing && !full.isForbidden)
        #expect(FileError(operation: "open", path: "p", code: EROFS).isForbidden)
        #expect(FileError(operation: "open", path: "p", code: EDQUOT).isFull)
        #expect("\(FileError(operation: "open", path: "p", code: 9_999))" == "cannot open p: Unknown error 9999")
    }
}
