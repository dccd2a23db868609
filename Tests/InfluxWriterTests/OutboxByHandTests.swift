import CoinlineFiles
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("An outbox in which something is taken away between two steps")
struct OutboxByHandTests {
    private let world: OutboxWorld

    init() throws {
        world = try OutboxWorld()
    }

    @Test("a batch that a policy dropped after it was chosen is counted once, and is not sent")
    func droppedMeanwhile() async throws {
        let bytes = try Sample.batch(1).body.count
        let outbox = try await world.owner {
            $0.capacity.bytesMax = 3 * bytes
            $0.capacity.whenFull = .dropOldest
        }
        for time in 1...3 { _ = try await outbox.append(Sample.batch(UInt64(time)), to: world.bucket) }
        let chosen = try #require(try await outbox.oldest(limit: 1).first)
        _ = try await outbox.append(Sample.batch(4), to: world.bucket)

        let taken = try await outbox.take(chosen)
        #expect(taken == nil)
        let isSetAside = try await outbox.setAside(chosen, reason: "a reason")
        #expect(!isSetAside && world.letterNames.isEmpty)

        try await world.checkBalance(outbox)
        let counts = await outbox.counts
        #expect(counts.all.dropped == 2 && counts.all.vanished == 0 && counts.all.deadLettered == 0)
        #expect(counts.ownPending == 6)
        try await outbox.rescan()
        #expect(await outbox.counts.takenUp == 0)
    }

    @Test("a batch beyond the window can be set aside")
    func beyondTheWindow() async throws {
        let outbox = try await world.owner { $0.windowMax = 2 }
        for time in 1...5 { _ = try await outbox.append(Sample.batch(UInt64(time)), to: world.bucket) }
        let last = PendingFile(bucket: world.bucket, name: Sample.name(5), bytes: try Sample.batch(5).body.count)

        let isSetAside = try await outbox.setAside(last, reason: "a reason")
        #expect(isSetAside && world.letterNames.count == 2)
        try await world.checkBalance(outbox)
    }

    @Test("a batch whose file went before it could be set aside leaves no letter and counts as taken away")
    func goneBeforeLetter() async throws {
        let outbox = try await world.owner()
        _ = try await outbox.append(Sample.batch(1), to: world.bucket)
        let (file, _) = try #require(try await outbox.takeOldest())
        try FileManager.default.removeItem(atPath: world.path(file.name.fileName))

        let isSetAside = try await outbox.setAside(file, reason: "a reason")
        #expect(!isSetAside && world.letterNames.isEmpty)
        let counts = await outbox.counts.all
        #expect(counts.vanished == 2 && counts.deadLettered == 0)
        #expect(await outbox.status.disk == .usable)
        try await world.checkBalance(outbox)
    }

    @Test("under an interval, a bucket's folder that went is nothing to wait for")
    func folderGone() async throws {
        let outbox = try await world.owner { $0.sync = .interval(.seconds(1)) }
        _ = try await outbox.append(Sample.batch(1), to: world.bucket)
        try FileManager.default.removeItem(atPath: world.layout.folder(of: world.bucket))

        try await outbox.syncAppended()
        #expect(await outbox.unsynced.isEmpty)
    }

    @Test("a look at many buckets in which nothing changed costs a look at each")
    func manyBuckets() async throws {
        for number in 0..<1_500 { try Files.makeFolders(world.layout.folder(of: Bucket("b\(number)"))) }
        let outbox = try await world.owner()
        let clock = ContinuousClock()
        var best = Duration.seconds(3_600)
        for _ in 0..<5 {
            best = min(best, try await clock.measure { () async throws in try await outbox.rescan() })
        }
        // Every bucket again for each of them took 100 times as long, every time. This machine may have other things
        // to do.
        #expect(best < .seconds(3))
        _ = try await outbox.append(Sample.batch(1), to: Bucket("b7"))
        _ = try await outbox.append(Sample.batch(2), to: Bucket("b8"))
        let status = outbox.lastStatus
        #expect(status.totals.batches == 2 && status.oldest == Sample.name(1))
        #expect(await outbox.newest == Sample.name(2))
    }

    @Test("one bucket's folder that takes nothing shows, whatever others take, until it does")
    func unusableFolder() async throws {
        let outbox = try await world.owner()
        try world.folder.write("", to: "outbox/main/\(Bucket("bad").folderName)")
        await #expect(throws: OutboxError.self) { try await outbox.append(Sample.batch(1), to: Bucket("bad")) }
        _ = try await outbox.append(Sample.batch(2), to: world.bucket)
        try await outbox.rescan()
        #expect(await outbox.status.disk != .usable)
        #expect(world.events.filter { if case .disk = $0 { true } else { false } }.count == 1)

        try FileManager.default.removeItem(atPath: world.layout.folder(of: Bucket("bad")))
        try await outbox.rescan()
        #expect(await outbox.status.disk == .usable)
    }
}
