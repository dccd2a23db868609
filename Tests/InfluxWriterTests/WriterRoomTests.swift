import CoinlineBase
import TestKit
import Testing

@testable import InfluxWriter

@Suite("The writer without room", .timeLimit(.minutes(8)))
struct WriterRoomTests {
    private let world: WriterWorld

    init() throws {
        world = try WriterWorld(StoringDestination(isOpen: false))
    }

    private var elapsed: Duration { world.timing.timing.uptime() }

    /// The refused calls tell how much was not accepted.
    private func isRefused(_ outcome: Writer.Outcome, _ reason: WriteError.Reason) -> Bool {
        guard case .failure(let error) = outcome else { return false }
        return error.reason == reason && error.notAccepted == 1 && error.receipt.accepted == 0
    }

    @Test("callers wait for room in memory and are let in in their order, and memory stays in its bound")
    func memoryBound() async throws {
        let memoryBytesMax = 6_000
        let writer = try await world.fullWriter { $0.memoryBytesMax = memoryBytesMax }
        var calls: [Task<Writer.Outcome, Never>] = []
        let finished = Counter()
        for number in 1...12 {
            let call = writer.starting([bigPoint(number)], to: world.bucket, isAwaited: false)
            calls.append(call)
            Task {
                _ = await call.value
                finished.add()
            }
            try await world.until(writer) { await finished.value + writer.core.waitingForRoom == number }
        }
        #expect(await writer.core.waitingForRoom >= 6 && writer.status.held == finished.value)
        #expect(await writer.core.bytesInMemory <= memoryBytesMax + 1_024)
        // Waiting for longer than the policy's own wait would refuse them.
        world.destination.gate.open()
        try await world.until(writer, advancing: .milliseconds(100)) {
            #expect(await writer.core.bytesInMemory <= memoryBytesMax + 1_024)
            return writer.status.own.acknowledged == 13
        }
        for call in calls { #expect(await call.value.reason == nil) }
        let times = world.destination.lines.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        await finished.reached(12)
        #expect(times.sorted() == Array(0...12))
        // Those who are let in at the same moment go on at once, each on his own.
        #expect(zip(times, times.indices).allSatisfy { abs($0 - $1) <= 3 }, "\(times)")
        #expect(await writer.core.bytesInMemory == 0)
    }

    @Test("`write` waits as long as the policy says and is refused with its reason, each call anew")
    func block() async throws {
        let writer = try await world.fullWriter()
        for round in 1...2 {
            let start = elapsed
            let call = writer.starting([bigPoint(round)], to: world.bucket)
            try await world.until(writer, advancing: .milliseconds(500)) { await writer.core.stuck != nil }
            try await world.until(writer, advancing: .milliseconds(500)) { writer.status.held == 0 }
            #expect(isRefused(await call.value, .noRoom(.bytes)))
            #expect(elapsed - start >= .seconds(10))
        }
        #expect(writer.status.own.accepted == 1 && writer.status.notAccepted == 0)
        #expect(try world.batches().count == 1)

        world.destination.gate.open()
        let call = writer.starting([bigPoint(3)], to: world.bucket)
        try await world.until(writer, advancing: .milliseconds(100)) { writer.status.own.acknowledged == 2 }
        #expect(try await call.value.get().accepted == 1)
        let told = events(of: writer)
        _ = try await world.close(writer, within: .zero)
        // That nobody waits for it any more makes no room.
        #expect(await told.value == [.delivering(lines: 0), .room(false), .room(true)])
    }

    @Test("what is enqueued is held while calls behind it are refused, and is accepted when there is room")
    func mixed() async throws {
        let writer = try await world.fullWriter()
        _ = try await writer.enqueue([bigPoint(1)], to: world.bucket)
        let call = writer.starting([bigPoint(2)], to: world.bucket)
        try await world.until(writer) { writer.status.held == 2 && writer.status.isFull }
        try await world.until(writer, advancing: .milliseconds(500)) { writer.status.held == 1 }
        #expect(isRefused(await call.value, .noRoom(.bytes)))
        for _ in 0..<100 {
            world.timing.advance(by: .seconds(60))
            await writer.settle()
        }
        #expect(writer.status.held == 1 && writer.status.own.accepted == 1)

        world.destination.gate.open()
        try await world.until(writer, advancing: .milliseconds(100)) { writer.status.own.acknowledged == 2 }
        #expect(writer.status.held == 0 && world.destination.lines.count == 2)
        #expect(!writer.status.isFull)
        let told = events(of: writer)
        _ = try await world.close(writer, within: .zero)
        #expect(await told.value == [.delivering(lines: 0), .room(false), .room(true)])
    }

    @Test(
        "`flush` waits for what was enqueued, whatever is refused behind it, until its deadline or the end of its task")
    func flush() async throws {
        let writer = try await world.fullWriter()
        _ = try await writer.enqueue([bigPoint(1)], to: world.bucket)
        let flush = Task { try await writer.flush(within: .seconds(60)) }
        let call = writer.starting([bigPoint(2)], to: world.bucket)
        try await world.until(writer) { writer.status.held == 2 }
        try await world.until(writer, advancing: .milliseconds(500)) { writer.status.held == 1 }
        _ = await call.value
        #expect(elapsed < .seconds(60))
        let cancelled = Task { try await writer.flush(within: .seconds(60)) }
        await writer.settle()
        cancelled.cancel()
        await #expect(throws: WriteError(reason: .cancelled)) { try await cancelled.value }

        try await world.until(writer, advancing: .seconds(1)) { elapsed > .seconds(90) }
        await #expect(throws: WriteError(reason: .noRoom(.bytes))) { try await flush.value }
        world.destination.gate.open()
        let last = Task { try await writer.flush(within: .seconds(600)) }
        try await world.until(writer, advancing: .milliseconds(100)) { writer.status.held == 0 }
        try await last.value
    }

    @Test("enqueued points that can never be accepted are counted, told of, and thrown by the next flush")
    func neverAccepted() async throws {
        let writer = try world.writer { $0.capacity.bytesMax = 500 }
        let told = events(of: writer)
        _ = try await writer.enqueue([bigPoint(1)], to: world.bucket)
        _ = try await writer.enqueue(points(0..<3), to: Bucket("c"))
        let error = await #expect(throws: WriteError.self) { try await writer.flush(within: .seconds(1)) }
        #expect(error?.reason == .noRoom(.batch) && error?.notAccepted == 1)
        try await writer.flush(within: .seconds(1))
        #expect(writer.status.notAccepted == 1 && writer.status.own.accepted == 3 && writer.status.held == 0)
        world.destination.gate.open()
        let report = try await world.close(writer, within: .seconds(600))
        #expect(!report.isComplete && report.isDrained)
        #expect(
            await told.value.contains {
                $0 == .dropped(lines: 1, batches: 1, reason: .notAccepted(.noRoom(.batch)))
            })
        let again = try world.writer { $0.capacity.bytesMax = 500 }
        await #expect(throws: WriteError.self) { try await again.write([bigPoint(1)], to: world.bucket) }
    }

    @Test("dropOldest takes new points, and counts and tells what went")
    func dropOldest() async throws {
        let writer = try world.writer {
            $0.limits.linesMax = 1
            $0.capacity.bytesMax = 2_500
            $0.capacity.whenFull = .dropOldest
            $0.requestsMax = 1
            // Whatever is asked for, a request has some size.
            $0.requestBytesMax = 0
        }
        let told = events(of: writer)
        _ = try await writer.write([bigPoint(0)], to: world.bucket)
        try await world.until(writer) { writer.status.requests == 1 }
        for number in 1..<6 { _ = try await writer.write([bigPoint(number)], to: world.bucket) }
        let own = writer.status.own
        #expect(own.accepted == 6 && own.addsUp && own.dropped > 0 && own.dropped + own.pending == 6)
        // What is being sent is not dropped.
        #expect(try world.batches().map { $0.lines[0].hasSuffix(" 0") }.first == true)
        world.destination.gate.open()
        let report = try await world.close(writer, within: .seconds(600))
        #expect(report.status.own.acknowledged == 6 - own.dropped && !report.isComplete)
        let dropped = await told.value.reduce(0) { if case .dropped(let lines, _, _) = $1 { $0 + lines } else { $0 } }
        #expect(dropped == own.dropped)
    }

    @Test("`enqueue` that is refused half-way tells what is not in memory; the rest is held, and accepted in the end")
    func halfEnqueued() async throws {
        let writer = try await world.fullWriter { $0.memoryBytesMax = 6_000 }
        let call = writer.starting((1...20).map { bigPoint($0) }, to: world.bucket, isAwaited: false)
        try await world.until(writer) { await writer.core.waitingForRoom == 1 }
        let isOver = Counter()
        Task {
            _ = await call.value
            isOver.add()
        }
        try await world.until(writer, advancing: .milliseconds(500)) { isOver.value > 0 }
        guard case .failure(let error) = await call.value else {
            Issue.record("\(await call.value)")
            return
        }
        let held = writer.status.held
        #expect(error.reason == .noRoom(.bytes) && held > 0 && error.notAccepted > 0)
        #expect(error.notAccepted + held == error.receipt.offered && error.receipt.accepted == 0)

        world.destination.gate.open()
        try await world.until(writer, advancing: .milliseconds(100)) { writer.status.own.acknowledged == 1 + held }
        #expect(writer.status.held == 0 && writer.status.notAccepted == 0)
    }

    @Test("`enqueue` whose first points were refused behind its back leaves it to `flush` to tell that")
    func refusedBehind() async throws {
        let writer = try world.writer {
            $0.limits.linesMax = 1
            $0.memoryBytesMax = 3_000
            $0.capacity.bytesMax = 500
        }
        let receipt = try await writer.enqueue((1...8).map { bigPoint($0) }, to: world.bucket)
        #expect(receipt.offered == 8)
        let error = await #expect(throws: WriteError.self) { try await writer.flush(within: .seconds(1)) }
        #expect(error?.notAccepted == 8 && writer.status.notAccepted == 8)
    }

    @Test(
        "under dropOldest a process that does not deliver waits for room as one that blocks", arguments: [true, false])
    func guest(isRoomMade: Bool) async throws {
        let owner = try await world.fullWriter()
        let guest = try world.writer {
            $0.capacity.bytesMax = 1_000
            $0.capacity.whenFull = .dropOldest
        }
        try await world.until(guest) { await guest.core.isOutboxTried }
        let start = elapsed
        let call = guest.starting([bigPoint(1)], to: world.bucket)
        try await world.until(guest, advancing: .milliseconds(250)) { await guest.core.stuck != nil }
        if isRoomMade {
            world.destination.gate.open()
            // While time stands still: the disk may be slow.
            try await world.until(owner) { owner.status.own.pending == 0 }
        }
        try await world.until(guest, advancing: .milliseconds(250)) { guest.status.held == 0 }

        if isRoomMade {
            #expect(try await call.value.get().accepted == 1)
        } else {
            #expect(isRefused(await call.value, .noRoom(.bytes)) && elapsed - start >= .seconds(10))
        }
        #expect(owner.status.own.dropped == 0)
    }

    @Test("dropNewest accepts and drops, and the receipt says so; events are bounded")
    func dropNewest() async throws {
        let writer = try await world.fullWriter { $0.capacity.whenFull = .dropNewest }
        for number in 1...300 {
            let receipt = try await writer.write([bigPoint(number)], to: world.bucket)
            #expect(receipt.accepted == 1 && receipt.dropped == 1)
        }
        let own = writer.status.own
        #expect(own.accepted == 301 && own.dropped == 300 && own.pending == 1 && own.addsUp)
        _ = try await world.close(writer, within: .zero)
        let told = await events(of: writer).value
        #expect(told.count == Writer.eventsMax)
        #expect(told.allSatisfy { if case .dropped(1, 1, _) = $0 { true } else { false } })
    }

    @Test("a cancelled call that waits for room ends at once; what it had in memory may yet be accepted")
    func cancelled() async throws {
        let writer = try await world.fullWriter { $0.memoryBytesMax = 1 }
        let stuck = writer.starting([bigPoint(1)], to: world.bucket)
        try await world.until(writer) { await writer.core.stuck != nil }
        let outside = writer.starting([bigPoint(2)], to: world.bucket)
        try await world.until(writer) { await writer.core.waitingForRoom == 1 }

        outside.cancel()
        #expect(isRefused(await outside.value, .cancelled))
        stuck.cancel()
        #expect(isRefused(await stuck.value, .cancelled))
        // One who is cancelled before he begins waits no longer either.
        let late = writer.starting([bigPoint(3)], to: world.bucket)
        late.cancel()
        #expect(isRefused(await late.value, .cancelled))
        #expect(await writer.core.waitingForRoom == 0 && writer.status.held == 1)

        world.destination.gate.open()
        try await world.until(writer, advancing: .milliseconds(100)) { writer.status.own.acknowledged == 2 }
        #expect(world.destination.lines.count == 2)
    }

    @Test("a cancelled task writes all the same where nothing has to be waited for")
    func cancelledBefore() async throws {
        let writer = try world.writer()
        let call = writer.starting(points(0..<10), to: world.bucket)
        call.cancel()
        #expect(try await call.value.get().accepted == 10)
    }
}
