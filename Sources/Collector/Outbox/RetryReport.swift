import CoinlineJSON

/// What `dead-letters retry` did, for every destination of which there were letters.
public struct RetryReport: Sendable {
    private var parts: [(outcome: DeadLetterRetry.Outcome, sending: SendingReport)] = []

    private enum Shown {
        /// Letters that stay, named one by one.
        static let keptMax = 10
    }

    public init() {}

    public mutating func add(_ outcome: DeadLetterRetry.Outcome, _ sending: SendingReport) {
        parts.append((outcome, sending))
    }

    /// 0: every letter is at its destination now, and nothing else is left.
    public var exitCode: Int32 {
        parts.allSatisfy { $0.outcome.kept.isEmpty && $0.sending.isComplete } ? 0 : 1
    }

    /// For a person, without a line break at the end.
    public func text(lettersCommand: String) -> String {
        guard !parts.isEmpty else { return "There are no dead letters." }
        var lines: [String] = []
        for (outcome, sending) in parts {
            lines.append("\(Plural.deadLetters(outcome.letters)) accepted again, with \(Plural.points(outcome.points))")
            lines += outcome.kept.prefix(Shown.keptMax).map { "error: \($0.place.name) is kept: \($0.reason)" }
            let more = outcome.kept.count - Shown.keptMax
            if more > 0 { lines.append("       and \(more) more are kept") }
            lines += sending.lines(lettersCommand: lettersCommand)
        }
        return lines.joined(separator: "\n")
    }

    public func json() -> String {
        var out = JSONWriter()
        out.beginObject()
        out.member("exit", Int(exitCode))
        out.key("destinations")
        out.beginArray()
        for (outcome, sending) in parts {
            out.beginObject()
            out.member("letters_accepted", outcome.letters)
            out.member("points_accepted", outcome.points)
            out.key("letters_kept")
            DeadLetterRetry.append(outcome.kept, to: &out)
            out.key("sending")
            sending.append(to: &out)
            out.endObject()
        }
        out.endArray()
        out.endObject()
        return out.text
    }
}

extension DeadLetterRetry {
    static func append(_ kept: [Kept], to out: inout JSONWriter) {
        out.beginArray()
        for one in kept {
            out.beginObject()
            out.member("name", "\(one.place.name)")
            out.member("reason", one.reason)
            out.endObject()
        }
        out.endArray()
    }
}
