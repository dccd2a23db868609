import CoinlineFiles
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Outbox shared by processes")
struct OutboxSharingTests {
    private let world: OutboxWorld

    init() throws {
        world = try OutboxWorld()
    }

    private func guest() async throws -> Outbox {
        let guest = try world.outbox()
        let isOwner = try await guest.open()
        try #require(!isOwner)
        return guest
    }

    /// Two looks, as a waiting process takes them.
    private func fates(of awaited: inout AwaitedBatches, _ guest: Outbox) async throws -> [BatchName:
        AwaitedBatches.Fate]
    {
        let first = awaited.note(try await guest.traces(of: awaited.names, in: world.bucket))
        #expect(first.isEmpty)
        return awaited.note(try await guest.traces(of: awaited.names, in: world.bucket))
    }

    @Test("what another process adds is taken up at the next look, in buckets new and old, and counted as accepted")
    func takingUp() async throws {
        let owner = try await world.owner()
        _ = try await owner.append(Sample.batch(1), to: world.bucket)
        let guest = try await guest()

        _ = try await guest.append(Sample.batch(2, writer: 2, lines: 3), to: world.bucket)
        _ = try await guest.append(Sample.batch(3, writer: 2, lines: 4), to: Bucket("new"))
        try await owner.rescan()
        try await owner.rescan()

        try await world.checkBalance(owner)
        #expect(await owner.status.counts.takenUp == 7)
        #expect(try await owner.oldest(limit: 5).map(\.name.lines) == [2, 3, 4])
        let told = world.events.compactMap { if case .takenUp(_, let totals) = $0 { totals.lines } else { nil } }
        #expect(told == [3, 4])
        // The guest sees the same totals, and may not touch anything.
        try await guest.rescan()
        #expect(await guest.totals.lines == 9)
        let file = try #require(try await guest.oldest(limit: 1).first)
        await #expect(throws: OutboxError.notOwner) { try await guest.take(file) }
    }

    @Test("a process that waits learns what became of its batches: sent, refused in part, split, dropped, set aside")
    func fates() async throws {
        let owner = try await world.owner { $0.capacity.whenFull = .dropOldest }
        let guest = try await guest()
        var awaited = AwaitedBatches()
        for time in 1...5 {
            let batch = try Sample.batch(UInt64(time), writer: 2, lines: 4)
            _ = try await guest.append(batch, to: world.bucket)
            awaited.add(batch.name)
        }
        try await owner.rescan()
        #expect(try await fates(of: &awaited, guest).isEmpty)
        let files = try await owner.oldest(limit: 5)
        for file in files.dropLast() { _ = try await owner.take(file) }

        await owner.acknowledge(files[0])
        _ = try await owner.excise(files[1], refused: [(3, Sample.letter())], rest: nil)
        let halves = try await owner.split(files[2], into: Sample.pieces(of: files[2].name, [2, 2]))
        try await owner.setAside(files[3], reason: "again and again")
        var found = try await fates(of: &awaited, guest)

        #expect(found.count == 3 && awaited.names == [files[2].name, files[4].name])
        #expect(found[files[0].name] == .init(acknowledged: 4, deadLettered: 0, dropped: 0))
        #expect(found[files[1].name] == .init(acknowledged: 3, deadLettered: 1, dropped: 0))
        #expect(found[files[3].name] == .init(acknowledged: 0, deadLettered: 4, dropped: 0))

        _ = try await owner.take(halves[0])
        _ = try await owner.excise(halves[0], refused: [(1, Sample.letter())], rest: nil)
        #expect(try await fates(of: &awaited, guest).isEmpty)
        _ = try await owner.take(halves[1])
        await owner.acknowledge(halves[1])
        try BucketFolder(path: world.layout.folder(of: world.bucket)).drop(files[4].name, leavesMark: true)
        found = try await fates(of: &awaited, guest)

        #expect(found[files[2].name] == .init(acknowledged: 3, deadLettered: 1, dropped: 0))
        #expect(found[files[4].name] == .init(acknowledged: 0, deadLettered: 0, dropped: 4))
        #expect(awaited.isEmpty)
    }

    @Test("a batch that is missing in one look only is not finished")
    func twoLooks() throws {
        var awaited = AwaitedBatches()
        let name = Sample.name(1)
        awaited.add(name)
        let (gone, there) = (BatchTrace(), BatchTrace(pending: 2))

        for trace in [gone, there, gone, there] { #expect(awaited.note([name: trace]).isEmpty) }
        #expect(awaited.note([name: gone]).isEmpty)
        #expect(awaited.note([name: gone])[name]?.acknowledged == 2)
    }

    @Test("who waits becomes the owner when the owner is gone, and sends everything")
    func inheriting() async throws {
        let owner = try await world.owner()
        _ = try await owner.append(Sample.batch(1), to: world.bucket)
        let guest = try await guest()
        _ = try await guest.append(Sample.batch(2, writer: 2), to: world.bucket)
        #expect(try await guest.open() == false)

        await owner.close()

        #expect(try await guest.open())
        try await world.checkBalance(guest)
        #expect(await guest.status.counts.atStart == 4)
        #expect(try await guest.takeOldest()?.file.name == Sample.name(1))
        #expect(try await owner.open() == false)
    }

    @Test("each destination has an outbox of its own")
    func destinations() async throws {
        let main = try await world.owner()
        let other = try Outbox(
            OutboxLayout(dataFolder: world.folder.path, destination: "second_1"), main.configuration)

        #expect(try await other.open())
        _ = try await other.append(Sample.batch(1), to: world.bucket)

        #expect(world.names().isEmpty)
        #expect(world.layout.lockPath == world.folder.file("outbox/main/.lock"))
        #expect(other.layout.schemaPath == world.folder.file("schema/second_1.json"))
        #expect(other.letters.folder == world.folder.file("dead-letters/second_1"))
    }
}
