/// Why a point cannot be written. The encoder's buffer is as it was before the point.
public struct LineEncodingError: Error, Equatable, CustomStringConvertible {
    /// The part of the point that is wrong.
    public enum Position: String, Sendable {
        /// The measurement.
        case measurement
        /// A tag's name, which ``LineEncodingError/name`` tells.
        case tagKey = "tag key"
        /// The text of the tag that ``LineEncodingError/name`` tells.
        case tagValue = "value of tag"
        /// A field's name, which ``LineEncodingError/name`` tells.
        case fieldKey = "field key"
        /// The value of the field that ``LineEncodingError/name`` tells.
        case fieldValue = "value of field"
        /// Measurement and tags together.
        case series
        /// The time.
        case time
        /// The point as a whole.
        case point
    }

    /// What is wrong with it.
    public enum Reason: Sendable, Equatable {
        /// A measurement or key without a byte (left).
        case empty
        /// A name that a server keeps for itself or cannot query.
        case reserved
        /// The second tag or field of that name.
        case duplicate
        /// A byte below 0x20 or 0x7F; a newline only, in a string for VictoriaMetrics.
        case controlByte(UInt8)
        /// A backslash at the end cannot be told from an escape of what follows.
        case trailingBackslash
        /// A backslash that the server takes for an escape of the byte behind it.
        case backslashBefore(UInt8)
        /// A line that begins with `#` is a comment.
        case leadingHash
        /// No field, or none with a finite number.
        case noFields
        /// Over a limit of the server, in bytes.
        case tooLong(bytes: Int, bytesMax: Int)
        /// Over a limit of the server.
        case tooManyTags(count: Int, countMax: Int)
        /// InfluxDB 1.x has no unsigned values.
        case unsignedValue
        /// Outside what the server takes; in nanoseconds.
        case timeOutOfRange(nanoseconds: Int64)
        /// The series was made for another dialect than the encoder's.
        case otherDialect
    }

    /// What is wrong, with its facts.
    public let reason: Reason
    /// Where in the point.
    public let position: Position
    /// The name that is wrong, or the name of the tag or field whose value is; empty for a time or a whole point.
    public let name: String

    init(_ reason: Reason, _ position: Position, _ name: String = "") {
        self.reason = reason
        self.position = position
        self.name = name
    }

    /// A sentence for a person: `tag key "time": is a reserved name`. Texts of the point are cut and cleaned in it.
    public var description: String {
        let place = name.isEmpty ? position.rawValue : "\(position.rawValue) \(quoted(name))"
        return "\(place): \(reason.text)"
    }
}

extension LineEncodingError.Reason {
    var text: String {
        switch self {
        case .empty: "is empty"
        case .reserved: "is a reserved name"
        case .duplicate: "appears twice"
        case .controlByte(let byte): "holds the control byte \(hexadecimal(byte))"
        case .trailingBackslash: "ends in a backslash"
        case .backslashBefore(let byte): "has a backslash before \(quoted(byte)), which the server reads as an escape"
        case .leadingHash: "begins with #, which makes the line a comment"
        case .noFields: "has no field with a finite value"
        case .tooLong(let bytes, let bytesMax): "has \(bytes) bytes, at most \(bytesMax) are allowed"
        case .tooManyTags(let count, let countMax): "has \(count) tags, at most \(countMax) are allowed"
        case .unsignedValue: "is unsigned, which InfluxDB 1.x does not take"
        case .timeOutOfRange(let nanoseconds): "\(nanoseconds) ns is outside the range that the server takes"
        case .otherDialect: "was made for another dialect than the encoder's"
        }
    }
}

/// A text from outside for a message: quoted, at most 40 bytes of it, control bytes as `\x0A` and other characters that
/// a log could not show as `\u{202E}`.
func quoted(_ text: String) -> String {
    quoted(text.utf8.prefix(quotedBytesMax + 1))
}

func quoted(_ bytes: some Collection<UInt8>) -> String {
    var shown = "\""
    // A character cut in the middle shows as U+FFFD.
    for scalar in String(decoding: bytes.prefix(quotedBytesMax), as: UTF8.self).unicodeScalars {
        if let byte = UInt8(exactly: scalar.value), isControl(byte) {
            shown += "\\x\(hexadecimal(byte).dropFirst(2))"
        } else if isHidden(scalar) {
            shown += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        } else {
            shown.unicodeScalars.append(scalar)
        }
    }
    return shown + (bytes.count > quotedBytesMax ? "\"…" : "\"")
}

/// Characters above ASCII that a terminal obeys, that end a line to some readers, or that turn the direction of what
/// stands around them.
private func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x80...0x9F, 0x061C, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF: true
    default: false
    }
}

func quoted(_ byte: UInt8) -> String {
    isControl(byte) || byte >= 0x80 ? hexadecimal(byte) : "\"\(Character(Unicode.Scalar(byte)))\""
}

func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return byte < 16 ? "0x0\(digits)" : "0x\(digits)"
}

/// Enough to recognise a name, short enough for a log line.
private let quotedBytesMax = 40
