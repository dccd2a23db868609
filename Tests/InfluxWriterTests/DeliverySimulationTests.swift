import CoinlineBase
import TestKit
import Testing

@testable import InfluxWriter

/// The pure decisions with a loop of some lines around them, against a server that is a value: nothing runs, waits or
/// sends. What the real loop does with files this one does in memory.
@Suite("Delivery: simulated from end to end", .timeLimit(.minutes(8)))
struct DeliverySimulationTests {
    @Test("whatever is wrong, it comes to an end, and every line is stored, waits or is a dead letter with its reason")
    func random() throws {
        var generator = SeededGenerator()
        var total = SimulatedDelivery.Totals()
        for round in 0..<24 {
            var delivery = try SimulatedDelivery(seed: generator.next(), round: round)
            let comment = Comment(rawValue: "seed \(SeededGenerator.seed), round \(round)")

            let didEnd = try delivery.run()

            #expect(didEnd, comment)
            delivery.check(comment)
            total.add(delivery)
        }
        print("simulated deliveries: \(total)")
        #expect(total.dead > 100 && total.settled > 10 && total.splits > 10 && total.holds > 10 && total.aside > 5)
    }

    @Test("a batch at fault does not delay those behind it")
    func poisonInFront() throws {
        for kind in [SimulatedLine.Kind.poison, .conflict, .opaque, .crash] {
            var delivery = try SimulatedDelivery(
                batches: [[.good, .good, kind, .good]] + (0..<50).map { _ in [.good, .good] })

            _ = try delivery.run(until: { $0.server.stored.count >= 100 })

            // One wait of a line about which the server says nothing, and no more.
            #expect(delivery.now <= .seconds(5), "\(kind): \(delivery.now)")
        }
    }

    @Test("batches that make the server fail do not delay what comes after them, then and later")
    func crashesInFront() throws {
        var delivery = try SimulatedDelivery(
            batches: (0..<5).map { _ in [.crash] } + (0..<50).map { _ in [.good] }, freshEvery: .seconds(600))

        _ = try delivery.run(until: { $0.acknowledged >= 50 })
        #expect(delivery.now <= .seconds(60), "\(delivery.now)")

        _ = try delivery.run()
        #expect(delivery.pendingLines == 5 && delivery.dead.isEmpty)
    }

    @Test("a server that refuses everything without a word costs no line, and few requests")
    func refusesAll() throws {
        var delivery = try SimulatedDelivery(batches: (0..<20).map { _ in (0..<64).map { _ in .opaque } })

        _ = try delivery.run(until: { $0.now > .seconds(600) })

        #expect(delivery.dead.isEmpty)
        #expect(delivery.pendingLines == delivery.accepted)
        #expect(delivery.requests < 200, "\(delivery.requests)")
    }
}
