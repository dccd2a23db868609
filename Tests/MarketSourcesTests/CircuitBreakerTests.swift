import Testing

@testable import MarketSources

/// A breaker with a clock, so that a test reads as a story.
private struct Story {
    var breaker = CircuitBreaker()
    var now = Duration.zero

    mutating func ticket() -> CircuitBreaker.Ticket? {
        if case .allowed(let ticket) = breaker.permit(now: now) { return ticket }
        return nil
    }

    @discardableResult
    mutating func record(_ outcome: CircuitBreaker.Outcome, _ ticket: CircuitBreaker.Ticket?) -> CircuitBreaker.Change?
    {
        ticket.flatMap { breaker.record(outcome, of: $0, now: now) }
    }

    /// So many requests, one after the other, that all end in the same way.
    @discardableResult
    mutating func run(_ count: Int, _ outcome: CircuitBreaker.Outcome) -> CircuitBreaker.Change? {
        var last: CircuitBreaker.Change?
        for _ in 0..<count {
            let ticket = ticket()
            last = record(outcome, ticket)
        }
        return last
    }
}

private let failed = CircuitBreaker.Outcome.failed(reason: "500")

@Suite("The circuit breaker")
struct CircuitBreakerTests {
    @Test("opens with the fifth failure in a row and says for how long")
    func opens() {
        var story = Story()

        #expect(story.run(4, failed) == nil)
        #expect(story.run(1, failed) == .opened)

        #expect(story.breaker.permit(now: story.now) == .refused(after: .seconds(60), last: "500"))
        #expect(story.breaker.permit(now: .seconds(59)) == .refused(after: .seconds(1), last: "500"))
    }

    @Test("an answer between failures starts the row anew")
    func answerResets() {
        var story = Story()

        for _ in 0..<10 {
            story.run(4, failed)
            story.run(1, .answered)
        }

        #expect(story.ticket() != nil)
    }

    @Test("requests that never ended neither count nor break the row")
    func abandonedIsNothing() {
        var story = Story()
        story.run(4, failed)
        story.run(3, .abandoned)

        #expect(story.run(1, failed) == .opened)
    }

    @Test("lets exactly one request through after a minute, and closes when that is answered")
    func oneProbe() {
        var story = Story()
        story.run(5, failed)
        story.now = .seconds(60)

        let probe = story.ticket()

        #expect(probe != nil)
        #expect(story.ticket() == nil)
        #expect(story.record(.answered, probe) == .closed)
        #expect(story.ticket() != nil)
        #expect(story.run(4, failed) == nil)
    }

    @Test("a probe that fails opens it for another minute")
    func failedProbe() {
        var story = Story()
        story.run(5, failed)
        story.now = .seconds(70)
        let probe = story.ticket()

        #expect(story.record(.failed(reason: "503"), probe) == .opened)

        #expect(story.breaker.permit(now: .seconds(129)) == .refused(after: .seconds(1), last: "503"))
        #expect(story.breaker.refusal(now: .seconds(130)) == nil)
    }

    @Test("a probe that was cancelled lets the next one try")
    func abandonedProbe() {
        var story = Story()
        story.run(5, failed)
        story.now = .seconds(60)
        let probe = story.ticket()

        story.record(.abandoned, probe)

        #expect(story.ticket() != nil)
        #expect(story.ticket() == nil)
    }

    @Test(
        "what comes late of a request that began before changes nothing",
        arguments: [
            CircuitBreaker.Outcome.answered, failed, .abandoned,
        ])
    func lateOutcomes(outcome: CircuitBreaker.Outcome) {
        var story = Story()
        let early = story.ticket()
        story.run(5, failed)

        #expect(story.record(outcome, early) == nil)
        #expect(story.ticket() == nil)

        story.now = .seconds(60)
        let probe = story.ticket()
        #expect(story.record(outcome, early) == nil)
        #expect(story.record(.answered, probe) == .closed)
    }

    @Test("asking whether it would refuse lets nothing through")
    func refusalIsNoPermit() {
        var story = Story()
        story.run(5, failed)
        story.now = .seconds(60)

        #expect(story.breaker.refusal(now: story.now) == nil)
        #expect(story.breaker.refusal(now: story.now) == nil)
        #expect(story.ticket() != nil)
        #expect(story.breaker.refusal(now: story.now) != nil)
    }
}
