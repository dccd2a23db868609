import CoinlineBase
import CoinlineFiles
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

/// A folder in the place of the lock stands for one that cannot be taken: root opens whatever has the wrong rights.
@Suite("A writer whose lock cannot be taken", .timeLimit(.minutes(8)))
struct WriterObstacleTests {
    private let world: WriterWorld

    init() throws {
        world = try WriterWorld()
        try Files.makeFolders(world.layout.lockPath)
    }

    @Test("it accepts and waits, tells once what is in the way, calls no disk at fault, and sends as soon as it can")
    func writer() async throws {
        let writer = try world.writer()
        let told = events(of: writer)
        let start = world.timing.timing.uptime()
        var written = 0
        try await world.until(writer, advancing: .milliseconds(250)) {
            written += try await writer.write([point(written)], to: world.bucket).accepted
            return world.timing.timing.uptime() - start > .seconds(5)
        }
        let status = writer.status
        #expect(status.obstacle?.contains(world.layout.lockPath) == true && !status.delivers && status.disk == .usable)
        #expect(status.own.pending == written && status.pendingBatches > 0 && status.held == 0)
        #expect(status.description.contains("cannot be taken") && !status.description.contains("another process"))

        try FileManager.default.removeItem(atPath: world.layout.lockPath)
        try await world.until(writer, advancing: .milliseconds(250)) { writer.status.own.acknowledged == written }
        #expect(writer.status.obstacle == nil && writer.status.delivers)
        _ = try await world.close(writer, within: .zero)
        let events = await told.value
        #expect(events.count == 3, "\(events)")
        #expect(events.first == .held(nil, status.obstacle ?? "") && events.contains(.released(nil)))
        #expect(events.contains(.delivering(lines: written)))
    }

    @Test("what waits can be counted, and a process that has the lock is no obstacle")
    func others() async throws {
        let writer = try world.writer()
        _ = try await writer.write(points(0..<3), to: world.bucket)
        #expect(try OutboxSummary.read(world.layout).lines == 3)
        _ = try await world.close(writer, within: .zero)

        try FileManager.default.removeItem(atPath: world.layout.lockPath)
        let lock = try #require(try FileLock.tryLock(world.layout.lockPath))
        let guest = try world.writer()
        try await world.until(guest) { await guest.core.isOutboxTried }
        #expect(guest.status.obstacle == nil && !guest.status.delivers && guest.status.pendingBatches == 1)
        withExtendedLifetime(lock) {}
    }
}
