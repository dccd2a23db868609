/// Words as a sentence lists them.
public enum WordList {
    /// "A, B or C".
    public static func or(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}
