/// Finds what somebody probably meant to type.
enum Suggestions {
    /// More would be a list to read, not a hint.
    private static let countMax = 3

    /// Known words that begin with the typed one, or are few edits away from it, the nearest first.
    static func near(_ typed: String, among known: [String]) -> [String] {
        let lower = typed.lowercased()
        let bare = lower.drop { $0 == "-" }
        let ranked = known.compactMap { word -> (rank: Int, word: String)? in
            let edits = distance(lower, word)
            let isBeginning = bare.count >= 2 && word.hasPrefix(lower)
            // A third of the letters may be wrong; the dashes of an option are no letters.
            guard isBeginning || edits <= max(1, (bare.count + 1) / 3) else { return nil }
            return (isBeginning ? 0 : edits, word)
        }
        return ranked.sorted { ($0.rank, $0.word) < ($1.rank, $1.word) }.prefix(countMax).map(\.word)
    }

    /// "A, B or C".
    static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    /// Edits from one to the other, where swapping two neighbours is one edit.
    static func distance(_ first: String, _ second: String) -> Int {
        let first = Array(first.unicodeScalars.prefix(lengthMax))
        let second = Array(second.unicodeScalars.prefix(lengthMax))
        var before: [Int] = []
        var last = Array(0...second.count)
        for i in first.indices {
            var row = [i + 1]
            for j in second.indices {
                var cost = min(last[j] + (first[i] == second[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, first[i] == second[j - 1], first[i - 1] == second[j] {
                    cost = min(cost, before[j - 1] + 1)
                }
                row.append(cost)
            }
            (before, last) = (last, row)
        }
        return last[second.count]
    }

    /// No command is longer; somebody may have pasted a page.
    private static let lengthMax = 64
}
