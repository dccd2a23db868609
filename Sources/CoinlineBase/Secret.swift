/// A key, token or password that no description, interpolation, dump or debugger print shows.
///
/// Only what builds a request calls `reveal()`; a listing of settings shows `masked`.
public struct Secret: Sendable, Hashable {
    private let text: String

    /// At this length the last four characters give away too little to matter, and help to tell keys apart.
    private static let maskedLengthMin = 16

    public init(_ text: String) {
        self.text = text
    }

    /// The secret itself. Never for a log, an error, a URL, a metric or a process argument.
    public func reveal() -> String {
        text
    }

    public var isEmpty: Bool {
        text.isEmpty
    }

    /// "…" and the last four characters of a secret of 16 or more, "…" alone for a shorter one.
    public var masked: String {
        text.count >= Self.maskedLengthMin ? "…" + text.suffix(4) : "…"
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "‹redacted›" }
    public var debugDescription: String { "‹redacted›" }
    // Without it `dump` and reflection would walk into the stored text.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
