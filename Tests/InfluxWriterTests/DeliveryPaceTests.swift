import CoinlineBase
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Delivery: how much goes out at once", .timeLimit(.minutes(8)))
struct DeliveryPaceTests {
    // MARK: The decision

    private func pace(_ answers: (lines: Int, bytes: Int, seconds: Double)...) -> RequestPace {
        var pace = RequestPace()
        for answer in answers {
            pace.stored(lines: answer.lines, bytes: answer.bytes, in: .milliseconds(Int64(answer.seconds * 1_000)))
        }
        return pace
    }

    @Test("it begins with one batch and one request, and doubles with each answer that comes soon")
    func growth() {
        #expect(pace().lines == 0 && pace().bytes == 0 && !pace().allowsSeveral)

        let grown = pace((5_000, 900_000, 0.1), (10_000, 1_800_000, 2))

        #expect(grown.lines == 20_000 && grown.bytes == 3_600_000 && grown.allowsSeveral)
    }

    @Test("an answer that took its time raises as much as leaves room, and no other request goes beside")
    func room() {
        let near = pace((5_000, 900_000, 5))
        #expect(near.lines == 8_000 && near.bytes == 1_440_000 && !near.allowsSeveral)

        let exact = pace((5_000, 900_000, 8))
        #expect(exact.lines == 5_000 && exact.bytes == 900_000 && !exact.allowsSeveral)
    }

    @Test("where each answer takes four seconds, however much it is about, whole batches are joined all the same")
    func distance() {
        var pace = RequestPace()
        for _ in 0..<5 {
            let batches = max(1, min(4, pace.lines / 5_000))
            pace.stored(lines: batches * 5_000, bytes: batches * 900_000, in: .seconds(4))
        }
        #expect(pace.lines >= 20_000 && pace.bytes >= 3_600_000 && !pace.allowsSeveral)
    }

    @Test("a late answer makes requests smaller, and one goes at a time until answers come soon again")
    func late() {
        let late = pace((10_000, 1_000_000, 0), (20_000, 2_000_000, 10))
        #expect(late.lines == 16_000 && late.bytes == 1_600_000 && !late.allowsSeveral)
        #expect(pace((10_000, 1_000_000, 0), (20_000, 2_000_000, 60)).lines == 10_000)
        #expect(pace((10_000, 1_000_000, 0), (20_000, 2_000_000, 10), (1_000, 100_000, 1)).allowsSeveral)
    }

    @Test(
        "small batches are joined to some extent however late answers come, and a small answer lowers no other's bound")
    func bounds() {
        var slow = pace((1, 100, 60))
        #expect(slow.lines == 2 && slow.bytes == 200 && !slow.allowsSeveral)
        for _ in 0..<20 { slow.stored(lines: slow.lines, bytes: slow.bytes, in: .seconds(60)) }
        #expect(slow.lines == RequestPace.linesMin && slow.bytes == RequestPace.bytesMin && !slow.allowsSeveral)

        let quick = pace((1, 100, 0.2))
        #expect(quick.lines == RequestPace.linesMin && quick.bytes == RequestPace.bytesMin && quick.allowsSeveral)
        #expect(pace((1, 100, 0.3)).lines == 2)

        let grown = pace((10_000, 1_000_000, 0), (1, 100, 0), (1, 100, 3))
        #expect(grown.lines == 20_000 && grown.bytes == 2_000_000)
    }

    // MARK: The loop

    private static func lines(_ count: Int) -> [String] { (1...count).map { "m v=\($0)i \($0)" } }

    @Test("a fast destination gets a backlog in full after a few requests, two of them at once")
    func fast() async throws {
        let world = try await LoopWorld({ $0.pace = RequestPace() }) { _ in .acknowledged }
        let lines = Self.lines(1_000)
        for time in 1...100 { try await world.add(UInt64(time), lines) }

        try await world.run {
            try await world.untilEmpty()
        }

        let sent = world.destination.deliveries
        #expect(sent[0].batches.count == 1 && sent[1].batches.count == 2)
        // 20,000 lines.
        #expect(sent.map(\.batches.count).max() == 20)
        #expect(sent.count <= 14, "\(sent.map(\.batches.count))")
        #expect(world.timing.timing.uptime() == .zero)
    }

    @Test("until the first answer nothing goes beside the first request, and then a second does")
    func second() async throws {
        let gates = [Gate(), Gate()]
        let world = try await LoopWorld({
            $0.pace = RequestPace()
            $0.requestLinesMax = 2
        }) { request in
            await gates[request.number == 1 ? 0 : 1].pass()
            return .acknowledged
        }
        for time in 1...6 { try await world.add(UInt64(time)) }

        try await world.run {
            while gates[0].waiting < 1 { await Task.yield() }
            await world.timing.untilSleeping()
            world.timing.advance(by: .seconds(1))
            await world.timing.untilSleeping()
            #expect(world.destination.underWayMax == 1 && world.snapshot.inFlight == 1)
            gates[0].open()
            while gates[1].waiting < 2 { await Task.yield() }
            gates[1].open()
            try await world.untilEmpty()
        }

        #expect(world.destination.underWayMax == 2)
    }

    @Test("after a request that was not answered in time it begins anew")
    func timeout() async throws {
        let world = try await LoopWorld { request in
            request.number == 1 ? .unavailable("no answer within 30 s") : .acknowledged
        }
        for time in 1...10 { try await world.add(UInt64(time), Self.lines(300)) }

        try await world.run {
            try await world.untilEmpty()
        }

        #expect(world.destination.deliveries.map(\.batches.count).prefix(3) == [10, 1, 2])
    }

    @Test("what an earlier process left is read for its types, though it takes several requests to grow")
    func learns() async throws {
        let world = try await LoopWorld({ $0.pace = RequestPace() }) { _ in .acknowledged }
        for time in 1...3 { try await world.add(UInt64(time), ["m\(time) v=1i 1"]) }

        try await world.run {
            try await world.untilEmpty()
        }

        let known = world.schema.withLock { $0.types }
        #expect(world.destination.deliveries.count > 1)
        #expect((1...3).allSatisfy { known.kind(of: "v", measurement: "m\($0)", in: Bucket("b")) == .integer })
    }

    // MARK: Commands

    /// Takes its time for each line, one request after the other.
    private final class SlowDestination: Destination {
        private struct State {
            var isBusyUntil = Duration.zero
            var waiting = 0
        }

        private let state = Locked(State())
        private let timing: Timing
        private let perLine: Duration

        init(_ timing: Timing, perLine: Duration) {
            self.timing = timing
            self.perLine = perLine
        }

        /// Requests that wait for time to pass.
        var waiting: Int { state.withLock { $0.waiting } }

        func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
            let lines = batches.reduce(0) { $0 + $1.lines }
            let now = timing.uptime()
            let wait = state.withLock { state in
                state.isBusyUntil = max(now, state.isBusyUntil) + perLine * lines
                state.waiting += 1
                return state.isBusyUntil - now
            }
            defer { state.withLock { $0.waiting -= 1 } }
            do { try await timing.sleep(wait) } catch { return .unavailable("cancelled") }
            return .acknowledged
        }

        func check(_ bucket: Bucket) async -> Reply { .acknowledged }
    }

    private func backlog(_ world: WriterWorld, batches: Int, lines: Int) async throws {
        let writer = try world.writer(to: StoringDestination(isOpen: false)) { $0.limits.linesMax = lines }
        _ = try await writer.write(points(0..<(batches * lines)), to: world.bucket)
        _ = try await world.close(writer, within: .zero)
        #expect(try world.batches().count == batches)
    }

    /// What a command does: drains with a patience of 10 s and closes at once. Returns how many batches are left.
    private func run(_ world: WriterWorld, perLine: Duration) async throws -> Int {
        let destination = SlowDestination(world.timing.timing, perLine: perLine)
        let writer = try world.writer(to: destination)
        let isDrained = Locked(false)
        let draining = Task {
            _ = await writer.drain(givingUpAfter: .seconds(10))
            isDrained.withLock { $0 = true }
        }
        try await world.until(writer) {
            // The disk is not timed.
            if writer.core.loop.isResting, writer.core.loop.snapshot.inFlight == destination.waiting {
                world.timing.advance(by: .milliseconds(50))
            }
            return isDrained.withLock { $0 }
        }
        await draining.value
        _ = try await world.close(writer, within: .zero)
        return try world.batches().count
    }

    @Test("where one small batch is all that is answered in time, each run leaves less than it found")
    func headway() async throws {
        let world = try WriterWorld()
        try await backlog(world, batches: 30, lines: 100)

        let first = try await run(world, perLine: .milliseconds(90))
        let second = try await run(world, perLine: .milliseconds(90))

        #expect(first == 29 && second == 28)
        // Where there is some time to spare, all of them go.
        #expect(try await run(world, perLine: .milliseconds(60)) == 0)
    }

    @Test("a server that takes a thousand lines in five seconds gets a whole backlog in one run")
    func slow() async throws {
        let world = try WriterWorld()
        try await backlog(world, batches: 8, lines: 1_000)

        #expect(try await run(world, perLine: .milliseconds(5)) == 0)
    }
}
