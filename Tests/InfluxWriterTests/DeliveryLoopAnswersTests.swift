import CoinlineBase
import Foundation
import LineProtocol
import Synchronization
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Delivery loop: what follows from an answer", .timeLimit(.minutes(8)))
struct DeliveryLoopAnswersTests {
    // MARK: Lines at fault

    @Test("named lines become dead letters with the server's reason, and all the rest goes in one more request")
    func excised() async throws {
        let world = try await LoopWorld { request in
            guard request.number == 1 else { return .acknowledged }
            let bad = [(2, "no field"), (6, "a bad number")].map {
                RejectedLine(line: "bad", number: $0, reason: $1)
            }
            return .rejected(lines: bad, message: "two lines")
        }
        try await world.add(1, ["m v=1i 1", "bad 1", "m v=3i 3"])
        try await world.add(2, ["m v=4i 4", "m v=5i 5"])
        try await world.add(3, ["bad 3"])
        try await world.add(4, ["m v=6i 6"])

        try await world.run {
            try await world.untilEmpty()
        }

        let sent = world.destination.deliveries
        #expect(sent.count == 2)
        #expect(sent[1].text == "m v=1i 1\nm v=3i 3\nm v=4i 4\nm v=5i 5\nm v=6i 6\n")
        #expect(sent[1].names[0].id.hasSuffix(".1of1"))
        #expect(try world.deadLines() == ["bad 1", "bad 3"])
        #expect(try world.letters().map(\.reason) == ["no field", "a bad number"])
        #expect(try world.letters().allSatisfy { $0.answer == "two lines" && $0.bucket == Bucket("b") })
        #expect(
            world.events == [
                .deadLettered(lines: 1, Bucket("b"), reason: "no field"),
                .deadLettered(lines: 1, Bucket("b"), reason: "a bad number"),
            ])
        let counts = await world.outbox.counts.all
        #expect(counts.acknowledged == 5 && counts.deadLettered == 2)
        #expect(world.timing.timing.uptime() < .seconds(1))
    }

    @Test("a refusal of joined batches that names no line, or none of theirs, is asked again for each alone")
    func separated() async throws {
        for lines in [[], [RejectedLine(line: "m", number: 9, reason: "x")]] {
            let world = try await LoopWorld { request in
                request.batches.count > 1 ? .rejected(lines: lines, message: "no") : .acknowledged
            }
            for time in 1...3 { try await world.add(UInt64(time)) }

            try await world.run {
                try await world.untilEmpty()
            }

            // Two at once, so that either may be asked first.
            let sent = world.destination.deliveries.map(\.times)
            #expect(sent.first == [1, 2, 3] && sent.dropFirst().sorted { $0[0] < $1[0] } == [[1], [2], [3]])
            #expect(world.timing.timing.uptime() < .seconds(1))
        }
    }

    @Test("a line that is refused without a name is found by halves, and the others are stored")
    func bisected() async throws {
        let world = try await LoopWorld { request in
            request.text.contains("x v=5i") ? .rejected(lines: [], message: "no") : .acknowledged
        }
        try await world.add(1, (1...8).map { "x v=\($0)i \($0)" })
        try await world.add(2)

        try await world.run {
            try await world.untilEmpty()
        }

        #expect(try world.deadLines() == ["x v=5i 5"])
        #expect(await world.outbox.counts.all.acknowledged == 9)
        #expect(world.events.contains { if case .bisecting = $0 { true } else { false } })
    }

    @Test("what is damaged is found when it is refused, and moved aside whole")
    func damaged() async throws {
        let world = try await LoopWorld { request in
            request.times.contains(1) ? .rejected(lines: [], message: "gzip: invalid checksum") : .acknowledged
        }
        var body = try Sample.body(["m v=1i 1", "m v=2i 2"])
        body[body.count - 6] ^= 0xFF
        let batch = BatchFile(name: Sample.name(1), body: body)
        _ = try await world.outbox.append(batch, to: Bucket("b"))
        try await world.add(2)

        try await world.run {
            try await world.untilEmpty()
        }

        let letter = try #require(try world.letters().first)
        #expect(letter.content == .batch(fileName: batch.name.fileName, lines: 2))
        #expect(letter.reason == BatchDamage.checksum.description && letter.answer == "gzip: invalid checksum")
        #expect(try world.outbox.letters.body(of: letter) == body)
    }

    /// A server that leaves lines out and tells the first reason only, as the real ones do.
    private static func leaving(
        out refused: [(line: String, words: String)]
    ) -> @Sendable (AnsweringDestination.Request) -> Reply {
        { request in
            let text = request.batches.map {
                String(decoding: (try? BatchSurgery.decompress($0.body)) ?? [], as: UTF8.self)
            }
            let lines = text.joined().split(separator: "\n").map(String.init)
            let found = refused.filter { lines.contains($0.line) }
            guard let first = found.first else { return .acknowledged }
            let words = "partial write: \(first.words) dropped=\(found.count)"
            return .partial(
                refused: [], count: RefusedCount(lines: found.count, isAtLeast: true, words: words), message: words)
        }
    }

    @Test(
        "of a partial write every refused line becomes a dead letter, one reason after the other, and no other is lost")
    func settled() async throws {
        let conflict = { (field: String) in
            "field type conflict: input field \"\(field)\" on measurement \"m\" is type float, already exists as type integer"
        }
        let answer = Self.leaving(out: [("m v=1.5 2", conflict("v")), ("m z=2.5 4", conflict("z"))])
        let world = try await LoopWorld { answer($0) }
        try await world.add(1, ["m v=1i 1", "n w=1 1"])
        try await world.add(2, ["m v=1.5 2", "m v=3i 3", "m z=2.5 4", "m z=5i 5"])

        try await world.run {
            try await world.untilEmpty()
        }

        #expect(try world.deadLines() == ["m v=1.5 2", "m z=2.5 4"])
        #expect(await world.outbox.counts.all.acknowledged == 4)
        let types = world.schema.withLock { $0.types }
        #expect(types.kind(of: "v", measurement: "m", in: Bucket("b")) == .integer)
        #expect(types.kind(of: "z", measurement: "m", in: Bucket("b")) == .integer)
    }

    @Test("a server that is found to be InfluxDB 1 says nothing of lines that it cannot read: these are at fault first")
    func lateDialect() async throws {
        let conflict =
            "field type conflict: input field \"z\" on measurement \"m\" is type float, already exists as type integer"
        let answer = Self.leaving(out: [("m v=\"a\"b 2", conflict)])
        let world = try await LoopWorld { answer($0) }
        world.loop.use(.influx1)
        try await world.add(1, ["m v=1i 1", "m v=\"a\"b 2"])

        try await world.run {
            try await world.untilEmpty()
        }

        #expect(try world.deadLines() == ["m v=\"a\"b 2"])
        #expect(await world.outbox.counts.all.acknowledged == 1)
    }

    @Test("a partial write about whose lines nothing can be told keeps the batch as a dead letter, and says so")
    func unsettled() async throws {
        let world = try await LoopWorld { request in
            if request.batches.contains(where: { $0.name.sealedMicroseconds == 2 }) {
                return .partial(
                    refused: [], count: RefusedCount(lines: 1, isAtLeast: true, words: "partial write: strange"),
                    message: "one line")
            }
            return .acknowledged
        }
        for time in 1...3 { try await world.add(UInt64(time)) }

        try await world.run {
            try await world.untilEmpty()
        }

        let letters = try world.letters()
        #expect(letters.count == 1 && letters.first?.content == .batch(fileName: Sample.name(2).fileName, lines: 2))
        #expect(await world.outbox.counts.all.acknowledged == 4)
        #expect(world.events.contains { if case .doubt = $0 { true } else { false } })
    }

    @Test("a batch at which the server fails and asks to wait is set aside in the end, and then delays no other")
    func failsAndAsksToWait() async throws {
        let world = try await LoopWorld { request in
            request.text.contains("poison") ? .failed(after: .seconds(60), "it failed") : .acknowledged
        }
        try await world.add(1, ["poison v=1 1"])

        try await world.run {
            var time: UInt64 = 2
            while world.snapshot.asides == 0 {
                try await world.add(time)
                try await world.until(.seconds(1)) { await world.outbox.totals.batches == 1 }
                time += 1
            }
            let before = world.destination.deliveries.count
            let start = world.timing.timing.uptime()
            // Until it was tried once more.
            try await world.until(.seconds(1)) { world.destination.deliveries.count > before }
            #expect(world.timing.timing.uptime() - start >= .seconds(30))
            try await world.add(time)
            try await world.until(.milliseconds(100)) { await world.outbox.totals.batches == 1 }
            #expect(!world.snapshot.isCircuitOpen)
        }

        #expect(world.events.contains { if case .unreachable(_, .seconds(60)) = $0 { true } else { false } })
        #expect(try world.letters().isEmpty)
    }

    @Test("what is too large is halved, and the size is remembered")
    func tooLarge() async throws {
        let world = try await LoopWorld { request in
            request.text.utf8.count > 40 ? .tooLarge("too large") : .acknowledged
        }
        try await world.add(1, (1...8).map { "m v=\($0)i \($0)" })

        try await world.run {
            try await world.untilEmpty()
        }

        #expect(await world.outbox.counts.all.acknowledged == 8)
        #expect(world.events.contains(.tooLarge(limit: LearnedSize.bytesMin)))
        #expect(try world.letters().isEmpty)
    }

    @Test("where the disk fails at a dead letter, the batch waits by itself, and nothing is lost or counted twice")
    func diskFails() async throws {
        let world = try await LoopWorld { request in
            guard request.text.contains("bad") else { return .acknowledged }
            return .rejected(lines: [RejectedLine(line: "bad", number: 1, reason: "bad")], message: "no")
        }
        let folder = world.disk.layout.deadLetterFolder
        try FileManager.default.createDirectory(
            atPath: (folder as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        // A file where the folder should be.
        try Data().write(to: URL(fileURLWithPath: folder))
        try await world.add(1, ["bad", "m v=1i 1"])
        for time in 2...5 { try await world.add(UInt64(time)) }

        try await world.run {
            try await world.until { world.destination.deliveries.count >= 4 && world.snapshot.inFlight == 0 }
            let counts = await world.outbox.counts.all
            #expect(counts.acknowledged == 8 && counts.deadLettered == 0)
            #expect(world.disk.names() == [Sample.name(1).fileName])
            #expect(world.snapshot.lastError?.contains("dead-letters") == true)
            #expect(!world.snapshot.isStuck)
            try FileManager.default.removeItem(atPath: folder)
            try await world.untilEmpty()
        }

        #expect(try world.deadLines() == ["bad"])
        let counts = await world.outbox.counts.all
        #expect(counts.acknowledged == 9 && counts.deadLettered == 1)
    }

    // MARK: The destination

    @Test("a destination that is not reached gets one small request at a time, later and later, and then all in order")
    func circuit() async throws {
        let world = try await LoopWorld { request in
            request.number <= 6 ? .unavailable("refused") : .acknowledged
        }
        for time in 1...12 { try await world.add(UInt64(time)) }

        try await world.run {
            try await world.until { world.snapshot.isCircuitOpen && world.snapshot.inFlight == 0 }
            #expect(world.snapshot.nextTry != nil && !world.snapshot.isStuck)
            try await world.untilEmpty()
        }

        let sent = world.destination.deliveries
        #expect(world.destination.underWayMax == 1)
        #expect(sent[1...6].allSatisfy { $0.batches.count == 1 })
        let waits = zip(sent[1...6], sent).map { $0.at - $1.at }
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 <= $1 + .milliseconds(200) }, "\(waits)")
        #expect(waits[5] >= .seconds(15))
        // The one that tried, then the others from the oldest on.
        #expect(
            sent[7...].flatMap(\.times) == (1...12).filter { ![$0].elementsEqual(sent[6].times) }.map { UInt64($0) })
        #expect(world.events.first == .unreachable(reason: "refused", retryAfter: .milliseconds(500)))
        #expect(world.events.last == .reachable)
        #expect(world.snapshot.lastError == "refused" && !world.snapshot.isCircuitOpen)
    }

    @Test("once the destination answers, those that waited only for that go at once")
    func endsWaits() async throws {
        let calls = Atomic(0)
        let world = try await LoopWorld({
            $0.requestLinesMax = 2
            $0.requestsMax = 1
            // The destination's waits are short, and those of a batch long.
            $0.random = { calls.wrappingAdd(1, ordering: .relaxed).oldValue % 2 == 0 ? 0.1 : 0.9 }
        }) { request in
            request.number <= 3 ? .unavailable("refused") : .acknowledged
        }
        for time in 1...2 { try await world.add(UInt64(time)) }

        try await world.run {
            try await world.untilEmpty()
        }

        let sent = world.destination.deliveries
        #expect(sent.map(\.times) == [[1], [2], [1], [2], [1]])
        #expect(sent[4].at - sent[3].at <= .milliseconds(200))
        #expect(sent[3].at >= .milliseconds(1_300))
    }

    @Test("a destination that asks to wait is left alone as long as it asks")
    func retryAfter() async throws {
        let world = try await LoopWorld { request in
            request.number == 1 ? .overloaded(after: .seconds(7), "busy") : .acknowledged
        }
        try await world.add(1)

        try await world.run {
            try await world.untilEmpty()
        }

        let sent = world.destination.deliveries
        #expect(sent.count == 2)
        #expect((Duration.seconds(7)...(.milliseconds(7_300))).contains(sent[1].at - sent[0].at))
    }

    @Test("a refused token holds the destination until a write of nothing is taken")
    func holdsDestination() async throws {
        let world = try await LoopWorld { request in
            if request.isProbe { return request.number > 4 ? .acknowledged : .unauthorized("still a bad token") }
            return request.number == 1 ? .unauthorized("a bad token") : .acknowledged
        }
        try await world.add(1)
        try await world.add(2, to: "c")

        try await world.run {
            try await world.until { world.snapshot.isStuck }
            #expect(world.snapshot.holds.map(\.bucket) == [nil])
            #expect(world.snapshot.holds.first?.message == "a bad token")
            #expect(world.snapshot.nextTry != nil)
            try await world.untilEmpty()
        }

        #expect(world.destination.deliveries.map(\.times) == [[1], [1], [2]])
        let probes = world.destination.probes
        #expect(probes.count == 4 && probes.allSatisfy { $0.bucket == Bucket("b") })
        #expect(zip(probes, probes.dropFirst()).allSatisfy { $1.at - $0.at >= .seconds(7) })
        #expect(world.events == [.held(nil, message: "a bad token"), .released(nil)])
        #expect(world.snapshot.holds.isEmpty)
    }

    @Test("a bucket that may not be written, is missing or is full holds only itself")
    func holdsBucket() async throws {
        for reply in [Reply.forbidden("x"), .notFound(.bucket, "x"), .limited("x")] {
            let isMended = Atomic(false)
            let world = try await LoopWorld { request in
                request.bucket == Bucket("b") && !isMended.load(ordering: .relaxed) ? reply : .acknowledged
            }
            for time in 1...4 { try await world.add(UInt64(time), to: time % 2 == 0 ? "b" : "c") }

            try await world.run {
                try await world.until { world.snapshot.isStuck }
                #expect(world.snapshot.holds.map(\.bucket) == [Bucket("b")])
                #expect(await world.outbox.counts.all.acknowledged == 4)
                // What comes for others is not stuck.
                try await world.add(9, to: "c")
                try await world.until { await world.outbox.counts.all.acknowledged == 6 }
                #expect(world.disk.names().count == 2)
                isMended.store(true, ordering: .relaxed)
                try await world.untilEmpty()
            }

            #expect(try world.letters().isEmpty)
            #expect(world.events.last == .released(Bucket("b")))
        }
    }

    // MARK: The schema

    @Test("what a batch brings is learned when it is acknowledged, told by the writer or read from its lines")
    func learns() async throws {
        let gate = Gate()
        let world = try await LoopWorld({ $0.writer = 1 }) { _ in
            await gate.pass()
            return .acknowledged
        }
        var types = OfferedTypes()
        types.add(Point(measurement: "told", fields: [Field("v", .integer(1))]))
        await world.loop.note(types, of: Sample.name(1, lines: 1))
        try await world.add(1, ["unread v=1i 1"])
        let other = BatchFile(name: Sample.name(2, writer: 9, lines: 1), body: try Sample.body(["read v=1i 1"]))
        try world.disk.put(other)
        try await world.outbox.rescan()

        try await world.run {
            while gate.waiting < 1 { await Task.yield() }
            #expect(world.schema.withLock { $0.types.buckets.isEmpty })
            gate.open()
            try await world.untilEmpty()
        }

        let known = world.schema.withLock { $0.types }
        let kinds = ["told", "read", "unread"].map { known.kind(of: "v", measurement: $0, in: Bucket("b")) }
        #expect(kinds == [.integer, .integer, nil])
    }

    @Test("a field that was acknowledged in another type is told once")
    func hiddenPoints() async throws {
        let world = try await LoopWorld { _ in .acknowledged }
        world.schema.withLock { $0.declare(.float, of: "v", measurement: "m", in: Bucket("b")) }

        try await world.run {
            for time in 1...3 {
                try await world.add(UInt64(time))
                try await world.untilEmpty()
            }
        }

        let conflict = SchemaGuard.Conflict(measurement: "m", field: "v", known: .float, offered: .integer)
        #expect(world.events == [.hiddenPoints(conflict, Bucket("b"))])
    }
}
