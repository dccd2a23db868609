import CoinlineBase
import TestKit
import Testing

@testable import InfluxWriter

/// Two writers of one outbox stand for two processes: the lock is each one's own.
@Suite("Writers that share an outbox", .timeLimit(.minutes(1)))
struct WriterSharingTests {
    private let world: WriterWorld

    init() throws {
        world = try WriterWorld()
    }

    private func owner(_ change: (inout Writer.Configuration) -> Void = { _ in }) async throws -> Writer {
        let owner = try world.writer(speed: 20, change)
        try await world.until(owner) { owner.status.delivers }
        return owner
    }

    @Test("a guest adds, waits for the owner's acknowledgement and counts dead letters as such")
    func guest() async throws {
        let owner = try await owner()
        let guest = try world.writer(speed: 20)
        _ = try await guest.write(points(0..<7) + points(0..<2, "bad") + points(7..<8), to: world.bucket)
        #expect(!guest.status.delivers && guest.status.own.pending == 10)
        let report = await guest.drain(givingUpAfter: .seconds(600))
        #expect(report.status.own.acknowledged == 8 && report.status.own.deadLettered == 2)
        #expect(report.status.own.pending == 0 && report.status.own.addsUp && report.status.total == report.status.own)
        #expect(owner.status.total.accepted == 10 && owner.status.own.accepted == 0 && owner.status.total.addsUp)
        #expect(world.destination.lines.count == 8)
        _ = await guest.close(within: .zero)
        _ = await owner.close(within: .zero)
    }

    @Test("a guest learns what the owner dropped")
    func drops() async throws {
        let stalled = StoringDestination(isOpen: false)
        let owner = try world.writer(speed: 20, to: stalled) {
            $0.capacity.whenFull = .dropOldest
            $0.capacity.bytesMax = 2_000
        }
        try await world.until(owner) { owner.status.delivers }
        let guest = try world.writer(speed: 20)
        _ = try await guest.write([bigPoint(1)], to: Bucket("c"))
        try await world.until(owner) { owner.status.total.pending == 1 }
        // A held bucket's batches are not being sent, so they can go.
        _ = try await guest.write([bigPoint(2)], to: Bucket("c"))
        try await world.until(owner) { owner.status.total.pending == 2 }
        for number in 3..<6 { _ = try await owner.write([bigPoint(number)], to: world.bucket) }
        let dropped = owner.status.total.dropped - owner.status.own.dropped
        #expect(dropped > 0)
        stalled.gate.open()
        let report = await guest.drain(givingUpAfter: .seconds(600))
        #expect(report.status.own.dropped == dropped && report.status.own.acknowledged == 2 - dropped)
        _ = await guest.close(within: .zero)
        _ = await owner.close(within: .zero)
    }

    @Test("a guest takes over when the owner closes, and both accounts add up")
    func takeOver() async throws {
        let stalled = StoringDestination(isOpen: false)
        let owner = try world.writer(speed: 20, to: stalled)
        try await world.until(owner) { owner.status.delivers }
        let guest = try world.writer(speed: 20)
        let told = events(of: guest)
        _ = try await owner.write(points(0..<3), to: world.bucket)
        _ = try await guest.write(points(3..<8), to: world.bucket)
        try await world.until(owner) { owner.status.total.pending == 8 }
        _ = await owner.close(within: .zero)

        let report = await guest.drain(givingUpAfter: .seconds(600))
        // With nothing awaited any more, or as the owner by now.
        try await world.until(guest) { guest.status.total.acknowledged == 8 }
        #expect(report.status.own.accepted == 5 && guest.status.own.acknowledged == 5 && guest.status.own.addsUp)
        #expect(guest.status.total.accepted == 8 && guest.status.total.addsUp && world.destination.lines.count == 8)
        _ = await guest.close(within: .zero)
        #expect(await told.value.contains(.delivering(lines: 8)))
    }

    @Test("what another process finished before it went counts for who wrote it, and not among what waited since")
    func finishedBefore() async throws {
        let owner = try await owner()
        // Its looks are a second apart, so that all of it happens between two of them.
        let guest = try world.writer()
        try await world.until(guest) { await guest.core.isOutboxTried }
        _ = try await guest.write(points(0..<5), to: world.bucket)
        _ = try await guest.write(points(0..<2, "bad") + points(5..<6), to: world.bucket)
        try await world.until(owner) { owner.status.total.acknowledged == 6 && owner.status.total.pending == 0 }
        _ = await owner.close(within: .zero)
        #expect(guest.status.own.pending == 8)

        try await world.until(guest, advancing: .milliseconds(100)) { await guest.core.isDelivering }
        let status = guest.status
        #expect(status.own.acknowledged == 6 && status.own.deadLettered == 2 && status.own.pending == 0)
        #expect(status.own.addsUp && status.own.removed == 0)
        #expect(status.total == Account())
    }

    @Test("a guest gives up when the owner gets nothing done, and its points are safe")
    func patience() async throws {
        let stalled = StoringDestination(isOpen: false)
        let owner = try world.writer(speed: 20, to: stalled)
        try await world.until(owner) { owner.status.delivers }
        let guest = try world.writer(speed: 20)
        _ = try await guest.write(points(0..<5), to: world.bucket)
        let report = await guest.drain(givingUpAfter: .seconds(10))
        #expect(report.status.own.pending == 5 && !report.isComplete && !report.isDrained)
        #expect(try world.batches().flatMap(\.lines).count == 5)
        _ = await guest.close(within: .zero)
        _ = await owner.close(within: .zero)
    }

    @Test("what a guest appended is synced by interval, too")
    func guestSyncs() async throws {
        let owner = try await owner()
        let guest = try world.writer { $0.sync = .interval(.milliseconds(500)) }
        try await world.until(guest) { await guest.core.isOutboxTried }
        _ = try await guest.write(points(0..<5), to: world.bucket)
        try await world.until(guest, advancing: .milliseconds(100)) { await guest.core.outbox.unsynced.isEmpty }
        #expect(!guest.status.delivers)
        _ = await owner.close(within: .seconds(60))
    }
}
