import CoinlineBase
import CoinlineHTTP
import CoinlineJSON
import Testing

@testable import MarketSources

private let minute = Duration.seconds(60)

private func step(
    _ kind: UpstreamError.Kind, after: Duration? = nil, retriesMade: Int = 0, remaining: Duration = .seconds(90),
    random: Double = 0.5
) -> RetryPolicy.Step {
    RetryPolicy().step(
        after: AttemptFailure(kind: kind, retryAfter: after), retriesMade: retriesMade, remaining: remaining,
        random: random)
}

private let malformed = JSONError(path: "coins", byte: 0, reason: .invalidUTF8)

@Suite("The retry policy")
struct RetryPolicyTests {
    @Test("faults that pass are repeated", arguments: [500, 502, 503, 504, 520, 521, 522, 523, 524])
    func passingStatuses(status: Int) {
        #expect(step(.server(status: status, "")) == .retry(after: .seconds(1)))
    }

    @Test("other statuses are not", arguments: [200, 501, 505, 519, 525, 599])
    func lastingStatuses(status: Int) {
        #expect(step(.server(status: status, "")) == .fail(.server(status: status, "")))
    }

    @Test("an upstream that could not be reached is tried again", arguments: HTTPError.Kind.allCases)
    func network(kind: HTTPError.Kind) {
        let isPassing: Bool
        switch kind {
        case .timeout, .resolve, .connect, .transfer: isPassing = true
        case .tls, .tooLarge, .closed, .badRequest: isPassing = false
        }

        #expect(step(.network(kind, "x")) == (isPassing ? .retry(after: .seconds(1)) : .fail(.network(kind, "x"))))
    }

    @Test(
        "what will be refused again is not repeated",
        arguments: [
            UpstreamError.Kind.unauthorized("x"), .forbidden("x"), .badRequest(status: 400, "x"), .notFound("x"),
            .outOfCredits, .notJSON(status: 200, prefix: "<"), .unexpected(status: 302), .malformed(malformed),
            .breakerOpen(after: .seconds(1), last: ""), .toldToWait(.seconds(1)), .cancelled,
        ])
    func lastingKinds(kind: UpstreamError.Kind) {
        #expect(step(kind) == .fail(kind))
    }

    @Test("waits are spread over 2, 4 and 8 seconds, and a fourth is not made")
    func growingWaits() {
        let kind = UpstreamError.Kind.server(status: 500, "")

        #expect(step(kind, retriesMade: 0, random: 0) == .retry(after: .zero))
        #expect(step(kind, retriesMade: 0, random: 0.75) == .retry(after: .seconds(1.5)))
        #expect(step(kind, retriesMade: 1, random: 0.75) == .retry(after: .seconds(3)))
        #expect(step(kind, retriesMade: 2, random: 0.75) == .retry(after: .seconds(6)))
        #expect(step(kind, retriesMade: 3, random: 0.75) == .fail(kind))
    }

    @Test(
        "a wait that the service asks for is honoured up to a minute",
        arguments: [
            (Duration.zero, RetryPolicy.Step.retry(after: .seconds(1))),
            (.milliseconds(500), .retry(after: .seconds(1))),
            (.seconds(7), .retry(after: .seconds(7))),
            (minute, .retry(after: minute)),
            (minute + .milliseconds(1), .fail(.rateLimited(after: minute + .milliseconds(1)))),
            (.seconds(86_400), .fail(.rateLimited(after: .seconds(86_400)))),
        ])
    func retryAfter(after: Duration, expected: RetryPolicy.Step) {
        #expect(step(.rateLimited(after: nil), after: after) == expected)
    }

    @Test("a maintenance that asks for more than a minute is not waited for")
    func longMaintenance() {
        let kind = UpstreamError.Kind.server(status: 503, "later")

        #expect(step(kind, after: .seconds(30)) == .retry(after: .seconds(30)))
        #expect(step(kind, after: .seconds(61)) == .fail(kind))
    }

    @Test(
        "a wait that would not end before the deadline is not begun",
        arguments: [
            (Duration.seconds(1), false), (.seconds(1) + .nanoseconds(1), true), (.zero, false), (.seconds(-5), false),
        ])
    func deadline(remaining: Duration, isRepeated: Bool) {
        let kind = UpstreamError.Kind.network(.timeout, "x")

        #expect(step(kind, remaining: remaining) == (isRepeated ? .retry(after: .seconds(1)) : .fail(kind)))
    }

    @Test("401, 5xx, timeouts and lost connections count against the service, refusals do not")
    func breakerOutcomes() {
        let failures: [UpstreamError.Kind] = [
            .unauthorized(""), .server(status: 500, ""), .server(status: 501, ""), .network(.timeout, ""),
            .network(.connect, ""), .network(.resolve, ""), .network(.tls, ""), .network(.transfer, ""),
        ]
        let answers: [UpstreamError.Kind] = [
            .rateLimited(after: nil), .outOfCredits, .badRequest(status: 400, ""), .forbidden(""), .notFound(""),
            .notJSON(status: 200, prefix: ""), .unexpected(status: 302), .malformed(malformed), .network(.tooLarge, ""),
        ]
        let nothing: [UpstreamError.Kind] = [.cancelled, .network(.closed, ""), .network(.badRequest, "")]

        for kind in failures { #expect(RetryPolicy.breakerOutcome(kind) == .failed(reason: kind.label)) }
        for kind in answers { #expect(RetryPolicy.breakerOutcome(kind) == .answered) }
        for kind in nothing { #expect(RetryPolicy.breakerOutcome(kind) == .abandoned) }
    }
}
