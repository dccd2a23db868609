// The fields of a line: first where they end, which finds what is wrong with them, then what they hold.
extension LineReader {
    /// Where the fields end: at the first blank outside quotes.
    func fieldsEnd(_ part: Range<Int>) throws(LineFault) -> Int {
        var (at, isQuoted, signs, commas) = (part.lowerBound, false, 0, 0)
        while at < part.upperBound {
            let byte = bytes[at]
            at += 1
            if byte == Self.backslash, at < part.upperBound {
                at += 1
            } else if byte == Self.quote, signs > commas {
                isQuoted.toggle()
            } else if byte == Self.equals, !isQuoted {
                signs += 1
                at = try plainValueEnd(afterSignAt: at - 1, fieldsStart: part.lowerBound, end: part.upperBound) ?? at
            } else if byte == Self.comma, !isQuoted {
                commas += 1
            } else if byte == Self.space, !isQuoted {
                at -= 1
                break
            }
        }
        if isQuoted { throw LineFault("unbalanced quotes") }
        guard signs > 0, commas == signs - 1 else { throw LineFault("invalid field format") }
        return at
    }

    /// The end of a number or a boolean behind an equals sign; nil where a string begins.
    private func plainValueEnd(afterSignAt sign: Int, fieldsStart: Int, end: Int) throws(LineFault) -> Int? {
        let before = bytes[sign - 1]
        let isEmptyName = before == Self.space || before == Self.comma
        if isEmptyName, sign < fieldsStart + 1 || bytes[sign - 2] != Self.backslash {
            throw LineFault("missing field key")
        }
        guard sign + 1 < end, bytes[sign + 1] != Self.comma, bytes[sign + 1] != Self.space else {
            throw LineFault("missing field value")
        }
        let first = bytes[sign + 1]
        if first == Self.quote { return nil }
        var valueEnd = sign + 1
        while valueEnd < end, bytes[valueEnd] != Self.comma, bytes[valueEnd] != Self.space { valueEnd += 1 }
        let isNotANumber = first == UInt8(ascii: "N") || first == UInt8(ascii: "n")
        if Self.isDigitOrPoint(first) || first == UInt8(ascii: "-") || isNotANumber {
            try checkNumber((sign + 1)..<valueEnd)
        } else {
            try checkBoolean((sign + 1)..<valueEnd)
        }
        return valueEnd
    }

    private static func isDigitOrPoint(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: ".")
    }

    private func checkBoolean(_ part: Range<Int>) throws(LineFault) {
        let forms = ["t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE"]
        guard forms.contains(text(part)) else { throw LineFault("invalid boolean") }
    }

    private func checkNumber(_ part: Range<Int>) throws(LineFault) {
        let isNegative = bytes[part.lowerBound] == UInt8(ascii: "-")
        let last = bytes[part.upperBound - 1]
        guard last == UInt8(ascii: "i") || last == UInt8(ascii: "u") else { return try checkFloat(part) }
        let number = part.dropLast()
        let digits = isNegative ? number.dropFirst() : number
        guard !digits.isEmpty, bytes[digits].allSatisfy(Self.isDigit) else { throw LineFault("invalid number") }
        let text = text(number)
        if last == UInt8(ascii: "i") {
            guard Int64(text) == nil else { return }
            throw LineFault(
                "unable to parse integer \(text): strconv.ParseInt: parsing \"\(text)\": value out of range")
        }
        guard !isNegative else { throw LineFault("invalid number") }
        guard UInt64(text) == nil else { return }
        throw LineFault("unable to parse unsigned \(text): strconv.ParseUint: parsing \"\(text)\": value out of range")
    }

    /// Digits with at most one point, or what reads as a float where an exponent begins.
    private func checkFloat(_ part: Range<Int>) throws(LineFault) {
        if smallNumber(part) != nil { return }
        let start = bytes[part.lowerBound] == UInt8(ascii: "-") ? part.lowerBound + 1 : part.lowerBound
        var (points, isScientific) = (0, false)
        for index in start..<part.upperBound where !Self.isDigit(bytes[index]) {
            let byte = bytes[index]
            let isAfterExponent = Self.isExponent(bytes[index - 1])
            if byte == UInt8(ascii: ".") {
                points += 1
            } else if Self.isExponent(byte), index > part.lowerBound {
                isScientific = true
            } else if !isAfterExponent || (byte != UInt8(ascii: "+") && byte != UInt8(ascii: "-")) {
                throw LineFault("invalid number")
            }
        }
        guard points <= 1, part.upperBound - start > points else { throw LineFault("invalid number") }
        if isScientific || part.count >= 25, float(part) == nil { throw LineFault("invalid float") }
    }

    private static func isExponent(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") }

    /// Nil for what is no float and for what is too big for one.
    private func float(_ part: Range<Int>) -> Double? {
        if part.count <= 15, let number = smallNumber(part) { return Double(number) }
        var digits = text(part)
        let mantissa = digits.utf8.prefix { !Self.isExponent($0) }
        guard mantissa.contains(where: Self.isDigit) else { return nil }
        let sign = digits.hasPrefix("-") ? String(digits.removeFirst()) : ""
        if digits.hasPrefix(".") { digits = "0" + digits }
        if let point = digits.firstIndex(of: ".") {
            let next = digits.index(after: point)
            if next == digits.endIndex || !digits[next].isNumber { digits.insert("0", at: next) }
        }
        guard let value = Double(sign + digits), value.isFinite else { return nil }
        return value
    }
}

extension LineReader {
    /// The fields of a part that `fieldsEnd` found good.
    func fields(
        _ part: Range<Int>, keyBytes: Int
    ) throws(LineFault) -> [(name: [UInt8], value: FakeInfluxDB2.RawValue)] {
        var fields: [(name: [UInt8], value: FakeInfluxDB2.RawValue)] = []
        var at = part.lowerBound
        while at < part.upperBound {
            var sign = at
            while sign < part.upperBound, bytes[sign] != Self.equals || (sign > at && bytes[sign - 1] == Self.backslash)
            {
                sign += 1
            }
            // Between the key of a series and the name of a field the storage sets four bytes.
            let storedKeyBytes = keyBytes + 4 + sign - at
            if storedKeyBytes > Self.keyBytesMax { throw Self.keyTooLong(storedKeyBytes) }
            let end = valueEnd(from: min(sign + 1, part.upperBound), end: part.upperBound)
            let name = Escapes.unescaped(array(at..<sign), Escapes.any)
            if let value = value(min(sign + 1, end)..<end) { fields.append((name, value)) }
            at = end + 1
        }
        return fields
    }

    private func valueEnd(from start: Int, end: Int) -> Int {
        var (at, isQuoted) = (start, false)
        while at < end {
            let byte = bytes[at]
            if byte == Self.backslash, at + 1 < end, bytes[at + 1] == Self.quote || bytes[at + 1] == Self.backslash {
                at += 2
                continue
            }
            if byte == Self.quote { isQuoted.toggle() }
            if byte == Self.comma, !isQuoted { return at }
            at += 1
        }
        return end
    }

    private func value(_ part: Range<Int>) -> FakeInfluxDB2.RawValue? {
        if part.isEmpty { return nil }
        let (first, last) = (bytes[part.lowerBound], bytes[part.upperBound - 1])
        if first == Self.quote {
            let inside = part.dropFirst().dropLast()
            return .string(Escapes.unescaped(array(inside), [Self.quote, Self.backslash]))
        }
        guard Self.isDigitOrPoint(first) || first == UInt8(ascii: "-") else {
            return .boolean(first == UInt8(ascii: "t") || first == UInt8(ascii: "T"))
        }
        switch last {
        case UInt8(ascii: "i"): return Int64(text(part.dropLast())).map { .integer($0) }
        case UInt8(ascii: "u"): return UInt64(text(part.dropLast())).map { .unsigned($0) }
        default: return float(part).map { .float($0) }
        }
    }
}

/// The backslashes of names and strings.
enum Escapes {
    static let any = Array(", =\"".utf8)
    static let measurement = Array(", ".utf8)
    static let tag = Array(", =".utf8)

    /// Without the backslash before each byte of `escapable`; any other backslash stays.
    static func unescaped(_ bytes: [UInt8], _ escapable: [UInt8]) -> [UInt8] {
        guard bytes.contains(LineReader.backslash) else { return bytes }
        var (result, at): ([UInt8], Int) = ([], 0)
        while at < bytes.count {
            if bytes[at] == LineReader.backslash, at + 1 < bytes.count, escapable.contains(bytes[at + 1]) { at += 1 }
            result.append(bytes[at])
            at += 1
        }
        return result
    }

    static func escaped(_ bytes: [UInt8], _ escapable: [UInt8]) -> [UInt8] {
        bytes.flatMap { escapable.contains($0) ? [LineReader.backslash, $0] : [$0] }
    }
}
