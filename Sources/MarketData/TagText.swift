/// How text of an upstream becomes a tag value, so that one coin is one series however the upstream writes it.
///
/// Characters that line protocol cannot carry (newlines, control bytes, trailing backslashes) are the encoder's
/// business: it replaces and counts them.
public enum TagText {
    /// A code without white space around it, in upper case; nil where nothing is left, since such a record has no
    /// series to go to. Leading underscores stay: `_STX` is not `STX`.
    public static func code(_ text: String) -> String? {
        let trimmed = trim(text)
        return trimmed.isEmpty ? nil : trimmed.uppercased()
    }

    /// A name without white space around it; nil where nothing is left, and then the tag is left out.
    public static func name(_ text: String?) -> String? {
        guard let text else { return nil }
        let trimmed = trim(text)
        return trimmed.isEmpty ? nil : trimmed
    }

    /// The text without white space (as Unicode has it) at either end.
    public static func trim(_ text: String) -> String {
        let head = text.drop(while: \.isWhitespace)
        guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(head[...last])
    }
}
