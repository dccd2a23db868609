import InfluxWriter

/// What became of the points that a command offered to a destination. Once everything is finished,
/// `offered = acknowledged + refused + pending + deadLettered + dropped + removed + lost`, always.
public struct LandingCounts: Sendable, Equatable {
    /// Points handed over.
    public var offered = 0
    /// Points that the destination acknowledged.
    public var acknowledged = 0
    /// Points that cannot be written as line protocol.
    public var refused = 0
    /// Points that are safe on disk and wait to be sent.
    public var pending = 0
    /// Points that the destination refused for good; they lie in the folder of dead letters.
    public var deadLettered = 0
    /// Points that a policy of the outbox dropped.
    public var dropped = 0
    /// Points whose files somebody took away by hand.
    public var removed = 0
    /// Points that could not even be written to disk.
    public var lost = 0
    /// What the encoder changed or left out to make lines of points: tags and names whose text no line can hold, fields
    /// that are no numbers, tags without a value.
    public var textsReplaced = 0
    public var fieldsDropped = 0
    public var tagsDropped = 0

    public init() {}

    /// Points that were on disk at some time, wherever they are by now.
    public var accepted: Int { acknowledged + pending + deadLettered + dropped + removed }

    public var addsUp: Bool { offered == accepted + refused + lost }

    /// Everything that was offered is where it belongs.
    public var isComplete: Bool { offered == acknowledged }

    private static var members: [WritableKeyPath<Self, Int>] {
        [
            \.offered, \.acknowledged, \.refused, \.pending, \.deadLettered, \.dropped, \.removed, \.lost,
            \.textsReplaced, \.fieldsDropped, \.tagsDropped,
        ]
    }

    public static func + (left: LandingCounts, right: LandingCounts) -> LandingCounts {
        members.reduce(into: left) { $0[keyPath: $1] += right[keyPath: $1] }
    }

    public static func - (left: LandingCounts, right: LandingCounts) -> LandingCounts {
        members.reduce(into: left) { $0[keyPath: $1] -= right[keyPath: $1] }
    }

    /// What came since then. Where points waited already, it is not known whose have met their end, so all that came
    /// counts as waiting until ``resolve(from:)``.
    func since(_ before: LandingCounts) -> LandingCounts {
        var new = self - before
        guard before.pending > 0 else { return new }
        new.pending = new.accepted
        (new.acknowledged, new.deadLettered, new.dropped, new.removed) = (0, 0, 0, 0)
        return new
    }

    /// Gives points that waited here their end, as far as there are such ends left.
    ///
    /// - Parameter ends: what became of more points than these; what is used here is taken out of it.
    mutating func resolve(from ends: inout LandingCounts) {
        for member in [\Self.acknowledged, \.deadLettered, \.dropped, \.removed] {
            let count = max(0, min(pending, ends[keyPath: member]))
            pending -= count
            self[keyPath: member] += count
            ends[keyPath: member] -= count
        }
    }
}
