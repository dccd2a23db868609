public import LineProtocol

/// Line protocol that arrives in pieces, read at constant memory however long it is.
///
/// A string field may hold newlines, so a piece cannot simply be cut at the last one: a line whose string is still open at
/// the end of a piece waits for the next. A string that is never closed costs its own line only, and reading goes on behind
/// that line's first newline. A line that is too long is given up whole.
public struct LineStream {
    public enum Item: Sendable {
        case line(ParsedLine)
        case bad(LineParsingError)
        /// It had no end within ``Limit/lineBytesMax``; nothing of it is read.
        case tooLong(line: Int)
    }

    public enum Limit {
        /// A line may hold a string of 1 MiB with every byte escaped, and its names; what is longer is not waited for.
        public static let lineBytesMax = 3 << 20
    }

    private static let newline: UInt8 = 0x0A

    private let precision: Precision
    private var pending: [UInt8] = []
    private var firstLine = 1
    /// The rest of a line that is too long comes next.
    private var isInsideTooLong = false

    public init(precision: Precision) {
        self.precision = precision
    }

    /// Takes the next piece and hands over all lines that are now whole.
    public mutating func append(_ piece: [UInt8], _ use: (Item) -> Void) {
        pending += piece
        if isInsideTooLong { skipTooLong() }
        guard let newline = pending.lastIndex(of: Self.newline) else {
            if pending.count > Limit.lineBytesMax { giveUp(use) }
            return
        }
        read(newline + 1, isFinal: false, use)
    }

    private mutating func giveUp(_ use: (Item) -> Void) {
        use(.tooLong(line: firstLine))
        isInsideTooLong = true
        pending = []
    }

    /// What stands behind the bound is no line of its own, though it may look like one.
    private mutating func skipTooLong() {
        guard let newline = pending.firstIndex(of: Self.newline) else {
            pending = []
            return
        }
        pending.removeFirst(newline + 1)
        firstLine += 1
        isInsideTooLong = false
    }

    /// Hands over what is left: a last line without a newline.
    public mutating func finish(_ use: (Item) -> Void) {
        read(pending.count, isFinal: true, use)
    }

    /// Reads the first `count` pending bytes, which end in a newline or are all there is.
    private mutating func read(_ count: Int, isFinal: Bool, _ use: (Item) -> Void) {
        guard count > 0 else { return }
        let block = count == pending.count ? pending : Array(pending[..<count])
        var offset = 0
        while offset < block.count {
            guard let open = readUntilOpenString(block, from: offset, use) else {
                offset = block.count
                break
            }
            let start = offset + open.bytes.lowerBound
            advanceLine(over: block[offset..<start])
            offset = start
            if !isFinal, block.count - start <= Limit.lineBytesMax { break }
            use(.bad(open))
            // Nothing behind an open string holds another quote, so this happens once in a block.
            let next = block[start...].firstIndex(of: Self.newline).map { $0 + 1 } ?? block.count
            advanceLine(over: block[start..<next])
            offset = next
        }
        pending.removeFirst(offset)
    }

    /// Reads lines up to one whose string is not closed; nil when all were read, and then `firstLine` is behind them.
    private mutating func readUntilOpenString(
        _ block: [UInt8], from offset: Int, _ use: (Item) -> Void
    ) -> LineParsingError? {
        let bytes = offset == 0 ? block : Array(block[offset...])
        var parser = LineParser(bytes, precision: precision, firstLine: firstLine)
        while true {
            do throws(LineParsingError) {
                guard let line = try parser.next() else { break }
                use(.line(line))
            } catch {
                if case .closingQuoteMissing = error.reason { return error }
                use(.bad(error))
            }
        }
        advanceLine(over: bytes[...])
        return nil
    }

    private mutating func advanceLine(over bytes: ArraySlice<UInt8>) {
        firstLine += bytes.count { $0 == Self.newline }
    }
}
