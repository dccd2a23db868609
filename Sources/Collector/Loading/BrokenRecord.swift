import LineProtocol

/// A statement that cannot be read and holds a quote, so that it may go on behind its line: how far, and what to say.
///
/// Strings are followed through the whole statement, before and behind what is wrong. One with newlines belongs to the
/// statement where it is closed as a string is (a comma, a space or the end of the line stands behind it), unless the
/// line on which it ends is a good line by itself: then that quote opened a string there. A string that is not closed
/// so, or not at all, ends the statement with the line on which it begins.
struct BrokenRecord {
    let block: [UInt8]
    /// Where its first line begins, spaces included.
    let start: Int
    /// Where its last line ends.
    private let end: Int
    /// The number of its first line.
    let line: Int
    /// The input ends inside a string, so what follows may show another end.
    let isOpen: Bool
    private let error: LineParsingError

    /// Nil where the statement is the one line that the parser has left behind.
    ///
    /// - Parameter nextLine: the number of the line behind what the parser has read.
    init?(_ error: LineParsingError, in block: [UInt8], nextLine: Int) {
        let read = block[error.bytes]
        guard read.contains(Byte.quote) else { return nil }
        var scan = StatementScan(block, from: read.startIndex)
        let (end, isScanOpen) = scan.end()
        // Read on, it may be a good one yet, whatever its strings look like.
        let isOpen = isScanOpen || error.isOpen
        guard isOpen || read.contains(Byte.newline) || block[read.startIndex..<end].contains(Byte.newline) else {
            return nil
        }
        self.block = block
        self.error = error
        self.end = end
        self.isOpen = isOpen
        start = block.lineStart(at: read.startIndex)
        // Behind it stands its own line end, perhaps with a carriage return, or nothing.
        let ends = block[read.endIndex...].prefix(2).contains(Byte.newline) ? 1 : 0
        line = nextLine - read.count { $0 == Byte.newline } - ends
    }

    /// Where reading goes on.
    var next: Int { min(end + 1, block.count) }
    var nextLine: Int { line + block[start..<next].count { $0 == Byte.newline } }

    private var lastLine: Int { line + block[start..<end].count { $0 == Byte.newline } }

    /// Of a string that is closed as none is, where it begins and what came of reading on.
    var told: (place: TextPlace, reason: String) {
        var (place, reason) = (TextPlace(line: error.line, column: error.column), error.message)
        if error.line > lastLine {
            (place, reason) = (TextPlace(line: line), error.message)
            var parser = LineParser(Array(block[start..<end]), firstLine: line)
            do throws(LineParsingError) { _ = try parser.next() } catch {
                place = TextPlace(line: error.line, column: error.column)
                reason = "\(error.message) on its line; read on as one, \(self.error)"
            }
        }
        return (
            place, lastLine == line ? reason : "\(reason); lines \(line) to \(lastLine) are one record and left out"
        )
    }
}

extension LineParsingError {
    /// The input ends inside a string.
    fileprivate var isOpen: Bool {
        if case .closingQuoteMissing = reason { true } else { false }
    }
}

/// Goes through a statement with whatever errors in it, from string to string. Where nothing is wrong it sees the
/// strings that the parser sees.
private struct StatementScan {
    private let block: [UInt8]
    private var position: Int

    /// - Parameter start: the first byte of the statement.
    init(_ block: [UInt8], from start: Int) {
        self.block = block
        position = start
    }

    private var byte: UInt8? { position < block.count && block[position] != Byte.newline ? block[position] : nil }

    /// The end of its last line, and whether the input ends inside a string of that line.
    mutating func end() -> (Int, isOpen: Bool) {
        guard byte != Byte.hash else { return (lineEnd(from: position), false) }
        skipHead()
        // In a name a backslash may keep an equals sign from ending it; in a value it is an ordinary byte.
        var (isInName, isAfterEquals) = (true, false)
        while let byte {
            if byte == Byte.quote, isAfterEquals {
                let opening = position
                guard let closing = closingQuote() else { return (lineEnd(from: opening), true) }
                let isOnOneLine = !block[opening..<closing].contains(Byte.newline)
                guard isOnOneLine || isClosedAsString(at: closing) else { return (lineEnd(from: opening), false) }
                position = closing + 1
                isAfterEquals = false
                continue
            }
            if isInName, block.hasNamePair(at: position) {
                position += 2
                continue
            }
            isAfterEquals = byte == Byte.equals
            if isAfterEquals { isInName = false }
            if byte == Byte.comma || byte == Byte.space || byte == Byte.tab { isInName = true }
            position += 1
        }
        return (position, false)
    }

    /// Measurement and tags, in which a quote is an ordinary byte.
    private mutating func skipHead() {
        while let byte, byte != Byte.space, byte != Byte.tab {
            position += block.hasNamePair(at: position) ? 2 : 1
        }
    }

    /// Of the string that begins here.
    private func closingQuote() -> Int? {
        var position = position + 1
        while position < block.count, block[position] != Byte.quote {
            position += block.hasStringPair(at: position) ? 2 : 1
        }
        return position < block.count ? position : nil
    }

    private func isClosedAsString(at closing: Int) -> Bool {
        let behind = closing + 1 < block.count ? block[closing + 1] : Byte.newline
        guard [Byte.comma, Byte.space, Byte.newline, Byte.carriageReturn].contains(behind) else { return false }
        var parser = LineParser(Array(block[block.lineStart(at: closing)..<lineEnd(from: closing)]))
        do throws(LineParsingError) { return try parser.next() == nil } catch { return true }
    }

    private func lineEnd(from position: Int) -> Int {
        block[position...].firstIndex(of: Byte.newline) ?? block.count
    }
}
