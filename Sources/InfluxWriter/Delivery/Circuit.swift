import CoinlineBase

/// Leaves a destination alone that cannot be reached or asks to wait: nothing goes out for a while, then exactly one
/// request to try, with waits that grow, for ever.
///
/// A value without a clock; `now` counts from any moment that stays the same. Every request that is let through carries
/// a ticket: what comes of one that began in an earlier state changes nothing any more.
struct Circuit: Sendable, Equatable {
    /// An answer of 500 may be the fault of one body, so only several in a row speak of the server.
    static let failuresMax = 3

    var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
    var retryAfterMax: Duration = .seconds(600)

    struct Ticket: Sendable, Equatable {
        fileprivate let generation: Int
        /// Whether it is the one request that tries.
        let isProbe: Bool
    }

    enum Permission: Sendable, Equatable {
        case allowed(Ticket)
        /// Ask again then; nil when the one that tries is under way.
        case refused(until: Duration?)
    }

    enum Outcome: Sendable, Equatable {
        /// The destination answered, be it with a refusal of this one request.
        case answered
        /// It answered that it failed.
        case struggled
        /// Not reached, or told to wait, for a time if it named one.
        case failed(retryAfter: Duration?)
        /// It never came to an end: cancelled.
        case abandoned
    }

    enum Change: Sendable, Equatable {
        case opened
        case closed
    }

    private enum State: Sendable, Equatable {
        case closed(failures: Int)
        /// `attempt` tries have failed.
        case open(until: Duration, attempt: Int)
        case probing(attempt: Int)
    }

    private var state = State.closed(failures: 0)
    /// Goes up with every change of state, so that late outcomes can be told from current ones.
    private var generation = 0

    init() {}

    var isClosed: Bool { if case .closed = state { true } else { false } }

    /// When the next request may try; nil while nothing is wrong or the one that tries is under way.
    var nextTry: Duration? { if case .open(let until, _) = state { until } else { nil } }

    /// Whether a request may go out now.
    mutating func permit(now: Duration) -> Permission {
        switch state {
        case .closed:
            return .allowed(Ticket(generation: generation, isProbe: false))
        case .open(let until, let attempt):
            guard now >= until else { return .refused(until: until) }
            enter(.probing(attempt: attempt))
            return .allowed(Ticket(generation: generation, isProbe: true))
        case .probing:
            return .refused(until: nil)
        }
    }

    /// Notes what came of a request, and says whether that changed the state.
    ///
    /// - Parameter random: from 0 up to but not including 1.
    mutating func record(_ outcome: Outcome, of ticket: Ticket, now: Duration, random: Double) -> Change? {
        guard ticket.generation == generation else { return nil }
        switch (state, outcome) {
        case (.closed, .answered):
            state = .closed(failures: 0)
            return nil
        case (.closed(let failures), .struggled):
            if failures + 1 < Self.failuresMax {
                state = .closed(failures: failures + 1)
                return nil
            }
            open(now: now, attempt: 0, asked: nil, random)
            return .opened
        case (.closed, .failed(let asked)):
            open(now: now, attempt: 0, asked: asked, random)
            return .opened
        case (.probing, .answered):
            enter(.closed(failures: 0))
            return .closed
        case (.probing(let attempt), .struggled):
            open(now: now, attempt: attempt + 1, asked: nil, random)
            return nil
        case (.probing(let attempt), .failed(let asked)):
            open(now: now, attempt: attempt + 1, asked: asked, random)
            return nil
        case (.probing(let attempt), .abandoned):
            // Nothing was learned, so the next one may try at once.
            enter(.open(until: now, attempt: attempt))
            return nil
        case (.closed, .abandoned), (.open, _):
            return nil
        }
    }

    private mutating func open(now: Duration, attempt: Int, asked: Duration?, _ random: Double) {
        let own = backoff.delay(attempt: attempt, random: random)
        enter(.open(until: now + max(own, min(asked ?? .zero, retryAfterMax)), attempt: attempt))
    }

    private mutating func enter(_ next: State) {
        state = next
        generation += 1
    }
}

extension Reply {
    /// What an answer tells of the destination as such. A request that was cancelled is `abandoned` instead.
    ///
    /// - Parameter isAside: of a batch that was set aside: that it makes the server fail once more tells nothing new.
    func circuitOutcome(isAside: Bool = false) -> Circuit.Outcome {
        switch self {
        case .acknowledged, .rejected, .partial, .unauthorized, .forbidden, .notFound, .tooLarge, .limited, .unproved,
            .unexpected:
            .answered
        case .overloaded(let asked, _): .failed(retryAfter: asked)
        case .unavailable: .failed(retryAfter: nil)
        case .failed where isAside: .abandoned
        case .failed(let asked, _): asked.map { .failed(retryAfter: $0) } ?? .struggled
        }
    }
}
