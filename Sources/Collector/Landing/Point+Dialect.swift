import LineProtocol

extension Point {
    private enum Limit {
        /// VictoriaMetrics drops a line with more labels, or a longer value of one, without a word.
        static let tagsMax = 38
        static let tagValueBytesMax = 4_096
    }

    /// Whether servers differ in how they read this point's line, so that it matters which one is there: a backslash in a
    /// name, a newline in a string, many or long tags, a time before 1970.
    var isReadDifferently: Bool {
        if tags.count > Limit.tagsMax { return true }
        if let time, time.nanoseconds <= 0 { return true }
        return Self.hasBackslash(measurement)
            || tags.contains { tag in
                Self.hasBackslash(tag.key) || Self.hasBackslash(tag.value)
                    || tag.value.utf8.count > Limit.tagValueBytesMax
            }
            || fields.contains { field in
                if Self.hasBackslash(field.key) { return true }
                guard case .string(let text) = field.value else { return false }
                return text.utf8.contains(UInt8(ascii: "\n"))
            }
    }

    private static func hasBackslash(_ text: String) -> Bool {
        text.utf8.contains(UInt8(ascii: "\\"))
    }
}
