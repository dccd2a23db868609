import CoinlineBase
import TestKit
import Testing

@testable import InfluxWriter

@Suite("The end of a writer", .timeLimit(.minutes(8)))
struct WriterLifeTests {
    private let world: WriterWorld

    init() throws {
        world = try WriterWorld()
    }

    @Test("after closing nothing is taken, and closing again tells the same")
    func closed() async throws {
        let writer = try world.writer(speed: 1)
        _ = try await writer.enqueue(points(0..<5), to: world.bucket)
        async let second = writer.close(within: .seconds(300))
        let first = await writer.close(within: .seconds(300))
        #expect(await second == first && first.isComplete && first.status.own.acknowledged == 5)
        for isAwaited in [true, false] {
            let outcome = await writer.starting(points(5..<6), to: world.bucket, isAwaited: isAwaited).value
            #expect(outcome.reason == .closed)
        }
        try await writer.flush(within: .zero)
        #expect(await writer.drain(givingUpAfter: .seconds(600)) == first)
        #expect(await writer.close(within: .zero) == first)
        #expect(world.destination.lines.count == 5)
    }

    @Test("a task that is cancelled closes all the more")
    func closedWhenCancelled() async throws {
        let writer = try world.writer(speed: 1)
        _ = try await writer.enqueue(points(0..<5), to: world.bucket)
        let closing = Task { await writer.close(within: .seconds(300)) }
        closing.cancel()
        #expect(await closing.value.isComplete)
    }

    @Test("calls under way when it closes end, and tell what of them was accepted")
    func callsUnderWay() async throws {
        let writer = try world.writer(speed: 1) { $0.limits.linesMax = 10 }
        let calls = (0..<8).map { number in
            writer.starting(points(number * 10_000..<(number + 1) * 10_000), to: world.bucket, isAwaited: number < 4)
        }
        try await world.until(writer) { writer.status.own.accepted > 0 }
        let report = await writer.close(within: .seconds(300))
        var accepted = 0
        var notAccepted = 0
        for call in calls.prefix(4) {
            switch await call.value {
            case .success(let receipt): accepted += receipt.accepted
            case .failure(let error):
                #expect(error.reason == .closed)
                accepted += error.receipt.accepted
                notAccepted += error.notAccepted
                #expect(error.receipt.offered >= error.receipt.accepted + error.notAccepted)
            }
        }
        for call in calls.suffix(4) { _ = await call.value }
        #expect(report.status.own.accepted >= accepted && report.status.own.addsUp && report.status.held == 0)
        #expect(report.status.own.acknowledged == world.destination.lines.count && report.isComplete)
        #expect(Set(world.destination.lines).count == world.destination.lines.count)
        #expect(writer.status == report.status)
    }

    @Test("a writer that is dropped leaves what is on disk to the next one, and its events end")
    func dropped() async throws {
        world.destination.gate.open()
        let down = StoringDestination(isOpen: false)
        let told: Task<[Event], Never>
        weak var core: WriterCore?
        do {
            let writer = try world.writer(speed: 1, to: down) { $0.sealAfter = .seconds(3_600) }
            core = writer.core
            told = events(of: writer)
            _ = try await writer.write(points(0..<5), to: world.bucket)
            _ = try await writer.enqueue(points(5..<7), to: world.bucket)
            try await world.until(writer) { writer.status.delivers }
        }
        #expect(await told.value.contains(.delivering(lines: 0)))
        let next = try world.writer(speed: 20)
        #expect(await next.drain(givingUpAfter: .seconds(600)).isDrained || !next.status.delivers)
        try await world.until(next) { world.destination.lines.count == 5 }
        let deadline = ContinuousClock.now + .seconds(30)
        while core != nil, ContinuousClock.now < deadline { await Task.yield() }
        #expect(core == nil)
    }

    @Test("a destination that goes on when it is cancelled does not hold up the end")
    func deafDestination() async throws {
        let deaf = DeafDestination()
        let writer = try world.writer(speed: 1, to: deaf)
        _ = try await writer.write(points(0..<5), to: world.bucket)
        try await world.until(writer) { writer.status.requests == 1 }
        let report = await writer.close(within: .milliseconds(10))
        #expect(report.status.own.pending == 5)
        let next = try world.writer(speed: 20)
        #expect(await next.drain(givingUpAfter: .seconds(6_000)).status.total.acknowledged == 5)
        deaf.gate.open()
        await writer.settle()
        #expect(writer.status == report.status)
    }

    @Test("`drain` ends when nothing changes any more, and at once when all that waits needs the operator")
    func draining() async throws {
        let stalled = StoringDestination(isOpen: false)
        let writer = try world.writer(speed: 20, to: stalled)
        _ = try await writer.write(points(0..<5), to: world.bucket)
        #expect(!(await writer.drain(givingUpAfter: .seconds(2)).isDrained))
        let drain = Task { await writer.drain(givingUpAfter: .seconds(6_000)) }
        drain.cancel()
        #expect(!(await drain.value.isDrained))
        _ = await writer.close(within: .zero)

        let held = try world.writer(speed: 20, to: StoringDestination { _ in .unauthorized("a new token is needed") })
        let told = events(of: held)
        let report = await held.drain(givingUpAfter: .seconds(6_000))
        #expect(report.status.holds.map(\.message) == ["a new token is needed"] && report.status.total.pending == 5)
        _ = await held.close(within: .zero)
        #expect(await told.value.contains(.held(nil, "a new token is needed")))
    }
}

/// Takes a request and never looks whether it is still wanted.
private final class DeafDestination: Destination {
    let gate = Gate()

    func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        await Task { await self.gate.pass() }.value
        return .acknowledged
    }

    func check(_ bucket: Bucket) async -> Reply { .acknowledged }
}
