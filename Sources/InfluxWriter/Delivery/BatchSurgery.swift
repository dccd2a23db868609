import CoinlineCompression
import LineProtocol

/// Cuts gzip bodies of line protocol by the server's own rule of what a line is, and compresses the parts again.
///
/// Holds one body decompressed (at most ``rawBytesMax``) and the compressed parts, whatever comes out of them.
enum BatchSurgery {
    /// Our batches hold 4 MiB; another writer's may be bigger, but no server takes more.
    static let rawBytesMax = 64 << 20
    private static let chunkBytes = 64 << 10

    /// A part of a batch, compressed.
    struct Piece: Sendable, Equatable {
        let body: [UInt8]
        let lines: Int
    }

    /// A line that was cut out, without its line end.
    struct CutLine: Sendable, Equatable {
        /// In what was delivered, from 1.
        let number: Int
        let bytes: [UInt8]
        let reason: String
    }

    struct Excision: Sendable, Equatable {
        let cut: [CutLine]
        /// Nil when nothing is left.
        let rest: Piece?
    }

    static func decompress(_ body: [UInt8]) throws(BatchSurgeryError) -> [UInt8] {
        do throws(CompressionError) {
            return try Gunzip.decompress(body, outputBytesMax: rawBytesMax)
        } catch {
            throw .unreadable(error)
        }
    }

    /// Takes lines out and compresses the others. What is cut and what is left are together as many lines as the batch
    /// has.
    ///
    /// A line is cut only where it begins as the refusal says. Where a quote that never closes swallowed the lines
    /// behind it, the server sees fewer lines than the batch has and names several as one: then those of them that can
    /// be read stay. (In a batch that has as many lines as the server sees, a line break in a line is part of a string,
    /// and what follows it is never taken for a line.)
    ///
    /// - Parameters:
    ///   - refused: with their numbers.
    ///   - lines: how many the batch has, by its name.
    static func excise(
        _ refused: [RejectedLine], from body: [UInt8], lines: Int
    ) throws(BatchSurgeryError) -> Excision {
        let raw = try decompress(body)
        let reasons = Dictionary(refused.compactMap { line in line.number.map { ($0, line) } }) { first, _ in first }
        var swallowed = lines - ServerLines.count(in: raw)
        // Numbers of lines as they were written: those swallowed have their own.
        var number = 0
        var cut: [CutLine] = []
        var found = 0
        var rest = try PieceWriter()
        try ServerLines.forEachLine(in: raw) { line throws(BatchSurgeryError) in
            guard let refusal = reasons[line.number] else {
                number += 1
                return try rest.add(raw, line.bytes)
            }
            found += 1
            guard refusal.isOf(raw[line.bytes]) else { throw .otherLine(number: line.number) }
            let parts =
                swallowed > 0
                ? SwallowedLines.parts(of: line.bytes, raw, countMax: swallowed + 1) : [(line.bytes, false)]
            swallowed -= parts.count - 1
            for part in parts {
                number += 1
                if part.isLine {
                    try rest.add(raw, part.bytes)
                } else {
                    cut.append(CutLine(number: number, bytes: Array(raw[part.bytes]), reason: refusal.reason))
                }
            }
        }
        guard found == reasons.count else { throw .otherLine(number: reasons.keys.max() ?? 0) }
        return Excision(cut: cut, rest: try rest.finish(lines: max(1, lines - cut.count)))
    }

    /// Two parts of about as many bytes, with the border between two lines; nil for a single line.
    ///
    /// - Parameter lines: how many the batch has, by its name.
    static func halves(of body: [UInt8], lines: Int) throws(BatchSurgeryError) -> (first: Piece, second: Piece)? {
        let raw = try decompress(body)
        var places: (count: Int, bytes: Int) = (0, 0)
        ServerLines.forEachLine(in: raw) { line in places = (line.number, places.bytes + line.bytes.count) }
        guard places.count > 1 else { return nil }
        var first = try PieceWriter()
        var second = try PieceWriter()
        var (bytes, firstLines) = (0, 0)
        try ServerLines.forEachLine(in: raw) { line throws(BatchSurgeryError) in
            // The middle of the line decides, so that a long one goes to the side where most of it is.
            let isFirst =
                line.number == 1 || (bytes + line.bytes.count / 2 < places.bytes / 2 && line.number < places.count)
            bytes += line.bytes.count
            if isFirst {
                firstLines += 1
                try first.add(raw, line.bytes)
            } else {
                try second.add(raw, line.bytes)
            }
        }
        // A name may count more lines than the server sees; the pieces' names together count as many.
        guard let head = try first.finish(lines: firstLines),
            let tail = try second.finish(lines: max(1, max(lines, places.count) - firstLines))
        else { return nil }
        return (head, tail)
    }

    /// Lines by their number, without their line ends.
    static func lines(_ numbers: Set<Int>, of raw: [UInt8]) -> [Int: [UInt8]] {
        var lines: [Int: [UInt8]] = [:]
        ServerLines.forEachLine(in: raw) { line in
            if numbers.contains(line.number) { lines[line.number] = Array(raw[line.bytes]) }
        }
        return lines
    }

    /// Compresses lines as they come, some at a time.
    private struct PieceWriter: ~Copyable {
        private var gzip: Gzip
        private var body: [UInt8] = []
        private var chunk: [UInt8] = []
        private var isEmpty = true

        init() throws(BatchSurgeryError) {
            gzip = try Self.begunGzip()
        }

        private static func begunGzip() throws(BatchSurgeryError) -> Gzip {
            do throws(CompressionError) {
                var gzip = try Gzip()
                try gzip.begin()
                return gzip
            } catch {
                throw .unreadable(error)
            }
        }

        mutating func add(_ raw: [UInt8], _ range: Range<Int>) throws(BatchSurgeryError) {
            isEmpty = false
            chunk += raw[range]
            chunk.append(0x0A)
            guard chunk.count >= BatchSurgery.chunkBytes else { return }
            do throws(CompressionError) { try gzip.append(chunk, to: &body) } catch { throw .unreadable(error) }
            chunk.removeAll(keepingCapacity: true)
        }

        /// Nil when nothing was added.
        consuming func finish(lines: Int) throws(BatchSurgeryError) -> Piece? {
            guard !isEmpty else { return nil }
            do throws(CompressionError) {
                try gzip.append(chunk, to: &body)
                try gzip.finish(to: &body)
            } catch {
                throw .unreadable(error)
            }
            return Piece(body: body, lines: lines)
        }
    }
}

/// Why a body cannot be cut.
enum BatchSurgeryError: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(CompressionError)
    /// The line of that number is not there or not the one that was refused: nothing is cut.
    case otherLine(number: Int)

    var description: String {
        switch self {
        case .unreadable(let error): "the batch cannot be read: \(error)"
        case .otherLine(let number): "line \(number) is not the one that was refused"
        }
    }
}

extension RejectedLine {
    /// Whether these bytes may be the line. The server repeats damaged UTF-8 replaced, and a cut answer only a part.
    fileprivate func isOf(_ bytes: ArraySlice<UInt8>) -> Bool {
        let beginning = line.hasSuffix("…") ? line.dropLast() : line[...]
        // By bytes: a cut may fall between a letter and its accent.
        return Self.excerpt(of: bytes).utf8.starts(with: beginning.utf8)
    }
}

/// Takes a line apart that swallowed those behind it.
private enum SwallowedLines {
    /// A line is looked for in as many bytes; longer ones are rare, and stay with what is cut.
    private static let lineBytesMax = 64 << 10
    /// As often a line is looked for.
    private static let trialsMax = 10_000

    /// The lines that can be read, and between them what cannot, row by row.
    ///
    /// - Parameter countMax: how many parts there are at most, since so many lines are missing.
    static func parts(
        of range: Range<Int>, _ raw: [UInt8], countMax: Int
    ) -> [(bytes: Range<Int>, isLine: Bool)] {
        var parts: [(bytes: Range<Int>, isLine: Bool)] = []
        var position = range.lowerBound
        while position < range.upperBound {
            if parts.count + 1 >= countMax || parts.count >= trialsMax {
                let isLine =
                    position > range.lowerBound && lineEnd(in: position..<range.upperBound, raw) == range.upperBound
                parts.append((position..<range.upperBound, isLine))
                break
            }
            // What begins the whole is at fault, whatever it looks like.
            let end = position > range.lowerBound ? lineEnd(in: position..<range.upperBound, raw) : nil
            let rowEnd = raw[position..<range.upperBound].firstIndex(of: 0x0A) ?? range.upperBound
            if rowEnd == position {
                position += 1
                continue
            }
            parts.append((position..<(end ?? rowEnd), end != nil))
            position = (end ?? rowEnd) + 1
        }
        return parts
    }

    /// Where the line ends that begins the range; nil where none does.
    private static func lineEnd(in range: Range<Int>, _ raw: [UInt8]) -> Int? {
        let window = Array(raw[range].prefix(lineBytesMax))
        var parser = LineParser(window)
        do throws(LineParsingError) {
            guard let line = try parser.next(), line.bytes.lowerBound == 0 else { return nil }
            let end = line.bytes.upperBound
            return end == window.count || window[end] == 0x0A ? range.lowerBound + end : nil
        } catch {
            return nil
        }
    }
}
