/// One line that was read.
public struct ParsedLine: Sendable {
    /// What the line says, unescaped; tags and fields in its order.
    public let point: Point
    /// The number of the line; the first one where a string holds newlines.
    public let line: Int
    /// The line in the input, without leading spaces and without its line end.
    public let bytes: Range<Int>
    /// Where its time begins in the input; nil without one.
    public let timeStart: Int?
}

/// Reads line protocol strictly: what the decoder of influxdata's line-protocol library, version 2, accepts.
///
/// * Spaces before a line, blank lines and comments (`#` first) are skipped; a comment may hold no control byte.
/// * A line ends in a newline, or in a carriage return and a newline, or at the end of the input, also behind a
///   carriage return. A carriage return anywhere else is an error.
/// * Measurement, then tags, each behind a comma that no blank follows; one or more spaces; fields with commas
///   between; optionally spaces and a timestamp; optionally spaces. Nothing else is white space: a tab is an error
///   outside a string.
/// * In names and tags a backslash counts only before `,` and space, and `=` but in a measurement; before anything
///   else it is an ordinary byte, the pair `\\` is two of them, and there is no way to write one at the end of a tag's
///   value. Control bytes (below 0x20, and 0x7F) are errors. `=` is an ordinary byte of a measurement, `"` of any
///   name.
/// * Names and tag values are not empty. Everything is UTF-8.
/// * Floats: digits with at most one point, which may stand first or last, and an exponent; a minus but no plus in
///   front. Too great is an error, too small is 0. Integers end in `i`, unsigned ones in `u`; leading zeros are fine.
///   Booleans are `t T true True TRUE f F false False FALSE`.
/// * Strings may hold any byte, newlines included, until the next quote without a backslash.
///
/// Three things differ, each so that what is read is what a server stores. That library also reads the number forms of
/// its language (`0x1p4`, `1_000`), which its own grammar does not have and no server takes: errors here. It decodes
/// `\n`, `\r` and `\t` in strings, which no server does: only `\"` and `\\` here, other backslashes are kept. It takes
/// the three times that servers keep for themselves: out of range here.
///
/// Tags and fields come in their order, repeated and reserved names included, as that decoder hands them out; the
/// encoder is where those are refused.
///
/// After an error the next call goes on behind the line. A string without its closing quote takes the rest of the input
/// with it, since nobody can tell its text from lines.
public struct LineParser: Sendable {
    /// Times are read in this unit.
    public let precision: Precision
    /// Blank lines and comments so far.
    public private(set) var skippedLines = 0
    /// The number of the line that comes next.
    public private(set) var line: Int

    let bytes: [UInt8]
    /// The next byte to read.
    var position = 0
    /// Where the line being read begins.
    private var start = 0
    /// Where its time begins.
    var timeStart: Int?

    /// Makes a parser that has read nothing yet.
    ///
    /// - Parameters:
    ///   - bytes: the whole input.
    ///   - precision: the unit of its times.
    ///   - firstLine: the number in errors of the line at `offset`.
    ///   - offset: where to begin, which must be the beginning of a line; ranges still count from the input's first byte.
    ///     Outside the input it is a mistake of the caller and ends the program.
    public init(_ bytes: [UInt8], precision: Precision = .nanoseconds, firstLine: Int = 1, startingAt offset: Int = 0) {
        precondition((0...bytes.count).contains(offset), "reading begins inside the input")
        self.bytes = bytes
        self.precision = precision
        line = firstLine
        position = offset
    }

    /// The next point; nil at the end. Throws for a bad line, and the next call goes on behind it.
    public mutating func next() throws(LineParsingError) -> ParsedLine? {
        do throws(Fault) {
            try skipEmptyLines()
            guard position < bytes.count else { return nil }
            let point = try readPoint()
            let parsed = ParsedLine(point: point, line: line, bytes: start..<position, timeStart: timeStart)
            try readLineEnd()
            return parsed
        } catch {
            throw skipLine(after: error)
        }
    }

    /// Blank lines, comments and the spaces before a line; ends at the first byte of a line.
    private mutating func skipEmptyLines() throws(Fault) {
        while true {
            skipSpaces()
            start = position
            switch byte {
            case Byte.hash:
                while let byte, !isControl(byte) { position += 1 }
                if let byte, !isAtLineEnd { throw Fault(.controlByteInComment(byte), at: position) }
            case Byte.lineFeed, Byte.carriageReturn:
                // Behind a lone carriage return no line begins: reading a measurement fails there.
                guard isAtLineEnd else { return }
            default:
                return
            }
            try readLineEnd()
            skippedLines += 1
        }
    }

    private mutating func readPoint() throws(Fault) -> Point {
        let measurement = try readMeasurement()
        let tags = try readTags()
        let fields = try readFields()
        return Point(measurement: measurement, tags: tags, fields: fields, time: try readTime())
    }

    /// Trailing spaces and the line end; anything else is an error.
    private mutating func readLineEnd() throws(Fault) {
        skipSpaces()
        guard isAtLineEnd else {
            let text = bytes[position...].prefix { $0 != Byte.lineFeed }
            throw Fault(.textAfterPoint(text: shown(text)), at: position)
        }
        if byte == Byte.carriageReturn { position += 1 }
        guard byte == Byte.lineFeed else { return }
        position += 1
        line = lineNumber(at: position)
    }

    /// Goes to the next line and makes the error. The line ends at the first newline behind what was read: newlines of
    /// a string that was read whole belong to the line.
    private mutating func skipLine(after fault: Fault) -> LineParsingError {
        while let byte, byte != Byte.lineFeed { position += 1 }
        let end = position > start && bytes[position - 1] == Byte.carriageReturn ? position - 1 : position
        let faultLineStart = bytes[..<fault.offset].lastIndex(of: Byte.lineFeed).map { $0 + 1 } ?? 0
        let error = LineParsingError(
            line: lineNumber(at: fault.offset), column: fault.offset - faultLineStart + 1,
            reason: fault.reason, bytes: start..<max(start, end))
        if position < bytes.count { position += 1 }
        line = lineNumber(at: position)
        return error
    }

    /// The number of the line of a byte of what is being read. It stays at the greatest number there is.
    private func lineNumber(at offset: Int) -> Int {
        let (sum, isTooGreat) = line.addingReportingOverflow(bytes[start..<offset].count { $0 == Byte.lineFeed })
        return isTooGreat ? .max : sum
    }
}

/// An error at a byte of the input, before line and column are counted.
struct Fault: Error {
    let reason: LineParsingError.Reason
    let offset: Int

    init(_ reason: LineParsingError.Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}
