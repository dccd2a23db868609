import CoinlineBase
import CoinlineHTTP
import CoinlineJSON
import MarketData

/// Sends calls to one service: paced by a token bucket, repeated where that helps, stopped by a circuit breaker, and
/// counted.
///
/// One instance a service in a process, since the bucket, the breaker and the count are its state. All decisions are
/// made by values (`TokenBucket`, `CircuitBreaker`, `RetryPolicy`); what is here asks them and does what they say.
///
/// Every wait ends: a turn in the bucket is a known time, a request has a deadline, and repeats and their waits share
/// the call's deadline. Each ends at once when the task is cancelled.
final class UpstreamClient: Sendable {
    struct Configuration: Sendable {
        var requestsPerMinute = 60
        /// For one request. Real time, whatever the clock's speed is.
        var requestDeadline: Duration = .seconds(30)
        /// For a call with its repeats and the waits between them, from the moment that its first turn came.
        var callDeadline: Duration = .seconds(90)
        var retry = RetryPolicy()
    }

    private struct State: Sendable {
        var bucket: TokenBucket
        var breaker = CircuitBreaker()
        var ledger = CreditLedger()
        /// By uptime: the service asked to be left alone until then.
        var notBefore: Duration = .zero
    }

    let service: UpstreamService
    private let configuration: Configuration
    private let timing: Timing
    private let random: @Sendable () -> Double
    private let observe: @Sendable (UpstreamEvent) -> Void
    private let send: Sending
    private let read: AnswerReading
    /// Owned by this client; nothing waits or calls out while it is held.
    private let state: Locked<State>

    init(
        service: UpstreamService, configuration: Configuration, timing: Timing,
        random: @escaping @Sendable () -> Double, observe: @escaping @Sendable (UpstreamEvent) -> Void,
        send: @escaping Sending, read: @escaping AnswerReading
    ) {
        self.service = service
        self.configuration = configuration
        self.timing = timing
        self.random = random
        self.observe = observe
        self.send = send
        self.read = read
        let bucket = TokenBucket(requestsPerMinute: configuration.requestsPerMinute, now: timing.uptime())
        state = Locked(State(bucket: bucket))
    }

    var requestsMade: Int { state.withLock { $0.ledger.made } }

    var creditsRemaining: Int64? {
        let now = timing.now()
        return state.withLock { $0.ledger.remaining(at: now) }
    }

    func learn(_ credits: Credits) {
        let now = timing.now()
        state.withLock { $0.ledger.learn(credits, at: now) }
    }

    /// The answer to a call, after as many attempts as it takes and is allowed.
    func answer(
        to call: UpstreamCall, request: @Sendable (UpstreamCall) -> HTTPRequest
    ) async throws(UpstreamError) -> UpstreamAnswer {
        try refuseIfOpen(call)
        try await waitOutBan(call)
        try await takeTurn(call, within: nil)
        // Uptime of a test clock runs faster; the deadline is meant in real time.
        let end = timing.uptime() + configuration.callDeadline * timing.speed
        var retriesMade = 0
        while true {
            let failure: AttemptFailure
            switch try await attempt(call, request(call), end: end) {
            case .success(let answer): return answer
            case .failure(let failed): failure = failed.failure
            }
            noteBan(failure.retryAfter)
            let remaining = end - timing.uptime()
            let step = nextStep(after: failure, retriesMade: retriesMade, remaining: remaining)
            switch step {
            case .fail(let kind): throw error(kind, call)
            case .retry(let wait):
                retriesMade += 1
                observe(
                    .retry(endpoint: call.endpoint, attempt: retriesMade, after: wait, reason: failure.kind.label))
                try await sleep(wait, call)
                try await takeTurn(call, within: end, otherwise: failure.kind)
            }
        }
    }

    // MARK: One attempt

    private struct Failed: Error {
        let failure: AttemptFailure
    }

    private func attempt(
        _ call: UpstreamCall, _ request: HTTPRequest, end: Duration
    ) async throws(UpstreamError) -> Result<UpstreamAnswer, Failed> {
        let ticket = try permit(call)
        let sentAt = timing.now()
        let begun = timing.uptime()
        var request = request
        // Never nothing: a request that came this far is tried, if only for a moment.
        request.deadline = max(.milliseconds(1), min(configuration.requestDeadline, (end - begun) / timing.speed))
        let outcome = await exchange(call, request, sentAt: sentAt)
        note(outcome, of: call, ticket: ticket, duration: timing.uptime() - begun)
        switch outcome.result {
        case .success(let answer): return .success(answer)
        case .failure(let failed):
            if failed.failure.kind == .cancelled { throw error(.cancelled, call) }
            return .failure(failed)
        }
    }

    private struct Outcome {
        let status: Int?
        /// Whether the request may have reached the service, which then counts it.
        let isSent: Bool
        let result: Result<UpstreamAnswer, Failed>
    }

    private func exchange(_ call: UpstreamCall, _ request: HTTPRequest, sentAt: UTCTime) async -> Outcome {
        do {
            let reply = try await send(request)
            return Outcome(status: reply.status, isSent: true, result: judge(reply, call, sentAt: sentAt))
        } catch let error as HTTPError {
            let failure = AttemptFailure(kind: .network(error.kind, error.detail))
            return Outcome(status: nil, isSent: Self.isSent(error.kind), result: .failure(Failed(failure: failure)))
        } catch is CancellationError {
            return Outcome(
                status: nil, isSent: true, result: .failure(Failed(failure: AttemptFailure(kind: .cancelled))))
        } catch {
            let failure = AttemptFailure(kind: .network(.transfer, "\(error)"))
            return Outcome(status: nil, isSent: true, result: .failure(Failed(failure: failure)))
        }
    }

    private func judge(_ reply: Reply, _ call: UpstreamCall, sentAt: UTCTime) -> Result<UpstreamAnswer, Failed> {
        let receivedAt = timing.now()
        let date = reply.header("Date").flatMap { UTCTime(httpDate: $0) }
        switch read(reply, call.answerName) {
        case .success(let root):
            let simulation = reply.header(Simulation.headerName).map { Simulation(headerValue: $0) }
            return .success(
                UpstreamAnswer(
                    root: root, sentAt: sentAt, receivedAt: receivedAt, upstreamDate: date, simulation: simulation))
        case .failure(let fault):
            // Its own clock is what a service reckons a date in `Retry-After` from.
            let after = reply.header("Retry-After").flatMap { RetryAfter.parse($0, now: date ?? receivedAt) }
            return .failure(Failed(failure: AttemptFailure(kind: known(fault.kind), retryAfter: after)))
        }
    }

    /// A 429 means two things; what was counted here may tell them apart.
    private func known(_ kind: UpstreamError.Kind) -> UpstreamError.Kind {
        guard case .rateLimited = kind, let remaining = creditsRemaining, remaining <= 0 else { return kind }
        return .outOfCredits
    }

    private static func isSent(_ kind: HTTPError.Kind) -> Bool {
        switch kind {
        case .resolve, .connect, .tls, .badRequest: false
        case .timeout, .tooLarge, .closed, .transfer: true
        }
    }

    private func note(_ outcome: Outcome, of call: UpstreamCall, ticket: CircuitBreaker.Ticket, duration: Duration) {
        let isBilled = call.isBilled && outcome.isSent
        var heard = CircuitBreaker.Outcome.answered
        if case .failure(let failed) = outcome.result { heard = RetryPolicy.breakerOutcome(failed.failure.kind) }
        let (now, uptime) = (timing.now(), timing.uptime())
        let change = state.withLock { state -> CircuitBreaker.Change? in
            if isBilled { state.ledger.spend(at: now) }
            return state.breaker.record(heard, of: ticket, now: uptime)
        }
        observe(.request(endpoint: call.endpoint, status: outcome.status, duration: duration, isBilled: isBilled))
        switch change {
        case .opened:
            let reason = state.withLock { $0.breaker.lastReason }
            observe(.breakerOpened(duration: CircuitBreaker.openFor, reason: reason))
        case .closed: observe(.breakerClosed)
        case nil: break
        }
    }

    // MARK: Decisions and waits

    /// A failure that opened the breaker is not repeated: it is the one that the caller should hear of.
    private func nextStep(after failure: AttemptFailure, retriesMade: Int, remaining: Duration) -> RetryPolicy.Step {
        let uptime = timing.uptime()
        let isOpen = state.withLock { $0.breaker.refusal(now: uptime) != nil }
        var policy = configuration.retry
        if isOpen { policy.retriesMax = 0 }
        return policy.step(after: failure, retriesMade: retriesMade, remaining: remaining, random: random())
    }

    private func permit(_ call: UpstreamCall) throws(UpstreamError) -> CircuitBreaker.Ticket {
        let uptime = timing.uptime()
        switch state.withLock({ $0.breaker.permit(now: uptime) }) {
        case .allowed(let ticket): return ticket
        case .refused(let after, let last):
            // Its turn goes to the next one.
            state.withLock { $0.bucket.giveBack(now: uptime) }
            throw error(.breakerOpen(after: after, last: last), call)
        }
    }

    private func refuseIfOpen(_ call: UpstreamCall) throws(UpstreamError) {
        let uptime = timing.uptime()
        if case .refused(let after, let last)? = state.withLock({ $0.breaker.refusal(now: uptime) }) {
            throw error(.breakerOpen(after: after, last: last), call)
        }
    }

    /// Waits until a request may go out. With an end, a turn that would come after it fails at once with `otherwise`.
    private func takeTurn(
        _ call: UpstreamCall, within end: Duration?, otherwise: UpstreamError.Kind = .cancelled
    ) async throws(UpstreamError) {
        let uptime = timing.uptime()
        let wait = state.withLock { $0.bucket.take(now: uptime) }
        guard wait > .zero else { return }
        if let end, uptime + wait >= end {
            giveTurnBack()
            throw error(otherwise, call)
        }
        observe(.waiting(endpoint: call.endpoint, wait))
        do {
            try await sleep(wait, call)
        } catch {
            giveTurnBack()
            throw error
        }
    }

    /// A `Retry-After` holds for every call, not only for the one that was answered with it.
    private func noteBan(_ wait: Duration?) {
        guard let wait else { return }
        let until = timing.uptime() + wait
        state.withLock { $0.notBefore = max($0.notBefore, until) }
    }

    /// Waits until the service wants to be asked again, or fails at once where that is too far away.
    private func waitOutBan(_ call: UpstreamCall) async throws(UpstreamError) {
        let wait = state.withLock { $0.notBefore } - timing.uptime()
        guard wait > .zero else { return }
        guard wait <= RetryPolicy.waitMax else {
            throw error(.toldToWait(wait), call)
        }
        observe(.waiting(endpoint: call.endpoint, wait))
        try await sleep(wait, call)
    }

    private func giveTurnBack() {
        let uptime = timing.uptime()
        state.withLock { $0.bucket.giveBack(now: uptime) }
    }

    private func sleep(_ wait: Duration, _ call: UpstreamCall) async throws(UpstreamError) {
        do {
            try await timing.sleep(wait)
        } catch {
            throw self.error(.cancelled, call)
        }
    }

    func error(_ kind: UpstreamError.Kind, _ call: UpstreamCall) -> UpstreamError {
        UpstreamError(service: service, endpoint: call.endpoint, kind: kind)
    }
}
