import CoinlineBase
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Delivery loop: what goes when", .timeLimit(.minutes(8)))
struct DeliveryLoopTests {
    /// Each batch in a request of its own.
    private static func alone(_ configuration: inout DeliveryLoop.Configuration) {
        configuration.requestLinesMax = 2
        configuration.requestsMax = 1
    }

    @Test("what waits is sent oldest first over all buckets, and then it is gone")
    func order() async throws {
        let world = try await LoopWorld(Self.alone) { _ in .acknowledged }
        for time in [5, 2, 9, 7] { try await world.add(UInt64(time), to: time > 5 ? "b" : "c") }

        try await world.run {
            try await world.untilEmpty()
        }

        #expect(world.destination.deliveries.map(\.times) == [[2], [5], [7], [9]])
        #expect(world.destination.deliveries.map(\.bucket.name) == ["c", "c", "b", "b"])
        #expect(world.disk.names().isEmpty)
        #expect(await world.outbox.counts.all.acknowledged == 8)
        #expect(world.snapshot.requests == 4 && world.snapshot.retries == 0 && world.snapshot.lastError == nil)
        #expect(world.snapshot.lastSuccessAt != nil && !world.snapshot.isStuck && world.snapshot.nextTry == nil)
    }

    @Test("small neighbours of one bucket and precision go together, up to the bounds")
    func joined() async throws {
        let world = try await LoopWorld({ $0.requestLinesMax = 6 }) { _ in .acknowledged }
        for time in 1...7 { try await world.add(UInt64(time)) }
        try await world.add(20, to: "c")
        let seconds = BatchName(sealedMicroseconds: 8, writer: 1, number: 0, precision: .seconds, lines: 1)
        _ = try await world.outbox.append(BatchFile(name: seconds, body: gzipped("m v=1 1\n")), to: Bucket("b"))

        try await world.run {
            try await world.untilEmpty()
        }

        let sent = world.destination.deliveries.map(\.times).sorted { $0[0] < $1[0] }
        #expect(sent == [[1, 2, 3], [4, 5, 6], [7], [8], [20]])
        let first = try #require(world.destination.deliveries.first { $0.times == [1, 2, 3] })
        #expect(first.text == "m v=1i 1\nm v=2i 2\nm v=1i 1\nm v=2i 2\nm v=1i 1\nm v=2i 2\n")
    }

    @Test("what is appended is sent at once, without a moment passing")
    func wakes() async throws {
        let world = try await LoopWorld { _ in .acknowledged }

        try await world.run {
            for time in 1...20 {
                try await world.add(UInt64(time))
                while await world.outbox.totals.batches > 0 { await Task.yield() }
            }
        }

        #expect(world.destination.deliveries.count == 20)
        #expect(world.timing.timing.uptime() == .zero)
    }

    @Test("what another process adds is found within a second or so")
    func otherProcess() async throws {
        let world = try await LoopWorld { _ in .acknowledged }

        try await world.run {
            await world.timing.untilSleeping()
            try world.disk.put(Sample.batch(3, writer: 77))
            try await world.until { await world.outbox.counts.all.acknowledged == 2 }
        }

        #expect(world.timing.timing.uptime() <= .milliseconds(1_300))
    }

    @Test("two requests are under way at once for a backlog, and one else")
    func concurrency() async throws {
        let gate = Gate()
        let world = try await LoopWorld({ $0.requestLinesMax = 4 }) { _ in
            await gate.pass()
            return .acknowledged
        }

        try await world.run {
            try await world.add(1)
            while gate.waiting < 1 { await Task.yield() }
            // One more goes with the next ones.
            try await world.add(2)
            await world.timing.untilSleeping()
            world.timing.advance(by: .seconds(1))
            await world.timing.untilSleeping()
            #expect(world.destination.underWayMax == 1 && world.snapshot.inFlight == 1)
            for time in 3...9 { try await world.add(UInt64(time)) }
            while gate.waiting < 2 { await Task.yield() }
            gate.open()
            try await world.untilEmpty()
        }

        #expect(world.destination.underWayMax == 2)
        #expect(
            world.destination.deliveries.map(\.times).sorted { $0[0] < $1[0] } == [
                [1], [2, 3], [4, 5], [6, 7], [8, 9],
            ])
    }

    @Test("cancelled, requests under way end, and their batches wait as before")
    func cancelled() async throws {
        let gate = Gate()
        let world = try await LoopWorld { _ in
            await gate.pass()
            return Task.isCancelled ? .unavailable("the delivery was cancelled") : .acknowledged
        }
        try await world.add(1)

        try await world.run {
            while gate.waiting < 1 { await Task.yield() }
        }

        #expect(world.disk.names().count == 1 && world.snapshot.inFlight == 0)
        #expect(await world.outbox.counts.all.acknowledged == 0)
        gate.open()
        try await world.run {
            try await world.untilEmpty()
        }
        #expect(world.destination.deliveries.map(\.times) == [[1], [1]])
        #expect(world.snapshot.lastError == nil && world.events.isEmpty)
    }

    @Test("an answer that comes in the moment of the cancellation still counts")
    func cancelledLate() async throws {
        let gate = Gate()
        let world = try await LoopWorld { _ in
            await gate.pass()
            return .acknowledged
        }
        try await world.add(1)

        try await world.run {
            while gate.waiting < 1 { await Task.yield() }
        }

        #expect(world.disk.names().isEmpty)
        #expect(await world.outbox.counts.all.acknowledged == 2)
    }

    @Test("a batch that makes the destination fail again and again does not delay those behind it")
    func poison() async throws {
        let world = try await LoopWorld(Self.alone) { request in
            request.times == [1] ? failed : .acknowledged
        }
        for time in 1...30 { try await world.add(UInt64(time)) }

        try await world.run {
            try await world.until { await world.outbox.totals.batches == 1 }
            #expect(world.timing.timing.uptime() < .seconds(1))
            try await world.until { world.snapshot.asides == 1 }
            try await world.until { world.snapshot.isStuck }
            let next = try #require(world.snapshot.nextTry)
            #expect(next > world.timing.timing.uptime() + .seconds(30))
        }

        #expect(world.destination.deliveries.prefix(4).map(\.times) == [[1], [2], [3], [4]])
        #expect(
            world.events.contains {
                if case .setAside(let file, _) = $0 { file.name.sealedMicroseconds == 1 } else { false }
            })
    }

    @Test("what is remembered of a batch goes with the batch, also where somebody takes it away")
    func forgotten() async throws {
        let world = try await LoopWorld { _ in failed }
        let file = try await world.add(1)

        try await world.run {
            try await world.until { world.snapshot.isStuck && world.snapshot.asides == 1 }
            try FileManager.default.removeItem(atPath: world.disk.path(file.name.fileName))
            try await world.until { world.snapshot.asides == 0 }
            #expect(!world.snapshot.isStuck && world.snapshot.nextTry == nil)
        }

        #expect(await world.outbox.counts.all.vanished == 2)
    }

    @Test("small batches go together, as many as are looked at at once")
    func backlog() async throws {
        let world = try await LoopWorld { _ in .acknowledged }
        for time in 1...600 { try await world.add(UInt64(time), ["m v=1i \(time)"]) }

        try await world.run {
            try await world.untilEmpty()
        }

        let sent = world.destination.deliveries
        #expect(sent.count == 3 && sent[0].times == (1...256).map { UInt64($0) })
    }

    @Test("of too many that are set aside the oldest become dead letters, and the others go on")
    func tooManyAside() async throws {
        let world = try await LoopWorld({
            Self.alone(&$0)
            $0.requestLinesMax = 1
            $0.asidesMax = 4
        }) { request in
            request.times[0] <= 9 ? failed : .acknowledged
        }
        for time in 1...20 { try await world.add(UInt64(time), ["m v=1i 1"]) }

        try await world.run {
            try await world.until(.seconds(10)) { await world.outbox.counts.all.acknowledged == 11 }
        }

        let letters = try world.letters()
        #expect(!letters.isEmpty && letters.allSatisfy { $0.lines == 1 && $0.reason.contains("more than 4 batches") })
        #expect(await world.outbox.totals.batches == 9 - letters.count)
    }
}
