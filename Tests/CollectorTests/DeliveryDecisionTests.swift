import CoinlineBase
import InfluxWriter
import Testing

@testable import Collector

@Suite("What a one-shot command does with a batch after an answer")
struct DeliveryDecisionTests {
    private func step(_ reply: Reply, attempt: Int = 1, random: Double = 0.5) -> DeliveryDecision.Step {
        DeliveryDecision.step(after: reply, lines: 5, attempt: attempt, random: random)
    }

    @Test("an acknowledged batch has landed")
    func acknowledged() {
        #expect(
            step(.acknowledged) == .landed(refused: [], count: RefusedCount(lines: 0, isAtLeast: false), message: nil))
    }

    @Test("of a partial write as many are refused as the destination says", arguments: [false, true])
    func partial(isAtLeast: Bool) {
        let lines = (0..<3).map { (number: Int) in RejectedLine(line: "m v=\(number)", number: number, reason: "r") }
        let count = RefusedCount(lines: 4, isAtLeast: isAtLeast)

        // What looks like a count in the words is none.
        #expect(
            step(.partial(refused: lines, count: count, message: "dropped=9"))
                == .landed(refused: lines, count: count, message: "dropped=9"))
    }

    @Test(
        "what an operator must mend is kept at once, and no further batch is tried",
        arguments: [
            Reply.unauthorized("a"), .forbidden("a"), .notFound(.bucket, "a"), .unproved("a"),
        ])
    func operatorErrors(reply: Reply) {
        #expect(step(reply) == .keep(reason: "a", isFinal: true))
    }

    @Test("a batch that is wrong or too large is kept, and the next one is tried")
    func batchErrors() {
        #expect(step(.tooLarge("a")) == .keep(reason: "a", isFinal: false))
        guard case .keep(let reason, false) = step(.rejected(lines: [], message: "bad")) else {
            Issue.record("a rejected batch was not kept")
            return
        }
        #expect(reason.contains("bad"))
        guard case .keep(_, false) = step(.unexpected(status: 200, "x")) else {
            Issue.record("an unexpected answer was not kept")
            return
        }
    }

    @Test("a batch of which every line is refused is refused, and not kept to be refused again")
    func allRefused() {
        let lines = (1...5).map { (number: Int) in RejectedLine(line: "m v=\(number)", number: number, reason: "type") }

        #expect(
            step(.rejected(lines: lines, message: "all"))
                == .landed(refused: lines, count: RefusedCount(lines: 5, isAtLeast: false), message: "all"))
        guard case .keep = step(.rejected(lines: Array(lines.dropLast()), message: "some")) else {
            Issue.record("a batch with a good line was given up")
            return
        }
    }

    @Test("what may pass is sent again, four times at most")
    func retries() {
        for attempt in 1..<DeliveryDecision.Limit.attemptsMax {
            guard case .retry(let after, "down") = step(.unavailable("down"), attempt: attempt, random: 0.999) else {
                Issue.record("attempt \(attempt) was the last")
                return
            }
            #expect(after > .zero && after <= .seconds(5))
        }
        #expect(
            step(.unavailable("down"), attempt: DeliveryDecision.Limit.attemptsMax)
                == .keep(reason: "down", isFinal: true))
    }

    @Test("a wait that the server asks for is honoured up to half a minute")
    func waits() {
        #expect(
            step(.overloaded(after: .seconds(30), "busy"), random: 0) == .retry(after: .seconds(30), reason: "busy"))
        #expect(step(.overloaded(after: .seconds(31), "busy")) == .keep(reason: "busy", isFinal: true))
        guard case .retry = step(.overloaded(after: nil, "busy")) else {
            Issue.record("an overload without a wait was not tried again")
            return
        }
    }
}
