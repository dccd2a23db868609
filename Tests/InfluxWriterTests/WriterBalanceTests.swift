import CoinlineBase
import TestKit
import Testing

@testable import InfluxWriter

/// Writers come and go, two at a time, on one outbox, in front of a destination that fails at random; somebody else
/// looks all the time.
@Suite("The writer's account", .timeLimit(.minutes(8)))
struct WriterBalanceTests {
    @Test("every point is in one place at every moment, and in the end at the destination or a dead letter, once")
    func balance() async throws {
        let seed = SeededGenerator.seed
        let replies = RandomReplies(seed: seed)
        let destination = StoringDestination { _ in replies.next() }
        let world = try WriterWorld(destination)
        var generator = SeededGenerator(seed: seed &+ 1)
        var offered = 0
        for round in 0..<2 { offered += try await run(world, round, seed: generator.next()) }
        replies.calm()
        let last = try world.writer(speed: 100)
        let report = await last.drain(givingUpAfter: .seconds(100_000))
        _ = await last.close(within: .zero)
        try await world.checkBalance(last)

        #expect(report.isDrained && report.status.total.addsUp, "seed \(seed): \(report)")
        let dead = try world.letters().compactMap { letter in
            if case .line(let bytes) = letter.content { String(decoding: bytes, as: UTF8.self) } else { nil }
        }
        let stored = Set(destination.lines)
        #expect(stored.count + dead.count == offered && stored.isDisjoint(with: dead), "seed \(seed)")
        #expect(Set(dead).count == dead.count && dead.allSatisfy { $0.hasPrefix("bad") }, "seed \(seed)")
    }

    @Test("what a writer tells after each answer, of whatever kind, is what its files say")
    func quiet() async throws {
        let (world, turns) = (try WriterWorld(), Counter())
        let destination = AnsweringDestination(world.timing) { request in
            await turns.reached(request.number)
            return Self.reply(to: request)
        }
        let writer = try world.writer(to: destination) {
            $0.requestsMax = 1
            $0.limits.linesMax = 12
        }
        for number in 0..<4 {
            _ = try await writer.write(points(number * 20..<number * 20 + 20), to: Bucket("b\(number % 2)"))
        }
        while writer.status.pendingBatches > 0, turns.value < 300 {
            try await world.until(writer, advancing: .milliseconds(250)) {
                destination.requests.count > turns.value || writer.status.pendingBatches == 0
            }
            // The next request waits for its turn: nothing moves.
            try await world.checkBalance(writer)
            turns.add()
        }
        let total = writer.status.total
        #expect(total.accepted == 80 && total.pending == 0 && total.deadLettered > 0 && total.acknowledged > 0)
        #expect(try world.letters().count == total.deadLettered, "\(total)")
    }

    private static func reply(to request: AnsweringDestination.Request) -> Reply {
        let lines = request.text.split(separator: "\n").map(String.init)
        guard !request.isProbe, lines.count > 1 else { return .acknowledged }
        return switch request.number % 5 {
        case 1: .unavailable("not reached")
        case 2: .tooLarge("too much")
        case 3: .rejected(lines: [RejectedLine(line: lines[0], number: 1, reason: "bad")], message: "one is bad")
        case 4: .failed("it broke")
        default: .acknowledged
        }
    }

    /// Two writers, to each of which a task writes at random. Returns how many points they were offered.
    private func run(_ world: WriterWorld, _ round: Int, seed: UInt64) async throws -> Int {
        let isOver = Counter()
        let writers = try (0..<2).map { _ in
            try world.writer(speed: 100) {
                $0.limits.linesMax = 20
                $0.sync = .none
                $0.memoryBytesMax = 20_000
                $0.sealAfter = .seconds(4)
            }
        }
        let watching = writers.map { writer in
            Task { await watch(writer, seed: seed) { isOver.value > 0 } }
        }
        let offered = await withTaskGroup(of: Int.self) { group in
            for (index, writer) in writers.enumerated() {
                group.addTask {
                    var generator = SeededGenerator(seed: seed &+ UInt64(index))
                    return await write(to: writer, first: (round * 2 + index) * 100_000, &generator)
                }
            }
            return await group.reduce(0, +)
        }
        for writer in writers {
            let report = await writer.close(within: .seconds(30))
            #expect(report.status.own.addsUp && report.status.held == 0, "seed \(seed): \(report)")
        }
        // The one that closed last found what it left.
        if writers[1].status.delivers { try await world.checkBalance(writers[1]) }
        isOver.add()
        for task in watching { await task.value }
        return offered
    }

    private func write(to writer: Writer, first: Int, _ generator: inout SeededGenerator) async -> Int {
        var next = first
        for _ in 0..<30 {
            let count = Int.random(in: 1...45, using: &generator)
            let isBad = Int.random(in: 0..<20, using: &generator) == 0
            let given = points(next..<next + count, isBad ? "bad" : "m")
            next += count
            let isAwaited = Bool.random(using: &generator)
            #expect(await writer.starting(given, to: Bucket("b"), isAwaited: isAwaited).value.reason == nil)
            let status = writer.status
            #expect(status.own.accepted + status.held >= next - first, "\(status)")
        }
        return next - first
    }

    private func watch(_ writer: Writer, seed: UInt64, until isOver: () -> Bool) async {
        var last = Account()
        while !isOver() {
            let status = writer.status
            let (own, total) = (status.own, status.total)
            let parts = [
                own.acknowledged, own.pending, own.deadLettered, own.dropped, total.acknowledged, total.pending,
                total.deadLettered, total.dropped, status.held, status.pendingBatches, status.pendingBytes,
            ]
            let isRising =
                own.accepted >= last.accepted && own.acknowledged >= last.acknowledged
                && own.deadLettered >= last.deadLettered
            guard parts.allSatisfy({ $0 >= 0 }), own.addsUp, total.addsUp, isRising, own.removed == 0 else {
                Issue.record("seed \(seed): \(status) after \(last): \(status.own) \(status.total)")
                return
            }
            last = own
            await writer.settle()
        }
    }
}

private final class RandomReplies: Sendable {
    private let state: Locked<(generator: SeededGenerator, isCalm: Bool)>

    init(seed: UInt64) {
        state = Locked((SeededGenerator(seed: seed), false))
    }

    func calm() {
        state.withLock { $0.isCalm = true }
    }

    func next() -> Reply {
        state.withLock { state in
            if state.isCalm { return .acknowledged }
            return switch Int.random(in: 0..<20, using: &state.generator) {
            case 0: .unavailable("not reached")
            case 1: .overloaded(after: .seconds(2), "slow down")
            case 2: .failed("it broke")
            case 3: .tooLarge("too much")
            default: .acknowledged
            }
        }
    }
}
