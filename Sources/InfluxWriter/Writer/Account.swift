/// Where lines went. At every moment `accepted = acknowledged + pending + deadLettered + dropped + removed`.
public struct Account: Sendable, Hashable {
    /// On disk, synced as the policy says, since the account began.
    public var accepted = 0
    /// The destination has them.
    public var acknowledged = 0
    /// They wait on disk.
    public var pending = 0
    /// The destination refused them for good, or they would have hidden points of another type: they lie in the folder
    /// of dead letters, each with its reason.
    public var deadLettered = 0
    /// A policy that the user chose took them away.
    public var dropped = 0
    /// Somebody took their files away by hand.
    public var removed = 0

    /// Nothing yet.
    public init() {}

    /// Whether every accepted line is somewhere.
    public var addsUp: Bool { accepted == acknowledged + pending + deadLettered + dropped + removed }

    /// The sum of two accounts, such as those of two destinations.
    public static func + (left: Account, right: Account) -> Account {
        var sum = left
        sum.accepted += right.accepted
        sum.acknowledged += right.acknowledged
        sum.pending += right.pending
        sum.deadLettered += right.deadLettered
        sum.dropped += right.dropped
        sum.removed += right.removed
        return sum
    }
}
