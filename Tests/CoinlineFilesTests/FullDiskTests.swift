import CoinlineFiles
import Foundation
import TestKit
import Testing

@Suite("Full disk", .onOwnThreads)
struct FullDiskTests {
    @Test("a file that may only be written in part is given up, and the older one stays")
    func sizeLimit() throws {
        let folder = try TemporaryFolder()
        try folder.put("old content", "file")

        let outcome = try Child.outcome(of: .writeMuchUnderALimit, in: folder.path)

        #expect(outcome?.hasPrefix("error \(EFBIG) cannot write \(folder.path)/.tmp-") == true, "\(outcome ?? "-")")
        #expect(folder.names == ["file"])
        #expect(folder.content("file") == "old content")
    }
}

@Suite("Small disk", .timeLimit(.minutes(8)), .requiresNamespaces, .inNamespaces)
struct SmallDiskTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func put(_ count: Int) throws {
        try DurableFile.write([UInt8](repeating: 0x41, count: count), to: "file", in: folder.path)
    }

    /// Names, without what fills the disk.
    private var names: [String] { folder.names.filter { $0 != "filler" } }

    @Test("a disk that fills up while writing is named, and nothing half-written stays on it")
    func tinyDisk() async throws {
        let disk = try await SmallDisk(on: folder.path, kibibytes: 64)
        try folder.put("old", "file")

        let error = #expect(throws: FileError.self) { () throws in try put(3_000_000) }

        #expect(error?.code == ENOSPC && error?.isFull == true)
        #expect(error?.description.hasPrefix("cannot write \(disk.folder)/.tmp-") == true)
        #expect(error?.description.hasSuffix(": No space left on device") == true)
        #expect(names == ["file"])
        #expect(folder.content("file") == "old")
    }

    @Test("on a disk without any room a file is replaced or made once there is room again, and not before")
    func roomReturns() async throws {
        let disk = try await SmallDisk(on: folder.path, kibibytes: 64)
        try folder.put("old", "file")
        try disk.fill()

        #expect(throws: FileError.self) { () throws in try put(1) }
        #expect(throws: FileError.self) { () throws in
            _ = try DurableFile.create([1], named: "other", in: folder.path)
        }
        #expect(names == ["file"] && folder.content("file") == "old")

        try disk.free(8_192)
        try put(4_096)
        #expect(folder.content("file") == String(repeating: "A", count: 4_096))
        #expect(names == ["file"])
    }

    @Test("a file that is written piece by piece is given up when the disk fills up, and the older one stays")
    func pieces() async throws {
        let disk = try await SmallDisk(on: folder.path, kibibytes: 64)
        try folder.put("old", "file")

        let error = #expect(throws: FileError.self) { () throws in
            let writer = try DurableFileWriter(path: folder.file("file"))
            for _ in 0..<100 { try writer.append([UInt8](repeating: 0x41, count: 4_096)) }
        }

        #expect(error?.isFull == true && error?.path == folder.file("file"))
        #expect(names == ["file"] && folder.content("file") == "old")
        // What had been written is room again.
        try put(32 << 10)
        withExtendedLifetime(disk) {}
    }

    @Test("a file system that is read-only is a matter of rights, and works again when it is none any more")
    func readOnly() async throws {
        let disk = try await SmallDisk(on: folder.path, kibibytes: 64)
        try folder.put("old", "file")
        try await disk.setReadOnly(true)

        let error = #expect(throws: FileError.self) { () throws in try put(1) }
        let removal = #expect(throws: FileError.self) { () throws in try Files.remove(folder.file("file")) }
        let making = #expect(throws: FileError.self) { () throws in try Files.makeFolders(folder.file("a/b")) }

        for one in [error, removal, making] { #expect(one?.code == EROFS && one?.isForbidden == true) }
        #expect(!Files.isWritable(folder: folder.path))
        #expect(folder.names == ["file"] && folder.content("file") == "old")

        try await disk.setReadOnly(false)
        try put(1)
        #expect(Files.isWritable(folder: folder.path) && folder.content("file") == "A")
    }
}
