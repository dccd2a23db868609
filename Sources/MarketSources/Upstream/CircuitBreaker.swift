/// Leaves a failing service alone: after failures in a row it lets nothing through for a while, then exactly one
/// request to try, and closes again when that is answered.
///
/// A value without a clock. Every request that is let through carries a ticket; what comes of a request that began in
/// an earlier state changes nothing any more.
struct CircuitBreaker: Sendable, Equatable {
    static let failuresMax = 5
    static let openFor: Duration = .seconds(60)

    struct Ticket: Sendable, Equatable {
        fileprivate let generation: Int
    }

    enum Permission: Sendable, Equatable {
        case allowed(Ticket)
        case refused(after: Duration, last: String)
    }

    enum Outcome: Sendable, Equatable {
        /// The service answered, be it with a refusal of this one request.
        case answered
        /// 401, 5xx, a timeout or no connection.
        case failed(reason: String)
        /// It never came to an end: cancelled.
        case abandoned
    }

    enum Change: Sendable, Equatable {
        case opened
        case closed
    }

    private enum State: Sendable, Equatable {
        case closed(failures: Int)
        case open(until: Duration)
        case trying
    }

    private var state = State.closed(failures: 0)
    /// Goes up with every change of state, so that late outcomes can be told from current ones.
    private var generation = 0
    private(set) var lastReason = ""

    /// Whether a request may go out now; asked again for every repeat.
    mutating func permit(now: Duration) -> Permission {
        switch state {
        case .closed:
            return .allowed(Ticket(generation: generation))
        case .open(let until):
            guard now >= until else { return .refused(after: until - now, last: lastReason) }
            enter(.trying)
            return .allowed(Ticket(generation: generation))
        case .trying:
            // The one that tries is out; how long it takes is bounded by its deadline.
            return .refused(after: .seconds(1), last: lastReason)
        }
    }

    /// What `permit` would refuse with at this moment, without letting anything through.
    func refusal(now: Duration) -> Permission? {
        var copy = self
        if case .refused(let after, let last) = copy.permit(now: now) { return .refused(after: after, last: last) }
        return nil
    }

    /// Notes what came of a request, and says whether that changed the state.
    mutating func record(_ outcome: Outcome, of ticket: Ticket, now: Duration) -> Change? {
        guard ticket.generation == generation else { return nil }
        switch (state, outcome) {
        case (.closed, .answered):
            state = .closed(failures: 0)
            return nil
        case (.closed(let failures), .failed(let reason)):
            lastReason = reason
            guard failures + 1 >= Self.failuresMax else {
                state = .closed(failures: failures + 1)
                return nil
            }
            enter(.open(until: now + Self.openFor))
            return .opened
        case (.trying, .answered):
            enter(.closed(failures: 0))
            return .closed
        case (.trying, .failed(let reason)):
            lastReason = reason
            enter(.open(until: now + Self.openFor))
            return .opened
        case (.trying, .abandoned):
            // Nothing was learned, so the next one may try at once.
            enter(.open(until: now))
            return nil
        case (.closed, .abandoned), (.open, _):
            return nil
        }
    }

    private mutating func enter(_ next: State) {
        state = next
        generation += 1
    }
}
