import CoinlineJSON

/// What `dead-letters discard` removed.
public struct DiscardReport: Sendable {
    var letters = 0
    var points = 0
    /// Letters that stay, each with the reason.
    var kept: [DeadLetterRetry.Kept] = []

    /// 0: none was kept.
    public var exitCode: Int32 { kept.isEmpty ? 0 : 1 }

    public var text: String {
        (["\(Plural.deadLetters(letters)) discarded, with \(Plural.points(points))"]
            + kept.map { "error: \($0.place.name) is kept: \($0.reason)" }).joined(separator: "\n")
    }

    public func json() -> String {
        var out = JSONWriter()
        out.beginObject()
        out.member("letters_discarded", letters)
        out.member("points_discarded", points)
        out.key("letters_kept")
        DeadLetterRetry.append(kept, to: &out)
        out.endObject()
        return out.text
    }
}
