/// How far apart two words are, for whoever looks for what somebody meant to type.
public enum EditDistance {
    /// Of what is longer only so many characters count: no name of ours is longer, and somebody may have pasted a page.
    static let lengthMax = 64

    /// Edits from one to the other, where swapping two neighbours is one edit.
    public static func between(_ first: String, _ second: String) -> Int {
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
}
