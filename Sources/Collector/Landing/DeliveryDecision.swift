import CoinlineBase
import InfluxWriter

/// Decides what a one-shot command does with a batch after an answer. Never sleeps, never does I/O.
///
/// Waiting is short here, because a person or a script waits for the command: what cannot be delivered within a few tries is
/// kept as a file and sent later.
struct DeliveryDecision {
    enum Step: Equatable {
        /// All lines of the batch are stored, but for these.
        case landed(refused: [RejectedLine], count: RefusedCount, message: String?)
        /// The reason is what was answered, for a person who waits.
        case retry(after: Duration, reason: String)
        /// Write it to disk. `isFinal`: the next batch would meet the same answer, so it is not even tried.
        case keep(reason: String, isFinal: Bool)
    }

    enum Limit {
        /// One try and three more: some ten seconds at most with the backoff below.
        static let attemptsMax = 4
        /// A server that asks for more patience than this gets its batch from a file later.
        static let waitMax = Duration.seconds(30)
    }

    private static let backoff = Backoff(base: .milliseconds(500), cap: .seconds(5))

    /// - Parameters:
    ///   - lines: of the batch.
    ///   - attempt: how many times the batch was sent, from 1.
    ///   - random: 0 ..< 1, for the jitter.
    static func step(after reply: Reply, lines: Int, attempt: Int, random: Double) -> Step {
        switch reply {
        case .acknowledged:
            return .landed(refused: [], count: RefusedCount(lines: 0, isAtLeast: false), message: nil)
        case .partial(let refused, let count, let message):
            return .landed(refused: refused, count: count, message: message)
        case .rejected(let named, let message):
            // Sent again, every one of them would be refused again.
            if named.count >= lines {
                return .landed(refused: named, count: RefusedCount(lines: lines, isAtLeast: false), message: message)
            }
            return .keep(reason: "the batch was rejected: \(message)", isFinal: false)
        case .unauthorized(let message), .forbidden(let message), .notFound(_, let message):
            return .keep(reason: message, isFinal: true)
        case .tooLarge(let message):
            return .keep(reason: message, isFinal: false)
        case .overloaded(let wait, let message):
            return again(attempt: attempt, atLeast: wait, message: message, random: random)
        case .unavailable(let message):
            return again(attempt: attempt, atLeast: nil, message: message, random: random)
        case .unproved(let message):
            return .keep(reason: message, isFinal: true)
        case .unexpected(let status, let message):
            return .keep(reason: "unexpected answer with status \(status): \(message)", isFinal: false)
        }
    }

    private static func again(attempt: Int, atLeast wait: Duration?, message: String, random: Double) -> Step {
        guard attempt < Limit.attemptsMax else { return .keep(reason: message, isFinal: true) }
        if let wait, wait > Limit.waitMax { return .keep(reason: message, isFinal: true) }
        let jittered = backoff.delay(attempt: attempt - 1, random: random)
        return .retry(after: max(wait ?? .zero, jittered), reason: message)
    }
}
