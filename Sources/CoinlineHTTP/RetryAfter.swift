public import CoinlineBase

/// The value of a `Retry-After` header (RFC 9110 §10.2.3).
public enum RetryAfter {
    /// How long to wait, from whole seconds or an HTTP date. A date that has passed is zero, anything else nil. The
    /// caller caps it: a server may name any number.
    public static func parse(_ text: String, now: UTCTime) -> Duration? {
        let text = trimmed(text)
        guard !text.isEmpty else { return nil }
        if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // More digits than fit mean "never" all the same.
            return .seconds(Int64(text) ?? Int64(Int32.max))
        }
        guard let date = UTCTime(httpDate: text) else { return nil }
        return max(.zero, now.duration(to: date))
    }

    private static func trimmed(_ text: String) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        let kept = text.utf8.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        return String(decoding: Array(kept), as: UTF8.self)
    }
}
