/// Why lines went that were neither acknowledged nor refused by the destination.
public enum DropReason: Sendable, Hashable {
    /// The policy of an outbox without room took them.
    case room(OutboxCapacity.Shortage)
    /// They waited for longer than any batch may.
    case age
    /// They were enqueued, and then could not be accepted.
    case notAccepted(WriteError.Reason)
}

extension DropReason: CustomStringConvertible {
    /// The end of a sentence.
    public var description: String {
        switch self {
        case .room(let shortage): "\(OutboxError.noRoom(shortage, wait: nil))"
        case .age: "they waited longer than any batch may"
        case .notAccepted(let reason): "they could not be accepted: \(WriteError(reason: reason))"
        }
    }
}
