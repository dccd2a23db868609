/// What a request asks for, taken apart.
///
/// Escapes are decoded after the target has been cut at `?`, `&` and `=`, so that an escaped separator stays text. `%00`
/// becomes a NUL inside the string, which equals no route. An escape that is none stays as it stands.
struct RequestTarget {
    /// The target as sent, without scheme and authority.
    let text: String
    let path: String
    let query: [(name: String, value: String)]

    /// Nil for a target that RFC 9112 §3.2 does not allow with this method.
    init?(_ sent: String, method: String) {
        guard !sent.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "#") }) else { return nil }
        if sent == "*" {
            guard method == "OPTIONS" else { return nil }
            (text, path, query) = (sent, sent, [])
            return
        }
        guard let origin = Self.originForm(sent) else { return nil }
        let parts = origin.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        text = origin
        path = Self.decode(parts[0])
        query = parts.count == 2 ? Self.query(parts[1]) : []
    }

    /// Strips `http://authority`; a proxy's client sends that, and RFC 9112 §3.2.2 has every server take it.
    private static func originForm(_ sent: String) -> String? {
        if sent.utf8.first == UInt8(ascii: "/") { return sent }
        for scheme in ["http://", "https://"] where equalsIgnoringCase(sent.prefix(scheme.count), scheme) {
            let rest = sent.dropFirst(scheme.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" }
            guard !authority.isEmpty else { return nil }
            let target = rest.dropFirst(authority.count)
            return target.first == "/" ? String(target) : "/" + target
        }
        return nil
    }

    private static func query(_ text: Substring) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decode(parts[0], isForm: true), parts.count == 2 ? decode(parts[1], isForm: true) : "")
        }
    }

    /// Percent-decoding; in a form's fields `+` is a space too.
    private static func decode(_ text: Substring, isForm: Bool = false) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            if bytes[at] == UInt8(ascii: "%"), at + 2 < bytes.count,
                let high = digit(bytes[at + 1]), let low = digit(bytes[at + 2])
            {
                decoded.append(high << 4 | low)
                at += 3
            } else {
                decoded.append(isForm && bytes[at] == UInt8(ascii: "+") ? UInt8(ascii: " ") : bytes[at])
                at += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
