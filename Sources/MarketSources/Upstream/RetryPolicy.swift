import CoinlineBase
import CoinlineHTTP

/// Why one attempt brought nothing.
struct AttemptFailure: Sendable, Equatable {
    let kind: UpstreamError.Kind
    /// What the answer's `Retry-After` asked for.
    var retryAfter: Duration?
}

/// Decides whether a failed attempt is repeated, and when. Pure: no clock, no randomness of its own.
struct RetryPolicy: Sendable {
    /// Faults that pass by themselves; 520 to 524 are those of the network in front of the service.
    private static let statuses: Set<Int> = [500, 502, 503, 504, 520, 521, 522, 523, 524]

    /// A service that asks for more is left to the next cycle.
    static let waitMax: Duration = .seconds(60)

    var retriesMax = 3
    var backoff = Backoff(base: .seconds(2), cap: .seconds(30))

    enum Step: Sendable, Equatable {
        case retry(after: Duration)
        case fail(UpstreamError.Kind)
    }

    /// - Parameters:
    ///   - retriesMade: 0 after the first attempt.
    ///   - remaining: what is left of the call's deadline.
    ///   - random: from 0 up to but not including 1.
    func step(after failure: AttemptFailure, retriesMade: Int, remaining: Duration, random: Double) -> Step {
        let final = Step.fail(finalKind(failure))
        guard retriesMade < retriesMax, Self.isPassing(failure.kind) else { return final }
        let asked = failure.retryAfter ?? .zero
        guard asked <= Self.waitMax else { return final }
        let wait = max(asked, backoff.delay(attempt: retriesMade, random: random))
        return wait < remaining ? .retry(after: wait) : final
    }

    /// Whether the same request may be answered in a while.
    static func isPassing(_ kind: UpstreamError.Kind) -> Bool {
        switch kind {
        case .rateLimited: true
        case .server(let status, _): statuses.contains(status)
        case .network(let kind, _):
            switch kind {
            case .timeout, .resolve, .connect, .transfer: true
            // A certificate that is refused, or a port that speaks no TLS, is the same in a while.
            case .tls, .tooLarge, .closed, .badRequest: false
            }
        case .unauthorized, .forbidden, .badRequest, .notFound, .outOfCredits, .notJSON, .unexpected, .malformed,
            .breakerOpen, .toldToWait, .cancelled:
            false
        }
    }

    /// What an attempt tells the breaker: 401, 5xx, timeouts and connection errors are failures of the service.
    static func breakerOutcome(_ kind: UpstreamError.Kind) -> CircuitBreaker.Outcome {
        switch kind {
        case .unauthorized, .server: return .failed(reason: kind.label)
        case .network(let network, _):
            switch network {
            case .timeout, .resolve, .connect, .tls, .transfer: return .failed(reason: kind.label)
            // Ours or the answer's, and no sign that the service is down.
            case .tooLarge: return .answered
            case .closed, .badRequest: return .abandoned
            }
        case .forbidden, .badRequest, .notFound, .rateLimited, .outOfCredits, .notJSON, .unexpected, .malformed:
            return .answered
        case .breakerOpen, .toldToWait, .cancelled: return .abandoned
        }
    }

    private func finalKind(_ failure: AttemptFailure) -> UpstreamError.Kind {
        if case .rateLimited = failure.kind { return .rateLimited(after: failure.retryAfter) }
        return failure.kind
    }
}
