/// Cuts bytes into the records and cells of CSV (RFC 4180), one record at a time, without copying what needs no copy.
///
/// Lines end with CRLF or LF. Inside quotes a CRLF is a line break of the value, and becomes LF: the CSV writer of
/// InfluxDB 2 makes CRLF of every LF in a value and drops every CR.
struct CSVRecords {
    /// One cell of the record read last.
    struct Cell {
        /// Without the quotes around it.
        fileprivate let range: Range<Int>
        /// Whether it holds doubled quotes or line breaks.
        fileprivate let isCoded: Bool
    }

    struct Problem: Error, Equatable {
        let line: Int
        /// The byte at which the text stops to be CSV.
        let offset: Int
        let reason: String
    }

    /// More columns than any table has. A row of nothing but commas takes about thirty times its bytes in memory.
    static let cellsMax = 10_000

    let bytes: [UInt8]
    private(set) var cells: [Cell] = []
    /// Where the record read last begins, from 1.
    private(set) var line = 0
    private var position = 0
    private var nextLine = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether the record read last is an empty line.
    var isBlank: Bool { cells.count == 1 && cells[0].range.isEmpty && !cells[0].isCoded }

    /// Reads the next record; false at the end.
    mutating func next() throws(Problem) -> Bool {
        cells.removeAll(keepingCapacity: true)
        line = nextLine
        guard position < bytes.count else { return false }
        repeat {
            guard cells.count < Self.cellsMax else { throw problem("more than \(Self.cellsMax) cells in one line") }
            cells.append(bytes[safe: position] == Self.quote ? try quotedCell() : try plainCell())
        } while try isFollowedByCell()
        return true
    }

    /// The bytes of a cell of the record read last, decoded.
    func content(_ index: Int) -> ArraySlice<UInt8> {
        let cell = cells[index]
        guard cell.isCoded else { return bytes[cell.range] }
        var out: [UInt8] = []
        var rest = bytes[cell.range]
        while let byte = rest.popFirst() {
            if byte == Self.quote || (byte == Self.carriageReturn && rest.first == Self.lineFeed) {
                // The second of two quotes, or the line feed, is the one that counts.
                out.append(rest.removeFirst())
            } else {
                out.append(byte)
            }
        }
        return out[...]
    }

    /// Likewise as text; damaged UTF-8 becomes `�`.
    func text(_ index: Int) -> String {
        String(decoding: content(index), as: UTF8.self)
    }

    private mutating func plainCell() throws(Problem) -> Cell {
        let start = position
        while let byte = bytes[safe: position] {
            switch byte {
            case Self.comma, Self.lineFeed: return Cell(range: start..<position, isCoded: false)
            case Self.quote: throw problem("a quote inside a cell that does not begin with one")
            case Self.carriageReturn:
                guard bytes[safe: position + 1] == Self.lineFeed else {
                    throw problem("a carriage return without a line feed")
                }
                return Cell(range: start..<position, isCoded: false)
            default: position += 1
            }
        }
        return Cell(range: start..<position, isCoded: false)
    }

    private mutating func quotedCell() throws(Problem) -> Cell {
        let start = position + 1
        var isCoded = false
        position = start
        while let byte = bytes[safe: position] {
            position += 1
            if byte == Self.lineFeed {
                nextLine += 1
                isCoded = true
            } else if byte == Self.quote {
                guard bytes[safe: position] == Self.quote else {
                    return Cell(range: start..<(position - 1), isCoded: isCoded)
                }
                position += 1
                isCoded = true
            }
        }
        throw Problem(line: line, offset: start - 1, reason: "a quote that is never closed")
    }

    /// Goes over what ends a cell; true when another cell of the same record follows.
    private mutating func isFollowedByCell() throws(Problem) -> Bool {
        switch bytes[safe: position] {
        case nil: return false
        case Self.comma:
            position += 1
            return true
        case Self.lineFeed: position += 1
        case Self.carriageReturn where bytes[safe: position + 1] == Self.lineFeed: position += 2
        default: throw Problem(line: nextLine, offset: position - 1, reason: "something behind a closing quote")
        }
        nextLine += 1
        return false
    }

    private func problem(_ reason: String) -> Problem {
        Problem(line: nextLine, offset: position, reason: reason)
    }

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
}

extension Array {
    /// nil behind the end.
    fileprivate subscript(safe index: Int) -> Element? { index < count ? self[index] : nil }
}
