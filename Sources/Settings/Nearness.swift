/// Finds the name that somebody probably meant.
public enum Nearness {
    /// The known name of which `name` is a slip of the pen: one letter more, less, other or swapped; two in a word of
    /// six or more, or when an underscore is missing or too many. Nil when it is just another name.
    public static func slip(of name: String, among known: [String]) -> String? {
        known
            .filter { isSlip(name, of: $0) }
            .min { (distance(name, $0), $0) < (distance(name, $1), $1) }
    }

    /// Looks at word by word, or `INFLUXDB_PORT`, which Kubernetes sets, would be taken for `INFLUXDB_ORG`.
    private static func isSlip(_ name: String, of known: String) -> Bool {
        let words = name.split(separator: "_")
        let knownWords = known.split(separator: "_")
        guard words.count == knownWords.count else { return distance(name, known) <= (known.count >= 8 ? 2 : 1) }
        return zip(words, knownWords).allSatisfy { word, knownWord in
            distance(String(word), String(knownWord)) <= (knownWord.count >= 6 ? 2 : knownWord.count >= 3 ? 1 : 0)
        }
    }

    /// Edits from one to the other, where swapping two neighbours is one edit.
    static func distance(_ first: String, _ second: String) -> Int {
        let first = Array(first.unicodeScalars)
        let second = Array(second.unicodeScalars)
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
