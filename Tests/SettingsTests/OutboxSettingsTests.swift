import Settings
import Testing

@Suite("Settings of the outbox")
struct OutboxSettingsTests {
    @Test("without anything they are those of the writer, and what happens when it is full is left to the command")
    func defaults() throws {
        let outbox = try settings().outbox

        #expect(outbox.batchLines == 5_000)
        #expect(outbox.batchBytes == 4 << 20)
        #expect(outbox.batchTime == .seconds(1))
        #expect(outbox.bytesMax == 2 << 30)
        #expect(outbox.freeBytesMin == 512 << 20)
        #expect(outbox.ageMax == nil)
        #expect(outbox.whenFull == nil)
        #expect(outbox.sync == .everyBatch)
        #expect(outbox.deadLettersMax == 10_000)
        #expect(outbox.deadLettersBytesMax == 256 << 20)
    }

    @Test("each is read")
    func values() throws {
        let outbox = try settings([
            "COINLINE_BATCH_LINES": "1", "COINLINE_BATCH_BYTES": "64kib", "COINLINE_BATCH_TIME": "10m",
            "COINLINE_OUTBOX_MAX": "3GiB", "COINLINE_OUTBOX_MIN_FREE": "0B", "COINLINE_OUTBOX_MAX_AGE": "1d12h",
            "COINLINE_OUTBOX_WHEN_FULL": "Drop-Oldest", "COINLINE_OUTBOX_SYNC": "5s", "COINLINE_DEAD_LETTERS": "7",
            "COINLINE_DEAD_LETTERS_MAX": "1MiB",
        ]).outbox

        #expect(outbox.batchLines == 1 && outbox.batchBytes == 64 << 10 && outbox.batchTime == .seconds(600))
        #expect(outbox.bytesMax == 3 << 30 && outbox.freeBytesMin == 0)
        #expect(outbox.ageMax == .seconds(129_600) && outbox.whenFull == .dropOldest)
        #expect(outbox.sync == .interval(.seconds(5)))
        #expect(outbox.deadLettersMax == 7 && outbox.deadLettersBytesMax == 1 << 20)
    }

    private static let sizesCases: [(String, String?)] = [
        ("512MiB", "512MiB"), ("512mib", "512MiB"), ("1024KiB", "1MiB"), ("65536B", "64KiB"), ("65537b", "65537B"),
        ("1024TiB", "1024TiB"), ("2048GiB", "2TiB"), ("0512MiB", "512MiB"),
        ("65535B", nil), ("65535", nil), ("0", nil), ("1025TiB", nil), ("1PiB", nil), ("2GB", nil), ("2G", nil),
        ("2", nil), ("2147483648", "2GiB"), ("65536", "64KiB"),
        ("MiB", nil), ("1.5GiB", nil), ("-1GiB", nil), ("+1GiB", nil), ("1 GiB", nil), ("1GiB1MiB", nil), ("GiB2", nil),
        ("99999999999999999999GiB", nil), ("9223372036854775807TiB", nil), ("٢GiB", nil), ("0B", nil),
    ]

    @Test("a size is a whole number of bytes or with a binary unit, within its range", arguments: sizesCases)
    func sizes(text: String, expected: String?) {
        #expect((try? settings(["COINLINE_OUTBOX_MAX": text]))?.shown("COINLINE_OUTBOX_MAX") == expected)
    }

    @Test("a refused size is told with what may be given")
    func refusedSize() {
        #expect(
            problems(["COINLINE_OUTBOX_MIN_FREE": "1GB"]) == [
                "environment  COINLINE_OUTBOX_MIN_FREE is \"1GB\": "
                    + "give a size such as 512KiB or 4MiB, 0B to 1024TiB; the units are B, KiB, MiB, GiB, TiB"
            ])
        #expect(problems(["COINLINE_OUTBOX_MIN_FREE": "0"]).isEmpty)
    }

    @Test("an outbox that hardly holds two batches is warned of")
    func smallOutbox() throws {
        func warnings(_ size: String, _ batch: String) throws -> [String] {
            try settings(["COINLINE_OUTBOX_MAX": size, "COINLINE_BATCH_BYTES": batch]).warnings.map(\.description)
        }

        #expect(
            try warnings("1MiB", "1MiB") == [
                "environment  COINLINE_OUTBOX_MAX is 1MiB, less than twice COINLINE_BATCH_BYTES (1MiB): "
                    + "a batch may find no room"
            ])
        #expect(try warnings("2MiB", "1MiB").isEmpty)
    }

    private static let syncCases: [(String, OutboxSettings.Sync?)] = [
        ("every-batch", .everyBatch), ("EVERY-BATCH", .everyBatch), ("none", OutboxSettings.Sync.none),
        ("1s", .interval(.seconds(1))), ("1h", .interval(.seconds(3_600))), ("0s", nil), ("3601s", nil),
        ("interval", nil), ("5", nil), ("always", nil),
    ]

    @Test("the sync policy is a word or a length of time", arguments: syncCases)
    func sync(text: String, expected: OutboxSettings.Sync?) {
        #expect((try? settings(["COINLINE_OUTBOX_SYNC": text]))?.outbox.sync == expected)
    }

    @Test("a refused sync policy is told with what may be given")
    func refusedSync() {
        #expect(
            problems(["COINLINE_OUTBOX_SYNC": "often"]) == [
                "environment  COINLINE_OUTBOX_SYNC is \"often\": "
                    + "give every-batch, none or a length of time such as 5s or 1m, 1s to 1h"
            ])
    }

    private static let rangesCases: [(String, [String], [String])] = [
        ("COINLINE_BATCH_LINES", ["1", "100000"], ["0", "100001"]),
        ("COINLINE_BATCH_BYTES", ["64KiB", "16MiB"], ["65535B", "16777217B"]),
        ("COINLINE_BATCH_TIME", ["1s", "10m"], ["0s", "601s"]),
        ("COINLINE_OUTBOX_MAX_AGE", ["1m", "36500d"], ["59s", "36501d"]),
        ("COINLINE_OUTBOX_WHEN_FULL", ["block", "drop-oldest", "drop-newest"], ["drop", "dropOldest"]),
        ("COINLINE_DEAD_LETTERS", ["1", "1000000"], ["0", "1000001"]),
        ("COINLINE_DEAD_LETTERS_MAX", ["64KiB", "1024TiB"], ["65535B", "1025TiB"]),
    ]

    @Test("both ends of every range are taken, and what is beside them is refused", arguments: rangesCases)
    func ranges(name: String, good: [String], bad: [String]) {
        for text in good { #expect(problems([name: text]).isEmpty, "\(text)") }
        for text in bad { #expect(problems([name: text]).count == 1, "\(text)") }
    }
}

extension Settings {
    /// What `config` shows.
    fileprivate func shown(_ name: String) -> String? {
        entries.first { $0.name == name }?.value
    }
}
