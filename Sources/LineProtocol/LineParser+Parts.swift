// The parts of a line, in their order. Each begins at `position` and leaves it behind what it read.
extension LineParser {
    /// The byte at `position`; nil at the end of the input.
    var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// At a newline, a carriage return and a newline, or the end of the input, also behind a carriage return.
    var isAtLineEnd: Bool {
        guard let byte else { return true }
        if byte == Byte.lineFeed { return true }
        guard byte == Byte.carriageReturn else { return false }
        return position + 1 == bytes.count || bytes[position + 1] == Byte.lineFeed
    }

    mutating func skipSpaces() {
        while byte == Byte.space { position += 1 }
    }

    mutating func readMeasurement() throws(Fault) -> String {
        let name = try readName(at: .measurement)
        guard !name.isEmpty else { throw Fault(.measurementMissing(found: byte), at: position) }
        return name
    }

    /// The tags, each behind a comma, and the spaces behind the last one.
    mutating func readTags() throws(Fault) -> [Tag] {
        var tags: [Tag] = []
        while try readComma() { tags.append(try readTag()) }
        guard byte == Byte.space else { throw Fault(.tagOrFieldMissing(found: byte), at: position) }
        skipSpaces()
        return tags
    }

    /// Whether a comma is next, which a tag key must follow at once.
    private mutating func readComma() throws(Fault) -> Bool {
        guard byte == Byte.comma else { return false }
        position += 1
        switch byte {
        case nil, Byte.space, Byte.lineFeed, Byte.carriageReturn:
            throw Fault(.tagOrFieldMissing(found: byte), at: position)
        default:
            return true
        }
    }

    private mutating func readTag() throws(Fault) -> Tag {
        let start = position
        let key = try readName(at: .tagKey)
        guard byte == Byte.equals else {
            throw key.isEmpty
                ? Fault(.tagOrFieldMissing(found: byte), at: start)
                : Fault(.tagEqualsMissing(tagKey: shown(key), found: byte), at: position)
        }
        guard !key.isEmpty else { throw Fault(.tagKeyMissing, at: start) }
        position += 1
        let value = try readName(at: .tagValue)
        guard !value.isEmpty else { throw Fault(.tagValueMissing(tagKey: shown(key)), at: position) }
        return Tag(key, value)
    }

    /// The fields, at least one.
    mutating func readFields() throws(Fault) -> [Field] {
        var fields: [Field] = []
        repeat {
            if byte == Byte.comma, !fields.isEmpty { position += 1 }
            let key = try readName(at: .fieldKey)
            guard !key.isEmpty else { throw Fault(.fieldKeyMissing(found: byte), at: position) }
            guard byte == Byte.equals else {
                throw Fault(.fieldEqualsMissing(fieldKey: shown(key), found: byte), at: position)
            }
            position += 1
            fields.append(Field(key, try readValue(of: key)))
        } while byte == Byte.comma
        return fields
    }

    /// The time behind the fields, if there is one.
    mutating func readTime() throws(Fault) -> Timestamp? {
        let end = position
        timeStart = nil
        skipSpaces()
        guard !isAtLineEnd else {
            // Spaces at the end of a line are not part of it.
            position = end
            return nil
        }
        let start = position
        while let byte, byte == Byte.minus || (Byte.zero...Byte.nine).contains(byte) { position += 1 }
        // What stands at the end of a line instead of its end is found by the next step, a lone carriage return as
        // well.
        guard byte == Byte.space || byte == Byte.carriageReturn || isAtLineEnd else {
            let text = bytes[start...].prefix { $0 != Byte.lineFeed && $0 != Byte.carriageReturn }
            throw Fault(.badTimestamp(text: shown(text)), at: start)
        }
        guard position > start else { return nil }
        timeStart = start
        return try timestamp(in: start..<position)
    }

    private func timestamp(in range: Range<Int>) throws(Fault) -> Timestamp {
        let text = bytes[range]
        guard case .value(let value) = readInteger(text), let time = Timestamp(value, precision: precision) else {
            if case .malformed = readInteger(text) {
                throw Fault(.badTimestamp(text: shown(text)), at: range.lowerBound)
            }
            throw Fault(.timestampOutOfRange(text: shown(text)), at: range.lowerBound)
        }
        return time
    }

    /// A name or tag value up to the first byte that cannot be part of it, without its escapes; may be empty.
    private mutating func readName(at place: NamePlace) throws(Fault) -> String {
        let start = position
        var unescaped: [UInt8]?
        while let byte {
            if byte == Byte.backslash, position + 1 < bytes.count, place.escapes(bytes[position + 1]) {
                if unescaped == nil { unescaped = Array(bytes[start..<position]) }
                unescaped?.append(bytes[position + 1])
                position += 2
                continue
            }
            guard !place.escapes(byte), !isControl(byte) else { break }
            unescaped?.append(byte)
            position += 1
        }
        let text: String?
        if let unescaped {
            text = utf8Text(unescaped, 0..<unescaped.count)
        } else {
            text = utf8Text(bytes, start..<position)
        }
        guard let text else { throw Fault(.invalidUTF8, at: firstInvalid(in: start..<position)) }
        return text
    }
}
