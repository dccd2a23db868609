import TestKit
import Testing

@testable import InfluxWriter

@Suite("The writer", .timeLimit(.minutes(8)))
struct WriterTests {
    private let world: WriterWorld

    init() throws {
        world = try WriterWorld()
    }

    @Test("what is written is accepted, sent and counted")
    func writes() async throws {
        let writer = try world.writer(speed: 1) { $0.limits.linesMax = 100 }
        let receipt = try await writer.write(points(0..<1_050), to: world.bucket)
        #expect(receipt.accepted == 1_050 && receipt.offered == 1_050)
        let status = writer.status
        #expect(status.own.accepted == 1_050 && status.own.addsUp && status.total.addsUp && status.held == 0)
        let report = await writer.drain(givingUpAfter: .seconds(10))
        #expect(report.isComplete && report.isDrained)
        let last = await writer.close(within: .seconds(1))
        #expect(last.status.own.acknowledged == 1_050 && world.destination.lines.count == 1_050)
    }

    @Test("what is enqueued is accepted after a while, and at once when asked")
    func enqueues() async throws {
        let writer = try world.writer(speed: 1)
        let receipt = try await writer.enqueue(points(0..<10), to: world.bucket)
        #expect(receipt.accepted == 0 && receipt.offered == 10)
        try await writer.flush(within: .seconds(300))
        #expect(writer.status.own.accepted == 10 && writer.status.held == 0)
        let report = await writer.close(within: .seconds(300))
        #expect(report.isComplete && world.destination.lines.count == 10)
    }

    @Test("what a down destination does not take is there for the next writer")
    func survives() async throws {
        let down = try world.writer(speed: 1, to: StoringDestination { _ in .unavailable("not reached") })
        _ = try await down.write(points(0..<10), to: world.bucket)
        let report = await down.close(within: .milliseconds(50))
        #expect(!report.isComplete && report.status.own.pending == 10 && report.status.pendingBatches == 1)

        let up = try world.writer(speed: 1)
        #expect(await up.drain(givingUpAfter: .seconds(10)).isDrained)
        #expect(up.status.total.acknowledged == 10 && up.status.own.accepted == 0)
        _ = await up.close(within: .seconds(1))
        #expect(world.destination.lines.count == 10)
    }

    @Test("refused points are named in the receipt by their index, whatever is wrong with them")
    func refusals() async throws {
        let writer = try world.writer(speed: 1) {
            $0.fieldTypes = [FieldDeclaration(bucket: world.bucket, measurement: "m", field: "n", type: .integer)]
            $0.limits.bytesMax = 200
        }
        var given = points(0..<6)
        given[1].fields = []
        // It conflicts, and is too long besides.
        given[3].fields = [Field("n", .string(String(repeating: "x", count: 300)))]
        given[4].fields.append(Field("s", .string(String(repeating: "x", count: 300))))

        let receipt = try await writer.write(given, to: world.bucket)

        #expect(receipt.offered == 6 && receipt.accepted == 3 && receipt.refusedCount == 3)
        #expect(receipt.refused.map(\.index) == [1, 3, 4] && receipt.deadLettered == 0)
        #expect(receipt.refused[2].reason.contains("a batch takes 200"))
        _ = await writer.close(within: .seconds(300))
        #expect(world.destination.lines.count == 3)
    }

    @Test("a call without points, or of points that are all refused, accepts nothing and waits for nothing")
    func nothing() async throws {
        let writer = try world.writer()
        #expect(try await writer.write([], to: world.bucket) == Receipt())
        let receipt = try await writer.write([Point(measurement: "m")], to: world.bucket)
        #expect(receipt.offered == 1 && receipt.accepted == 0 && receipt.refusedCount == 1)
        try await writer.flush(within: .zero)
        #expect(writer.status.held == 0)
    }

    @Test("a bucket whose name no folder can have is refused before a point is taken")
    func badBucket() async throws {
        let writer = try world.writer()
        let long = String(repeating: "ü", count: 100)
        for name in ["", long] {
            await #expect(throws: WriteError(reason: .bucket(name))) {
                try await writer.write(points(0..<1), to: Bucket(name))
            }
        }
    }

    @Test("points of a batch that overwrite each other are counted")
    func overwrites() async throws {
        let writer = try world.writer(speed: 1)
        var twice = points(0..<3)
        twice.append(
            Point(measurement: "m", tags: [Tag("k", "v")], fields: [Field("n", .integer(9))], time: twice[1].time))
        _ = try await writer.write(twice, to: world.bucket)
        #expect(writer.status.overwrites == 1)
    }

    @Test("one stalled destination does not hold up another")
    func twoDestinations() async throws {
        let stalled = StoringDestination(isOpen: false)
        let one = try world.writer(speed: 1)
        let other = try world.writer(speed: 1, to: stalled) { $0.destination = "other" }
        for number in 0..<5 {
            _ = try await one.write([point(number)], to: world.bucket)
            _ = try await other.write([point(number)], to: world.bucket)
        }
        #expect(await one.drain(givingUpAfter: .seconds(30)).isComplete)
        #expect(other.status.own.pending == 5 && stalled.lines.isEmpty)
        #expect((one.status.own + other.status.own).addsUp)
        let reports = await [one.close(within: .zero), other.close(within: .zero)]
        #expect(reports.map(\.status.own.acknowledged) == [5, 0])
    }
}
