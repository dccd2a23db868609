import CoinlineFiles
import Foundation
import Synchronization
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Outbox without room")
struct OutboxRoomTests {
    private let world: OutboxWorld
    private let batchBytes: Int

    init() throws {
        world = try OutboxWorld()
        batchBytes = try Sample.batch(1).body.count
    }

    private func append(_ times: [UInt64], to outbox: Outbox, writer: UInt32 = 1) async throws {
        for time in times { _ = try await outbox.append(Sample.batch(time, writer: writer), to: world.bucket) }
    }

    private var drops: [(PendingTotals, DropReason)] {
        world.events.compactMap { if case .dropped(let totals, let reason) = $0 { (totals, reason) } else { nil } }
    }

    @Test("a full outbox that blocks takes nothing and loses nothing, and takes again when something was sent")
    func block() async throws {
        let outbox = try await world.owner { $0.capacity.bytesMax = 2 * batchBytes }
        try await append([1, 2], to: outbox)

        await #expect(throws: OutboxError.noRoom(.bytes, wait: .seconds(10))) { try await append([3], to: outbox) }
        try await world.checkBalance(outbox)
        #expect(await outbox.status.counts.all.appended == 4)

        let (file, _) = try #require(try await outbox.takeOldest())
        await outbox.acknowledge(file)
        try await append([3], to: outbox)
        try await world.checkBalance(outbox)
    }

    @Test("dropOldest takes away the oldest that nobody is sending, and tells how much")
    func dropOldest() async throws {
        let outbox = try await world.owner {
            $0.capacity.bytesMax = 3 * batchBytes
            $0.capacity.whenFull = .dropOldest
        }
        try await append([1, 2, 3], to: outbox)
        let (sending, _) = try #require(try await outbox.takeOldest())

        try await append([4, 5], to: outbox)

        #expect(world.names() == [1, 4, 5].map { Sample.name($0).fileName })
        #expect(drops.map(\.0.lines) == [2, 2] && drops.allSatisfy { $0.1 == .room(.bytes) })
        await outbox.acknowledge(sending)
        try await world.checkBalance(outbox)
        let counts = await outbox.status.counts
        #expect(counts.all.dropped == 4 && counts.all.acknowledged == 2 && counts.all.appended == 10)
    }

    @Test("what another writer waits for leaves a mark without content, which goes after an hour")
    func marks() async throws {
        try world.put(Sample.batch(1, writer: 9))
        let outbox = try await world.owner {
            $0.capacity.bytesMax = batchBytes
            $0.capacity.whenFull = .dropOldest
        }

        try await append([2, 3], to: outbox)

        let mark = Sample.name(1, writer: 9).fileName + ".dropped"
        #expect(world.names() == [mark, Sample.name(3).fileName])
        #expect(try Files.facts(of: world.path(mark))?.bytes == 0)
        try await world.checkBalance(outbox)

        // As a crash between the two steps of a drop leaves it.
        try world.put([1, 2, 3], mark)
        await outbox.close()
        let second = try await world.owner()
        #expect(try Files.facts(of: world.path(mark))?.bytes == 0)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3_700)], ofItemAtPath: world.path(mark))
        await second.close()
        let third = try await world.owner()
        #expect(world.names() == [Sample.name(3).fileName])
        await third.close()
    }

    @Test("dropNewest gives up the new batch, which counts as accepted and dropped")
    func dropNewest() async throws {
        let outbox = try await world.owner {
            $0.capacity.bytesMax = batchBytes
            $0.capacity.whenFull = .dropNewest
        }
        try await append([1], to: outbox)

        let second = try await outbox.append(Sample.batch(2), to: world.bucket)

        #expect(second == .dropped(.bytes) && world.names() == [Sample.name(1).fileName])
        try await world.checkBalance(outbox)
        #expect(await outbox.status.counts.all.dropped == 2)
    }

    @Test("free space is asked of the disk and kept, and a disk that others filled costs no more than is added")
    func freeSpace() async throws {
        let free = Mutex(0)
        let outbox = try await world.owner {
            $0.capacity.freeBytesMin = 1_000
            $0.capacity.whenFull = .dropOldest
            $0.freeBytes = { _ in free.withLock { $0 } }
        }
        await #expect(throws: OutboxError.noRoom(.freeBytes, wait: nil)) { try await append([1], to: outbox) }
        free.withLock { $0 = 1_000_000 }
        try await append(Array(1...5), to: outbox)
        free.withLock { $0 = 0 }

        try await append([6], to: outbox)

        #expect(world.names() == (2...6).map { Sample.name($0).fileName })
        #expect(drops.map(\.1) == [.room(.freeBytes)])
        try await world.checkBalance(outbox)
    }

    @Test("what is older than may be is dropped at the next look, in room or not")
    func age() async throws {
        let now = Mutex<Int64>(0)
        let outbox = try await world.owner {
            $0.capacity.ageMax = .seconds(10)
            $0.now = { Timestamp(nanoseconds: now.withLock { $0 }) }
            $0.windowMax = 2
        }
        try await append([1_000_000, 2_000_000, 3_000_000, 4_000_000, 9_000_000], to: outbox)

        now.withLock { $0 = 14_000_001_000 }
        try await outbox.rescan()

        #expect(world.names() == [Sample.name(9_000_000).fileName])
        #expect(drops.count == 1 && drops[0].0.batches == 4 && drops[0].1 == .age)
        try await world.checkBalance(outbox)
    }

    @Test("a process that is not the owner drops nothing that waits, and waits itself as one that blocks")
    func guest() async throws {
        let owner = try await world.owner()
        try await append([1], to: owner)
        let guest = try world.outbox {
            $0.capacity.bytesMax = batchBytes
            $0.capacity.whenFull = .dropOldest
        }
        let isOwner = try await guest.open()
        #expect(!isOwner)

        await #expect(throws: OutboxError.noRoom(.bytes, wait: .seconds(10))) {
            try await append([2], to: guest, writer: 2)
        }
        #expect(world.names() == [Sample.name(1).fileName])
        await #expect(throws: OutboxError.notOwner) { _ = try await guest.takeOldest() }
        await owner.close()
    }
}

@Suite("Outbox on a small disk", .timeLimit(.minutes(8)), .requiresNamespaces, .inNamespaces)
struct OutboxDiskTests {
    private let world: OutboxWorld

    init() throws {
        world = try OutboxWorld()
    }

    /// 30,000 bytes that cannot be compressed.
    private func bigBatch(_ time: UInt64) throws -> BatchFile {
        var generator = SeededGenerator()
        let text = (0..<40_000).map { _ in String(UInt8.random(in: 0x30...0x7A, using: &generator)) }.joined()
        return BatchFile(name: Sample.name(time, lines: 1), body: try Sample.body(["m v=\"\(text)\""]))
    }

    @Test("a full disk is a state: nothing is accepted, nothing is lost, and it works again when there is room")
    func full() async throws {
        let disk = try await SmallDisk(on: world.folder.path, kibibytes: 256)
        let outbox = try await world.owner()
        _ = try await outbox.append(bigBatch(1), to: world.bucket)
        try disk.fill()

        await #expect { try await outbox.append(bigBatch(2), to: world.bucket) } throws: { error in
            if case OutboxError.diskFull? = error as? OutboxError { true } else { false }
        }
        if case .full = await outbox.status.disk {} else { Issue.record("\(await outbox.status.disk)") }
        #expect(world.names() == [Sample.name(1, lines: 1).fileName])
        try await world.checkBalance(outbox)

        // What is there can be sent, which makes room.
        let (file, batch) = try #require(try await outbox.takeOldest())
        #expect(try batch.body == bigBatch(1).body)
        await outbox.acknowledge(file)
        _ = try await outbox.append(bigBatch(2), to: world.bucket)
        #expect(await outbox.status.disk == .usable)
        try await world.checkBalance(outbox)
        #expect(world.events.filter { if case .disk = $0 { true } else { false } }.count == 2)
    }

    @Test("a split or an excision for which the disk has no room leaves the batch whole and nothing twice")
    func fullWhileSplitting() async throws {
        let disk = try await SmallDisk(on: world.folder.path, kibibytes: 512)
        let outbox = try await world.owner()
        let big = try bigBatch(1)
        let parent = BatchFile(name: Sample.name(1, lines: 2), body: big.body + (try Sample.body(["m v=1"])))
        _ = try await outbox.append(parent, to: world.bucket)
        let (file, _) = try #require(try await outbox.takeOldest())
        try disk.fill()
        // Room for the first piece, not for the second.
        try disk.free(40 << 10)
        let pieces = try Sample.pieces(of: file.name, [1, 1])

        await #expect(throws: OutboxError.self) {
            try await outbox.split(
                file,
                into: [BatchFile(name: pieces[0].name, body: big.body)] + [
                    BatchFile(name: pieces[1].name, body: big.body)
                ])
        }
        #expect(world.names() == [file.name.fileName])
        try disk.fill()
        await #expect(throws: OutboxError.self) {
            try await outbox.excise(file, refused: [(1, Sample.letter())], rest: pieces[0])
        }
        #expect(world.names() == [file.name.fileName])
        try await world.checkBalance(outbox)

        try disk.empty()
        let done = try await outbox.split(file, into: pieces)
        #expect(done.count == 2)
        try await world.checkBalance(outbox)
    }

    @Test("letters of which some find no room are not accepted, and none of them is left")
    func fullWhileBurying() async throws {
        let disk = try await SmallDisk(on: world.folder.path, kibibytes: 256)
        let outbox = try await world.owner()
        try Files.makeFolders(world.layout.deadLetterFolder)
        try disk.fill()
        // Room for some.
        try disk.free(16 << 10)
        let letters = (1...9).map { Sample.letter("m v=\($0)") }

        await #expect(throws: OutboxError.self) { try await outbox.append(letters, as: Sample.name(1, lines: 9)) }
        #expect(world.letterNames.isEmpty)
        #expect(await outbox.counts == OutboxCounts())

        try disk.empty()
        try await outbox.append(letters, as: Sample.name(1, lines: 9))
        #expect(world.letterNames.count == 9)
        #expect(await outbox.counts.all.deadLettered == 9)
        try await world.checkBalance(outbox)
    }

    @Test("a batch that cannot be moved beside its letter stays, and the letter goes")
    func readOnlyWhileSettingAside() async throws {
        // Of another file system, so its bytes are copied and only then it cannot be removed.
        try Files.makeFolders(world.layout.folder(of: world.bucket))
        let disk = try await SmallDisk(on: world.layout.folder(of: world.bucket), kibibytes: 256)
        let outbox = try await world.owner()
        _ = try await outbox.append(Sample.batch(1), to: world.bucket)
        let (file, _) = try #require(try await outbox.takeOldest())
        try await disk.setReadOnly(true)

        await #expect(throws: OutboxError.self) { try await outbox.setAside(file, reason: "a reason") }
        #expect(world.letterNames.isEmpty && world.names() == [file.name.fileName])
        try await world.checkBalance(outbox)

        try await disk.setReadOnly(false)
        let isSetAside = try await outbox.setAside(file, reason: "a reason")
        #expect(isSetAside && world.letterNames.count == 2 && world.names().isEmpty)
        try await world.checkBalance(outbox)
    }

    @Test("letters that were written in vain and cannot be removed go at a later look, but for those written again")
    func vainLetters() async throws {
        try Files.makeFolders(world.layout.deadLetterFolder)
        let disk = try await SmallDisk(on: world.layout.deadLetterFolder, kibibytes: 256)
        let outbox = try await world.owner()
        let names = (1...2).map { DeadLetterName(Sample.name(UInt64($0), lines: 1), line: 1) }
        try outbox.letters.put(names.map { (name: $0, letter: Sample.letter()) })
        try await disk.setReadOnly(true)
        await outbox.takeBack(names)
        try await outbox.rescan()
        #expect(world.letterNames == names.map(\.description))

        try await disk.setReadOnly(false)
        try await outbox.append([Sample.letter()], as: Sample.name(2, lines: 1))
        try await outbox.rescan()
        #expect(world.letterNames == [names[1].description])
        #expect(await outbox.vainLetters.isEmpty)
    }

    @Test("that another process has the lock says nothing about a disk that is full")
    func fullBesideOwner() async throws {
        let disk = try await SmallDisk(on: world.folder.path, kibibytes: 256)
        let owner = try await world.owner()
        let guest = try world.outbox()
        let isOwner = try await guest.open()
        #expect(!isOwner)
        try disk.fill()
        for _ in 0..<3 {
            await #expect(throws: OutboxError.self) { try await guest.append(Sample.batch(1), to: world.bucket) }
            _ = try await guest.open()
            if case .full = await guest.status.disk {} else { Issue.record("\(await guest.status.disk)") }
        }
        #expect(!world.events.contains(.disk(.usable)))
        await owner.close()
    }

    @Test("dropping makes room on a full disk, since a mark needs none")
    func dropWhenFull() async throws {
        let disk = try await SmallDisk(on: world.folder.path, kibibytes: 256)
        try world.put(BatchFile(name: Sample.name(1, writer: 5, lines: 1), body: bigBatch(1).body))
        let outbox = try await world.owner {
            $0.capacity.freeBytesMin = 8_192
            $0.capacity.whenFull = .dropOldest
            $0.freeBytes = { OutboxConfiguration.systemFreeBytes(at: $0) }
        }
        try disk.fill()

        _ = try await outbox.append(bigBatch(2), to: world.bucket)

        let mark = Sample.name(1, writer: 5, lines: 1).fileName + ".dropped"
        #expect(world.names() == [mark, Sample.name(2, lines: 1).fileName])
        try await world.checkBalance(outbox)
    }

    @Test("what was acknowledged while the disk was read-only is not sent again, and deleted when it can be")
    func readOnly() async throws {
        // Only the bucket's folder: the lock is an open file, and a disk with one cannot be made read-only.
        try Files.makeFolders(world.layout.folder(of: world.bucket))
        let disk = try await SmallDisk(on: world.layout.folder(of: world.bucket), kibibytes: 256)
        let outbox = try await world.owner()
        for time in 1...2 { _ = try await outbox.append(Sample.batch(UInt64(time)), to: world.bucket) }
        try await disk.setReadOnly(true)

        let (file, _) = try #require(try await outbox.takeOldest())
        await outbox.acknowledge(file)
        await #expect { try await outbox.append(Sample.batch(3), to: world.bucket) } throws: { error in
            if case OutboxError.readOnly? = error as? OutboxError { true } else { false }
        }
        try await outbox.rescan()

        if case .readOnly = await outbox.status.disk {} else { Issue.record("\(await outbox.status.disk)") }
        #expect(try await outbox.oldest(limit: 5).map(\.name) == [Sample.name(2)])
        #expect(await outbox.totals.lines == 2)

        try await disk.setReadOnly(false)
        try await outbox.rescan()
        #expect(world.names() == [Sample.name(2).fileName])
        _ = try await outbox.append(Sample.batch(3), to: world.bucket)
        try await world.checkBalance(outbox)
        #expect(await outbox.status.disk == .usable)
    }
}
