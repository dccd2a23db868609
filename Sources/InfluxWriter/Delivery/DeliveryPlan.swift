import CoinlineBase

/// Decides what becomes of a delivery after its answer. Never sleeps and touches no file, so that every path is a line
/// of a test's table.
///
/// Nothing here drops a line: a batch is acknowledged, waits, is cut into parts that are, or becomes a dead letter with
/// a reason. And nothing here makes one batch wait for another: what is at fault with a batch costs that batch alone,
/// and only what is wrong with a bucket or with the destination holds those (see ``Step/scope``).
struct DeliveryPlan: Sendable {
    /// Waits of one batch. The destination as a whole has its ``Circuit``.
    var backoff = Backoff(base: .seconds(1), cap: .seconds(60))
    /// Waits of a batch that is set aside, whose answers do not change.
    var asideBackoff = Backoff(base: .seconds(120), cap: .seconds(3_600))
    /// A server may name any time, or a date of a wrong clock.
    var retryAfterMax: Duration = .seconds(600)
    /// As often as this the same body may fail alike before it is suspected.
    var failuresAlikeMax = 3
    /// As often it is set aside before its halves are tried, if others passed meanwhile: one line may spoil thousands.
    var asidesMax = 3
    /// As many requests a bucket may refuse in a row without naming a line. A line at fault is found in fewer, among
    /// millions, with every other request taken; when none is, it is not the lines.
    var refusalsMax = 24
    /// A line that alone is refused as too large is at fault itself; below this no sane limit lies, so it is the
    /// server's.
    var lineBytesMin = 64 << 10

    /// What is known of the delivery that was answered.
    struct Attempt: Sendable, Equatable {
        /// How many batches were joined in it.
        var batches = 1
        /// Of all of them, as their names tell.
        var lines: Int
        /// As sent, compressed.
        var bytes: Int
        var history = BatchHistory()
        /// Whether the name of the batch has room for the pieces of another split.
        var canSplit = true
        /// As it was before this answer, too.
        var bucket = BucketHistory()

        /// Whether the bucket took something since this batch, or the one it is a piece of, was first refused.
        var othersPassed: Bool { history.othersPassed(acknowledged: bucket.acknowledged) }
    }

    /// What to do next.
    indirect enum Step: Sendable, Equatable {
        /// Stored: the file goes.
        case forget
        case retry(after: Duration, because: String)
        /// Nothing goes to the destination until a probe (a write of nothing) is taken.
        case holdDestination(String)
        /// Nothing goes to the bucket until a probe is taken.
        case holdBucket(String)
        /// Of joined batches: each is delivered alone, at once.
        case separate(because: String)
        /// In halves, since it is too large as it is.
        case split(because: String)
        /// These lines, each with its number, become dead letters; the rest is sent as one piece.
        case excise([RejectedLine], answer: String)
        /// The stored bytes are checked; damaged ones are moved aside whole, for sound ones the step goes on.
        case verify(then: Step)
        /// In halves, to find the line at fault.
        case bisect(because: String)
        /// Stored but for some lines, which are worked out (``Offenders``) and become dead letters; never sent again.
        case settle(named: [RejectedLine], RefusedCount, answer: String)
        /// Stays on disk with a long wait of its own; the others go on.
        case setAside(after: Duration, because: String)
        /// All lines become dead letters.
        case deadLetter(because: String)
    }

    /// - Parameters:
    ///   - attempt: with its history as it was before this answer.
    ///   - random: from 0 up to but not including 1.
    func step(after reply: Reply, for attempt: Attempt, random: Double) -> Step {
        let step = firstStep(after: reply, for: attempt, random: random)
        let alike = attempt.history.failuresAlike(with: reply)
        // Where nothing passes a limit, all wait for the operator; what it keeps out while others pass waits alone.
        let isLimited = if case .limited = reply { true } else { false }
        let isSuspect = isLimited ? attempt.othersPassed : alike >= failuresAlikeMax
        guard step.isRepeat, reply.isOfThisBody, isSuspect else { return step }
        // The same again and again, though a probe was taken in between or the server answers at all: it is this body.
        let text = reply.text
        if attempt.batches > 1 { return .separate(because: text) }
        let asides = max(0, alike - failuresAlikeMax)
        let canSplit = attempt.lines > 1 && attempt.canSplit && attempt.history.isVerified
        // What a limit keeps out in one piece it keeps out in two.
        if asides >= asidesMax, attempt.othersPassed, canSplit, !isLimited { return .bisect(because: text) }
        let bound = asideBackoff.bound(attempt: asides)
        let aside = Step.setAside(after: bound / 2 + bound / 2 * min(max(random, 0), 1), because: text)
        return attempt.history.isVerified ? aside : .verify(then: aside)
    }

    private func firstStep(after reply: Reply, for attempt: Attempt, random: Double) -> Step {
        switch reply {
        case .acknowledged: .forget
        case .rejected(let lines, let message): rejected(lines, message, attempt)
        case .partial(let lines, let count, let message): .settle(named: lines, count, answer: message)
        case .unauthorized(let message): .holdDestination(message)
        case .forbidden(let message), .limited(let message): .holdBucket(message)
        case .notFound(let missing, let message):
            switch missing {
            case .bucket, .database, .unknown: .holdBucket(message)
            // All buckets of a destination have one address and one organization.
            case .organization, .path: .holdDestination(message)
            }
        case .tooLarge(let message): tooLarge(message, attempt)
        case .overloaded(let asked, let message):
            .retry(after: wait(attempt, asked: asked, random: random), because: message)
        case .unavailable(let message): failed(reply, attempt, asked: nil, message, random)
        case .failed(let asked, let message): failed(reply, attempt, asked: asked, message, random)
        // Not an answer to a delivery; whoever gives it proves nothing.
        case .unproved(let message): .holdDestination(message)
        case .unexpected(_, let message): .holdDestination(message)
        }
    }

    private func failed(
        _ reply: Reply, _ attempt: Attempt, asked: Duration?, _ message: String, _ random: Double
    ) -> Step {
        isOfOneBatch(reply, attempt)
            ? .separate(because: message)
            : .retry(after: wait(attempt, asked: asked, random: random), because: message)
    }

    /// The lines at fault, and nothing but these; where the server names none, the halves tell.
    private func rejected(_ lines: [RejectedLine], _ message: String, _ attempt: Attempt) -> Step {
        let numbered = lines.filter { $0.number != nil }
        if !numbered.isEmpty { return .excise(numbered, answer: message) }
        if attempt.batches > 1 { return .separate(because: message) }
        let next: Step
        if attempt.bucket.refusalsInRow >= refusalsMax {
            next = .holdBucket(message)
        } else if attempt.lines > 1, attempt.canSplit {
            next = .bisect(because: message)
        } else {
            next = lineRefused(message, attempt)
        }
        return attempt.history.isVerified ? next : .verify(then: next)
    }

    /// One line is left, and nothing is said of it. A server that takes nothing at all refuses more than this line, so
    /// others are tried first.
    private func lineRefused(_ message: String, _ attempt: Attempt) -> Step {
        if attempt.othersPassed { return .deadLetter(because: message) }
        let isFirst = attempt.history.failuresAlike(with: .rejected(lines: [], message: message)) == 1
        let wait = backoff.bound(attempt: attempt.history.failures + 2)
        return isFirst ? .retry(after: wait, because: message) : .holdBucket(message)
    }

    /// Whether one of those that went together may be at fault, and not all are to be suspected for it.
    private func isOfOneBatch(_ reply: Reply, _ attempt: Attempt) -> Bool {
        guard attempt.batches > 1 else { return false }
        return reply.isOfThisBody
            || attempt.history.outlived(acknowledged: attempt.bucket.acknowledged) >= BatchHistory.outlivedMin
    }

    private func tooLarge(_ message: String, _ attempt: Attempt) -> Step {
        if attempt.batches > 1 { return .separate(because: message) }
        if attempt.lines > 1, attempt.canSplit { return .split(because: message) }
        return attempt.bytes < lineBytesMin ? .holdDestination(message) : .deadLetter(because: message)
    }

    private func wait(_ attempt: Attempt, asked: Duration?, random: Double) -> Duration {
        let own = backoff.delay(attempt: attempt.history.failures, random: random)
        return max(own, min(asked ?? .zero, retryAfterMax))
    }
}

extension DeliveryPlan.Step {
    /// Whom the step makes wait.
    enum Scope: Sendable, Equatable {
        case batch, bucket, destination
    }

    /// A batch at fault waits alone, and those behind it go on.
    var scope: Scope {
        switch self {
        case .holdDestination: .destination
        case .holdBucket: .bucket
        case .forget, .retry, .separate, .split, .excise, .verify, .bisect, .settle, .setAside, .deadLetter: .batch
        }
    }

    /// Whether the same body is sent again, sooner or later.
    var isRepeat: Bool {
        switch self {
        case .retry, .holdDestination, .holdBucket, .setAside: true
        case .forget, .separate, .split, .excise, .verify, .bisect, .settle, .deadLetter: false
        }
    }
}
