/// Bytes that mean something in a line.
enum Byte {
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let hash: UInt8 = 0x23
    static let comma: UInt8 = 0x2C
    static let minus: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let zero: UInt8 = 0x30
    static let nine: UInt8 = 0x39
    static let equals: UInt8 = 0x3D
    static let backslash: UInt8 = 0x5C
    static let underscore: UInt8 = 0x5F
}

@inline(__always)
func isControl(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == 0x7F
}

/// The places of a line that hold a name or a tag's text; each has its own rules.
enum NamePlace: Sendable {
    case measurement
    case tagKey
    case tagValue
    case fieldKey

    var position: LineEncodingError.Position {
        switch self {
        case .measurement: .measurement
        case .tagKey: .tagKey
        case .tagValue: .tagValue
        case .fieldKey: .fieldKey
        }
    }

    /// Whether the byte gets a backslash in front. `=` in a measurement gets none: 1.x keeps the backslash in the name,
    /// and 2.7 acknowledges such a point and never finds it again.
    @inline(__always)
    func escapes(_ byte: UInt8) -> Bool {
        byte == Byte.comma || byte == Byte.space || (byte == Byte.equals && self != .measurement)
    }

    /// Whether a backslash before that byte comes back as it was.
    ///
    /// There is no way to write an escaped backslash in these places. InfluxDB's scanners take a backslash for an
    /// escape when the byte *before* a separator is one (tags: `a\,b` is written `a\\,b` and read back), but they skip
    /// pairs when they look for the end of a line: there the space of `a\\ b` begins the fields, so that a quote in a
    /// tag behind it opens a string, and the line is joined with the ones behind it. They also skip pairs in the field
    /// section (`a\\,b=1` is an error there), and a measurement is unescaped and escaped again when a key is rebuilt,
    /// which loses the backslash. Field keys and measurements also lose one before `"` (`pkg/escape`). All of that was
    /// seen on 1.6.7. InfluxDB 3 and VictoriaMetrics decode pairs everywhere. The decoder of the line-protocol library,
    /// version 2, reads every one of these back as it was; the servers are what counts.
    func keepsBackslash(before byte: UInt8, in dialect: Dialect) -> Bool {
        let isSeparator = byte == Byte.comma || byte == Byte.equals || byte == Byte.space
        if dialect.decodesPairs { return !isSeparator && byte != Byte.backslash }
        switch self {
        case .tagKey, .tagValue: return byte != Byte.space
        case .measurement, .fieldKey: return !isSeparator && byte != Byte.quote
        }
    }
}

/// A name or tag text made fit to be written, not escaped yet.
struct FitText {
    var bytes: [UInt8]
    var isReplaced: Bool
}

/// Whether the text can be written byte for byte: no separator, control byte, backslash or leading `#`.
func isPlain(_ text: String) -> Bool {
    let bytes = text.utf8Span.span
    guard !bytes.isEmpty, bytes[0] != Byte.hash else { return false }
    for index in bytes.indices where isSpecial(bytes[index]) { return false }
    return true
}

/// Whether a tag value needs nothing but escapes: it is not empty and holds no control byte and no backslash.
func isFit(_ value: String) -> Bool {
    let bytes = value.utf8Span.span
    for index in bytes.indices where isControl(bytes[index]) || bytes[index] == Byte.backslash { return false }
    return !bytes.isEmpty
}

/// Appends a fit tag value with its escapes.
func appendEscapedTagValue(_ value: String, to out: inout [UInt8]) {
    let bytes = value.utf8Span.span
    for index in bytes.indices {
        let byte = bytes[index]
        if NamePlace.tagValue.escapes(byte) { out.append(Byte.backslash) }
        out.append(byte)
    }
}

@inline(__always)
private func isSpecial(_ byte: UInt8) -> Bool {
    byte <= Byte.space || byte == Byte.comma || byte == Byte.equals || byte == Byte.backslash || byte == 0x7F
}

/// Checks a name or tag text under the policy and gives what is to be written. `name` is what an error names.
func fit(
    _ text: String, at place: NamePlace, named name: String, dialect: Dialect, policy: TextPolicy
) throws(LineEncodingError) -> FitText {
    var fit = FitText(bytes: Array(text.utf8), isReplaced: false)
    func fault(_ reason: LineEncodingError.Reason) -> LineEncodingError {
        LineEncodingError(reason, place.position, name)
    }
    func replaces(or reason: LineEncodingError.Reason) throws(LineEncodingError) {
        guard policy == .replace else { throw fault(reason) }
        fit.isReplaced = true
    }

    if let byte = fit.bytes.first(where: isControl) {
        try replaces(or: .controlByte(byte))
        fit.bytes = withoutControlBytes(fit.bytes)
    }
    if fit.bytes.last == Byte.backslash {
        try replaces(or: .trailingBackslash)
        while fit.bytes.last == Byte.backslash { fit.bytes.removeLast() }
    }
    for index in fit.bytes.indices.dropLast() where fit.bytes[index] == Byte.backslash {
        let next = fit.bytes[index + 1]
        guard !place.keepsBackslash(before: next, in: dialect) else { continue }
        try replaces(or: .backslashBefore(next))
        fit.bytes[index] = Byte.underscore
    }
    // The byte that is written elsewhere, `_`, may not stand there.
    if place == .measurement, fit.bytes.first == Byte.hash { throw fault(.leadingHash) }
    return fit
}

/// Newline, tab and carriage return as two characters, every other control byte as `_`.
private func withoutControlBytes(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + 8)
    for byte in bytes {
        switch byte {
        case 0x09: out.append(contentsOf: [Byte.backslash, 0x74])
        case Byte.lineFeed: out.append(contentsOf: [Byte.backslash, 0x6E])
        case Byte.carriageReturn: out.append(contentsOf: [Byte.backslash, 0x72])
        case _ where isControl(byte): out.append(Byte.underscore)
        default: out.append(byte)
        }
    }
    return out
}

/// A string field's text with the two characters `\n` in place of every newline.
func withoutNewlines(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        if byte == Byte.lineFeed {
            bytes.append(contentsOf: [Byte.backslash, 0x6E])
        } else {
            bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// Appends a fit text with the escapes of its place.
func appendEscaped(_ bytes: [UInt8], at place: NamePlace, to out: inout [UInt8]) {
    for byte in bytes {
        if place.escapes(byte) { out.append(Byte.backslash) }
        out.append(byte)
    }
}

/// Throws when a name may not stand at its place: names beginning with `_` belong to the server (2.x documentation);
/// a tag `time` is a parse error and a field `time` is dropped; tags `_value`, `_time`, `_start` and `_stop` are
/// acknowledged and then make queries of the measurement fail; tags `table` and `result` give two columns of one name.
func refuseReserved(_ bytes: [UInt8], at place: NamePlace) throws(LineEncodingError) {
    guard let first = bytes.first else {
        throw LineEncodingError(.empty, place.position)
    }
    let isReserved =
        switch place {
        case .measurement: first == Byte.underscore
        case .tagKey: first == Byte.underscore || reservedTagKeys.contains(bytes)
        case .fieldKey: first == Byte.underscore || bytes == timeName
        case .tagValue: false
        }
    guard !isReserved else {
        throw LineEncodingError(.reserved, place.position, String(decoding: bytes, as: UTF8.self))
    }
}

/// A quick answer for a key that needs no change, before anything is allocated.
func isReservedTagKey(_ key: String) -> Bool {
    key.utf8.first == Byte.underscore || key == "time" || key == "table" || key == "result"
}

private let timeName = Array("time".utf8)
private let reservedTagKeys = [timeName, Array("table".utf8), Array("result".utf8)]
