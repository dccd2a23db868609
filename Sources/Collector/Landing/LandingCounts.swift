import InfluxWriter

/// What became of the points that a command offered. `offered = acknowledged + refused + kept + lost`, always.
public struct LandingCounts: Sendable, Equatable {
    /// Points handed over.
    public var offered = 0
    /// Points that the destination acknowledged.
    public var acknowledged = 0
    /// Points that cannot be written as line protocol, or that the destination refused for good.
    public var refused = 0
    /// Points in files of the outbox.
    public var kept = 0
    /// Points that could neither be delivered nor written to disk.
    public var lost = 0
    /// The destination counted or named only some of what it refused, so `refused` is the least that it can be.
    public var isRefusedAtLeast = false
    /// What the encoder changed or left out to make lines of points: tags and names whose text no line can hold, fields
    /// that are no numbers, tags without a value.
    public var textsReplaced = 0
    public var fieldsDropped = 0
    public var tagsDropped = 0

    public init() {}

    public var addsUp: Bool { offered == acknowledged + refused + kept + lost }

    /// Everything that was offered is where it belongs.
    public var isComplete: Bool { offered == acknowledged }

    /// A batch was stored, but for some of its lines.
    mutating func note(landed lines: Int, refused count: RefusedCount) {
        acknowledged += lines - count.lines
        refused += count.lines
        if count.isAtLeast { isRefusedAtLeast = true }
    }

    public static func + (left: LandingCounts, right: LandingCounts) -> LandingCounts {
        var sum = left
        sum.offered += right.offered
        sum.acknowledged += right.acknowledged
        sum.refused += right.refused
        sum.kept += right.kept
        sum.lost += right.lost
        sum.isRefusedAtLeast = left.isRefusedAtLeast || right.isRefusedAtLeast
        sum.textsReplaced += right.textsReplaced
        sum.fieldsDropped += right.fieldsDropped
        sum.tagsDropped += right.tagsDropped
        return sum
    }
}

/// A batch that was written to disk because it could not be delivered.
public struct KeptFile: Sendable, Equatable {
    public let path: String
    public let lines: Int
    public let reason: String
}
