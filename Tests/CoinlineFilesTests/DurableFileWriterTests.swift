import Foundation
import Glibc
import Testing

@testable import CoinlineFiles

@Suite("A durable file in pieces")
struct DurableFileWriterTests {
    private func content(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("nothing is there under the name until it is finished, and then all of it, in the place of the older file")
    func whole() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/a.txt"
        try DurableFile.write(Array("old".utf8), to: "a.txt", in: folder.path)
        var writer = try DurableFileWriter(path: path)
        try writer.append(Array("one ".utf8))
        try writer.append([])
        try writer.append(Array("two".utf8))
        let before = content(path)
        try writer.finish()

        #expect(before == "old")
        #expect(content(path) == "one two")
        #expect(try Files.names(in: folder.path) == ["a.txt"])
    }

    @Test("a writer that goes away unfinished leaves nothing behind")
    func givenUp() throws {
        let folder = try TemporaryFolder()
        do {
            let writer = try DurableFileWriter(path: folder.path + "/a.txt")
            try writer.append(Array("half".utf8))
            #expect(try Files.names(in: folder.path).count == 1)
        }

        #expect(try Files.names(in: folder.path).isEmpty)
    }

    @Test("what is no ordinary file is not replaced, and a folder that is not there is told at once")
    func refused() throws {
        let folder = try TemporaryFolder()
        let pipe = folder.path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)

        for (path, code) in [
            (pipe, EINVAL), (folder.path, EISDIR), (folder.path + "/", EISDIR), (folder.path + "/none/a", ENOENT),
            (folder.path + "/new/", EISDIR), ("", ENOENT),
        ] {
            let error = #expect(throws: FileError.self, "\(path)") { try Self.open(path) }
            #expect(error?.code == code && error?.path == path, "\(path): \(String(describing: error))")
        }
        #expect(try Files.names(in: folder.path) == ["pipe"])
    }

    private static func open(_ path: String) throws(FileError) {
        _ = try DurableFileWriter(path: path)
    }
}
