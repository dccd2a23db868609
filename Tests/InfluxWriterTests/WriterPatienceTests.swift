import CoinlineBase
import TestKit
import Testing

@testable import InfluxWriter

/// How long a wait goes on: as long as something is sent, and not because somebody adds something.
@Suite("The writer's patience", .timeLimit(.minutes(8)))
struct WriterPatienceTests {
    private let world: WriterWorld

    init() throws {
        world = try WriterWorld(StoringDestination(isOpen: false))
    }

    private var elapsed: Duration { world.timing.timing.uptime() }

    /// How long a writer drains with ten seconds of patience, while time passes and somebody does something each second.
    private func drain(_ writer: Writer, each second: (Int) async throws -> Void = { _ in }) async throws -> Duration {
        let (start, end) = (elapsed, Counter())
        let draining = Task {
            _ = await writer.drain(givingUpAfter: .seconds(10))
            end.add()
        }
        var seconds = 0
        try await world.until(writer, advancing: .milliseconds(100)) {
            if elapsed - start >= .seconds(seconds + 1), end.value == 0 {
                seconds += 1
                try await second(seconds)
            }
            return end.value > 0 || elapsed - start > .seconds(300)
        }
        let time = elapsed - start
        draining.cancel()
        await draining.value
        return time
    }

    @Test("nobody who adds batches prolongs the wait of a process that delivers, in whatever process he does it")
    func owner() async throws {
        let owner = try world.writer()
        try await world.until(owner) { owner.status.delivers }
        let guest = try world.writer()
        try await world.until(guest) { await guest.core.isOutboxTried }
        _ = try await owner.write(points(0..<5), to: world.bucket)

        let time = try await drain(owner) { second in
            let writer = second.isMultiple(of: 2) ? owner : guest
            _ = try await writer.write([point(second * 10)], to: world.bucket)
        }
        #expect(time >= .seconds(10) && time < .seconds(200), "\(time)")
        #expect(owner.status.total.takenUp(besides: owner.status.own) > 0)
    }

    @Test("nor of one that waits for another process")
    func guest() async throws {
        let owner = try world.writer()
        try await world.until(owner) { owner.status.delivers }
        let guest = try world.writer()
        try await world.until(guest) { await guest.core.isOutboxTried }
        _ = try await guest.write(points(0..<5), to: world.bucket)

        let time = try await drain(guest) { second in
            let writer = second.isMultiple(of: 2) ? owner : guest
            _ = try await writer.write([point(second * 10)], to: world.bucket)
        }
        #expect(time >= .seconds(10) && time < .seconds(200), "\(time)")
        #expect(guest.status.own.pending >= 5)
    }

    @Test("nor does who adds what is dropped at once, or becomes a dead letter at once")
    func endedAtOnce() async throws {
        let writer = try world.writer {
            $0.capacity.bytesMax = 1_000
            $0.capacity.whenFull = .dropNewest
            $0.fieldTypes = [FieldDeclaration(bucket: world.bucket, measurement: "m", field: "n", type: .integer)]
        }
        _ = try await writer.write(points(0..<5), to: world.bucket)

        let conflict = Point(measurement: "m", fields: [Field("n", .string("x"))], time: Timestamp(nanoseconds: 0))
        let time = try await drain(writer) { second in
            _ = try await writer.write([bigPoint(second), conflict], to: world.bucket)
        }
        let own = writer.status.own
        #expect(own.dropped > 0 && own.deadLettered > 0 && own.pending == 6)
        #expect(time >= .seconds(10) && time < .seconds(200), "\(time)")
    }

    /// Drains with 10,000 seconds of patience, while each request takes 6,000. Says what was left at the end.
    private func drain(
        _ writer: Writer, _ slow: AnsweringDestination, _ turns: Counter, isSeen: (Int) async -> Bool = { _ in true }
    ) async throws -> Status {
        let end = Counter()
        let draining = Task {
            let report = await writer.drain(givingUpAfter: .seconds(10_000))
            end.add()
            return report.status
        }
        while turns.value < 50 {
            try await world.until(writer, advancing: .milliseconds(1)) {
                if end.value > 0 { return true }
                guard slow.requests.count > turns.value else { return false }
                return await isSeen(turns.value)
            }
            guard end.value == 0 else { break }
            world.timing.advance(by: .seconds(6_000))
            turns.add()
        }
        return await draining.value
    }

    private func slow(_ turns: Counter, _ reply: @escaping @Sendable (Int) -> Reply) -> AnsweringDestination {
        AnsweringDestination(world.timing) { request in
            await turns.reached(request.number)
            return reply(request.number)
        }
    }

    @Test("a wait goes on as long as something is sent, here and elsewhere", arguments: [true, false])
    func headway(byGuest: Bool) async throws {
        let turns = Counter()
        let slow = slow(turns) { _ in .acknowledged }
        let owner = try world.writer(to: slow) { $0.requestsMax = 1 }
        try await world.until(owner) { owner.status.delivers }
        let guest = try world.writer()
        try await world.until(guest) { await guest.core.isOutboxTried }
        let writer = byGuest ? guest : owner
        for number in 0..<5 { _ = try await writer.write([point(number)], to: Bucket("b\(number)")) }
        try await world.until(owner, advancing: .milliseconds(100)) { owner.status.pendingBatches == 5 }

        let status = try await drain(writer, slow, turns) { count in
            guard byGuest else { return true }
            return await guest.core.awaitedChanges >= count
        }
        #expect(status.own.acknowledged == 5 && turns.value == 5, "\(status)")
    }

    @Test("a batch that is halved is headway, before any of it was sent")
    func halves() async throws {
        let turns = Counter()
        let slow = slow(turns) { $0 <= 3 ? .tooLarge("too much") : .acknowledged }
        let writer = try world.writer(to: slow) { $0.requestsMax = 1 }
        _ = try await writer.write((0..<8).map { bigPoint($0) }, to: world.bucket)

        let status = try await drain(writer, slow, turns)
        #expect(status.own.acknowledged == 8 && turns.value > 4, "\(status)")
    }

    @Test("a change of a process's own files is one, whoever they belong to by now, and a new file is none")
    func changes() throws {
        var awaited = AwaitedBatches()
        let name = Sample.name(1, lines: 4)
        awaited.add(name)
        let whole = BatchTrace(pending: 4, files: 1)
        for (trace, changes) in [
            (whole, 0), (BatchTrace(pending: 4, files: 2), 1), (BatchTrace(pending: 2, files: 1), 2),
            (BatchTrace(pending: 2, files: 1), 2), (BatchTrace(), 3),
        ] {
            #expect(awaited.note([name: trace]).isEmpty && awaited.changes == changes, "\(trace)")
        }
        awaited.add(Sample.name(2))
        #expect(awaited.changes == 3)
        #expect(awaited.note([name: BatchTrace()])[name]?.acknowledged == 4)
    }
}

extension Account {
    fileprivate func takenUp(besides own: Account) -> Int { accepted - own.accepted }
}
