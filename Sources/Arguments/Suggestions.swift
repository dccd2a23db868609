import CoinlineBase

/// Finds what somebody probably meant to type.
enum Suggestions {
    /// More would be a list to read, not a hint.
    private static let countMax = 3

    /// Known words that begin with the typed one, or are few edits away from it, the nearest first.
    static func near(_ typed: String, among known: [String]) -> [String] {
        let lower = typed.lowercased()
        let bare = lower.drop { $0 == "-" }
        let ranked = known.compactMap { word -> (rank: Int, word: String)? in
            let edits = EditDistance.between(lower, word)
            let isBeginning = bare.count >= 2 && word.hasPrefix(lower)
            // A third of the letters may be wrong; the dashes of an option are no letters.
            guard isBeginning || edits <= max(1, (bare.count + 1) / 3) else { return nil }
            return (isBeginning ? 0 : edits, word)
        }
        return ranked.sorted { ($0.rank, $0.word) < ($1.rank, $1.word) }.prefix(countMax).map(\.word)
    }
}
