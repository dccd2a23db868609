import CoinlineJSON

/// What `outbox flush` did, for every destination for which something waited.
public struct FlushReport: Sendable {
    private let parts: [SendingReport]

    public init(_ parts: [SendingReport]) {
        self.parts = parts
    }

    /// 0: nothing is left, and nothing was refused.
    public var exitCode: Int32 { parts.allSatisfy(\.isComplete) ? 0 : 1 }

    /// For a person, without a line break at the end.
    public func text(lettersCommand: String) -> String {
        guard !parts.isEmpty else { return "Nothing waits." }
        return parts.flatMap { $0.lines(lettersCommand: lettersCommand) }.joined(separator: "\n")
    }

    public func json() -> String {
        JSONWriter.object { out in
            out.member("exit", Int(exitCode))
            out.objects("destinations", parts) { out, part in part.append(to: &out) }
        }.text
    }
}
