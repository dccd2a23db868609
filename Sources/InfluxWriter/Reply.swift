/// What a destination made of a delivery. Texts are for people: what happened and what to do, never a secret.
public enum Reply: Sendable, Equatable {
    /// What a destination said it does not have.
    public enum Missing: Sendable, Equatable {
        /// The bucket.
        case bucket
        /// The organization.
        case organization
        /// The database, or its retention policy.
        case database
        /// The address answers, but not as a database: a wrong path or another program.
        case path
        /// It does not say what.
        case unknown
    }

    /// Everything is stored: 204 and nothing else, or a committed transaction.
    case acknowledged
    /// Nothing is stored. The lines at fault, when they are known.
    case rejected(lines: [RejectedLine], message: String)
    /// Stored but for the refused lines, of which a destination may name fewer than it refused, or none.
    case partial(refused: [RejectedLine], count: RefusedCount, message: String)
    /// Who writes is not known there (401).
    case unauthorized(String)
    /// Who writes is known, and may not write there (403).
    case forbidden(String)
    /// Something is not there (404).
    case notFound(Missing, String)
    /// More than the destination takes at once; smaller deliveries may pass.
    case tooLarge(String)
    /// A limit of the destination is reached (databases, tables, columns) that no smaller delivery and no cut mends.
    /// Nothing counts as stored: what is stored all the same is stored over itself by a repeat.
    case limited(String)
    /// The destination asks to wait, for the time it names if it names one.
    case overloaded(after: Duration?, String)
    /// Not reached, or not able at this moment: a repeat may pass.
    case unavailable(String)
    /// It answered that it failed (500), and asked to wait, if it named a time: that may be its own fault or this
    /// delivery's, and only time tells.
    case failed(after: Duration? = nil, String)
    /// Of a check only: reachable, but the destination takes anything and so proves nothing.
    case unproved(String)
    /// Nothing of the above. The status is 0 where there was none.
    case unexpected(status: Int, String)
}
