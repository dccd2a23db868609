/// Reads fixed forms from the front of a short text, byte by byte; every step says whether it matched.
struct ByteScanner {
    private var rest: ArraySlice<UInt8>

    init(_ text: String) {
        rest = Array(text.utf8)[...]
    }

    var isAtEnd: Bool {
        rest.isEmpty
    }

    /// Exactly `count` digits.
    mutating func number(digits count: Int) -> Int? {
        guard rest.count >= count else { return nil }
        var value = 0
        for byte in rest.prefix(count) {
            guard let digit = Self.digit(byte) else { return nil }
            value = value * 10 + digit
        }
        rest.removeFirst(count)
        return value
    }

    /// All digits that follow, as billionths of the number that they are the decimals of; what comes after nine is cut.
    mutating func billionths() -> Int? {
        var value = 0
        var count = 0
        while let byte = rest.first, let digit = Self.digit(byte) {
            if count < 9 { value = value * 10 + digit }
            count += 1
            rest.removeFirst()
        }
        return count == 0 ? nil : value * powerOfTen(max(0, 9 - count))
    }

    /// Takes `literal` if it comes next.
    mutating func skip(_ literal: StaticString) -> Bool {
        skip(literal.description)
    }

    mutating func skip(_ literal: String) -> Bool {
        guard rest.starts(with: literal.utf8) else { return false }
        rest.removeFirst(literal.utf8.count)
        return true
    }

    /// Takes the first of `words` that comes next and says which it was.
    mutating func word(of words: [String]) -> Int? {
        for (index, word) in words.enumerated() where skip(word) { return index }
        return nil
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (0x30...0x39).contains(byte) ? Int(byte) - 0x30 : nil
    }
}

/// `number`, at least 0, with zeros in front up to `width` digits.
func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}
