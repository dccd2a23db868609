import CoinlineBase
import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("Failures of the disk and of other processes")
struct FailureTests {
    private func points(_ count: Int, from first: Int = 0) throws -> BatchFile {
        let lines = (first..<first + count).map {
            "m,c=\($0) x=\($0),s=\"\(String(repeating: "x", count: 100))\" \($0)\n"
        }
        return try batch(bytes: Array(lines.joined().utf8), lines: count)
    }

    private func count(_ path: String) throws -> Int {
        try StoreReader(path: path).pointCount(since: Timestamp(nanoseconds: .min))
    }

    @Test("a full disk leaves nothing of the delivery behind, and the next one works when there is room again")
    func fullDisk() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let session = try StoreSession(path: path, retention: nil) { testNow }
            #expect(session.deliver([try points(100)]) == .acknowledged)
            // SQLite's own bound on pages fails as a full disk does.
            try session.database.execute("PRAGMA max_page_count=40")

            let reply = session.deliver([try points(2_000, from: 100), try batch("fresh,t=1 a=1 1")])

            #expect(reply.unavailableText?.contains("the disk is full") == true)
            #expect(try count(path) == 100)
            try session.database.execute("PRAGMA max_page_count=100000")
            #expect(session.deliver([try points(2_000, from: 100), try batch("fresh,t=1 a=1i 1")]) == .acknowledged)
            #expect(try count(path) == 2_101)
        }
    }

    @Test("a store that another process keeps locked is unavailable, and works again afterwards")
    func locked() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let session = try StoreSession(path: path, retention: nil) { testNow }
            try session.database.execute("PRAGMA busy_timeout=30")
            let other = try Database(path: path, access: .readWrite)
            try other.execute("BEGIN IMMEDIATE")

            let reply = session.deliver([try points(1)])
            let check = session.check()

            #expect(reply.unavailableText?.contains("another process") == true)
            #expect(check.unavailableText?.contains("another process") == true)
            try other.execute("ROLLBACK")
            #expect(session.deliver([try points(1)]) == .acknowledged)
        }
    }

    @Test("a delivery waits for another process that ends in time")
    func waiting() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            let other = try Database(path: path, access: .readWrite)
            try other.execute("BEGIN IMMEDIATE")
            try other.execute("INSERT INTO _meta VALUES ('test', '1')")

            async let reply = store.deliver(lines: "m x=1 1")
            try other.execute("COMMIT")

            #expect(try await reply == .acknowledged)
        }
    }

    @Test("a file that was moved or deleted while it is open takes no more deliveries", arguments: [true, false])
    func moved(isDeleted: Bool) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            #expect(try await store.deliver(lines: "m x=1 1") == .acknowledged)
            if isDeleted {
                try FileManager.default.removeItem(atPath: path)
            } else {
                try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
            }

            let reply = try await store.deliver(lines: "m x=2 2")

            #expect(reply.unavailableText?.contains("moved, replaced or deleted") == true)
            #expect(await store.check(testBucket).unavailableText != nil)
        }
    }

    @Test("a damaged file is said to be damaged, by the store and by a reader")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            _ = await store.deliver([try points(3_000)], to: testBucket)
            await store.close()
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            // Everything behind the schema's pages.
            let size = try file.seekToEnd()
            try file.seek(toOffset: 5 * 4_096)
            try file.write(contentsOf: Data(repeating: 0xA5, count: Int(size) - 5 * 4_096))
            try file.close()

            let reply = await (try openStore(path)).deliver([try points(3_000)], to: testBucket)

            #expect(reply.unavailableText?.contains("is damaged") == true)
            #expect {
                try StoreReader(path: path).points(of: "m")
            } throws: { error in
                if case .damaged? = (error as? StoreError)?.reason { true } else { false }
            }
        }
    }

    @Test("a _columns that makes no sense is damage, not a crash")
    func strayRows() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            _ = try await openStore(path).deliver(lines: "m x=1 1")
            for row in [
                "('z', 'field', 'a', 'a', 'float')", "('m', 'what', 'a', 'a', 'float')",
                "('m', 'field', 'a', 'a', 'odd')",
            ] {
                _ = try rows(path, "INSERT INTO _columns VALUES \(row)", access: .readWrite)
                #expect {
                    try StoreReader(path: path).summaries()
                } throws: { error in
                    if case .damaged? = (error as? StoreError)?.reason { true } else { false }
                }
                _ = try rows(
                    path, "DELETE FROM _columns WHERE rowid = (SELECT max(rowid) FROM _columns)", access: .readWrite)
            }
        }
    }

    @Test("an index that somebody dropped refuses the lines with a reason and does not crash")
    func droppedIndex() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            _ = try await store.deliver(lines: "m,t=1 x=1 1")
            _ = try rows(path, "DROP INDEX \"m~series\"", access: .readWrite)

            let reply = try await store.deliver(lines: "m,t=1 x=2 2", "n x=1 1")

            #expect(reply.refused.map(\.number) == [1])
        }
    }

    @Test(
        "codes of SQLite become reasons that a person can act on",
        arguments: [
            (13, .diskFull), (5, .busy), (261, .busy), (6, .busy), (8, .notPermitted), (1032, .moved),
            (14, .notPermitted),
            (3, .notPermitted), (26, .notADatabase), (11, .damaged("words")), (267, .damaged("words")),
            (10, .system("words (SQLite 10)")), (7, .system("words (SQLite 7)")),
        ] as [(Int32, StoreError.Reason)])
    func codes(code: Int32, reason: StoreError.Reason) {
        #expect(SQLiteFailure(code: code, message: "words").reason == reason)
    }

    @Test("two stores write one file in turns, each seeing the tables and columns of the other")
    func twoWriters() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let first = try openStore(path)
            let second = try openStore(path)

            for round in 0..<20 {
                let time = round * 10
                #expect(try await first.deliver(lines: "m,a=\(round) x\(round)=1 \(time)") == .acknowledged)
                #expect(
                    try await second.deliver(lines: "m,b=\(round) x\(round)=2,y\(round)=1i \(time)") == .acknowledged)
                #expect(try await first.deliver(lines: "m y\(round)=5 \(time)").refused.count == 1)
                #expect(try await second.deliver(lines: "m,t\(round)=1 x0=1 \(time)") == .acknowledged)
            }

            #expect(try count(path) == 60)
        }
    }

    @Test("readers see whole deliveries while others write")
    func readingWhileWriting() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path)
            _ = await store.deliver([try points(50)], to: testBucket)
            let writer = Task { () async throws in
                for round in 1..<30 {
                    #expect(await store.deliver([try points(50, from: round * 50)], to: testBucket) == .acknowledged)
                }
            }

            var seen = 0
            let reader = try StoreReader(path: path)
            while seen < 1_500 {
                let now = try reader.points(of: "m").count
                #expect(now >= seen && now % 50 == 0)
                seen = now
                if let text = try await sqliteProgram(path, "SELECT count(*) FROM m") {
                    let outside = try #require(Int(text))
                    #expect(outside >= seen && outside % 50 == 0)
                    seen = outside
                }
            }
            try await writer.value
        }
    }
}
