import CoinlineBase
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("A writer with a folder that takes nothing", .timeLimit(.minutes(8)))
struct WriterBlockedTests {
    private let world: WriterWorld
    private let bad = Bucket("bad")

    init() throws {
        world = try WriterWorld()
    }

    /// A plain file in the place of a bucket's folder.
    private func blockBad() throws {
        try world.folder.write("", to: "outbox/main/\(bad.folderName)")
    }

    private func isFailing(_ reason: WriteError.Reason?) -> Bool {
        if case .disk(.failing) = reason { true } else { false }
    }

    @Test("it takes what is for other buckets, refuses what is for that one in time, and holds what was enqueued")
    func oneBucket() async throws {
        let writer = try world.writer { $0.diskPatience = .seconds(10) }
        _ = try await writer.write([point(0)], to: world.bucket)
        try blockBad()
        _ = try await writer.enqueue([point(1), point(2)], to: bad)
        let start = world.timing.timing.uptime()
        let call = writer.starting([point(3)], to: bad)
        try await world.until(writer, advancing: .milliseconds(50)) { await writer.core.blocked[bad] != nil }
        for number in 4..<8 { #expect(try await writer.write([point(number)], to: world.bucket).accepted == 1) }
        _ = try await writer.enqueue([point(8)], to: world.bucket)
        try await world.until(writer, advancing: .milliseconds(100)) { writer.status.own.accepted == 6 }
        #expect(writer.status.disk != .usable && writer.status.held == 3)

        try await world.until(writer, advancing: .milliseconds(250)) { writer.status.held == 2 }
        #expect(isFailing(await call.value.reason))
        #expect(world.timing.timing.uptime() - start >= .seconds(10))
        let flush = Task { try await writer.flush(within: .seconds(2)) }
        try await world.until(writer, advancing: .milliseconds(250)) {
            world.timing.timing.uptime() - start >= .seconds(20)
        }
        #expect(isFailing((await flush.result.error as? WriteError)?.reason))

        try FileManager.default.removeItem(atPath: world.layout.folder(of: bad))
        try await world.until(writer, advancing: .milliseconds(250)) { writer.status.own.acknowledged == 8 }
        #expect(writer.status.held == 0 && writer.status.disk == .usable && writer.status.notAccepted == 0)
        #expect(world.destination.lines(of: "bad").count == 2)
        #expect(await writer.core.blocked.isEmpty && world.destination.lines.count == 8)
    }

    @Test("what is enqueued for that bucket keeps no memory from the others for longer than the disk is waited for")
    func memory() async throws {
        let writer = try world.writer {
            $0.limits.linesMax = 1
            $0.memoryBytesMax = 6_000
        }
        _ = try await writer.write([point(0)], to: world.bucket)
        try blockBad()
        let filling = writer.starting((1...20).map { bigPoint($0) }, to: bad, isAwaited: false)
        try await world.until(writer, advancing: .milliseconds(50)) { await writer.core.waitingForRoom == 1 }
        let call = writer.starting((31...34).map { bigPoint($0) }, to: world.bucket)
        try await world.until(writer, advancing: .milliseconds(250)) { writer.status.own.accepted == 5 }
        #expect(try await world.end(of: call, writer).get().accepted == 4)
        #expect(isFailing(try await world.end(of: filling, writer).reason) && writer.status.notAccepted > 0)
        #expect(await writer.core.waitingForRoom == 0)
    }

    @Test("it closes in time, and a call whose lines were given up returns")
    func closing() async throws {
        let writer = try world.writer { $0.limits.linesMax = 1 }
        _ = try await writer.write([point(0)], to: world.bucket)
        try blockBad()
        let lane = Lane(bucket: bad, precision: .milliseconds, isAwaited: true)
        let call = try await writer.core.begin(bad)
        var intake = Intake(lane, writer.core.configuration, .influx2, guard: writer.core.typesNow)
        let full = intake.add(point(1))
        let portion = try #require(full)
        try await writer.core.add(portion, lane, call)
        try await world.until(writer, advancing: .milliseconds(50)) { await writer.core.blocked[bad] != nil }
        let report = try await world.close(writer, within: .seconds(2))
        #expect(report.status.held == 0 && report.status.own.accepted == 1)

        let outcome = await writer.core.finish(call, lane)
        #expect(isFailing(outcome.failure) && outcome.stored == 0)
    }

    @Test("limits beyond what a next process would verify are brought into their bounds")
    func limits() throws {
        let writer = try world.writer {
            $0.limits.bytesMax = 1 << 40
            $0.limits.linesMax = .max
        }
        let limits = writer.core.configuration.limits
        #expect(limits.bytesMax == BatchVerification.contentBytesMax && limits.linesMax == 1_000_000)
        let other = try world.writer {
            $0.limits.bytesMax = 0
            $0.limits.linesMax = -1
        }
        #expect(other.core.configuration.limits.bytesMax == 1 && other.core.configuration.limits.linesMax == 1)
    }
}

extension Result {
    fileprivate var error: Failure? { if case .failure(let error) = self { error } else { nil } }
}
