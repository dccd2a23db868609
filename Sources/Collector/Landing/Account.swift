import CoinlineJSON

/// Counted things in words.
public enum Plural {
    /// "1 point", "2 points".
    public static func points(_ count: Int) -> String {
        count == 1 ? "1 point" : "\(count) points"
    }

    /// "1 point is", "2 points are".
    static func pointsAre(_ count: Int) -> String {
        points(count) + (count == 1 ? " is" : " are")
    }
}

/// How a refused line is told: its beginning, which names the series, and the reason.
enum RefusalText {
    private static let lineCharactersMax = 80

    static func text(_ line: String, _ reason: String) -> String {
        let head = line.prefix(lineCharactersMax)
        return "\(head)\(head.count < line.count ? "…" : ""): \(reason)"
    }
}

// What the summaries of runs and of loads have in common.

extension LandingCounts {
    /// What was not acknowledged, for a person, one fact a line.
    func lines(refusals: [String], deadLetters: [String] = []) -> [String] {
        var lines = changed.map { ["changed       \($0)"] } ?? []
        lines.append("refused       \(refused)")
        lines += refusals.map { "              \($0)" }
        lines.append("pending       " + (pending > 0 ? "\(Plural.points(pending)), safe on disk" : "0"))
        if deadLettered > 0 || !deadLetters.isEmpty {
            lines.append("dead letters  " + (deadLettered > 0 ? "\(deadLettered)" : "of earlier runs"))
        }
        lines += deadLetters.map { "              \($0)" }
        if dropped > 0 { lines.append("dropped       \(Plural.points(dropped))") }
        if removed > 0 { lines.append("taken away    \(Plural.points(removed))") }
        if lost > 0 { lines.append("lost          \(Plural.points(lost))") }
        return lines
    }

    /// What the encoder had to change, in words; nil for nothing.
    private var changed: String? {
        let parts = [
            (textsReplaced, "text replaced", "texts replaced"), (fieldsDropped, "field dropped", "fields dropped"),
            (tagsDropped, "tag dropped", "tags dropped"),
        ].filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? $0.1 : $0.2)" }
        return parts.isEmpty ? nil : parts.joined(separator: ", ") + " (no line of line protocol can hold them)"
    }

    /// The counts as members of the open object.
    func append(to out: inout JSONWriter) {
        out.member("points_offered", offered)
        out.member("points_acknowledged", acknowledged)
        out.member("points_refused", refused)
        out.member("points_pending", pending)
        out.member("points_dead_lettered", deadLettered)
        out.member("points_dropped", dropped)
        out.member("points_removed", removed)
        out.member("points_lost", lost)
        out.member("texts_replaced", textsReplaced)
        out.member("fields_dropped", fieldsDropped)
        out.member("tags_dropped", tagsDropped)
    }
}
