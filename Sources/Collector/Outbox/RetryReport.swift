import CoinlineJSON

/// What `dead-letters retry` did, for every destination of which there were letters.
public struct RetryReport: Sendable {
    private var parts: [(outcome: DeadLetterRetry.Outcome, sending: SendingReport)] = []
    /// Why there may be letters that were not tried.
    private let problems: [String]

    private enum Shown {
        /// Letters that stay, named one by one.
        static let keptMax = 10
    }

    /// - Parameter found: what is sent again.
    public init(_ found: FoundDeadLetters) {
        problems = found.problems
    }

    public mutating func add(_ outcome: DeadLetterRetry.Outcome, _ sending: SendingReport) {
        parts.append((outcome, sending))
    }

    /// 0: every letter was found and is at its destination now, and nothing else is left.
    public var exitCode: Int32 {
        problems.isEmpty && parts.allSatisfy { $0.outcome.kept.isEmpty && $0.sending.isComplete } ? 0 : 1
    }

    /// For a person, without a line break at the end.
    public func text(lettersCommand: String) -> String {
        guard !parts.isEmpty || !problems.isEmpty else { return "There are no dead letters." }
        var lines: [String] = []
        for (outcome, sending) in parts {
            lines.append("\(Plural.deadLetters(outcome.letters)) accepted again, with \(Plural.points(outcome.points))")
            lines += outcome.kept.prefix(Shown.keptMax).map { "error: \($0.place.name) is kept: \($0.reason)" }
            let more = outcome.kept.count - Shown.keptMax
            if more > 0 { lines.append("       and \(more) more are kept") }
            lines += sending.lines(lettersCommand: lettersCommand)
        }
        lines += problems.map { "error: \($0)" }
        return lines.joined(separator: "\n")
    }

    public func json() -> String {
        JSONWriter.object { out in
            out.member("exit", Int(exitCode))
            out.objects("destinations", parts) { out, part in
                out.member("letters_accepted", part.outcome.letters)
                out.member("points_accepted", part.outcome.points)
                DeadLetterRetry.append(part.outcome.kept, to: &out)
                out.object("sending", part.sending.append)
            }
            out.member("problems", problems)
        }.text
    }
}

extension DeadLetterRetry {
    /// Letters that stay, as a member of the open object.
    static func append(_ kept: [Kept], to out: inout JSONWriter) {
        out.objects("letters_kept", kept) { out, one in
            out.member("name", "\(one.place.name)")
            out.member("reason", one.reason)
        }
    }
}
