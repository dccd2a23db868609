import CoinlineBase
import CoinlineFiles
import CoinlineJSON
import Foundation
import InfluxWriter
import Testing

@testable import Collector

@Suite("What waits on disk")
struct OutboxReportTests {
    private static let now = UTCTime(seconds: 1_000_000_000)

    private func report(_ data: DataFolder) throws -> OutboxReport {
        try OutboxReport.read(dataFolder: data.path, now: Self.now)
    }

    private func text(_ data: DataFolder) throws -> [String] {
        try report(data).text(flushCommand: "FLUSH", lettersCommand: "LETTERS")
            .replacing(data.path, with: "DATA").split(separator: "\n").map(String.init)
    }

    @Test("without a folder, or with an empty one, nothing waits")
    func nothing() throws {
        let data = try DataFolder()

        #expect(try text(data) == ["Nothing waits in DATA/outbox."])
        #expect(try report(data).isEmpty)
        try Files.makeFolders(data.path + "/outbox/main/b")
        #expect(try text(data) == ["main  nothing waits"])
    }

    @Test("each destination is told with its buckets, the age of the oldest batch, and how to send")
    func several() throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(999_999_940, lines: 2), in: "a/b")
        try data.keep(DataFolder.name(999_996_400, lines: 3), in: "c")
        try data.keep(DataFolder.name(999_999_000, lines: 4), in: "c")
        try data.keep(DataFolder.name(1_000_000_500, lines: 1), in: "store", of: "store")
        try data.letter("m v=1 1", of: DataFolder.name(1, lines: 9), destination: "cold")
        try data.letter("m v=1 1", 2, destination: "cold")

        let lines = try text(data).map { $0.replacing(/\(\d+ bytes\)/, with: "(N bytes)") }

        #expect(
            lines == [
                "cold   nothing waits", "       2 dead letters, shown by: LETTERS",
                "main   9 points in 3 batches (N bytes)",
                "       2 points in 1 batch (N bytes) for bucket \"a/b\", the oldest 1 min old",
                "       7 points in 2 batches (N bytes) for bucket \"c\", the oldest 1 h old",
                "store  1 point in 1 batch (N bytes) for bucket \"store\", the oldest 0 ms old",
                "send with: FLUSH",
            ])
    }

    @Test("what is no batch is not counted, and what a crash left twice is counted once")
    func others() throws {
        let data = try DataFolder()
        let parent = DataFolder.name(5, lines: 5)
        let file = try data.keep(parent)
        for ending in [".dropped", ".tmp", "x"] { try data.write("x", to: file + ending) }
        try data.write("x", to: data.path + "/outbox/main/b/.tmp-1")
        try data.write("x", to: data.path + "/outbox/main/.lock")
        try data.write("x", to: data.path + "/outbox/README")
        try data.keep(DataFolder.name(5, pieces: [(1, 2)], lines: 2))
        let half = try OutboxSummary.read(OutboxLayout(dataFolder: data.path))
        try data.keep(DataFolder.name(5, pieces: [(2, 2)], lines: 3))
        let whole = try OutboxSummary.read(OutboxLayout(dataFolder: data.path))

        #expect(half.batches == 1 && half.lines == 5)
        #expect(whole.batches == 2 && whole.lines == 5)
        #expect(whole.oldest == Timestamp(nanoseconds: 5_000_000_000))
        var names: [BatchName] = []
        try OutboxReader(OutboxLayout(dataFolder: data.path)).forEachBatch(in: Bucket("b")) { names.append($0) }
        #expect(names.map(\.lines).sorted() == [2, 3])
    }

    @Test("a process that delivers is told, and looking makes no lock")
    func owned() throws {
        let data = try DataFolder()
        let layout = OutboxLayout(dataFolder: data.path)
        try data.keep(DataFolder.name(1, lines: 1))

        #expect(try !OutboxSummary.read(layout).isOwned)
        #expect(!Files.exists(layout.lockPath))
        let lock = try #require(try FileLock.tryLock(layout.lockPath))
        #expect(try OutboxSummary.read(layout).isOwned)
        #expect(try text(data).contains("      a process that runs now sends them"))
        withExtendedLifetime(lock) {}
    }

    @Test("a lock that was given up is free, and looking does not keep it")
    func free() throws {
        let data = try DataFolder()
        let layout = OutboxLayout(dataFolder: data.path)
        try Files.makeFolders(layout.folder)
        for _ in 0..<3 {
            #expect(try FileLock.tryLock(layout.lockPath) != nil)
            #expect(try !FileLock.isHeld(layout.lockPath))
        }
    }

    @Test("a planted name at the end of time is told like any other")
    func endOfTime() throws {
        let data = try DataFolder()
        let name = BatchName(
            sealedMicroseconds: .max, writer: .max, number: .max, precision: .milliseconds, lines: BatchName.linesMax)
        try data.write(
            "x",
            to: try data.keep(DataFolder.name(1, lines: 1)).replacing(
                DataFolder.name(1, lines: 1).fileName, with: name.fileName))

        let summary = try OutboxSummary.read(OutboxLayout(dataFolder: data.path))

        #expect(summary.batches == 2 && summary.lines == BatchName.linesMax + 1)
        #expect(summary.oldest == Timestamp(nanoseconds: 1_000_000_000))
    }

    @Test("the last error is told with its time, as long as it is there")
    func lastError() throws {
        let data = try DataFolder()
        let layout = OutboxLayout(dataFolder: data.path)
        try data.keep(DataFolder.name(999_999_999, lines: 1))
        LastError(time: Timestamp(nanoseconds: 0), message: "no\n\"route\"").write(layout)

        #expect(LastError.read(layout)?.message == "no\n\"route\"")
        #expect(try text(data)[1] == "      last error 1970-01-01T00:00:00Z: no")
        let json = try JSONCursor(Array(try report(data).json().utf8), name: "report")
        let entry = try #require(try json.member("destinations")?.elements().first)
        #expect(try entry.member("last_error")?.string() == "no\n\"route\"")
        for text in ["", "{", "{\"format\":2,\"time\":\"1970-01-01T00:00:00Z\",\"message\":\"x\"}", "{\"format\":1}"] {
            try data.write(text, to: layout.folder + "/.last-error")
            #expect(LastError.read(layout) == nil, "\(text)")
        }
        LastError.remove(layout)
        #expect(!data.files().contains { $0.contains("last-error") })
    }

    @Test("as JSON it has every number")
    func json() throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(999_999_940, lines: 2))
        try data.keep(DataFolder.name(999_999_950, lines: 3))
        try data.letter("m v=1 1")

        let json = try JSONCursor(Array(try report(data).json().utf8), name: "report")
        let main = try #require(try json.member("destinations")?.elements().first)

        #expect(try json.member("folder")?.string() == data.path)
        #expect(try main.member("name")?.string() == "main")
        #expect(try main.member("points")?.int64() == 5 && main.member("batches")?.int64() == 2)
        #expect(try main.member("bytes")?.int64() ?? 0 > 40)
        #expect(try main.member("oldest")?.string() == "2001-09-09T01:45:40Z")
        #expect(try main.member("oldest_age_seconds")?.int64() == 60)
        #expect(try main.member("is_being_sent")?.boolean() == false)
        #expect(try main.member("dead_letters")?.int64() == 1)
        #expect(try main.member("buckets")?.elements().first?.member("bucket")?.string() == "b")
    }

    @Test("a folder that cannot be read is told by its path")
    func unreadable() throws {
        let data = try DataFolder()
        try data.write("x", to: data.path + "/outbox")

        let error = #expect(throws: OutboxError.self) { try report(data) }

        #expect(error?.description.contains(data.path + "/outbox") == true, "\(String(describing: error))")
    }

    @Test("one destination that cannot be read hides no other", arguments: ["outbox", "dead-letters"])
    func partlyUnreadable(folder: String) throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(999_999_940, lines: 2))
        try data.letter("m v=1 1", destination: "other")
        try data.keep(DataFolder.name(1, lines: 2), of: "other")
        try FileManager.default.removeItem(atPath: "\(data.path)/\(folder)/other")
        try data.write("x", to: "\(data.path)/\(folder)/other")

        let report = try report(data)
        let lines = try text(data)

        #expect(!report.isReadable && !report.isEmpty)
        #expect(lines.contains { $0.contains("cannot be read: ") && $0.contains("DATA/\(folder)/other") }, "\(lines)")
        #expect(lines[0].hasPrefix("main   2 points in 1 batch (") && lines.last == "send with: FLUSH", "\(lines)")
        let json = try JSONCursor(Array(report.json().utf8), name: "report")
        #expect(try json.member("destinations")?.elements()[1].member("problem")?.string().contains(folder) == true)
    }

    @Test("what is not sent any more has no hint to send it, but the reason")
    func obstacle() throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(1, lines: 2), of: "cold")
        let text = try report(data).text(flushCommand: "FLUSH", lettersCommand: "") { "\($0) is not named" }

        #expect(text.hasSuffix("\n      not sent: cold is not named"), "\(text)")
    }

    @Test(
        "sizes are told in few digits",
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (1_023, "1023 bytes"), (1_024, "1 KiB"), (1_536, "1.5 KiB"),
            (10_000, "9.7 KiB"), (10_240, "10 KiB"), (1 << 20, "1 MiB"), (2_500_000_000, "2.3 GiB"),
            (Int.max, "8388607 TiB"),
        ])
    func sizes(bytes: Int, text: String) {
        #expect(ByteText.text(bytes) == text)
    }
}
