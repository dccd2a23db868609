import CoinlineFiles
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Outbox")
struct OutboxTests {
    private let world: OutboxWorld

    init() throws {
        world = try OutboxWorld()
    }

    // MARK: Adding and acknowledging

    @Test("an appended batch lies where the format says, with its bytes, and goes when it is acknowledged")
    func life() async throws {
        let outbox = try await world.owner()
        let batch = try Sample.batch(16, lines: 3)

        let appended = try await outbox.append(batch, to: Bucket("db/rp"))

        let file = PendingFile(bucket: Bucket("db/rp"), name: batch.name, bytes: batch.body.count)
        #expect(appended == .stored(file))
        let path = world.folder.file("outbox/main/db%2Frp/0000000000000010-00000001-00000000-ms-3.lp.gz")
        #expect(FileManager.default.contents(atPath: path) == Data(batch.body))
        try await world.checkBalance(outbox)
        #expect(await outbox.status.totals == PendingTotals(batches: 1, lines: 3, bytes: batch.body.count))
        #expect(await outbox.status.oldest == batch.name)

        #expect(try await outbox.oldest(limit: 5) == [file])
        #expect(try await outbox.take(file)?.body == batch.body)
        // In somebody's hands it is nobody else's.
        #expect(try await outbox.oldest(limit: 5).isEmpty)
        #expect(try await outbox.take(file) == nil)
        await outbox.acknowledge(file)
        await outbox.acknowledge(file)

        try await world.checkBalance(outbox)
        let status = await outbox.status
        #expect(
            status.counts.all.acknowledged == 3 && status.counts.all.appended == 3 && status.totals == PendingTotals())
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("the oldest come first over all buckets, without those that are held, in hand or excluded")
    func order() async throws {
        let outbox = try await world.owner()
        for (time, bucket) in [(30, "a"), (10, "b"), (20, "a"), (40, "c")] as [(UInt64, String)] {
            _ = try await outbox.append(Sample.batch(time), to: Bucket(bucket))
        }
        func times(excluding: Set<BatchName> = [], without: Set<Bucket> = []) async throws -> [UInt64] {
            try await outbox.oldest(limit: 3, excluding: excluding, without: without).map(\.name.sealedMicroseconds)
        }

        #expect(try await times() == [10, 20, 30])
        #expect(try await times(without: [Bucket("a")]) == [10, 40])
        #expect(try await times(excluding: [Sample.name(20)]) == [10, 30, 40])
        let (file, _) = try #require(try await outbox.takeOldest())
        #expect(try await times() == [20, 30, 40])
        await outbox.release(file)
        #expect(try await times() == [10, 20, 30])
    }

    @Test("a bucket without a name, or with one too long for a folder, is refused")
    func badBucket() async throws {
        let outbox = try await world.owner()
        for name in ["", String(repeating: "é", count: 40)] {
            await #expect(throws: OutboxError.bucket(name)) {
                try await outbox.append(Sample.batch(1), to: Bucket(name))
            }
        }
        try await world.checkBalance(outbox)
    }

    @Test("the newest name is known, so that clocks which jump make no batch older than those that wait")
    func clockJumps() async throws {
        try world.put(Sample.batch(9_000_000))
        let outbox = try await world.owner()
        _ = try await outbox.append(Sample.batch(5_000_000, writer: 7), to: Bucket("other"))
        #expect(await outbox.newest == Sample.name(9_000_000))

        var namer = BatchNamer(newest: await outbox.newest, writer: 7) { Timestamp(nanoseconds: 1) }
        let next = namer.next(precision: .milliseconds, lines: 1)
        #expect(next.sealedMicroseconds == 9_000_001)
    }

    // MARK: Taking up

    @Test("what waits is taken up at the start and counted as it is on disk")
    func restart() async throws {
        let first = try await world.owner()
        for time in 1...5 { _ = try await first.append(Sample.batch(UInt64(time), lines: time), to: world.bucket) }
        let (file, _) = try #require(try await first.takeOldest())
        await first.acknowledge(file)
        await first.close()

        let second = try await world.owner()

        try await world.checkBalance(second)
        #expect(await second.status.counts.atStart == 2 + 3 + 4 + 5)
        #expect(world.events.last == .owned(await second.totals))
        #expect(try await second.takeOldest()?.batch.body == Sample.batch(2, lines: 2).body)
    }

    @Test("a damaged batch of an earlier process becomes a dead letter with its bytes, and the next one has its turn")
    func damaged() async throws {
        let good = try Sample.batch(9)
        let torn = BatchFile(name: Sample.name(1), body: Array(try Sample.batch(1).body.dropLast(3)))
        let empty = BatchFile(name: Sample.name(2), body: [])
        for batch in [torn, empty, good] { try world.put(batch) }
        let outbox = try await world.owner()

        var taken: BatchFile?
        for file in try await outbox.oldest(limit: 3) {
            taken = try await outbox.take(file)
        }

        #expect(taken?.name == good.name)
        try await world.checkBalance(outbox)
        #expect(await outbox.status.counts.all.deadLettered == 4)
        let letters = outbox.letters
        let names = try letters.names()
        #expect(names == [DeadLetterName(torn.name, line: 0), DeadLetterName(empty.name, line: 0)])
        let letter = try #require(try letters.read(names[0]))
        #expect(letter.reason == "the file ends too early" && letter.lines == 2 && letter.bucket == world.bucket)
        #expect(try letters.body(of: letter) == torn.body)
        #expect(world.events.filter { if case .setAside = $0 { true } else { false } }.count == 2)
    }

    @Test("what this process wrote is not looked at twice, what another wrote is, also after it was put back")
    func verification() async throws {
        let outbox = try await world.owner()
        _ = try await outbox.append(Sample.batch(5, writer: 1), to: world.bucket)
        try world.put([1, 2, 3], Sample.name(6, writer: 1).fileName)
        try world.put([1, 2, 3], Sample.name(7, writer: 2).fileName)
        try await outbox.rescan()

        let files = try await outbox.oldest(limit: 3)
        #expect(try await outbox.take(files[1])?.body == [1, 2, 3])
        #expect(try await outbox.take(files[2]) == nil)
        try await world.checkBalance(outbox)
    }

    @Test("files and folders that are none of ours are told once and left alone")
    func foreign() async throws {
        try world.put(Sample.batch(5))
        try world.put(Array("real\n".utf8), ".origin")
        try world.put([1], "notes.txt")
        try world.put([1], "0.lp.gz")
        try world.put([1], Sample.name(1).fileName + ".dropped2")
        try FileManager.default.createDirectory(
            atPath: world.path(Sample.name(2).fileName), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: world.path(Sample.name(3).fileName), withDestinationPath: "/etc/passwd")
        try world.folder.write("", to: "outbox/main/a file")
        let before = world.names()

        let outbox = try await world.owner()
        try await outbox.rescan()
        try await outbox.rescan()

        let told = world.events.compactMap { if case .foreign(let path) = $0 { path } else { nil } }.sorted()
        let expected =
            ["0.lp.gz", "notes.txt", Sample.name(1).fileName + ".dropped2", Sample.name(2).fileName]
            + [Sample.name(3).fileName]
        #expect(told == (expected.map { world.path($0) } + [world.folder.file("outbox/main/a file")]).sorted())
        #expect(try await outbox.oldest(limit: 9).map(\.name) == [Sample.name(5)])
        #expect(world.names() == before)
        try await world.checkBalance(outbox)
    }

    @Test("temporaries of dead processes go, one that is being written stays")
    func temporaries() async throws {
        try world.put([1], ".tmp-dead")
        try world.folder.write("x", to: "outbox/main/b/.tmp-alive")
        let alive = open(world.path(".tmp-alive"), O_WRONLY)
        #expect(flock(alive, LOCK_EX | LOCK_NB) == 0)
        let others = ["outbox/main", "dead-letters/main", "schema"].map { world.folder.file($0) }
        for folder in others {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try Data([1]).write(to: URL(fileURLWithPath: folder + "/.tmp-dead"))
        }

        let outbox = try await world.owner()

        #expect(world.names() == [".tmp-alive"])
        #expect(world.events.contains(.swept(world.bucket, files: 1)))
        for folder in others { #expect(!FileManager.default.fileExists(atPath: folder + "/.tmp-dead"), "\(folder)") }
        close(alive)
        await outbox.close()
    }

    @Test("a batch that was taken away by hand is not counted as sent")
    func vanished() async throws {
        let outbox = try await world.owner()
        for time in 1...3 { _ = try await outbox.append(Sample.batch(UInt64(time)), to: world.bucket) }
        let files = try await outbox.oldest(limit: 3)
        let inHand = try await outbox.take(files[0])
        #expect(inHand != nil)
        for file in files { try FileManager.default.removeItem(atPath: world.path(file.name.fileName)) }

        #expect(try await outbox.take(files[1]) == nil)
        try await outbox.rescan()
        await outbox.acknowledge(files[0])

        try await world.checkBalance(outbox)
        let counts = await outbox.status.counts
        #expect(counts.all.vanished == 4 && counts.all.acknowledged == 2)
    }

    // MARK: Pieces

    @Test("a split puts pieces in the place of a batch, and they are sent in its turn")
    func split() async throws {
        let outbox = try await world.owner()
        for time in [1, 2] { _ = try await outbox.append(Sample.batch(UInt64(time), lines: 5), to: world.bucket) }
        let (file, _) = try #require(try await outbox.takeOldest())

        let pieces = try await outbox.split(file, into: Sample.pieces(of: file.name, [2, 3]))

        #expect(try await outbox.oldest(limit: 9).map(\.name) == pieces.map(\.name) + [Sample.name(2, lines: 5)])
        try await world.checkBalance(outbox)
        let (half, _) = try #require(try await outbox.takeOldest())
        let quarters = try await outbox.split(half, into: Sample.pieces(of: half.name, [1, 1]))
        #expect(try await outbox.oldest(limit: 2) == quarters)
        try await world.checkBalance(outbox)
        #expect(await outbox.totals.lines == 10)
    }

    @Test("pieces that do not add up are refused, and the batch stays in hand")
    func wrongPieces() async throws {
        let outbox = try await world.owner()
        _ = try await outbox.append(Sample.batch(1, lines: 5), to: world.bucket)
        let (file, _) = try #require(try await outbox.takeOldest())
        let error = OutboxError.pieces(file.name.id)

        for pieces in try [
            Sample.pieces(of: file.name, [2, 2]), Sample.pieces(of: file.name, [5]), [],
            Sample.pieces(of: Sample.name(2, lines: 5), [2, 3]),
        ] {
            await #expect(throws: error) { try await outbox.split(file, into: pieces) }
        }
        let rest = try Sample.pieces(of: file.name, [5])[0]
        for numbers in [[1], [0], [6], [1, 1]] {
            let refused = numbers.map { (line: $0, letter: Sample.letter()) }
            await #expect(throws: error) { try await outbox.excise(file, refused: refused, rest: rest) }
        }
        #expect(world.names() == [file.name.fileName] && world.letterNames.isEmpty)
        try await world.checkBalance(outbox)
    }

    @Test("lines that are cut out become dead letters under the batch's id, and the rest takes its place")
    func excise() async throws {
        let outbox = try await world.owner()
        _ = try await outbox.append(Sample.batch(1, lines: 5), to: world.bucket)
        let (file, _) = try #require(try await outbox.takeOldest())
        let rest = try Sample.pieces(of: file.name, [3])[0]

        let left = try await outbox.excise(
            file, refused: [(1, Sample.letter("first")), (5, Sample.letter("last"))], rest: rest)

        #expect(left?.name == rest.name && world.names() == [rest.name.fileName])
        #expect(try outbox.letters.names() == [1, 5].map { DeadLetterName(file.name, line: $0) })
        try await world.checkBalance(outbox)
        #expect(await outbox.status.counts.all.deadLettered == 2)
    }

    @Test("of a batch that was stored but for some lines, the others count as acknowledged")
    func partial() async throws {
        let outbox = try await world.owner()
        _ = try await outbox.append(Sample.batch(1, lines: 5), to: world.bucket)
        let (file, _) = try #require(try await outbox.takeOldest())

        let left = try await outbox.excise(file, refused: [(2, Sample.letter())], rest: nil)

        #expect(left == nil && world.names().isEmpty)
        try await world.checkBalance(outbox)
        let counts = await outbox.status.counts
        #expect(counts.all.deadLettered == 1 && counts.all.acknowledged == 4)
    }

    @Test("over their cap the oldest dead letters go, and that is told")
    func letterCap() async throws {
        let outbox = try await world.owner { $0.letters.lettersMax = 3 }
        for time in 1...3 {
            _ = try await outbox.append(Sample.batch(UInt64(time), lines: 2), to: world.bucket)
            let (file, _) = try #require(try await outbox.takeOldest())
            _ = try await outbox.excise(file, refused: [(1, Sample.letter()), (2, Sample.letter())], rest: nil)
        }

        #expect(world.letterNames.count == 3)
        #expect(await outbox.status.discardedLetters == 3)
        #expect(world.events.suffix(2) == [.lettersDiscarded(1), .lettersDiscarded(2)])
        try await world.checkBalance(outbox)
    }

    // MARK: Synced later

    @Test("under an interval, what was appended is synced when asked for, whether or not it is still there")
    func interval() async throws {
        let outbox = try await world.owner { $0.sync = .interval(.seconds(1)) }
        for time in 1...3 { _ = try await outbox.append(Sample.batch(UInt64(time)), to: world.bucket) }
        let (file, _) = try #require(try await outbox.takeOldest())
        await outbox.acknowledge(file)
        #expect(await outbox.unsynced.count == 3)

        try await outbox.syncAppended()

        #expect(await outbox.unsynced.isEmpty)
        try await world.checkBalance(outbox)
    }
}
