public import LineProtocol

/// Line protocol that arrives in pieces, read at constant memory however long it is.
///
/// A string field may hold newlines, so a piece cannot simply be cut at the last one: a line whose string is still open
/// at the end of a piece waits for the next. A line that is too long is given up whole.
///
/// What is left out with something bad is its statement: its line, and the further lines of a string with newlines that
/// is closed as a string is. A string that is not comes most likely from one quote too many, which took good lines for
/// its text. So it costs the line on which it begins, and every further line counts as what it is by itself:
/// ``BrokenRecord`` decides.
///
/// Starting over stays linear. A line that by itself ends inside a string cannot be in the middle of such a text, only
/// at its end: a quote that opens a string follows `=`, so no backslash keeps it from closing another, and what one
/// reading takes for inside is outside for the other. Two texts that are read again therefore share one line at most.
/// Only a string that waits for its end is read again with each piece that brings a quote, within
/// ``Limit/lineBytesMax``.
public struct LineStream {
    public enum Item: Sendable {
        case line(Line)
        case bad(Problem)
        /// It had no end within ``Limit/lineBytesMax``; nothing of it is read.
        case tooLong(line: Int)
    }

    /// A line that was read, with what it was read from, so that places in it can be told later.
    public struct Line: Sendable {
        private let parsed: ParsedLine
        private let block: [UInt8]

        fileprivate init(_ parsed: ParsedLine, in block: [UInt8]) {
            self.parsed = parsed
            self.block = block
        }

        public var point: Point { parsed.point }
        /// From 1; of several lines the first.
        public var line: Int { parsed.line }

        private func place(of offset: Int) -> TextPlace {
            TextPlace(line: line).after(block[block.lineStart(at: parsed.bytes.lowerBound)..<offset])
        }

        /// Where it begins.
        var place: TextPlace { place(of: parsed.bytes.lowerBound) }

        /// Where its time stands; without one, where it begins.
        var timePlace: TextPlace { place(of: parsed.timeStart ?? parsed.bytes.lowerBound) }

        /// Where a tag or field stands.
        func place(of name: RepeatedName) -> TextPlace {
            let parts = LineParts(block[parsed.bytes])
            return place(of: name.isTag ? parts.tags[name.index] : parts.fields[name.index])
        }

        /// Where that stands which cannot be written; of several tags or fields of the name the last.
        func place(of error: LineEncodingError) -> TextPlace {
            let name = error.name.utf8
            switch error.position {
            case .measurement, .series, .point: return place
            case .time: return timePlace
            case .tagKey, .tagValue:
                let index = point.tags.lastIndex { $0.key.utf8.elementsEqual(name) }
                return index.map { place(of: RepeatedName(isTag: true, index: $0)) } ?? place
            case .fieldKey, .fieldValue:
                let index = point.fields.lastIndex { $0.key.utf8.elementsEqual(name) }
                return index.map { place(of: RepeatedName(isTag: false, index: $0)) } ?? place
            }
        }
    }

    /// What is wrong with a line, and where. Its words are made when they are asked for, since a file may be all bad
    /// lines.
    public struct Problem: Sendable, CustomStringConvertible {
        /// From 1; of several lines the first.
        public let line: Int
        fileprivate let error: LineParsingError
        /// Nil where the error is of one line.
        fileprivate let record: BrokenRecord?

        /// With line and column, in bytes from 1.
        public var description: String {
            let told = told
            return "\(told.place): \(told.reason)"
        }

        /// Apart: where it is, and what.
        var told: (place: TextPlace, reason: String) {
            let place = TextPlace(line: error.line, column: error.column)
            let told = record?.told ?? (place: place, reason: error.message)
            guard case .timestampOutOfRange(let text) = error.reason, let fits = TimeCheck.unit(of: text) else {
                return told
            }
            return (told.place, told.reason + ": use --precision \(fits.rawValue)")
        }
    }

    public enum Limit {
        /// A line may hold a string of 1 MiB with every byte escaped, and its names; what is longer is not waited for.
        public static let lineBytesMax = 3 << 20
    }

    private let precision: Precision
    private var pending: [UInt8] = []
    /// The number of the first pending line.
    private var firstLine = 1
    /// The rest of a line that is too long comes next.
    private var isInsideTooLong = false
    /// Of that line, the bytes that are gone.
    private var bytesGone = 0
    /// The pending bytes begin with a string that is open, and none of them closes it.
    private var isInsideString = false

    public init(precision: Precision) {
        self.precision = precision
    }

    /// Takes the next piece and hands over all lines that are now whole.
    public mutating func append(_ piece: [UInt8], _ use: (Item) -> Void) {
        pending += piece
        if isInsideTooLong { skipTooLong() }
        if isInsideString, pending.count <= Limit.lineBytesMax, !piece.contains(Byte.quote) { return }
        guard let newline = pending.lastIndex(of: Byte.newline) else {
            if pending.count > Limit.lineBytesMax { giveUp(use) }
            return
        }
        read(newline + 1, isFinal: false, use)
    }

    /// Hands over what is left: a last line without a newline.
    public mutating func finish(_ use: (Item) -> Void) {
        read(pending.count, isFinal: true, use)
    }

    /// The end of what was taken so far.
    var end: TextPlace { TextPlace(line: firstLine, column: 1 + bytesGone).after(pending) }

    private mutating func giveUp(_ use: (Item) -> Void) {
        use(.tooLong(line: firstLine))
        isInsideTooLong = true
        bytesGone = pending.count
        pending = []
    }

    /// What stands behind the bound is no line of its own, though it may look like one.
    private mutating func skipTooLong() {
        guard let newline = pending.firstIndex(of: Byte.newline) else {
            bytesGone += pending.count
            pending = []
            return
        }
        pending.removeFirst(newline + 1)
        firstLine += 1
        bytesGone = 0
        isInsideTooLong = false
    }

    /// Reads the first `count` pending bytes, which end in a newline or are all there is.
    private mutating func read(_ count: Int, isFinal: Bool, _ use: (Item) -> Void) {
        guard count > 0 else { return }
        let block = count == pending.count ? pending : Array(pending[..<count])
        var parser = LineParser(block, precision: precision, firstLine: firstLine)
        isInsideString = false
        while true {
            do throws(LineParsingError) {
                guard let line = try parser.next() else { break }
                use(.line(Line(line, in: block)))
            } catch {
                guard let record = BrokenRecord(error, in: block, nextLine: parser.line) else {
                    use(.bad(Problem(line: error.line, error: error, record: nil)))
                    continue
                }
                if !isFinal, record.isOpen, count - record.start <= Limit.lineBytesMax {
                    return wait(for: record)
                }
                use(.bad(Problem(line: record.line, error: error, record: record)))
                parser = LineParser(
                    block, precision: precision, firstLine: record.nextLine, startingAt: record.next)
            }
        }
        firstLine = parser.line
        pending.removeFirst(count)
    }

    private mutating func wait(for record: BrokenRecord) {
        // What stands behind the last newline is not read yet.
        isInsideString = !pending[record.block.count...].contains(Byte.quote)
        firstLine = record.line
        pending.removeFirst(record.start)
    }
}
