import CoinlineBase
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

/// Two writers of one outbox stand for two processes: the lock is each one's own.
@Suite("Writers that share an outbox", .timeLimit(.minutes(8)))
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
        try await world.checkBalance(owner)
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
        try await world.checkBalance(owner)
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
        _ = await owner.close(within: .seconds(6_000))
    }
    // MARK: Types of fields

    private func text(_ number: Int) -> Point {
        var point = point(number)
        point.fields = [Field("n", .string("x"))]
        return point
    }

    private func kinds(_ writer: Writer, _ measurements: String...) -> [FieldType?] {
        measurements.map { writer.core.typesNow.types.kind(of: "n", measurement: $0, in: world.bucket) }
    }

    @Test("who takes over knows what the process before it learned, and saves it with its own")
    func typesTakenOver() async throws {
        let owner = try await owner()
        // Its looks come when time passes.
        let next = try world.writer()
        try await world.until(next) { await next.core.isOutboxTried }
        _ = try await owner.write([point(1)], to: world.bucket)
        try await world.until(owner) { kinds(owner, "m") == [.integer] }
        _ = await owner.close(within: .seconds(6_000))
        // So old that a look goes past it.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3_600)], ofItemAtPath: world.layout.schemaPath)

        try await world.until(next, advancing: .milliseconds(100)) { next.status.delivers }
        #expect(kinds(next, "m") == [.integer])
        #expect(try await next.write([text(2)], to: world.bucket).deadLettered == 1)
        _ = try await next.write([point(3, "other")], to: world.bucket)
        try await world.until(next) { kinds(next, "other") == [.integer] }
        _ = try await world.close(next, within: .seconds(60))

        #expect(
            try world.schema() == #"{"format":1,"buckets":{"b":{"m":{"n":"integer"},"other":{"n":"integer"}}}}"# + "\n")
    }

    @Test("a guest hears of the types that the owner learned, and in time of those that it doubts")
    func typesHeard() async throws {
        let isMissing = Locked(false)
        let destination = StoringDestination { _ in
            isMissing.withLock { $0 } ? .notFound(.bucket, "not there") : .acknowledged
        }
        let owner = try world.writer(speed: 20, to: destination)
        try await world.until(owner) { owner.status.delivers }
        let guest = try world.writer(speed: 20)
        try await world.until(guest) { await guest.core.isOutboxTried }
        _ = try await owner.write([point(1)], to: world.bucket)

        try await world.until(guest) { kinds(guest, "m") == [.integer] }
        #expect(!guest.status.delivers)
        #expect(try await guest.write([text(2)], to: world.bucket).deadLettered == 1)

        isMissing.withLock { $0 = true }
        _ = try await owner.write([point(3)], to: world.bucket)
        try await world.until(guest) { kinds(guest, "m") == [nil] }
        #expect(try await guest.write([text(4)], to: world.bucket).deadLettered == 0)
        _ = await guest.close(within: .zero)
        _ = await owner.close(within: .zero)
    }

    @Test("types that cannot be read any more are never written over")
    func typesDamaged() async throws {
        let owner = try await owner()
        let next = try world.writer(speed: 20)
        try await world.until(next) { await next.core.isOutboxTried }
        // Before the next one can take over: the owner learned nothing, and so saves nothing.
        let schema = "\(world.folder.path)/schema"
        try FileManager.default.createDirectory(atPath: schema, withIntermediateDirectories: false)
        try world.folder.write("{", to: "schema/main.json")
        _ = await owner.close(within: .seconds(6_000))

        try await world.until(next) { next.status.delivers }
        _ = try await next.write([point(1)], to: world.bucket)
        try await world.until(next) { kinds(next, "m") == [.integer] }
        _ = await next.close(within: .seconds(6_000))

        #expect(try world.schema() == "{")
    }
}
