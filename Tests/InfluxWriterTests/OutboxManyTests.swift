import CoinlineFiles
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Outbox with much in it")
struct OutboxManyTests {
    private static let count = 50_000

    /// Files of one content under many names, which cost no more than a name each.
    private func fill(_ world: OutboxWorld) throws {
        let batch = try Sample.batch(1, writer: 9)
        try world.put(batch.body, "content")
        for number in 1...Self.count {
            // Out of order, as folders are.
            let time = UInt64(number * 7_919 % 50_021)
            let name = Sample.name(time + 1, writer: 9, number: UInt32(number))
            guard link(world.path("content"), world.path(name.fileName)) == 0 else {
                throw TestKitError("cannot link: \(errno)")
            }
        }
        try FileManager.default.removeItem(atPath: world.path("content"))
    }

    @Test("50,000 batches that wait are counted, and sent in order, with a window of names in memory")
    func backlog() async throws {
        let world = try OutboxWorld()
        try fill(world)
        let clock = ContinuousClock()

        let start = clock.now
        let outbox = try await world.owner()
        let first = try #require(try await outbox.takeOldest())
        let opening = clock.now - start

        // Generous: this is a debug build, under a sanitizer, on a machine with other things to do.
        #expect(opening < .seconds(30))
        let bytes = first.batch.body.count
        func totals(_ batches: Int) -> PendingTotals {
            PendingTotals(batches: batches, lines: 2 * batches, bytes: bytes * batches)
        }
        #expect(await outbox.totals == totals(Self.count))
        await outbox.acknowledge(first.file)
        var last = first.file.name
        var sent = 1
        // More than two windows.
        while sent < 600 {
            let files = try await outbox.oldest(limit: 50)
            try #require(!files.isEmpty)
            for file in files {
                #expect(last < file.name)
                last = file.name
                let batch = try await outbox.take(file)
                #expect(batch?.lines == 2)
                await outbox.acknowledge(file)
                sent += 1
            }
            let held = await outbox.buckets.values.map(\.window.count).max()
            #expect(held ?? 0 <= 256)
        }
        try await outbox.rescan()
        #expect(await outbox.totals == totals(Self.count - sent))
        #expect(await outbox.status.counts.all.vanished == 0)
    }

    @Test("batches that must wait never hide those behind them, though a window of them waits, and come back in turn")
    func heldBack() async throws {
        let world = try OutboxWorld()
        let outbox = try await world.owner { $0.windowMax = 4 }
        for time in 1...20 { _ = try await outbox.append(Sample.batch(UInt64(time)), to: world.bucket) }
        let waiting = Set((1...9).map { Sample.name(UInt64($0)) })

        var sent: [UInt64] = []
        while let file = try await outbox.oldest(limit: 3, excluding: waiting).first {
            _ = try await outbox.take(file)
            await outbox.acknowledge(file)
            sent.append(file.name.sealedMicroseconds)
        }
        #expect(sent == Array(10...20))
        _ = try await outbox.append(Sample.batch(21), to: world.bucket)
        #expect(try await outbox.oldest(limit: 1, excluding: waiting).map(\.name) == [Sample.name(21)])

        #expect(try await outbox.oldest(limit: 3).map(\.name) == (1...3).map { Sample.name($0) })
        try await world.checkBalance(outbox)
    }

    @Test("after any of a long row of operations, at random, every line is in one place and counted there")
    func random() async throws {
        var generator = SeededGenerator()
        let world = try OutboxWorld()
        var model = try await RandomRun(world)
        for step in 0..<300 {
            try await model.step(&generator)
            try await world.checkBalance(model.outbox)
            let status = await model.outbox.status
            #expect(
                status.counts.all.acknowledged == model.acknowledged, "seed \(SeededGenerator.seed), step \(step)")
            #expect(status.totals.batches == world.names().count, "seed \(SeededGenerator.seed), step \(step)")
        }
    }
}

/// Operations at random on an owner with a tiny window, and a guest beside it.
private struct RandomRun {
    private(set) var outbox: Outbox
    private(set) var acknowledged = 0
    private var guest: Outbox
    private let world: OutboxWorld
    private var inHand: [PendingFile] = []
    private var time: UInt64 = 0

    init(_ world: OutboxWorld) async throws {
        self.world = world
        outbox = try await world.owner {
            $0.windowMax = 3
            $0.sync = .none
        }
        guest = try world.outbox()
        _ = try await guest.open()
    }

    mutating func step(_ generator: inout SeededGenerator) async throws {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0...2: try await append(to: outbox, writer: 1, &generator)
        case 3:
            try await append(to: guest, writer: 2, &generator)
            try await outbox.rescan()
        case 4...6: if let (file, _) = try await outbox.takeOldest() { inHand.append(file) }
        case 7: if let file = pick(&generator) { await outbox.release(file) }
        case 8:
            if let file = pick(&generator) {
                await outbox.acknowledge(file)
                acknowledged += file.name.lines
            }
        case 9: try await split(&generator)
        case 10: try await excise(&generator)
        default:
            if Bool.random(using: &generator), let file = pick(&generator) {
                try await outbox.setAside(file, reason: "at random")
            } else if Int.random(in: 0..<4, using: &generator) == 0 {
                try await restart()
            }
        }
    }

    private mutating func append(
        to outbox: Outbox, writer: UInt32, _ generator: inout SeededGenerator
    ) async throws {
        time += 1
        let lines = Int.random(in: 1...6, using: &generator)
        _ = try await outbox.append(Sample.batch(time, writer: writer, lines: lines), to: world.bucket)
    }

    private mutating func split(_ generator: inout SeededGenerator) async throws {
        guard let file = pick(&generator) else { return }
        let lines = file.name.lines
        guard lines > 1 else { return await outbox.release(file) }
        _ = try await outbox.split(file, into: Sample.pieces(of: file.name, [lines / 2, lines - lines / 2]))
    }

    private mutating func excise(_ generator: inout SeededGenerator) async throws {
        guard let file = pick(&generator) else { return }
        let lines = file.name.lines
        let refused = (1...lines).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
        let left = lines - refused.count
        let rest = left > 0 && Bool.random(using: &generator) ? try Sample.pieces(of: file.name, [left])[0] : nil
        _ = try await outbox.excise(file, refused: refused.map { ($0, Sample.letter()) }, rest: rest)
        if rest == nil { acknowledged += left }
    }

    private mutating func restart() async throws {
        await outbox.close()
        outbox = try await world.owner {
            $0.windowMax = 3
            $0.sync = .none
        }
        inHand = []
        acknowledged = 0
    }

    private mutating func pick(_ generator: inout SeededGenerator) -> PendingFile? {
        guard !inHand.isEmpty else { return nil }
        return inHand.remove(at: Int.random(in: inHand.indices, using: &generator))
    }
}
