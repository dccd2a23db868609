/// Numbers as text: their grammar (RFC 8259 §6) and their exact values.
enum JSONNumber {
    /// The end of the number that begins at `start`, or nil where it breaks the grammar.
    static func end(_ bytes: [UInt8], from start: Int) -> Int? {
        var position = start
        if at(bytes, position) == UInt8(ascii: "-") { position += 1 }
        if at(bytes, position) == UInt8(ascii: "0") {
            position += 1
        } else {
            guard skipDigits(bytes, &position) else { return nil }
        }
        if at(bytes, position) == UInt8(ascii: ".") {
            position += 1
            guard skipDigits(bytes, &position) else { return nil }
        }
        if let letter = at(bytes, position), letter | 0x20 == UInt8(ascii: "e") {
            position += 1
            if let sign = at(bytes, position), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            guard skipDigits(bytes, &position) else { return nil }
        }
        return position
    }

    static func isNumber(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return end(bytes, from: 0) == bytes.count
    }

    private static func at(_ bytes: [UInt8], _ position: Int) -> UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    /// At least one digit.
    private static func skipDigits(_ bytes: [UInt8], _ position: inout Int) -> Bool {
        let start = position
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
        return position > start
    }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}

/// A number taken apart: `±digits × 10^exponent`. The digits carry no zeros at either end.
struct JSONDecimal {
    private(set) var isNegative = false
    private(set) var digits: ArraySlice<UInt8>
    /// Saturates far outside of what any number type can hold.
    private(set) var exponent: Int

    /// Takes a number that the checker has passed.
    init(_ text: ArraySlice<UInt8>) {
        var rest = text
        if rest.first == UInt8(ascii: "-") {
            isNegative = true
            rest = rest.dropFirst()
        }
        let mantissa = rest.prefix { $0 | 0x20 != UInt8(ascii: "e") }
        exponent = Self.exponent(rest.dropFirst(mantissa.count + 1))
        if let point = mantissa.firstIndex(of: UInt8(ascii: ".")) {
            let fraction = mantissa[(point + 1)...]
            exponent -= fraction.count
            digits = mantissa[..<point] + fraction
        } else {
            digits = mantissa
        }
        digits = digits.drop { $0 == UInt8(ascii: "0") }
        let kept = digits.lastIndex { $0 != UInt8(ascii: "0") }.map { $0 + 1 } ?? digits.startIndex
        exponent += digits.endIndex - kept
        digits = digits[..<kept]
    }

    private static func exponent(_ text: ArraySlice<UInt8>) -> Int {
        var value = 0
        for byte in text where JSONNumber.isDigit(byte) {
            value = min(value * 10 + Int(byte - UInt8(ascii: "0")), 1 << 40)
        }
        return text.first == UInt8(ascii: "-") ? -value : value
    }

    /// The digits as a number, where they fit.
    private var magnitude: UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            let (shifted, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, isOver) = shifted.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
            if isTooLarge || isOver { return nil }
            value = sum
        }
        return value
    }

    /// Up to 15 digits and powers of ten up to 10^22 are exact in a `Double`, and one operation on two exact numbers
    /// rounds once: the nearest double (Clinger, 1990). Nil where that does not hold.
    var exactDouble: Double? {
        if digits.isEmpty { return isNegative ? -0.0 : 0 }
        guard digits.count <= 15, abs(exponent) <= 22, let magnitude else { return nil }
        let scale = Self.powersOfTen[abs(exponent)]
        let value = exponent < 0 ? Double(magnitude) / scale : Double(magnitude) * scale
        return isNegative ? -value : value
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]

    /// The exact whole number, or why there is none.
    func int64() throws(JSONError.Reason) -> Int64 {
        if digits.isEmpty { return 0 }
        if exponent < 0 { throw .notWhole }
        // 2^63 has 19 digits.
        guard digits.count + exponent <= 19, var value = magnitude else { throw .outOfRange(of: "Int64") }
        for _ in 0..<exponent {
            let (shifted, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            if isTooLarge { throw .outOfRange(of: "Int64") }
            value = shifted
        }
        if isNegative {
            guard value <= 1 << 63 else { throw .outOfRange(of: "Int64") }
            return Int64(truncatingIfNeeded: 0 &- value)
        }
        guard let whole = Int64(exactly: value) else { throw .outOfRange(of: "Int64") }
        return whole
    }
}
