// Field values.
extension LineParser {
    mutating func readValue(of key: String) throws(Fault) -> FieldValue {
        switch byte {
        case Byte.quote:
            return .string(try readString(of: key))
        case nil, Byte.space, Byte.comma, Byte.lineFeed, Byte.carriageReturn:
            throw Fault(.fieldValueMissing(fieldKey: shown(key)), at: position)
        case .some:
            let start = position
            while let byte, !endsValue(byte) { position += 1 }
            return try value(of: key, in: start..<position)
        }
    }

    private func endsValue(_ byte: UInt8) -> Bool {
        byte == Byte.comma || byte == Byte.space || byte == Byte.lineFeed || byte == Byte.carriageReturn
    }

    private func value(of key: String, in range: Range<Int>) throws(Fault) -> FieldValue {
        let text = bytes[range]
        let start = range.lowerBound
        switch bytes[start] {
        case 0x74, 0x54, 0x66, 0x46:
            guard let isTrue = boolean(text) else {
                throw Fault(.badBoolean(fieldKey: shown(key), text: shown(text)), at: start)
            }
            return .boolean(isTrue)
        case Byte.minus, Byte.dot, Byte.zero...Byte.nine:
            return try number(text, of: key)
        default:
            throw Fault(.unknownValue(fieldKey: shown(key), text: shown(text)), at: start)
        }
    }

    private func number(_ text: ArraySlice<UInt8>, of key: String) throws(Fault) -> FieldValue {
        switch text.last {
        case 0x69:
            switch readInteger(text.dropLast()) {
            case .value(let number): return .integer(number)
            case .outOfRange: throw outOfRange(text, of: key)
            case .malformed: throw Fault(.badInteger(fieldKey: shown(key), text: shown(text)), at: text.startIndex)
            }
        case 0x75:
            switch readUnsigned(text.dropLast()) {
            case .value(let number): return .unsigned(number)
            case .outOfRange: throw outOfRange(text, of: key)
            case .malformed: throw Fault(.badUnsigned(fieldKey: shown(key), text: shown(text)), at: text.startIndex)
            }
        default:
            switch readFloat(text) {
            case .value(let number): return .float(number)
            case .outOfRange: throw outOfRange(text, of: key)
            case .malformed: throw Fault(.badFloat(fieldKey: shown(key), text: shown(text)), at: text.startIndex)
            }
        }
    }

    private func outOfRange(_ text: ArraySlice<UInt8>, of key: String) -> Fault {
        Fault(.valueOutOfRange(fieldKey: shown(key), text: shown(text)), at: text.startIndex)
    }

    /// A quoted string, newlines and all, without its escapes, and nothing behind its closing quote but the end of the
    /// value.
    private mutating func readString(of key: String) throws(Fault) -> String {
        let opening = position
        position += 1
        var unescaped: [UInt8] = []
        var copied = position
        while let byte, byte != Byte.quote {
            let escaped = position + 1 < bytes.count ? bytes[position + 1] : 0
            if byte == Byte.backslash, escaped == Byte.quote || escaped == Byte.backslash {
                unescaped.append(contentsOf: bytes[copied..<position])
                unescaped.append(escaped)
                position += 2
                copied = position
            } else {
                position += 1
            }
        }
        guard byte == Byte.quote else { throw Fault(.closingQuoteMissing(fieldKey: shown(key)), at: opening) }
        unescaped.append(contentsOf: bytes[copied..<position])
        guard let text = utf8Text(unescaped, 0..<unescaped.count) else {
            throw Fault(.invalidUTF8, at: firstInvalid(in: opening + 1..<position))
        }
        position += 1
        if let byte, !endsValue(byte) { throw Fault(.textAfterString(fieldKey: shown(key), found: byte), at: position) }
        return text
    }

    /// Where the first byte stands that belongs to no character.
    func firstInvalid(in range: Range<Int>) -> Int {
        var decoder = UTF8()
        var rest = bytes[range].makeIterator()
        var offset = range.lowerBound
        while case .scalarValue(let scalar) = decoder.decode(&rest) { offset += UTF8.width(scalar) }
        return min(offset, range.upperBound)
    }
}

/// A part of some bytes as text; nil where it is not UTF-8.
func utf8Text(_ bytes: borrowing [UInt8], _ range: Range<Int>) -> String? {
    do {
        return String(copying: try UTF8Span(validating: bytes.span.extracting(range)))
    } catch {
        return nil
    }
}

/// Text from the input for an error, which keeps no more than a message shows.
func shown(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes.prefix(64), as: UTF8.self) }

func shown(_ text: String) -> String { text.utf8.count <= 64 ? text : shown(text.utf8) }

private func boolean(_ text: ArraySlice<UInt8>) -> Bool? {
    guard text.count <= 5 else { return nil }
    switch String(decoding: text, as: UTF8.self) {
    case "t", "T", "true", "True", "TRUE": return true
    case "f", "F", "false", "False", "FALSE": return false
    default: return nil
    }
}
