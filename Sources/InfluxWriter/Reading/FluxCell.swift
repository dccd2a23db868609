import CoinlineBase

/// Reads the text of a cell as a value of its column's type.
enum FluxCell {
    /// nil for a text that is none of the type.
    static func value(_ text: ArraySlice<UInt8>, _ type: FluxType) -> FluxValue? {
        if type == .string { return .string(String(decoding: text, as: UTF8.self)) }
        if text.isEmpty { return .null }
        // What is no ASCII is no value of the types below.
        let word = String(decoding: text, as: UTF8.self)
        switch type {
        case .string: return .string(word)
        case .long: return isWhole(text) ? Int64(word).map { .long($0) } : nil
        case .unsignedLong: return isWhole(text) ? UInt64(word).map { .unsignedLong($0) } : nil
        case .double: return double(text, word).map { .double($0) }
        case .boolean: return word == "true" ? .boolean(true) : word == "false" ? .boolean(false) : nil
        case .dateTime, .dateTimeNano:
            return UTCTime(rfc3339: word).map { .time(Timestamp(nanoseconds: $0.nanoseconds)) }
        case .duration: return duration(text).map { .duration($0) }
        case .base64Binary: return Base64.decode(text).map { .bytes($0) }
        }
    }

    /// Digits behind at most a minus sign. The standard library takes a plus sign as well.
    private static func isWhole(_ text: ArraySlice<UInt8>) -> Bool {
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        return !digits.isEmpty && digits.allSatisfy(isDigit)
    }

    /// A decimal number of any length, `NaN`, `+Inf` or `-Inf`. The standard library takes more: hexadecimal digits and
    /// other spellings.
    private static func double(_ text: ArraySlice<UInt8>, _ word: String) -> Double? {
        switch word {
        case "NaN": return .nan
        case "+Inf", "Inf": return .infinity
        case "-Inf": return -.infinity
        default: break
        }
        let signs = "+-.eE".utf8
        guard text.allSatisfy({ isDigit($0) || signs.contains($0) }), let value = Double(word), value.isFinite else {
            return nil
        }
        return value
    }

    /// Nanoseconds as a whole number, or as Flux writes a duration: `1h30m`, `-5ms`. Months and years have no fixed
    /// length and are no value here.
    private static func duration(_ text: ArraySlice<UInt8>) -> Duration? {
        if isWhole(text) { return Int64(String(decoding: text, as: UTF8.self)).map { .nanoseconds($0) } }
        var rest = text
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest.removeFirst() }
        var total: Int64 = 0
        repeat {
            let digits = rest.prefix(while: isDigit)
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { !isDigit($0) }
            rest = rest.dropFirst(unit.count)
            guard let number = Int64(String(decoding: digits, as: UTF8.self)),
                let length = nanoseconds(of: String(decoding: unit, as: UTF8.self))
            else { return nil }
            let (part, isTooLong) = number.multipliedReportingOverflow(by: length)
            let (sum, isOver) = total.addingReportingOverflow(part)
            guard !isTooLong, !isOver else { return nil }
            total = sum
        } while !rest.isEmpty
        return .nanoseconds(isNegative ? -total : total)
    }

    private static func nanoseconds(of unit: String) -> Int64? {
        switch unit {
        case "ns": 1
        case "us", "µs": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        case "d": 86_400_000_000_000
        case "w": 604_800_000_000_000
        default: nil
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

/// RFC 4648 §4.
enum Base64 {
    /// nil for what is not whole groups of four, or holds anything but the 64 digits and padding at its end.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        let digits = text.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()
        guard text.count - digits.count <= 2 else { return nil }
        var out: [UInt8] = []
        var bits: UInt32 = 0
        for (index, byte) in digits.enumerated() {
            guard let value = value(of: byte) else { return nil }
            bits = bits << 6 | UInt32(value)
            if index % 4 > 0 { out.append(UInt8(truncatingIfNeeded: bits >> (6 - 2 * UInt32(index % 4)))) }
        }
        return out
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): digit - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
