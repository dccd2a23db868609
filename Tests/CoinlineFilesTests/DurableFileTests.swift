import CoinlineFiles
import Foundation
import Testing

@Suite("DurableFile")
struct DurableFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test(
        "a written file has its content and its rights, and no temporary is left",
        arguments: [0, 1, 100_000, 5_000_000])
    func write(count: Int) throws {
        let content = (0..<count).map { UInt8(truncatingIfNeeded: $0) }

        try DurableFile.write(content, to: "file", in: folder.path)

        #expect(try Files.read(folder.file("file"), bytesMax: count) == content)
        #expect(folder.names == ["file"])
        let rights = try FileManager.default.attributesOfItem(atPath: folder.file("file"))[.posixPermissions] as? Int
        #expect(rights == 0o600)
    }

    @Test("a second write replaces the first, also where the first is a link")
    func replace() throws {
        try folder.put("elsewhere", "target")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("file"), withDestinationPath: folder.file("target"))

        try DurableFile.write(Array("one".utf8), to: "file", in: folder.path)
        try DurableFile.write(Array("two".utf8), to: "file", in: folder.path + "/")

        #expect(folder.content("file") == "two")
        #expect(folder.content("target") == "elsewhere")
    }

    @Test("a name that is no plain name is refused", arguments: ["", ".", "..", "a/b", "/a", "../a", "a\0b"])
    func badNames(name: String) throws {
        #expect(throws: FileError.self) { try DurableFile.write([1], to: name, in: folder.path) }
        #expect(throws: FileError.self) { _ = try DurableFile.create([1], named: name, in: folder.path) }
        #expect(folder.names == [])
    }

    @Test("a missing folder is an error that says so")
    func missingFolder() throws {
        do {
            try DurableFile.write([1], to: "file", in: folder.file("nowhere"))
            Issue.record("it was written")
        } catch {
            #expect(error.isMissing)
            #expect(error.operation == "open")
            #expect(error.description.hasSuffix(": No such file or directory"))
        }
        #expect(folder.names == [])
    }

    @Test("a folder in the place of the file is an error, and the temporary goes")
    func folderInTheWay() throws {
        try Files.makeFolders(folder.file("file"))

        #expect(throws: FileError(operation: "write", path: folder.file("file"), code: EISDIR)) {
            try DurableFile.write([1], to: "file", in: folder.path)
        }

        #expect(folder.names == ["file"])
    }

    @Test("who may not write into a folder is told so")
    func unwritableFolder() async throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: folder.path)

        // In a process of its own, since root may write anywhere and has to become somebody else for it.
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            if geteuid() == 0 { precondition(setgid(65_534) == 0 && setuid(65_534) == 0) }
            do throws(FileError) {
                try DurableFile.write([1], to: "file", in: path)
                exit(1)
            } catch {
                exit(error.isForbidden && error.code == EACCES && !Files.isWritable(folder: path) ? 0 : 2)
            }
        }
        #expect(folder.names == [])
    }

    @Test("a creation makes the file once")
    func create() throws {
        let first = try DurableFile.create(Array("real\n".utf8), named: ".origin", in: folder.path)
        let second = try DurableFile.create(Array("simulated\n".utf8), named: ".origin", in: folder.path)

        #expect(first)
        #expect(!second)
        #expect(folder.content(".origin") == "real\n")
        #expect(folder.names == [".origin"])
    }

    @Test("a link that leads nowhere takes the name as well")
    func createOverDanglingLink() throws {
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("name"), withDestinationPath: folder.file("none"))

        #expect(try !DurableFile.create([1], named: "name", in: folder.path))
        #expect(folder.names == ["name"])
    }

    @Test("of many creations at once exactly one makes the file, and it is the content of that one")
    func createAtOnce() async throws {
        let path = folder.path
        let makers = try await withThrowingTaskGroup(of: Int?.self) { group in
            for number in 0..<16 {
                group.addTask {
                    try DurableFile.create(Array("\(number)".utf8), named: "one", in: path) ? number : nil
                }
            }
            return try await group.reduce(into: []) { makers, maker in makers += maker.map { [$0] } ?? [] }
        }

        #expect(makers.count == 1)
        #expect(folder.content("one") == makers.first.map { "\($0)" })
        #expect(folder.names == ["one"])
    }

    @Test("readers of a file that is written again and again see one whole content or the other")
    func readersSeeWholeFiles() async throws {
        let path = folder.path
        let contents = [[UInt8](repeating: 1, count: 70_000), [UInt8](repeating: 2, count: 50_000)]
        try DurableFile.write(contents[0], to: "file", in: path)

        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for round in 0..<50 { try DurableFile.write(contents[round % 2], to: "file", in: path) }
            }
            group.addTask {
                for _ in 0..<200 {
                    let read = try Files.read(path + "/file", bytesMax: 100_000)
                    #expect(contents.contains(read))
                }
            }
            try await group.waitForAll()
        }
    }
}
