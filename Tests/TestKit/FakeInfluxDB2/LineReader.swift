/// What one line of line protocol says, names and values as bytes since nothing makes a client send UTF-8.
struct ParsedPoint {
    /// Measurement and tags as sent, the tags in order: what identifies the series.
    var key: [UInt8]
    var fields: [(name: [UInt8], value: FakeInfluxDB2.RawValue)]
    /// Nanoseconds.
    var time: Int64
}

/// Why a line is refused, in the words of the server.
struct LineFault: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

/// Line protocol as InfluxDB 2.7.12 takes it, which is more than anybody should send: bytes that are no UTF-8, control
/// bytes, `v="a"b`, several blanks, a field twice. Written after what that server was seen to do; it shares nothing
/// with the encoder and parser of the package, so that a mistake there has a witness.
///
/// A line ends at a line feed that is neither within the quotes of a string field nor behind a backslash.
struct LineReader {
    // Not an array: reading one byte by byte costs a debug build several times as much, and a body has millions.
    let bytes: UnsafeBufferPointer<UInt8>
    /// Nanoseconds in one unit of a timestamp.
    let unit: Int64
    /// For a line without a timestamp.
    let now: Int64

    static let keyBytesMax = 65_535
    static let reservedTags: [[UInt8]] = [
        Array("_field".utf8), Array("_measurement".utf8), Array("time".utf8), [0], [0xFF],
    ]

    static var space: UInt8 { 0x20 }
    static var quote: UInt8 { 0x22 }
    static var comma: UInt8 { 0x2C }
    static var equals: UInt8 { 0x3D }
    static var backslash: UInt8 { 0x5C }
    static var lineFeed: UInt8 { 0x0A }

    /// All points, and of each line that is refused the sentence about it.
    static func read(_ bytes: [UInt8], unit: Int64, now: Int64) -> (points: [ParsedPoint], faults: [[UInt8]]) {
        bytes.withUnsafeBufferPointer { LineReader(bytes: $0, unit: unit, now: now).read() }
    }

    private func read() -> (points: [ParsedPoint], faults: [[UInt8]]) {
        var (points, faults): ([ParsedPoint], [[UInt8]]) = ([], [])
        var at = 0
        while at < bytes.count {
            let end = lineEnd(from: at)
            let line = blanksEnd(from: at, end: end)..<max(withoutLineFeed(at..<end), blanksEnd(from: at, end: end))
            at = end + 1
            if line.isEmpty || bytes[line.lowerBound] == UInt8(ascii: "#") { continue }
            do throws(LineFault) {
                points.append(try point(line))
            } catch {
                faults.append(Array("unable to parse '".utf8) + array(line) + Array("': \(error.reason)".utf8))
            }
        }
        return (points, faults)
    }

    func array(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// A line that runs to the end of the input, in an open string or behind a backslash, may end with a line feed.
    private func withoutLineFeed(_ line: Range<Int>) -> Int {
        !line.isEmpty && bytes[line.upperBound - 1] == Self.lineFeed ? line.upperBound - 1 : line.upperBound
    }

    private func lineEnd(from start: Int) -> Int {
        var (at, isInFields, isQuoted, signs, commas) = (start, false, false, 0, 0)
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == Self.backslash {
                at += 1
            } else if byte == Self.space {
                isInFields = true
            } else if byte == Self.lineFeed, !isQuoted {
                return at - 1
            } else if byte == Self.equals, isInFields, !isQuoted {
                signs += 1
            } else if byte == Self.comma, isInFields, !isQuoted {
                commas += 1
            } else if byte == Self.quote, isInFields, signs > commas {
                isQuoted.toggle()
            }
        }
        return bytes.count
    }

    func blanksEnd(from start: Int, end: Int) -> Int {
        var at = start
        while at < end, bytes[at] == Self.space || bytes[at] == 9 || bytes[at] == 0 { at += 1 }
        return at
    }

    private func point(_ line: Range<Int>) throws(LineFault) -> ParsedPoint {
        let (key, keyEnd) = try self.key(line)
        guard key.count <= Self.keyBytesMax else { throw Self.keyTooLong(key.count) }
        let start = blanksEnd(from: keyEnd, end: line.upperBound)
        let end = try fieldsEnd(start..<line.upperBound)
        let fields = try self.fields(start..<end, keyBytes: key.count)
        return ParsedPoint(key: key, fields: fields, time: try time(end..<line.upperBound))
    }

    static func keyTooLong(_ count: Int) -> LineFault {
        LineFault("max key length exceeded: \(count) > \(keyBytesMax)")
    }

    private func time(_ part: Range<Int>) throws(LineFault) -> Int64 {
        let start = blanksEnd(from: part.lowerBound, end: part.upperBound)
        var end = start
        while end < part.upperBound, bytes[end] != Self.space, bytes[end] != Self.lineFeed {
            let isSign = end == start && bytes[end] == UInt8(ascii: "-")
            guard isSign || Self.isDigit(bytes[end]) else { throw LineFault("bad timestamp") }
            end += 1
        }
        if start == end { return now - (now % unit + unit) % unit }
        let number = try number(start..<end)
        let (time, isOverflow) = number.multipliedReportingOverflow(by: unit)
        guard !isOverflow, (-Int64.max + 1...Int64.max - 1).contains(time) else {
            throw LineFault("time outside range \(-Int64.max + 1) - \(Int64.max - 1)")
        }
        let isAlone = bytes[end..<part.upperBound].allSatisfy { $0 == Self.space }
        guard isAlone else { throw LineFault("point is invalid") }
        return time
    }
}

// Numbers.
extension LineReader {
    /// Of digits, maybe behind a minus.
    private func number(_ part: Range<Int>) throws(LineFault) -> Int64 {
        if let magnitude = smallNumber(part) { return magnitude }
        let text = text(part)
        guard text != "-" else { throw LineFault("strconv.ParseInt: parsing \"-\": invalid syntax") }
        guard let number = Int64(text) else {
            throw LineFault("strconv.ParseInt: parsing \"\(text)\": value out of range")
        }
        return number
    }

    /// Digits and nothing else; nil for what takes longer to read.
    func smallNumber(_ part: Range<Int>) -> Int64? {
        var number: Int64 = 0
        guard !part.isEmpty, part.count <= 19 else { return nil }
        var at = part.lowerBound
        while at < part.upperBound {
            let byte = bytes[at]
            guard Self.isDigit(byte), number < 900_000_000_000_000_000 else { return nil }
            number = number * 10 + Int64(byte - 0x30)
            at += 1
        }
        return number
    }
}

// Measurement and tags.
extension LineReader {
    private struct Tag {
        let name: Range<Int>
        /// Name, equals sign and value.
        let whole: Range<Int>
    }

    /// The key with its tags in order, and where it ends.
    private func key(_ line: Range<Int>) throws(LineFault) -> (bytes: [UInt8], end: Int) {
        let measurementEnd = try self.measurementEnd(line)
        if bytes[measurementEnd] == Self.space { return (array(line.lowerBound..<measurementEnd), measurementEnd) }
        var tags: [Tag] = []
        var at = measurementEnd
        while bytes[at] == Self.comma {
            tags.append(try tag(from: at + 1, lineEnd: line.upperBound))
            at = tags[tags.count - 1].whole.upperBound
        }
        for tag in tags where isReserved(tag) {
            throw LineFault("cannot use reserved tag key \(GoText.quoted(array(tag.name)))")
        }
        let isSorted = tags.count < 2 || zip(tags, tags.dropFirst()).allSatisfy { isBefore($0, $1) }
        if isSorted { return (array(line.lowerBound..<at), at) }
        tags.sort(by: isBefore)
        for (left, right) in zip(tags, tags.dropFirst()) where !isBefore(left, right) {
            throw LineFault("duplicate tags")
        }
        var key = array(line.lowerBound..<measurementEnd)
        for tag in tags { key += [Self.comma] + array(tag.whole) }
        return (key, at)
    }

    private func isReserved(_ tag: Tag) -> Bool {
        // The shortest way to tell most names from these.
        let count = tag.name.count
        guard count == 1 || count == 4 || count == 6 || count == 12 else { return false }
        let first = bytes[tag.name.lowerBound]
        guard first == 0 || first == 0xFF || first == UInt8(ascii: "t") || first == UInt8(ascii: "_") else {
            return false
        }
        return Self.reservedTags.contains(array(tag.name))
    }

    private func isBefore(_ left: Tag, _ right: Tag) -> Bool {
        bytes[left.name].lexicographicallyPrecedes(bytes[right.name])
    }

    private func isUnescaped(_ byte: UInt8, at index: Int) -> Bool {
        bytes[index] == byte && bytes[index - 1] != Self.backslash
    }

    private func measurementEnd(_ line: Range<Int>) throws(LineFault) -> Int {
        if bytes[line.lowerBound] == Self.comma { throw LineFault("missing measurement") }
        var at = line.lowerBound + 1
        while at < line.upperBound {
            if isUnescaped(Self.comma, at: at) || isUnescaped(Self.space, at: at) { return at }
            at += 1
        }
        throw LineFault("missing fields")
    }

    private func tag(from start: Int, lineEnd: Int) throws(LineFault) -> Tag {
        if start >= lineEnd || bytes[start] == Self.space || bytes[start] == Self.comma || bytes[start] == Self.equals {
            throw LineFault("missing tag key")
        }
        var at = start + 1
        while at < lineEnd, !isUnescaped(Self.equals, at: at) {
            if isUnescaped(Self.space, at: at) || isUnescaped(Self.comma, at: at) {
                throw LineFault("missing tag value")
            }
            at += 1
        }
        let name = start..<at
        at += 1
        if at >= lineEnd || bytes[at] == Self.comma || bytes[at] == Self.space { throw LineFault("missing tag value") }
        at += 1
        while at < lineEnd {
            if isUnescaped(Self.equals, at: at) { throw LineFault("invalid tag format") }
            if isUnescaped(Self.comma, at: at) || isUnescaped(Self.space, at: at) {
                return Tag(name: name, whole: start..<at)
            }
            at += 1
        }
        throw LineFault("missing fields")
    }
}
