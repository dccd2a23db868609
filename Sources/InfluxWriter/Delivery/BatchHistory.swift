/// What is remembered of a batch from one attempt to the next. In memory only: after a restart it begins anew, which
/// costs some attempts and no line.
struct BatchHistory: Sendable, Equatable {
    /// Attempts so far that left the batch as it was.
    private(set) var failures = 0
    /// Whether it was set aside.
    private(set) var isAside = false
    /// Whether the stored bytes were found sound.
    var isVerified = false
    /// How many requests the bucket had stored when this batch, or the one it is a piece of, was first refused.
    private(set) var refusedAt: Int?
    /// Failures, in a row or not, between which the bucket took others.
    private(set) var outlived = 0

    /// How many requests the bucket had stored at the last failure.
    private var failedAt: Int?
    private var last: Kind?
    private var alike = 0

    fileprivate enum Kind: Sendable, Equatable {
        case acknowledged, rejected, partial, unauthorized, forbidden, tooLarge, limited, overloaded, unavailable,
            failed, unproved
        case notFound(Reply.Missing)
        case unexpected(Int)

        var isOfThisBody: Bool {
            switch self {
            case .overloaded, .unavailable: false
            case .acknowledged, .rejected, .partial, .unauthorized, .forbidden, .tooLarge, .limited, .failed, .unproved,
                .notFound, .unexpected:
                true
            }
        }

        /// Whether it speaks of the bucket or the destination before it speaks of the body.
        var holdsOthers: Bool {
            switch self {
            case .unauthorized, .forbidden, .notFound, .unproved, .unexpected: true
            case .acknowledged, .rejected, .partial, .tooLarge, .limited, .overloaded, .unavailable, .failed: false
            }
        }
    }

    /// - Parameters:
    ///   - step: what was decided.
    ///   - bucket: as it was before this answer.
    mutating func note(_ reply: Reply, _ step: DeliveryPlan.Step, in bucket: BucketHistory) {
        if refusedAt == nil, reply.isOfThisBody { refusedAt = bucket.acknowledged }
        alike = failuresAlike(with: reply)
        last = reply.kind
        if step.isRepeat {
            failures += 1
            outlived = outlived(acknowledged: bucket.acknowledged)
            failedAt = bucket.acknowledged
        }
        if case .setAside = step { isAside = true }
        if case .verify(then: .setAside) = step { isAside = true }
    }

    /// How often the same kind of answer came in a row, this one included.
    func failuresAlike(with reply: Reply) -> Int {
        last == reply.kind ? alike + 1 : 1
    }

    /// How much speaks for it that it would fail again: of those that may be sent, the least suspected goes first, and
    /// then the oldest. So one that makes a server fail is not tried again before those behind it were. A server that
    /// is not reached, or asks to wait, makes nothing suspect, and a refusal that holds all does so from the second time
    /// on: when a probe was taken in between. Where others are taken between one failure and the next, again and again,
    /// it is the body that breaks the connection.
    var suspicion: Int {
        if isAside { return .max }
        guard let last else { return 0 }
        guard last.isOfThisBody else { return outlived >= Self.outlivedMin ? 1 : 0 }
        return last.holdsOthers ? alike - 1 : alike
    }

    /// What a piece of the batch begins with.
    var ofPiece: BatchHistory {
        var history = BatchHistory()
        history.refusedAt = refusedAt
        // Made from sound bytes a moment ago.
        history.isVerified = true
        return history
    }

    /// As often it fails between others that pass before it is suspected, whatever the answer.
    static let outlivedMin = 3

    /// How often others passed between two failures, with one more failure now.
    func outlived(acknowledged: Int) -> Int {
        passedSinceFailure(acknowledged) ? outlived + 1 : outlived
    }

    private func passedSinceFailure(_ acknowledged: Int) -> Bool { failedAt.map { acknowledged > $0 } ?? false }

    /// Whether it is hopeless as far as can be known: set aside, failed again after others had passed, and others pass
    /// still. What a server that fails at everything set aside is not, neither during the outage nor after it.
    func isProven(acknowledged: Int) -> Bool { isAside && outlived > 0 && passedSinceFailure(acknowledged) }

    /// Whether the bucket took anything since the first refusal.
    func othersPassed(acknowledged: Int) -> Bool {
        refusedAt.map { acknowledged > $0 } ?? false
    }
}

/// What is remembered of a bucket from one delivery to the next, in memory only.
struct BucketHistory: Sendable, Equatable {
    /// Requests whose lines were stored, be it in part.
    private(set) var acknowledged = 0
    /// Refusals since then that named no line.
    private(set) var refusalsInRow = 0

    mutating func note(_ reply: Reply) {
        switch reply {
        case .acknowledged, .partial:
            acknowledged += 1
            refusalsInRow = 0
        case .rejected(let lines, _):
            if lines.allSatisfy({ $0.number == nil }) { refusalsInRow += 1 }
        case .unauthorized, .forbidden, .notFound, .tooLarge, .limited, .overloaded, .unavailable, .failed, .unproved,
            .unexpected:
            break
        }
    }
}

extension Reply {
    /// What it says, for people.
    var text: String {
        switch self {
        case .acknowledged: ""
        case .rejected(_, let text), .partial(_, _, let text), .notFound(_, let text), .overloaded(_, let text),
            .failed(_, let text), .unexpected(_, let text), .unauthorized(let text), .forbidden(let text),
            .tooLarge(let text), .limited(let text), .unavailable(let text), .unproved(let text):
            text
        }
    }

    /// Whether the answer may be this body's fault. A server that is not reached, is overloaded or stands behind a
    /// proxy that says so treats every body alike.
    var isOfThisBody: Bool { kind.isOfThisBody }

    /// What kind of answer it is, whatever its words: these may hold a time or the number of a request.
    fileprivate var kind: BatchHistory.Kind {
        switch self {
        case .acknowledged: .acknowledged
        case .rejected: .rejected
        case .partial: .partial
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound(let missing, _): .notFound(missing)
        case .tooLarge: .tooLarge
        case .overloaded: .overloaded
        case .limited: .limited
        case .unavailable: .unavailable
        case .failed: .failed
        case .unproved: .unproved
        case .unexpected(let status, _): .unexpected(status)
        }
    }
}
