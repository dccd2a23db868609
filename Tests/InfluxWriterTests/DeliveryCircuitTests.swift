import CoinlineBase
import TestKit
import Testing

@testable import InfluxWriter

/// Macros of tests cannot change a value, so these hold one.
private final class CircuitBox {
    var circuit = Circuit()

    var isClosed: Bool { circuit.isClosed }

    func permit(now: Duration) -> Circuit.Permission { circuit.permit(now: now) }

    func ticket(_ now: Duration) -> Circuit.Ticket? {
        if case .allowed(let ticket) = circuit.permit(now: now) { ticket } else { nil }
    }

    func record(
        _ outcome: Circuit.Outcome, of ticket: Circuit.Ticket, now: Duration, random: Double
    ) -> Circuit.Change? {
        circuit.record(outcome, of: ticket, now: now, random: random)
    }
}

private final class HoldsBox {
    var holds = Holds()

    var nextProbe: Duration? { holds.nextProbe }

    func hold(of bucket: Bucket) -> Holds.Hold? { holds.hold(of: bucket) }

    func hold(_ target: Holds.Target, _ message: String, now: Duration, random: Double) -> Bool {
        holds.hold(target, message, now: now, random: random)
    }

    func takeDueProbe(now: Duration) -> Holds.Target? { holds.takeDueProbe(now: now) }

    func record(
        _ reply: Reply, ofProbe target: Holds.Target, now: Duration, random: Double
    ) -> Holds.ProbeOutcome {
        holds.record(reply, ofProbe: target, now: now, random: random)
    }
}

@Suite("Delivery: the circuit of a destination")
struct DeliveryCircuitTests {
    @Test("a closed one lets any number through")
    func closed() throws {
        let circuit = CircuitBox()
        for second in 0..<100 {
            let ticket = try #require(circuit.ticket(.seconds(second)))
            #expect(!ticket.isProbe)
            #expect(circuit.record(.answered, of: ticket, now: .seconds(second), random: 0.5) == nil)
        }
        #expect(circuit.isClosed)
    }

    @Test("while it is open exactly one request goes out, and its answer closes it")
    func oneProbe() throws {
        let circuit = CircuitBox()
        let (first, second) = (try #require(circuit.ticket(.zero)), try #require(circuit.ticket(.zero)))

        #expect(circuit.record(.failed(retryAfter: nil), of: first, now: .zero, random: 0.5) == .opened)
        // The other one that was under way changes nothing any more, whatever it brings.
        #expect(circuit.record(.failed(retryAfter: nil), of: second, now: .seconds(9), random: 0.5) == nil)
        #expect(circuit.permit(now: .milliseconds(499)) == .refused(until: .milliseconds(500)))
        let probe = try #require(circuit.ticket(.milliseconds(500)))
        #expect(probe.isProbe)
        for second in 1...100 { #expect(circuit.permit(now: .seconds(second)) == .refused(until: nil)) }
        #expect(circuit.record(.answered, of: second, now: .seconds(1), random: 0.5) == nil)
        #expect(circuit.permit(now: .seconds(1)) == .refused(until: nil))

        #expect(circuit.record(.answered, of: probe, now: .seconds(1), random: 0.5) == .closed)
        #expect(circuit.ticket(.seconds(1)) != nil && circuit.ticket(.seconds(1)) != nil)
    }

    @Test("waits double to their cap and go on for ever")
    func waits() throws {
        let circuit = CircuitBox()
        var now = Duration.zero
        var waits: [Duration] = []
        for _ in 0..<500 {
            let ticket = try #require(circuit.ticket(now))
            _ = circuit.record(.failed(retryAfter: nil), of: ticket, now: now, random: 0.999_999)
            guard case .refused(let until?) = circuit.permit(now: now) else { break }
            waits.append(until - now)
            now = until
        }

        #expect(waits.count == 500)
        let seconds = waits.map { Int($0.secondsDouble.rounded()) }
        #expect(seconds.prefix(8) == [1, 2, 4, 8, 16, 32, 60, 60])
        #expect(seconds.allSatisfy { $0 <= 60 })
    }

    @Test(
        "what the server asks for is honoured, up to a cap", arguments: [(1, 5), (30, 30), (600, 600), (86_400, 600)])
    func retryAfter(asked: Int, expected: Int) throws {
        let circuit = CircuitBox()
        circuit.circuit.backoff = Backoff(base: .seconds(5), cap: .seconds(5))
        let ticket = try #require(circuit.ticket(.zero))

        _ = circuit.record(.failed(retryAfter: .seconds(asked)), of: ticket, now: .zero, random: 1)

        #expect(circuit.permit(now: .zero) == .refused(until: .seconds(expected)))
    }

    @Test("an answer of 500 opens it only when several come in a row")
    func struggling() throws {
        let circuit = CircuitBox()
        for outcome in [Circuit.Outcome.struggled, .struggled, .answered, .struggled, .abandoned, .struggled] {
            let ticket = try #require(circuit.ticket(.zero))
            #expect(circuit.record(outcome, of: ticket, now: .zero, random: 0.5) == nil)
        }
        let last = try #require(circuit.ticket(.zero))

        #expect(circuit.record(.struggled, of: last, now: .zero, random: 0.5) == .opened)
    }

    @Test("a probe that is given up lets the next one try at once")
    func abandonedProbe() throws {
        let circuit = CircuitBox()
        let first = try #require(circuit.ticket(.zero))
        _ = circuit.record(.failed(retryAfter: nil), of: first, now: .zero, random: 1)
        let probe = try #require(circuit.ticket(.seconds(1)))

        #expect(circuit.record(.abandoned, of: probe, now: .seconds(2), random: 1) == nil)

        #expect(circuit.ticket(.seconds(2))?.isProbe == true)
        #expect(circuit.permit(now: .seconds(2)) == .refused(until: nil))
    }

    @Test("which answers speak of the destination")
    func outcomes() {
        #expect(Reply.unavailable("refused").circuitOutcome() == .failed(retryAfter: nil))
        #expect(Reply.overloaded(after: .seconds(3), "").circuitOutcome() == .failed(retryAfter: .seconds(3)))
        #expect(failed.circuitOutcome() == .struggled)
        #expect(failed.circuitOutcome(isAside: true) == .abandoned)
        #expect(Reply.unavailable("refused").circuitOutcome(isAside: true) == .failed(retryAfter: nil))
        for reply in [Reply.acknowledged, rejected(1), .unauthorized(""), .tooLarge(""), .unexpected(status: 418, "")] {
            #expect(reply.circuitOutcome() == .answered)
        }
    }

    @Test("whatever happens, at most one request is out while it is open")
    func random() {
        var generator = SeededGenerator()
        for _ in 0..<200 {
            let circuit = CircuitBox()
            var now = Duration.zero
            var out: [Circuit.Ticket] = []
            for _ in 0..<200 {
                now += .milliseconds(Int.random(in: 0...3_000, using: &generator))
                let wasClosed = circuit.isClosed
                if Bool.random(using: &generator), case .allowed(let ticket) = circuit.permit(now: now) {
                    #expect(wasClosed || ticket.isProbe, "seed \(SeededGenerator.seed)")
                    if ticket.isProbe {
                        #expect(circuit.permit(now: now + .seconds(9_999)) == .refused(until: nil))
                    }
                    out.append(ticket)
                } else if !out.isEmpty {
                    let ticket = out.remove(at: Int.random(in: 0..<out.count, using: &generator))
                    let outcome: Circuit.Outcome =
                        [.answered, .struggled, .failed(retryAfter: nil), .abandoned].randomElement(using: &generator)
                        ?? .answered
                    _ = circuit.record(
                        outcome, of: ticket, now: now, random: Double.random(in: 0..<1, using: &generator))
                }
            }
            // It always comes back: once all that is out has ended, a request is let through in time.
            for ticket in out { _ = circuit.record(.abandoned, of: ticket, now: now, random: 0.5) }
            if case .refused(let until) = circuit.permit(now: now) {
                #expect(until.map { circuit.ticket($0) != nil } == true, "seed \(SeededGenerator.seed)")
            }
        }
    }
}

@Suite("Delivery: what waits for the operator")
struct DeliveryHoldsTests {
    private let bucket = Bucket("b")

    @Test("a held bucket waits alone, a held destination with all of them")
    func targets() {
        let holds = HoldsBox()

        #expect(holds.hold(.bucket(bucket), "rights", now: .zero, random: 0))
        #expect(!holds.hold(.bucket(bucket), "other rights", now: .seconds(1), random: 0))

        #expect(holds.hold(of: bucket)?.message == "other rights")
        #expect(holds.hold(of: Bucket("c")) == nil)
        #expect(holds.hold(.destination, "token", now: .zero, random: 0))
        #expect(holds.hold(of: Bucket("c"))?.message == "token")
    }

    @Test("probes are slow, one at a time, and slower each time to a cap")
    func probes() {
        let holds = HoldsBox()
        _ = holds.hold(.bucket(bucket), "rights", now: .zero, random: 0.5)
        var now = Duration.zero
        var waits: [Duration] = []

        for _ in 0..<20 {
            let due = holds.nextProbe ?? .zero
            waits.append(due - now)
            now = due
            #expect(holds.takeDueProbe(now: now - .milliseconds(1)) == nil)
            #expect(holds.takeDueProbe(now: now) == .bucket(bucket))
            #expect(holds.takeDueProbe(now: now + .seconds(9_999)) == nil)
            #expect(holds.nextProbe == nil)
            #expect(
                holds.record(.forbidden("still"), ofProbe: .bucket(bucket), now: now, random: 0.5) == .held)
        }

        #expect(
            waits.prefix(6) == [
                .seconds(11.25), .seconds(22.5), .seconds(45), .seconds(90), .seconds(180), .seconds(225),
            ])
        #expect(waits.allSatisfy { $0 <= .seconds(300) })
        #expect(holds.hold(of: bucket)?.message == "still")
    }

    @Test(
        "what a probe brings",
        arguments: [
            (Reply.acknowledged, Holds.ProbeOutcome.released, Holds.ProbeOutcome.released),
            (.unproved("takes all"), .released, .released), (.rejected(lines: [], message: ""), .released, .released),
            (.unauthorized("t"), .held, .held), (.forbidden("t"), .released, .held),
            (.limited("t"), .released, .held), (.failed("t"), .unknown, .unknown),
            (.notFound(.bucket, "t"), .released, .held), (.notFound(.organization, "t"), .held, .held),
            (.notFound(.path, "t"), .held, .held), (.unexpected(status: 200, "t"), .held, .held),
            (.unavailable("t"), .unknown, .unknown), (.overloaded(after: nil, "t"), .unknown, .unknown),
        ])
    func outcomes(reply: Reply, ofDestination: Holds.ProbeOutcome, ofBucket: Holds.ProbeOutcome) {
        for (target, expected) in [(Holds.Target.destination, ofDestination), (.bucket(bucket), ofBucket)] {
            let holds = HoldsBox()
            _ = holds.hold(target, "held", now: .zero, random: 0)

            #expect(holds.record(reply, ofProbe: target, now: .seconds(1), random: 0) == expected)

            #expect((holds.hold(of: bucket) == nil) == (expected == .released))
            if expected == .unknown { #expect(holds.hold(of: bucket)?.message == "held") }
        }
    }

    @Test("a hold of a limit ends only when a batch is taken, unless something else holds it by now")
    func limit() {
        let target = Holds.Target.bucket(bucket)
        var holds = Holds()
        _ = holds.hold(target, "full", isProbedWithBatch: true, now: .zero, random: 0)
        for reply in [Reply.unproved("x"), rejected(), .tooLarge("x"), failed] {
            #expect(holds.record(reply, ofProbe: target, now: .seconds(1), random: 0) == .unknown)
        }
        #expect(holds.record(.limited("still"), ofProbe: target, now: .seconds(1), random: 0) == .held)
        var other = holds

        #expect(holds.record(.acknowledged, ofProbe: target, now: .seconds(1), random: 0) == .released)
        _ = other.hold(target, "rights", now: .seconds(1), random: 0)
        #expect(other.record(rejected(), ofProbe: target, now: .seconds(1), random: 0) == .released)
    }

    @Test("while the destination is held, its buckets are not asked")
    func destinationFirst() {
        let holds = HoldsBox()
        _ = holds.hold(.bucket(bucket), "rights", now: .zero, random: 0)
        _ = holds.hold(.destination, "token", now: .seconds(100), random: 0)

        #expect(holds.takeDueProbe(now: .seconds(100)) == nil)
        #expect(holds.takeDueProbe(now: .seconds(200)) == .destination)
        _ = holds.record(.acknowledged, ofProbe: .destination, now: .seconds(200), random: 0)
        #expect(holds.takeDueProbe(now: .seconds(200)) == .bucket(bucket))
    }
}

@Suite("Delivery: the size of a request")
struct DeliveryLearnedSizeTests {
    @Test("a refusal halves what was refused, many successes raise it by a quarter, up to what is set")
    func learning() {
        var size = LearnedSize(bytesMax: 1_000_000)
        #expect(size.limit == 1_000_000)

        size.refused(bytes: 800_000)

        #expect(size.limit == 400_000)
        for _ in 0..<31 { size.taken(bytes: 300_000) }
        #expect(size.limit == 400_000)
        size.taken(bytes: 300_000)
        #expect(size.limit == 500_000)
        // Small ones prove nothing.
        for _ in 0..<1_000 { size.taken(bytes: 1_000) }
        #expect(size.limit == 500_000)
        for _ in 0..<1_000 { size.taken(bytes: 900_000) }
        #expect(size.limit == 1_000_000 && size.learned == nil)
    }

    @Test("each refusal makes it more careful, and it never falls below some lines")
    func caution() {
        var size = LearnedSize(bytesMax: 1_000_000)
        var raised: [Int] = []
        for _ in 0..<5 {
            size.refused(bytes: size.limit)
            let limit = size.limit
            var count = 0
            while size.limit == limit {
                size.taken(bytes: limit)
                count += 1
            }
            raised.append(count)
        }

        #expect(raised == [32, 64, 128, 256, 512])
        for _ in 0..<100 { size.refused(bytes: 1) }
        #expect(size.limit == LearnedSize.bytesMin)
    }
}
