import CoinlineBase

/// Finds the name that somebody probably meant.
public enum Nearness {
    /// The known name of which `name` is a slip of the pen: one letter more, less, other or swapped; two in a word of
    /// six or more, or when an underscore is missing or too many. Nil when it is just another name.
    public static func slip(of name: String, among known: [String]) -> String? {
        known
            .filter { isSlip(name, of: $0) }
            .min { (EditDistance.between(name, $0), $0) < (EditDistance.between(name, $1), $1) }
    }

    /// Looks at word by word, or `INFLUXDB_PORT`, which Kubernetes sets, would be taken for `INFLUXDB_ORG`.
    private static func isSlip(_ name: String, of known: String) -> Bool {
        let words = name.split(separator: "_")
        let knownWords = known.split(separator: "_")
        guard words.count == knownWords.count else {
            return EditDistance.between(name, known) <= (known.count >= 8 ? 2 : 1)
        }
        return zip(words, knownWords).allSatisfy { word, knownWord in
            let editsMax = knownWord.count >= 6 ? 2 : knownWord.count >= 3 ? 1 : 0
            return EditDistance.between(String(word), String(knownWord)) <= editsMax
        }
    }
}
