import CoinlineBase
import InfluxWriter

/// Sends one batch, and again after a wait where that may help. Counts nothing and writes nothing.
struct Delivery {
    enum Outcome {
        /// Stored, but for these lines.
        case landed(refused: [RejectedLine], count: RefusedCount, message: String?)
        /// Not stored, as far as is known. `isFinal`: the next batch would meet the same answer.
        case failed(reason: String, isFinal: Bool)
    }

    let configuration: Landing.Configuration

    func send(_ batch: BatchFile) async -> Outcome {
        let target = configuration.target
        configuration.observe(.delivering(lines: batch.lines))
        var attempt = 0
        while true {
            attempt += 1
            let reply = await target.destination.deliver([batch], to: target.bucket)
            switch DeliveryDecision.step(
                after: reply, lines: batch.lines, attempt: attempt, random: configuration.random())
            {
            case .landed(let refused, let count, let message):
                let possible = RefusedCount(lines: min(count.lines, batch.lines), isAtLeast: count.isAtLeast)
                return .landed(refused: refused, count: possible, message: message)
            case .keep(let reason, let isFinal):
                return .failed(reason: reason, isFinal: isFinal)
            case .retry(let wait, let reason):
                guard !Task.isCancelled else { return Self.stopped }
                configuration.observe(.retrying(after: wait, attempt: attempt, reason: reason))
                do { try await configuration.timing.sleep(wait) } catch { return Self.stopped }
            }
        }
    }

    /// Not final: a destination that answers after the stop may still take the next batch.
    private static let stopped = Outcome.failed(
        reason: "the command was stopped before it was acknowledged", isFinal: false)
}
