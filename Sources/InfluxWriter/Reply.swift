/// What a destination made of a delivery. Texts are for people: what happened and what to do, never a secret.
public enum Reply: Sendable, Equatable {
    /// What a destination said it does not have.
    public enum Missing: Sendable, Equatable {
        case bucket
        case organization
        case database
        /// The address answers, but not as a database: a wrong path or another program.
        case path
        case unknown
    }

    /// Everything is stored: 204 and nothing else, or a committed transaction.
    case acknowledged
    /// Nothing counts as stored: what is stored all the same, before a limit of the server was reached, is stored over
    /// itself by a repeat. The lines at fault, when they are known.
    case rejected(lines: [RejectedLine], message: String)
    /// Stored but for the refused lines, of which a destination may name fewer than it refused, or none.
    case partial(refused: [RejectedLine], count: RefusedCount, message: String)
    case unauthorized(String)
    case forbidden(String)
    case notFound(Missing, String)
    /// More than the destination takes at once; smaller deliveries may pass.
    case tooLarge(String)
    /// The destination asks to wait, for the time it names if it names one.
    case overloaded(after: Duration?, String)
    /// Not reached, or not able at this moment: a repeat may pass.
    case unavailable(String)
    /// Of a check only: reachable, but the destination takes anything and so proves nothing.
    case unproved(String)
    case unexpected(status: Int, String)
}
