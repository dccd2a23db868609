import TestKit
import Testing

@testable import InfluxWriter

@Suite("The writer's batches", .timeLimit(.minutes(8)))
struct WriterSealingTests {
    private let world: WriterWorld

    init() throws {
        world = try WriterWorld(StoringDestination(isOpen: false))
    }

    @Test("a batch is sealed when it has enough lines, and what is left after its time")
    func byLinesAndTime() async throws {
        let writer = try world.writer { $0.limits.linesMax = 100 }
        _ = try await writer.enqueue(points(0..<250), to: world.bucket)
        try await world.until(writer) { writer.status.held == 50 }
        #expect(try world.batches().map(\.lines.count) == [100, 100])

        world.timing.advance(by: .milliseconds(999))
        await writer.settle()
        #expect(writer.status.held == 50)
        // The timer may have been set a moment after the batch.
        try await world.until(writer, advancing: .milliseconds(1)) { writer.status.held == 0 }
        #expect(try world.batches().map(\.lines.count) == [100, 100, 50])
    }

    @Test("a batch is sealed before it has too many bytes")
    func byBytes() async throws {
        let writer = try world.writer { $0.limits.bytesMax = 2_000 }
        for number in 0..<9 { _ = try await writer.enqueue([bigPoint(number)], to: world.bucket) }
        try await world.until(writer) { writer.status.held == 1 }
        try await writer.flush(within: .seconds(1))
        let batches = try world.batches()
        #expect(batches.map(\.lines.count) == [2, 2, 2, 2, 1])
        #expect(batches.allSatisfy { $0.lines.joined(separator: "\n").utf8.count < 2_000 })
    }

    @Test("the timer of a batch that was full does not seal the next one early")
    func timers() async throws {
        let writer = try world.writer { $0.limits.linesMax = 10 }
        _ = try await writer.enqueue(points(0..<1), to: world.bucket)
        await world.timing.untilSleeping()
        try await world.until(writer) { world.timing.waits.contains(.seconds(1)) }
        world.timing.advance(by: .milliseconds(600))
        _ = try await writer.enqueue(points(1..<15), to: world.bucket)
        try await world.until(writer) { writer.status.own.accepted == 11 || writer.status.own.accepted == 10 }
        let held = writer.status.held
        world.timing.advance(by: .milliseconds(500))
        await writer.settle()
        #expect(writer.status.held == held && held > 0)
        try await world.until(writer, advancing: .milliseconds(100)) { writer.status.held == 0 }
    }

    @Test(
        "`write` returns when its batch is on disk", arguments: [SyncPolicy.everyBatch, .interval(.seconds(1)), .none])
    func onDisk(sync: SyncPolicy) async throws {
        let writer = try world.writer { $0.sync = sync }
        for number in 0..<5 {
            let receipt = try await writer.write([point(number)], to: world.bucket)
            #expect(receipt.accepted == 1)
            #expect(try world.batches().map(\.lines) == (0...number).map { ["m,k=v n=\($0)i \($0)"] })
            #expect(writer.status.own.pending == number + 1 && writer.status.held == 0)
        }
    }

    @Test("many callers at once share batches")
    func groupCommit() async throws {
        let writer = try world.writer()
        let receipts = try await withThrowingTaskGroup { group in
            for number in 0..<500 {
                group.addTask { try await writer.write([point(number)], to: world.bucket) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(receipts.count == 500 && receipts.allSatisfy { $0.accepted == 1 })
        let batches = try world.batches()
        #expect(Set(batches.flatMap(\.lines)).count == 500 && writer.status.own.accepted == 500)
        #expect(batches.count <= 250, "\(batches.count) files")
    }

    @Test("callers that come while the disk is busy go together in one batch")
    func groupOfWaiting() async throws {
        let writer = try world.writer {
            $0.capacity.bytesMax = 1_000
            $0.requestsMax = 1
        }
        _ = try await writer.write([bigPoint(0)], to: world.bucket)
        let first = writer.starting([bigPoint(1)], to: world.bucket)
        try await world.until(writer) { await writer.core.stuck != nil }
        let others = (0..<100).map { writer.starting([point($0)], to: Bucket("c")) }
        try await world.until(writer) { writer.status.held == 101 }
        world.destination.gate.open()
        try await world.until(writer, advancing: .milliseconds(100)) { writer.status.held == 0 }
        #expect(await first.value.reason == nil)
        for other in others { #expect(await other.value.reason == nil) }
        try await world.until(writer, advancing: .milliseconds(100)) { writer.status.own.acknowledged == 102 }
        #expect(world.destination.requests <= 5, "\(world.destination.requests) requests")
    }

    @Test("buckets and precisions go apart, each in its folder and unit")
    func lanes() async throws {
        let writer = try world.writer { $0.precision = .seconds }
        let units: [Precision] = [.nanoseconds, .microseconds, .milliseconds, .seconds]
        for (number, precision) in units.enumerated() {
            for bucket in ["a", "b/c"] {
                _ = try await writer.enqueue(
                    [point(1_000)], to: Bucket(bucket), precision: number < 3 ? precision : nil)
            }
        }
        try await writer.flush(within: .seconds(1))
        for bucket in ["a", "b/c"] {
            let batches = try world.batches(of: bucket)
            #expect(batches.map(\.name.precision) == units)
            #expect(
                batches.map { $0.lines.joined() }
                    == [9, 6, 3, 0].map {
                        "m,k=v n=1000i 1" + String(repeating: "0", count: $0)
                    })
        }
    }

    @Test("a point that follows another one of its series and time is stored behind it, however the two were given")
    func order() async throws {
        let writer = try world.writer()
        var later = point(7)
        later.fields = [Field("n", .integer(8))]
        _ = try await writer.enqueue([point(7)], to: world.bucket)
        _ = try await writer.write([later], to: world.bucket)
        _ = try await writer.enqueue([point(7)], to: world.bucket)
        _ = try await writer.enqueue([later], to: world.bucket, precision: .seconds)
        _ = try await writer.enqueue([point(7)], to: world.bucket)
        try await writer.flush(within: .seconds(1))
        #expect(
            try world.batches().map { $0.lines[0].split(separator: " ")[1] } == [
                "n=7i", "n=8i", "n=7i", "n=8i", "n=7i",
            ])
    }

    @Test("names of batches rise, whatever the wall clock does")
    func clockJumps() async throws {
        let writer = try world.writer()
        for number in 0..<6 {
            world.timing.jump(by: .seconds(number % 2 == 0 ? -3_600 : 1_800))
            _ = try await writer.write([point(number)], to: world.bucket)
        }
        #expect(try world.batches().map { $0.lines[0] } == (0..<6).map { "m,k=v n=\($0)i \($0)" })
    }
}
