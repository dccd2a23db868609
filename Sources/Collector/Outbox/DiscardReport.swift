import CoinlineJSON

/// What `dead-letters discard` removed.
public struct DiscardReport: Sendable {
    private let letters: Int
    private let points: Int

    public init(letters: Int, points: Int) {
        self.letters = letters
        self.points = points
    }

    public var text: String {
        "\(Plural.deadLetters(letters)) discarded, with \(Plural.points(points))"
    }

    public func json() -> String {
        var out = JSONWriter()
        out.beginObject()
        out.member("letters_discarded", letters)
        out.member("points_discarded", points)
        out.endObject()
        return out.text
    }
}
