/// What an encoder did since it was made. Handing out or emptying the buffer does not reset it.
public struct EncodingCounts: Sendable, Equatable {
    /// Points written, one line each.
    public var points = 0
    /// Points that were refused with an error and left nothing behind.
    public var refusedPoints = 0
    /// Fields left out because their number is not finite, also those of a point that then had no field left.
    public var droppedFields = 0
    /// Tags of written points left out because their value is empty.
    public var droppedTags = 0
    /// Names, tag values and strings of written points that were changed under `TextPolicy.replace`.
    public var replacedTexts = 0

    /// Nothing done yet.
    public init() {}

    /// Adds what another encoder did.
    public static func += (left: inout EncodingCounts, right: EncodingCounts) {
        left.points += right.points
        left.refusedPoints += right.refusedPoints
        left.droppedFields += right.droppedFields
        left.droppedTags += right.droppedTags
        left.replacedTexts += right.replacedTexts
    }
}
