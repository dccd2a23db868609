import CoinlineBase
import Foundation
import LineProtocol
import Synchronization
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Delivery loop: what fails for long, and what is at fault itself", .timeLimit(.minutes(8)))
struct DeliveryOutageTests {
    private static func alone(_ configuration: inout DeliveryLoop.Configuration) {
        configuration.requestLinesMax = 2
        configuration.requestsMax = 1
    }

    /// Random waits, the same each time.
    private static func vary(_ configuration: inout DeliveryLoop.Configuration) {
        let generator = Locked(SeededGenerator())
        configuration.random = { generator.withLock { Double.random(in: 0..<1, using: &$0) } }
    }

    @Test("a server that fails at everything for days makes no dead letter, and all is delivered when it recovers")
    func everythingFails() async throws {
        let isMended = Atomic(false)
        let world = try await LoopWorld({
            Self.vary(&$0)
            $0.asidesMax = 8
        }) { request in
            request.isProbe || isMended.load(ordering: .relaxed) ? .acknowledged : failed
        }
        for time in 1...60 { try await world.add(UInt64(time)) }

        try await world.run {
            try await world.until(.seconds(60)) { world.timing.timing.uptime() > .seconds(3 * 86_400) }
            #expect(world.snapshot.asides >= 8)
            isMended.store(true, ordering: .relaxed)
            try await world.until(.seconds(10)) { await world.outbox.totals.batches == 0 }
        }

        #expect(try world.letters().isEmpty)
        #expect(await world.outbox.counts.all.acknowledged == 120)
    }

    @Test("a bucket in which everything fails does not keep others waiting, nor become dead letters")
    func bucketFails() async throws {
        let world = try await LoopWorld({
            Self.alone(&$0)
            Self.vary(&$0)
            $0.asidesMax = 4
        }) { request in
            request.bucket == Bucket("bad") ? failed : .acknowledged
        }
        for time in 1...12 { try await world.add(UInt64(time), to: "bad") }

        try await world.run {
            for hour in 1...12 {
                try await world.add(UInt64(100 + hour))
                try await world.until(.seconds(10)) {
                    world.timing.timing.uptime() > .seconds(Int64(hour) * 3_600)
                }
                let counts = await world.outbox.counts.all
                #expect(counts.acknowledged == 2 * hour && counts.deadLettered == 0)
            }
        }
    }

    // MARK: Limits

    @Test("a limit holds its bucket, however a write of nothing is answered, and one request a wait tries it")
    func limit() async throws {
        let isMended = Atomic(false)
        let world = try await LoopWorld({ $0.asidesMax = 8 }) { request in
            if request.isProbe { return .unproved("nothing proves nothing") }
            let isLimited = request.bucket == Bucket("full") && !isMended.load(ordering: .relaxed)
            return isLimited ? .limited("too many columns") : .acknowledged
        }
        for time in 1...40 { try await world.add(UInt64(time), to: "full") }

        try await world.run {
            try await world.until { world.snapshot.holds.count == 1 }
            try await world.add(100)
            try await world.until(.seconds(10)) { world.timing.timing.uptime() > .seconds(8 * 3_600) }
            #expect(await world.outbox.counts.all.acknowledged == 2)
            #expect(world.snapshot.isStuck && world.snapshot.asides == 0)
            isMended.store(true, ordering: .relaxed)
            try await world.until(.seconds(1)) { await world.outbox.totals.batches == 0 }
        }

        #expect(try world.letters().isEmpty)
        #expect(
            world.events == [.held(Bucket("full"), message: "too many columns"), .released(Bucket("full"))])
        let tries = world.destination.deliveries.filter { $0.bucket == Bucket("full") }
        #expect(tries[0].batches.count == 40 && tries[1...100].allSatisfy { $0.batches.count == 1 })
        #expect(zip(tries[1...100], tries).allSatisfy { $0.at - $1.at >= .seconds(7) })
        #expect(tries[100].at - tries[99].at >= .seconds(150))
    }

    @Test("where a limit keeps out one batch only, the others pass")
    func limitOfOne() async throws {
        let world = try await LoopWorld { request in
            request.times.contains(1) ? .limited("too many columns") : .acknowledged
        }
        for time in 1...9 { try await world.add(UInt64(time)) }

        try await world.run {
            try await world.until { await world.outbox.totals.batches == 1 }
            #expect(world.timing.timing.uptime() < .seconds(60))
            try await world.until(.seconds(1)) { world.snapshot.asides == 1 }
            #expect(world.snapshot.holds.isEmpty)
        }

        #expect(try world.letters().isEmpty)
    }

    // MARK: One among many

    @Test("of joined batches that make the server fail only the one at fault is suspected")
    func joinedFailure() async throws {
        let world = try await LoopWorld { request in request.times.contains(7) ? failed : .acknowledged }
        for time in 1...20 { try await world.add(UInt64(time)) }

        try await world.run {
            try await world.until { await world.outbox.totals.batches == 1 }
        }

        #expect(world.timing.timing.uptime() < .seconds(1))
        #expect(world.disk.names() == [Sample.name(7).fileName])
    }

    @Test("a batch that breaks each connection is found, and the others are delivered steadily")
    func breaksConnections() async throws {
        let world = try await LoopWorld(Self.vary) { request in
            request.times.contains(1) ? .unavailable("connection reset") : .acknowledged
        }
        for time in 1...600 { try await world.add(UInt64(time), ["m v=1i \(time)"]) }

        try await world.run {
            try await world.until { await world.outbox.totals.batches == 1 }
            #expect(world.timing.timing.uptime() < .seconds(60))
            // Until its waits are long.
            try await world.until { world.timing.timing.uptime() > .seconds(120) }
            let requests = world.destination.requests.count
            for second in 1...120 {
                try await world.add(UInt64(1_000 + second))
                try await world.until { world.timing.timing.uptime() > .seconds(120 + Int64(second)) }
            }
            #expect(await world.outbox.totals.batches <= 4)
            let failures = world.destination.requests[requests...].count { $0.times.contains(1) }
            #expect((1...24).contains(failures), "\(failures)")
        }
    }

    // MARK: Rest

    @Test("while requests are under way nothing is looked for again and again")
    func rests() async throws {
        let gate = Gate()
        let world = try await LoopWorld({ $0.requestLinesMax = 4 }) { _ in
            await gate.pass()
            return .acknowledged
        }
        for time in 1...30 { try await world.add(UInt64(time), to: "b\(time % 3)") }

        try await world.run {
            while gate.waiting < 2 { await Task.yield() }
            await world.timing.untilSleeping()
            let before = world.timing.waits.count
            for _ in 0..<20 {
                world.timing.advance(by: .milliseconds(100))
                await world.timing.untilSleeping()
            }
            // One a second, to look at the folders.
            #expect(world.timing.waits.count - before <= 4, "\(world.timing.waits)")
            gate.open()
            try await world.untilEmpty()
        }
    }

    // MARK: The schema

    private static func types(_ value: FieldValue) -> OfferedTypes {
        var types = OfferedTypes()
        types.add(Point(measurement: "m", fields: [Field("v", value)]))
        return types
    }

    @Test("the types of a bucket that is not there, or not for this token, are in doubt until the next that is stored")
    func missingBucket() async throws {
        for missing in [Reply.Missing.bucket, .database] {
            let world = try await LoopWorld { request in
                request.isProbe || request.bucket == Bucket("gone") ? .notFound(missing, "gone") : .acknowledged
            }
            world.schema.withLock { schema in
                for bucket in ["gone", "here"] { _ = schema.learn(Self.types(.float(1)), in: Bucket(bucket)) }
            }
            try await world.add(1, to: "gone")

            try await world.run {
                try await world.until { world.snapshot.holds.count == 1 }
            }

            let types = world.schema.withLock { $0.types }
            let kinds = ["gone", "here"].map { types.kind(of: "v", measurement: "m", in: Bucket($0)) }
            #expect(kinds == [nil, .float])
            #expect(types.fields(of: "m", in: Bucket("gone"))?[ExactName("v")]?.kind == .float)
        }
    }
    @Test("where only a right was missing for a while, the guard is as it was with the first point that is stored")
    func missingRight() async throws {
        let isMended = Atomic(false)
        let world = try await LoopWorld { _ in
            isMended.load(ordering: .relaxed) ? .acknowledged : .notFound(.bucket, "no right")
        }
        let point = { (value: FieldValue) in Point(measurement: "m", fields: [Field("v", value)]) }
        world.schema.withLock { _ = $0.learn(Self.types(.integer(1)), in: Bucket("b")) }
        try await world.add(1)

        try await world.run {
            try await world.until { world.snapshot.holds.count == 1 }
            #expect(world.schema.withLock { $0.check(point(.float(1)), in: Bucket("b")) } == nil)
            isMended.store(true, ordering: .relaxed)
            try await world.untilEmpty()
        }

        #expect(world.schema.withLock { $0.check(point(.float(1)), in: Bucket("b")) } != nil)
        #expect(world.schema.withLock { $0.check(point(.integer(1)), in: Bucket("b")) } == nil)
    }
}
