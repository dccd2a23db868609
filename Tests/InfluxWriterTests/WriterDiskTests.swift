import CoinlineBase
import CoinlineFiles
import TestKit
import Testing

@testable import InfluxWriter

@Suite("The writer on a small disk", .timeLimit(.minutes(8)), .requiresNamespaces, .inNamespaces)
struct WriterDiskTests {
    private let world: WriterWorld

    init() throws {
        world = try WriterWorld(StoringDestination(isOpen: false))
    }

    private var isFull: @Sendable (DiskState) -> Bool { { if case .full = $0 { true } else { false } } }
    private var isReadOnly: @Sendable (DiskState) -> Bool { { if case .readOnly = $0 { true } else { false } } }

    /// Nothing is accepted, `write` is refused in the end, what was enqueued is held and goes to disk when it works.
    private func outage(
        _ writer: Writer, _ isOut: @Sendable (DiskState) -> Bool, end: () async throws -> Void
    ) async throws {
        let start = world.timing.timing.uptime()
        _ = try await writer.enqueue([bigPoint(1), bigPoint(2)], to: world.bucket)
        let call = writer.starting([bigPoint(3)], to: world.bucket)
        try await world.until(writer, advancing: .milliseconds(250)) { isOut(writer.status.disk) }
        #expect(writer.status.held == 3 && writer.status.own.accepted == 1)
        try await world.until(writer, advancing: .milliseconds(250)) { writer.status.held == 2 }
        guard case .failure(let error) = await call.value else {
            Issue.record("\(await call.value)")
            return
        }
        if case .disk(let state) = error.reason {
            #expect(isOut(state))
        } else {
            #expect(error.reason == .noRoom(.freeBytes))
        }
        #expect(error.notAccepted == 1 && error.receipt.accepted == 0)
        #expect(world.timing.timing.uptime() - start >= .seconds(10))
        #expect(try world.batches().map(\.lines.count) == [1])

        try await end()
        try await world.until(writer, advancing: .milliseconds(250)) { writer.status.held == 0 }
        #expect(writer.status.disk == .usable && writer.status.own.accepted == 3)
        #expect(try await writer.write([bigPoint(4)], to: world.bucket).accepted == 1)
        world.destination.gate.open()
        try await world.until(writer, advancing: .milliseconds(250)) { writer.status.own.acknowledged == 4 }
        #expect(world.destination.lines.count == 4 && Set(world.destination.lines).count == 4)
    }

    private func writer() throws -> Writer {
        try world.writer { $0.requestsMax = 1 }
    }

    @Test("a full disk is a state: nothing is accepted, what is enqueued is held, and all goes on by itself")
    func full() async throws {
        let disk = try await SmallDisk(on: world.folder.path, kibibytes: 256)
        let writer = try writer()
        let told = events(of: writer)
        _ = try await writer.write([bigPoint(0)], to: world.bucket)
        try disk.fill()
        try await outage(writer, isFull) { try disk.empty() }
        _ = try await world.close(writer, within: .zero)
        let states = await told.value.compactMap { if case .disk(let state) = $0 { state } else { nil } }
        #expect(states.count == 2 && isFull(states[0]) && states[1] == .usable)
    }

    @Test("a disk that can only be read likewise")
    func readOnly() async throws {
        // Only the bucket's folder: the lock is an open file, and a disk with one cannot be made read-only.
        try Files.makeFolders(world.layout.folder(of: world.bucket))
        let disk = try await SmallDisk(on: world.layout.folder(of: world.bucket), kibibytes: 256)
        let writer = try writer()
        _ = try await writer.write([bigPoint(0)], to: world.bucket)
        try await disk.setReadOnly(true)
        try await outage(writer, isReadOnly) { try await disk.setReadOnly(false) }
    }

    @Test("an outbox that cannot be made at first is made as soon as it can")
    func notThereAtFirst() async throws {
        let disk = try await SmallDisk(on: world.folder.path, kibibytes: 256)
        try await disk.setReadOnly(true)
        let writer = try writer()
        let call = writer.starting([bigPoint(1)], to: world.bucket)
        try await world.until(writer) { isReadOnly(writer.status.disk) && writer.status.held == 1 }
        #expect(!writer.status.delivers)
        try await disk.setReadOnly(false)
        try await world.until(writer, advancing: .milliseconds(250)) { writer.status.delivers }
        #expect(try await world.end(of: call, writer).get().accepted == 1)
        world.destination.gate.open()
        try await world.until(writer, advancing: .milliseconds(250)) { writer.status.own.acknowledged == 1 }
        #expect(writer.status.own.addsUp && writer.status.total.addsUp && writer.status.total.pending == 0)
    }

    @Test("closing on a full disk ends at its deadline, tells what is lost, and writes nothing afterwards")
    func closing() async throws {
        let disk = try await SmallDisk(on: world.folder.path, kibibytes: 256)
        let writer = try writer()
        _ = try await writer.write([bigPoint(0)], to: world.bucket)
        try disk.fill()
        _ = try await writer.enqueue([bigPoint(1)], to: world.bucket)
        let call = writer.starting([bigPoint(2)], to: world.bucket)
        try await world.until(writer, advancing: .milliseconds(100)) { await writer.core.stuck != nil }
        try await world.until(writer) { writer.status.held == 2 }
        let report = try await world.close(writer, within: .seconds(5))
        #expect(report.status.held == 1 && report.status.own.accepted == 1 && report.status.own.pending == 1)
        #expect(!report.isComplete && !report.isDrained)
        #expect(await call.value.reason == .noRoom(.freeBytes))

        try disk.empty()
        for _ in 0..<20 {
            world.timing.advance(by: .seconds(1))
            await writer.settle()
        }
        #expect(try world.batches().count == 1 && writer.status == report.status)
    }

    @Test("a writer that goes away on a full disk leaves no task behind that writes later")
    func forgotten() async throws {
        let disk = try await SmallDisk(on: world.folder.path, kibibytes: 256)
        weak var core: WriterCore?
        do {
            let writer = try writer()
            core = writer.core
            _ = try await writer.write([bigPoint(0)], to: world.bucket)
            try disk.fill()
            _ = try await writer.enqueue([bigPoint(1)], to: world.bucket)
            try await world.until(writer, advancing: .milliseconds(100)) { await writer.core.stuck != nil }
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while core != nil, ContinuousClock.now < deadline {
            world.timing.advance(by: .seconds(1))
            await Task.yield()
        }
        #expect(core == nil)
    }
}
