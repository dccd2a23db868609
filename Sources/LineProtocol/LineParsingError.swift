/// What is wrong with a line, and where.
public struct LineParsingError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, with the names and texts at fault as far as they were read. Bytes found are nil at the end of the input.
    public enum Reason: Sendable, Equatable {
        /// A control byte in a comment, or a carriage return without a newline.
        case controlByteInComment(UInt8)
        /// The line begins with a byte that begins no name.
        case measurementMissing(found: UInt8?)
        /// Behind the measurement or a comma; nil at the end of the input.
        case tagOrFieldMissing(found: UInt8?)
        /// Nothing stands between the comma and the equals sign.
        case tagKeyMissing
        /// The name of a tag is followed by something else than `=`.
        case tagEqualsMissing(tagKey: String, found: UInt8?)
        /// Nothing stands behind a tag's equals sign.
        case tagValueMissing(tagKey: String)
        /// No name stands where a field must begin: behind the space or a comma.
        case fieldKeyMissing(found: UInt8?)
        /// The name of a field is followed by something else than `=`.
        case fieldEqualsMissing(fieldKey: String, found: UInt8?)
        /// Nothing stands behind a field's equals sign.
        case fieldValueMissing(fieldKey: String)
        /// Neither a number nor a boolean nor a quoted string.
        case unknownValue(fieldKey: String, text: String)
        /// Begins as a number and is none.
        case badFloat(fieldKey: String, text: String)
        /// Ends in `i` and is no integer.
        case badInteger(fieldKey: String, text: String)
        /// Ends in `u` and is no unsigned integer.
        case badUnsigned(fieldKey: String, text: String)
        /// Begins as `true` or `false` and is neither.
        case badBoolean(fieldKey: String, text: String)
        /// A number that its type cannot hold.
        case valueOutOfRange(fieldKey: String, text: String)
        /// The string runs to the end of the input.
        case closingQuoteMissing(fieldKey: String)
        /// Something else than a comma, a space or the end of the line stands behind a closing quote.
        case textAfterString(fieldKey: String, found: UInt8)
        /// What stands in the place of the time is no whole number.
        case badTimestamp(text: String)
        /// A time outside ``Timestamp/range``.
        case timestampOutOfRange(text: String)
        /// Something stands behind the time, or is no line end.
        case textAfterPoint(text: String)
        /// A name or a string is no UTF-8.
        case invalidUTF8
    }

    /// The line, from the number of the first line.
    public let line: Int
    /// In bytes from 1.
    public let column: Int
    /// What is wrong, with its facts.
    public let reason: Reason
    /// What was skipped because of the error, without its newline: one line, or several when a string holds newlines.
    public let bytes: Range<Int>

    /// What is wrong, without the position.
    public var message: String { reason.text }

    /// `2:21: field "temperature" has no value`. Texts of the input are cut and cleaned in it.
    public var description: String { "\(line):\(column): \(message)" }
}

extension LineParsingError.Reason {
    var text: String {
        switch self {
        case .controlByteInComment(let byte): "control byte \(hexadecimal(byte)) in a comment"
        case .measurementMissing(let found): "expected a measurement, found \(named(found))"
        case .tagOrFieldMissing(let found): "expected a tag or a space and a field, found \(named(found))"
        case .tagKeyMissing: "tag key is empty"
        case .tagEqualsMissing(let key, let found):
            "expected = after tag key \(quoted(key)), found \(named(found))"
        case .tagValueMissing(let key): "tag \(quoted(key)) has no value"
        case .fieldKeyMissing(let found): "expected a field key, found \(named(found))"
        case .fieldEqualsMissing(let key, let found):
            "expected = after field key \(quoted(key)), found \(named(found))"
        case .fieldValueMissing(let key): "field \(quoted(key)) has no value"
        case .unknownValue(let key, let text):
            "value \(quoted(text)) of field \(quoted(key)) is neither a number, a boolean nor a quoted string"
        case .badFloat(let key, let text): "\(quoted(text)) of field \(quoted(key)) is not a number"
        case .badInteger(let key, let text): "\(quoted(text)) of field \(quoted(key)) is not an integer"
        case .badUnsigned(let key, let text): "\(quoted(text)) of field \(quoted(key)) is not an unsigned integer"
        case .badBoolean(let key, let text): "\(quoted(text)) of field \(quoted(key)) is not a boolean"
        case .valueOutOfRange(let key, let text): "\(quoted(text)) of field \(quoted(key)) is out of range"
        case .closingQuoteMissing(let key): "string of field \(quoted(key)) has no closing quote"
        case .textAfterString(let key, let found): "\(named(found)) after the string of field \(quoted(key))"
        case .badTimestamp(let text): "\(quoted(text)) is not a timestamp"
        case .timestampOutOfRange(let text): "timestamp \(quoted(text)) is out of range"
        case .textAfterPoint(let text): "unexpected text \(quoted(text)) at the end of the line"
        case .invalidUTF8: "bytes are not UTF-8"
        }
    }
}

private func named(_ byte: UInt8?) -> String {
    switch byte {
    case nil: "the end of the input"
    case Byte.lineFeed, Byte.carriageReturn: "the end of the line"
    case Byte.space: "a space"
    case .some(let byte): quoted(byte)
    }
}
