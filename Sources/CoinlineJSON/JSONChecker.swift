/// Checks a whole document against RFC 8259 and the limits, without recursion: what is open is kept in a list that the
/// depth limit bounds.
struct JSONChecker {
    private let bytes: [UInt8]
    private let name: String
    private let depthMax: Int
    private var position = 0
    /// The containers that are open, outermost first.
    private var levels: [Level] = []

    private struct Level {
        let isObject: Bool
        var step: JSONStep
    }

    /// Where in the grammar the next byte is.
    private enum Expectation { case value, firstElement, firstKey, key, separator, end }

    init(_ bytes: [UInt8], name: String, limits: JSONLimits) {
        self.bytes = bytes
        self.name = name
        depthMax = min(limits.depthMax, JSONLimits.depthCeiling)
    }

    /// Where the document's value begins and ends.
    mutating func check() throws(JSONError) -> Range<Int> {
        skipSpace()
        let start = position
        var end = start
        var expectation = Expectation.value
        while expectation != .end {
            switch expectation {
            case .value: expectation = try value()
            case .firstElement:
                if byte == UInt8(ascii: "]") { expectation = close() } else { expectation = .value }
            case .firstKey:
                if byte == UInt8(ascii: "}") { expectation = close() } else { expectation = .key }
            case .key:
                try key()
                expectation = .value
            case .separator: expectation = try separator()
            case .end: break
            }
            end = position
            skipSpace()
        }
        guard position == bytes.count else { throw error(.bytesAfterValue) }
        return start..<end
    }

    // MARK: Values

    private mutating func value() throws(JSONError) -> Expectation {
        guard let byte else { throw error(.endsEarly(expected: "a value")) }
        switch byte {
        case UInt8(ascii: "{"): return try open(isObject: true)
        case UInt8(ascii: "["): return try open(isObject: false)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: throw error(.unexpectedByte(byte, expected: "a value"))
        }
        return afterValue
    }

    private var afterValue: Expectation { levels.isEmpty ? .end : .separator }

    private mutating func open(isObject: Bool) throws(JSONError) -> Expectation {
        guard levels.count < depthMax else { throw error(.tooDeep(depthMax: depthMax)) }
        levels.append(Level(isObject: isObject, step: isObject ? .key(position..<position) : .index(0)))
        position += 1
        return isObject ? .firstKey : .firstElement
    }

    private mutating func close() -> Expectation {
        levels.removeLast()
        position += 1
        return afterValue
    }

    private mutating func separator() throws(JSONError) -> Expectation {
        let level = levels[levels.count - 1]
        let expected = level.isObject ? "',' or '}'" : "',' or ']'"
        guard let byte else { throw error(.endsEarly(expected: expected)) }
        if byte == UInt8(ascii: level.isObject ? "}" : "]") { return close() }
        guard byte == UInt8(ascii: ",") else { throw error(.unexpectedByte(byte, expected: expected)) }
        position += 1
        if case .index(let index) = level.step { levels[levels.count - 1].step = .index(index + 1) }
        return level.isObject ? .key : .value
    }

    private mutating func key() throws(JSONError) {
        guard let quote = byte else { throw error(.endsEarly(expected: "a member's name"), isInside: false) }
        guard quote == UInt8(ascii: "\"") else {
            throw error(.unexpectedByte(quote, expected: "a member's name"), isInside: false)
        }
        let range = try string(isKey: true)
        levels[levels.count - 1].step = .key(range)
        skipSpace()
        guard let colon = byte else { throw error(.endsEarly(expected: "':'")) }
        guard colon == UInt8(ascii: ":") else { throw error(.unexpectedByte(colon, expected: "':'")) }
        position += 1
    }

    private mutating func number() throws(JSONError) {
        guard let end = JSONNumber.end(bytes, from: position) else { throw error(.malformedNumber) }
        // "01" and "1x" are one broken number, not a number with something after it.
        if end < bytes.count, JSONNumber.isDigit(bytes[end]) { throw error(.malformedNumber) }
        position = end
    }

    private mutating func word(_ word: StaticString) throws(JSONError) {
        for expected in "\(word)".utf8 {
            guard let byte else { throw error(.endsEarly(expected: "\"\(word)\"")) }
            guard byte == expected else { throw error(.unexpectedByte(byte, expected: "\"\(word)\"")) }
            position += 1
        }
    }

    // MARK: Strings

    /// The range between the quotes.
    private mutating func string(isKey: Bool = false) throws(JSONError) -> Range<Int> {
        position += 1
        let start = position
        while let byte {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return start..<(position - 1)
            case UInt8(ascii: "\\"): try escape(isKey: isKey)
            case 0x20...0x7F: position += 1
            case 0..<0x20: throw error(.controlByte(byte), isInside: !isKey)
            default: try sequence(isKey: isKey)
            }
        }
        throw error(.endsEarly(expected: "the end of a string"), isInside: !isKey)
    }

    private mutating func escape(isKey: Bool) throws(JSONError) {
        guard position + 1 < bytes.count else {
            throw error(.endsEarly(expected: "the end of a string"), isInside: !isKey)
        }
        let letter = bytes[position + 1]
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"): try unicodeEscape(isKey: isKey)
        default: throw error(.unknownEscape(letter), isInside: !isKey)
        }
    }

    private mutating func unicodeEscape(isKey: Bool) throws(JSONError) {
        guard let value = codeUnit(at: position) else {
            throw error(.unknownEscape(UInt8(ascii: "u")), isInside: !isKey)
        }
        switch value {
        case 0xD800...0xDBFF:
            guard let low = codeUnit(at: position + 6), (0xDC00...0xDFFF).contains(low) else {
                throw error(.loneSurrogate, isInside: !isKey)
            }
            position += 12
        case 0xDC00...0xDFFF: throw error(.loneSurrogate, isInside: !isKey)
        default: position += 6
        }
    }

    /// The value of `\uXXXX` at `start`, or nil where there is no such thing.
    private func codeUnit(at start: Int) -> UInt32? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        return JSONText.hexValue(bytes[(start + 2)..<(start + 6)])
    }

    /// One character of more than a byte; the table is that of the Unicode standard (3-7): no overlong forms, no
    /// surrogates, nothing above U+10FFFF.
    private mutating func sequence(isKey: Bool) throws(JSONError) {
        let second: ClosedRange<UInt8>
        let length: Int
        switch bytes[position] {
        case 0xC2...0xDF: (second, length) = (0x80...0xBF, 2)
        case 0xE0: (second, length) = (0xA0...0xBF, 3)
        case 0xED: (second, length) = (0x80...0x9F, 3)
        case 0xE1...0xEF: (second, length) = (0x80...0xBF, 3)
        case 0xF0: (second, length) = (0x90...0xBF, 4)
        case 0xF1...0xF3: (second, length) = (0x80...0xBF, 4)
        case 0xF4: (second, length) = (0x80...0x8F, 4)
        default: throw error(.invalidUTF8, isInside: !isKey)
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]),
            bytes[(position + 2)..<(position + length)].allSatisfy({ $0 & 0xC0 == 0x80 })
        else { throw error(.invalidUTF8, isInside: !isKey) }
        position += length
    }

    // MARK: Places

    private var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while position < bytes.count, JSONSpace.contains(bytes[position]) { position += 1 }
    }

    /// `isInside` is false while a member's name is read: the place is then the object itself.
    private func error(_ reason: JSONError.Reason, isInside: Bool = true) -> JSONError {
        let steps = levels.map(\.step)
        let path = JSONPath.text(name: name, steps: isInside ? steps : steps.dropLast(), in: bytes)
        return JSONError(path: path, byte: position, reason: reason)
    }
}

enum JSONSpace {
    static func contains(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
