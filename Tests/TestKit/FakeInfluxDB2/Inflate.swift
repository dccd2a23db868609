/// Deflate (RFC 1951), bit by bit: slow, but it says at which byte the data went wrong.
struct Inflate {
    private let input: [UInt8]
    private let start: Int
    /// The next byte that was not touched.
    private(set) var position: Int
    private(set) var output: [UInt8] = []
    private var bits: UInt32 = 0
    private var bitCount = 0

    init(_ input: [UInt8], from start: Int) {
        self.input = input
        self.start = start
        position = start
    }

    /// To the end of the last block.
    mutating func run() throws(GzipFault) {
        var isLast = false
        while !isLast {
            isLast = try take(1) == 1
            switch try take(2) {
            case 0: try copyStored()
            case 1: try decode(Self.fixedLiterals, Self.fixedDistances)
            case 2:
                let (literals, distances) = try readCodes()
                try decode(literals, distances)
            default: throw corrupt
            }
        }
    }

    private var corrupt: GzipFault { .corrupt(offset: position - start) }

    private mutating func take(_ count: Int) throws(GzipFault) -> Int {
        while bitCount < count {
            guard position < input.count else { throw .ended }
            bits |= UInt32(input[position]) << UInt32(bitCount)
            position += 1
            bitCount += 8
        }
        defer {
            bits >>= UInt32(count)
            bitCount -= count
        }
        return Int(bits & (1 << UInt32(count) - 1))
    }

    private mutating func copyStored() throws(GzipFault) {
        (bits, bitCount) = (0, 0)
        let (length, complement) = (try take(16), try take(16))
        guard length == ~complement & 0xFFFF else { throw corrupt }
        guard position + length <= input.count else { throw .ended }
        output += input[position..<(position + length)]
        position += length
    }
}

// Codes and what they stand for.
extension Inflate {
    /// A canonical Huffman code: how many symbols have each length, and the symbols in the order of their codes.
    private struct Code {
        var counts = [Int](repeating: 0, count: 16)
        var symbols: [Int] = []

        /// Nil where the lengths are those of no code.
        init?(_ lengths: [Int]) {
            for length in lengths where length > 0 { counts[length] += 1 }
            symbols = (1...15).flatMap { length in lengths.indices.filter { lengths[$0] == length } }
            var left = 1
            for length in 1...15 {
                left = left << 1 - counts[length]
                if left < 0 { return nil }
            }
            // A code may be left open only where it has one symbol, or none.
            if left > 0, symbols.count > 1 || (symbols.count == 1 && counts[1] != 1) { return nil }
        }
    }

    private static let fixedLiterals = Code(
        (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
    private static let fixedDistances = Code([Int](repeating: 5, count: 32))
    private static let lengthBases = [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227,
        258,
    ]
    private static let lengthBits = [
        0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
    ]
    private static let orderOfLengths = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    private mutating func symbol(_ code: Code) throws(GzipFault) -> Int {
        var (value, first, index) = (0, 0, 0)
        for length in 1...15 {
            value |= try take(1)
            let count = code.counts[length]
            if value - count < first { return code.symbols[index + value - first] }
            index += count
            first = (first + count) << 1
            value <<= 1
        }
        throw corrupt
    }

    private mutating func readCodes() throws(GzipFault) -> (literals: Code?, distances: Code?) {
        let (literalCount, distanceCount, lengthCount) = (try take(5) + 257, try take(5) + 1, try take(4) + 4)
        guard literalCount <= 286, distanceCount <= 30 else { throw corrupt }
        var lengthLengths = [Int](repeating: 0, count: 19)
        for index in 0..<lengthCount { lengthLengths[Self.orderOfLengths[index]] = try take(3) }
        guard let lengthCode = Code(lengthLengths) else { throw corrupt }
        var lengths: [Int] = []
        while lengths.count < literalCount + distanceCount {
            let symbol = try symbol(lengthCode)
            if symbol < 16 {
                lengths.append(symbol)
                continue
            }
            if symbol == 16, lengths.isEmpty { throw corrupt }
            let repeated = symbol == 16 ? lengths[lengths.count - 1] : 0
            let count = symbol == 16 ? try take(2) + 3 : symbol == 17 ? try take(3) + 3 : try take(7) + 11
            lengths += [Int](repeating: repeated, count: count)
        }
        guard lengths.count == literalCount + distanceCount,
            let literals = Code(Array(lengths[..<literalCount])), let distances = Code(Array(lengths[literalCount...]))
        else { throw corrupt }
        return (literals, distances)
    }

    private mutating func decode(_ literals: Code?, _ distances: Code?) throws(GzipFault) {
        guard let literals, let distances else { throw corrupt }
        while true {
            let symbol = try symbol(literals)
            if symbol < 256 {
                output.append(UInt8(symbol))
                continue
            }
            if symbol == 256 { return }
            guard symbol < 286 else { throw corrupt }
            let length = Self.lengthBases[symbol - 257] + (try take(Self.lengthBits[symbol - 257]))
            let distanceSymbol = try self.symbol(distances)
            guard distanceSymbol < 30 else { throw corrupt }
            let extraBits = max(0, distanceSymbol / 2 - 1)
            let base = distanceSymbol < 4 ? distanceSymbol + 1 : (2 + distanceSymbol & 1) << extraBits + 1
            let distance = base + (try take(extraBits))
            guard distance <= min(output.count, 32 << 10) else { throw corrupt }
            for _ in 0..<length { output.append(output[output.count - distance]) }
        }
    }
}
