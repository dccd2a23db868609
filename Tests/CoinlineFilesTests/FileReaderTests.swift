import CoinlineFiles
import Foundation
import TestKit
import Testing

@Suite("FileReader", .onOwnThreads)
struct FileReaderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test("the pieces of a file are its content, none empty and none too long", arguments: [1, 7, 4_096, 1 << 20])
    func pieces(bytesMax: Int) throws {
        let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try DurableFile.write(content, to: "file", in: folder.path)

        var reader = try FileReader(path: folder.file("file"))
        var read: [UInt8] = []
        while let piece = try reader.next(bytesMax: bytesMax) {
            #expect((1...bytesMax).contains(piece.count))
            read += piece
        }

        #expect(read == content)
        #expect(try reader.next() == nil)
    }

    @Test("an empty file has no pieces")
    func empty() throws {
        try folder.put("", "file")

        var reader = try FileReader(path: folder.file("file"))

        #expect(try reader.isReady(withinMs: 0))
        #expect(try reader.next() == nil)
    }

    @Test("what cannot be read says why")
    func errors() throws {
        #expect(throws: FileError(operation: "open", path: folder.file("none"), code: ENOENT)) {
            _ = try FileReader(path: folder.file("none")).path
        }
        var reader = try FileReader(path: folder.path)
        do {
            _ = try reader.next()
            Issue.record("a folder was read")
        } catch {
            #expect(error == FileError(operation: "read", path: folder.path, code: EISDIR))
        }
    }

    @Test("a named pipe is opened without waiting for its writer, ready when that wrote, and ends with it")
    func namedPipe() throws {
        let path = folder.file("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        var reader = try FileReader(path: path)
        #expect(try !reader.isReady(withinMs: 0))

        let writer = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        #expect(try !reader.isReady(withinMs: 0))
        try writer.write(contentsOf: Data("abc".utf8))
        #expect(try reader.isReady(withinMs: 0))
        #expect(try reader.next(bytesMax: 2) == Array("ab".utf8))
        try writer.close()
        #expect(try reader.next() == Array("c".utf8))
        #expect(try reader.isReady(withinMs: 0))
        #expect(try reader.next() == nil)
    }

    @Test("standard input is read to its end, whether it waits for its bytes or not", arguments: [false, true])
    func standardInput(isNonBlocking: Bool) throws {
        let input = Pipe()
        if isNonBlocking {
            let descriptor = input.fileHandleForReading.fileDescriptor
            try #require(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0)
        }
        let content = (0..<30_000).map { UInt8(truncatingIfNeeded: $0) }

        let child = try Child(.readInput, in: folder.path, input: input)
        #expect(child.nextReport() == "reading")
        try child.send(Array(content.prefix(10)))
        try child.send(Array(content.dropFirst(10)))
        try child.closeInput()

        #expect(child.nextReport() == "read 30000 sum \(content.reduce(0) { $0 + Int($1) })")
        child.process.waitUntilExit()
    }
}
