import CoinlineBase
import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("Opening the store")
struct OpeningTests {
    /// The reason why opening fails; nil when it does not.
    private func reason(_ path: String) -> StoreError.Reason? {
        do {
            _ = try openStore(path)
            return nil
        } catch {
            return (error as? StoreError)?.reason
        }
    }

    @Test("a new store is a file for its owner alone, in WAL, with full syncs")
    func newFile() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let session = try StoreSession(path: path, retention: nil) { testNow }
            _ = session.deliver([try batch("m x=1 1")])

            for file in [path, path + "-wal", path + "-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: file)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
            }
            #expect(try session.database.text("PRAGMA journal_mode") == "wal")
            #expect(try session.database.number("PRAGMA synchronous") == 2)
            #expect(try session.database.number("PRAGMA busy_timeout") == 5_000)
            #expect(try rows(path, "SELECT key, value FROM _meta") == [["format", "1"]])
        }
    }

    @Test("columns have no affinity")
    func affinity() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            _ = try await openStore(path).deliver(lines: "m,t=1 f=1,i=1i 1", "m,u=2 g=2 2")

            #expect(
                try rows(path, "SELECT name, type FROM pragma_table_info('m')").map { $0[1] } == [
                    "", "", "", "", "", "",
                ])
            #expect(
                try rows(path, "SELECT typeof(time), typeof(f), typeof(i), t, u FROM m ORDER BY time")
                    == [["integer", "real", "integer", "1", ""], ["integer", "null", "null", "", "2"]])
        }
    }

    @Test(
        "a store of another format is an error that names it, and the file is not touched", arguments: ["2", "", "x"])
    func otherFormat(format: String) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            _ = try await store.deliver(lines: "m x=1 1")
            await store.close()
            _ = try rows(path, "UPDATE _meta SET value = '\(format)' WHERE key = 'format'", access: .readWrite)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))

            #expect(reason(path) == .unknownFormat(format))
            #expect(throws: StoreError(path: path, reason: .unknownFormat(format))) { try StoreReader(path: path) }

            let after = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(after == before)
        }
    }

    @Test("a format that another process changes while the store is open stops the deliveries")
    func formatChangesMeanwhile() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            _ = try await store.deliver(lines: "m x=1 1")
            _ = try rows(path, "UPDATE _meta SET value = '2' WHERE key = 'format'", access: .readWrite)
            _ = try rows(path, "CREATE TABLE \"new\" (a)", access: .readWrite)

            let reply = try await store.deliver(lines: "m x=2 2")

            #expect(reply.unavailableText?.contains("has format \"2\"") == true)
            #expect(try rows(path, "SELECT count(*) FROM m") == [["1"]])
        }
    }

    @Test("a SQLite file of another program is refused and not touched")
    func foreignDatabase() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/other.sqlite"
            try Data().write(to: URL(fileURLWithPath: path))
            _ = try rows(path, "CREATE TABLE bookmarks (url TEXT)", access: .readWrite)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))

            #expect(reason(path) == .foreignDatabase)
            #expect(throws: StoreError(path: path, reason: .foreignDatabase)) { try StoreReader(path: path) }

            let after = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(after == before)
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        }
    }

    @Test("a file that is no database is refused and not touched")
    func noDatabase() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/notes.txt"
            let text = Data(String(repeating: "dear diary ", count: 500).utf8)
            try text.write(to: URL(fileURLWithPath: path))

            #expect(reason(path) == .notADatabase)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
        }
    }

    @Test("a folder that is not there, and one that is a file, are named as such")
    func noFolder() async throws {
        try await withTemporaryFolder { folder in
            try Data().write(to: URL(fileURLWithPath: folder + "/file"))
            #expect(reason(folder + "/nothing/coinline.sqlite") == .missingFolder)
            #expect(reason(folder + "/file/coinline.sqlite") == .missingFolder)
            #expect(reason(folder) == .notPermitted)
            #expect(reason("") != nil)
            #expect(reason(folder + "/a\0b") != nil)
        }
    }

    @Test("a folder or file without the right to write is named as such")
    func unwritable() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("coinline.sqlite")
        _ = try await openStore(path).deliver(lines: "m x=1 1")
        chmod(path, 0o444)
        chmod(folder.path, 0o555)
        defer { chmod(folder.path, 0o700) }

        // In a process of its own, which gives up the rights of root where it has them.
        await #expect(processExitsWith: .success) { [path = path as String] in
            if geteuid() == 0 { try #require(setuid(65_534) == 0) }
            for file in [path, path + ".new"] {
                #expect(throws: StoreError(path: file, reason: .notPermitted)) { try openStore(file) }
            }
        }
    }

    @Test(
        "a path is a file whatever it looks like", arguments: ["file:x?mode=memory", ":memory:", "a b'\".sqlite", "é😀"])
    func oddPaths(name: String) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/" + name
            let store = try openStore(path)
            _ = try await store.deliver(lines: "m x=1 1")
            #expect(FileManager.default.fileExists(atPath: path))
            #expect(try StoreReader(path: path).points(of: "m").count == 1)
        }
    }

    @Test("an empty file becomes a store")
    func emptyFile() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            try Data().write(to: URL(fileURLWithPath: path))
            #expect(throws: StoreError(path: path, reason: .foreignDatabase)) { try StoreReader(path: path) }
            #expect(reason(path) == nil)
        }
    }

    @Test("a reader without a store says so")
    func readerWithoutStore() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            #expect(throws: StoreError(path: path, reason: .missingFile)) { try StoreReader(path: path) }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("the mark of origin is set once for all, by whichever process comes first")
    func origin() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let first = try openStore(path)
            let second = try openStore(path)
            #expect(try first.origin() == nil)

            try await first.setOrigin(.simulated)
            try await first.setOrigin(.simulated)

            await #expect(throws: StoreError(path: path, reason: .otherOrigin(.simulated))) {
                try await second.setOrigin(.real)
            }
            try await second.setOrigin(.simulated)
            #expect(try first.origin() == .simulated)
            #expect(try second.origin() == .simulated)
            #expect(try openStore(path).origin() == .simulated)
            #expect(try StoreReader(path: path).origin() == .simulated)
            #expect(try await second.deliver(lines: "m x=1 1") == .acknowledged)
        }
    }

    @Test("many that open a new file at once all get the one store")
    func openingAtOnce() async throws {
        try await withTemporaryFolder { folder async throws in
            let path = folder + "/coinline.sqlite"
            await withTaskGroup(of: Bool.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        do {
                            return try await openStore(path).deliver(lines: "m\(number) x=1 1") == .acknowledged
                        } catch {
                            Issue.record("\(error)")
                            return false
                        }
                    }
                }
                for await isStored in group { #expect(isStored) }
            }
            #expect(try StoreReader(path: path).summaries().count == 8)
        }
    }

    @Test("every reason is said in words with the file, and nothing is said twice")
    func sentences() {
        let reasons: [StoreError.Reason] = [
            .missingFile, .missingFolder, .notPermitted, .notADatabase, .foreignDatabase, .unknownFormat("9"),
            .damaged("x"), .diskFull, .busy, .moved, .closed, .otherOrigin(.real), .unknownMeasurement("m"),
            .unknownColumn("c", measurement: "m"), .system("x"),
        ]
        let sentences = reasons.map { StoreError(path: "/p", reason: $0).description }
        #expect(sentences.allSatisfy { $0.hasPrefix("the store /p ") })
        #expect(Set(sentences).count == reasons.count)
    }
}
