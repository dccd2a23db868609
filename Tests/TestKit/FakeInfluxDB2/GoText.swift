import CoinlineBase

/// Text as the program in Go that the fake stands for writes it.
enum GoText {
    /// A quoted string as `%q` writes it.
    static func quoted(_ bytes: [UInt8]) -> String {
        var text = "\""
        for part in parts(of: bytes) {
            switch part {
            case .byte(let byte): text += "\\x" + hex(UInt32(byte), digits: 2)
            case .scalar("\""): text += "\\\""
            case .scalar("\\"): text += "\\\\"
            case .scalar("\n"): text += "\\n"
            case .scalar("\r"): text += "\\r"
            case .scalar("\t"): text += "\\t"
            case .scalar(let scalar) where scalar.value < 0x20 || scalar.value == 0x7F:
                text += "\\x" + hex(scalar.value, digits: 2)
            case .scalar(let scalar): text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// A JSON string with the escapes of `encoding/json`: those of HTML too, and each byte that is no UTF-8 as U+FFFD.
    static func json(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "\"")]
        for part in parts(of: bytes) {
            switch part {
            case .byte: text += Array("\\ufffd".utf8)
            case .scalar(let scalar): text += Array(escaped(scalar).utf8)
            }
        }
        return text + [UInt8(ascii: "\"")]
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"": "\\\""
        case "\\": "\\\\"
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\u{08}": "\\b"
        case "\u{0C}": "\\f"
        case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{0}"..<" ": "\\u" + hex(scalar.value, digits: 4)
        default: String(scalar)
        }
    }

    /// RFC 3339 with as many decimals as are not zero at the end.
    static func time(_ nanoseconds: Int64) -> String {
        let text = UTCTime(nanoseconds: nanoseconds).rfc3339(fractionDigits: 9)
        var digits = text.dropLast()
        while digits.last == "0" { digits.removeLast() }
        if digits.last == "." { digits.removeLast() }
        return digits + "Z"
    }

    /// A number of whole seconds as `time.Duration` prints it: `1h0m0s`, `24h0m0s`, `90s` as `1m30s`.
    static func duration(seconds: Int64) -> String {
        let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60)
        if hours > 0 { return "\(hours)h\(minutes)m\(rest)s" }
        return minutes > 0 ? "\(minutes)m\(rest)s" : "\(rest)s"
    }

    /// The shortest decimal that reads back as the same number, never with an exponent.
    static func float(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let parts = abs(value).description.split(separator: "e")
        let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        let halves = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let decimals = halves.count == 2 && halves[1] != "0" ? halves[1] : ""
        let text = shifted(whole: String(halves[0]), decimals: String(decimals), by: exponent)
        return value.sign == .minus ? "-" + text : text
    }

    private static func shifted(whole: String, decimals: String, by exponent: Int) -> String {
        let digits = whole + decimals
        let point = whole.count + exponent
        if point <= 0 { return "0." + String(repeating: "0", count: -point) + digits }
        if point >= digits.count { return digits + String(repeating: "0", count: point - digits.count) }
        return digits.prefix(point) + "." + digits.dropFirst(point)
    }

    private static func hex(_ value: UInt32, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    private enum Part {
        case scalar(Unicode.Scalar)
        /// One that begins no UTF-8 sequence.
        case byte(UInt8)
    }

    private static func parts(of bytes: [UInt8]) -> [Part] {
        if let text = String(validating: bytes, as: UTF8.self) { return text.unicodeScalars.map(Part.scalar) }
        var (parts, at): ([Part], Int) = ([], 0)
        while at < bytes.count {
            let length = bytes[at] < 0x80 ? 1 : bytes[at] < 0xE0 ? 2 : bytes[at] < 0xF0 ? 3 : 4
            let text = String(validating: bytes[at..<min(at + length, bytes.count)], as: UTF8.self)
            if let scalar = text?.unicodeScalars.first {
                parts.append(.scalar(scalar))
                at += length
            } else {
                parts.append(.byte(bytes[at]))
                at += 1
            }
        }
        return parts
    }
}
