/// What an application would log.
public enum Event: Sendable, Equatable {
    /// The operator must mend something; the bucket is nil where it is the whole destination. Nothing is sent there
    /// until then, and nothing is lost.
    case held(Bucket?, String)
    /// It is mended.
    case released(Bucket?)
    /// The destination is not reached, or asks to wait: it is tried again, for ever.
    case unreachable(String)
    /// The destination answers again.
    case reachable
    /// These lines became dead letters, with the first reason.
    case deadLettered(lines: Int, Bucket, reason: String)
    /// A batch waits by itself, because the destination fails at it again and again.
    case setAside(lines: Int, Bucket, reason: String)
    /// A policy took batches away, or what was enqueued could not be accepted.
    case dropped(lines: Int, batches: Int, reason: DropReason)
    /// The oldest dead letters went, because there were too many.
    case deadLettersDiscarded(Int)
    /// Another process added batches.
    case takenUp(lines: Int, Bucket)
    /// Somebody took batches away by hand.
    case removed(lines: Int, Bucket)
    /// The outbox is full and its policy is to wait, or it has room again.
    case room(Bool)
    /// The disk takes nothing, or takes something again.
    case disk(DiskState)
    /// Points that the destination stored and yet shows in no query: a field of another type.
    case hiddenPoints(String)
    /// This process delivers from now on, beginning with so many lines.
    case delivering(lines: Int)
    /// Anything else that is worth a line in a log.
    case note(String)
}

extension Event: CustomStringConvertible {
    /// Whether somebody should look at it.
    public var isWarning: Bool {
        switch self {
        case .held, .unreachable, .deadLettered, .setAside, .dropped, .deadLettersDiscarded, .removed, .hiddenPoints:
            true
        case .disk(let state): state != .usable
        case .room(let isThere): !isThere
        case .released, .reachable, .takenUp, .delivering, .note: false
        }
    }

    /// One line for a log.
    public var description: String {
        switch self {
        case .held(let bucket, let text): "nothing is sent to \(Self.place(bucket)) until this is mended: \(text)"
        case .released(nil): "points can be sent to the destination again"
        case .released(let bucket): "\(Self.place(bucket)) takes points again"
        case .unreachable(let text): "the destination is not reached and is tried again: \(text)"
        case .reachable: "the destination answers again"
        case .deadLettered(let lines, let bucket, let reason):
            "\(plural(lines, "line")) for \(Self.place(bucket)) became dead letters: \(reason)"
        case .setAside(let lines, let bucket, let reason):
            "a batch of \(plural(lines, "line")) for \(Self.place(bucket)) waits by itself: \(reason)"
        case .dropped(let lines, let batches, let reason):
            "\(plural(lines, "line")) in \(plural(batches, "batch", "batches")) dropped: \(reason)"
        case .deadLettersDiscarded(let count):
            "\(plural(count, "old dead letter")) went, because there were too many"
        case .takenUp(let lines, let bucket): "another process added \(plural(lines, "line")) for \(Self.place(bucket))"
        case .removed(let lines, let bucket): "\(plural(lines, "line")) for \(Self.place(bucket)) went by hand"
        case .room(true): "the outbox has room again"
        case .room(false): "nothing is accepted: \(OutboxError.noRoom(.bytes, wait: nil))"
        case .disk(.usable): "the outbox can be written again"
        case .disk(.full(let text)): "the disk is full, nothing is accepted: \(text)"
        case .disk(.readOnly(let text)): "the outbox cannot be written, and what belongs there is not accepted: \(text)"
        case .disk(.failing(let text)): "the disk fails, and what belongs there is not accepted: \(text)"
        case .hiddenPoints(let text): "the destination stored points that no query shows: \(text)"
        case .delivering(let lines): "delivering, beginning with \(plural(lines, "line"))"
        case .note(let text): text
        }
    }

    private static func place(_ bucket: Bucket?) -> String {
        bucket.map { "bucket \"\($0)\"" } ?? "the destination"
    }
}
