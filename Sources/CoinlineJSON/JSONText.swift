/// Reading the inside of strings that the checker has passed.
enum JSONText {
    /// The text between two quotes, with its escapes resolved.
    static func decode(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        guard bytes[range].contains(UInt8(ascii: "\\")) else {
            return String(decoding: bytes[range], as: UTF8.self)
        }
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            if bytes[position] == UInt8(ascii: "\\") {
                appendEscape(bytes, &position, to: &text)
            } else {
                text.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a name equals another, byte by byte: `String`'s own `==` would also match other forms of the same text.
    static func equals(_ bytes: [UInt8], _ range: Range<Int>, _ name: String) -> Bool {
        let length = name.utf8.count
        // An escape is longer than what it stands for.
        guard range.count >= length else { return false }
        var position = range.lowerBound
        for byte in name.utf8 {
            let own = bytes[position]
            if own == UInt8(ascii: "\\") { return decode(bytes, range).utf8.elementsEqual(name.utf8) }
            if own != byte { return false }
            position += 1
        }
        return position == range.upperBound
    }

    /// Four hexadecimal digits, or nil.
    static func hexValue(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard digits.count == 4 else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard let nibble = hexDigit(digit) else { return nil }
            value = value << 4 | nibble
        }
        return value
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    private static func appendEscape(_ bytes: [UInt8], _ position: inout Int, to text: inout [UInt8]) {
        let letter = bytes[position + 1]
        guard letter == UInt8(ascii: "u") else {
            text.append(plain(letter))
            position += 2
            return
        }
        var value = hexValue(bytes[(position + 2)..<(position + 6)]) ?? 0xFFFD
        position += 6
        if (0xD800...0xDBFF).contains(value) {
            // The checker has seen the other half.
            let low = hexValue(bytes[(position + 2)..<(position + 6)]) ?? 0xDC00
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            position += 6
        }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private static func plain(_ letter: UInt8) -> UInt8 {
        switch letter {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: letter
        }
    }
}
