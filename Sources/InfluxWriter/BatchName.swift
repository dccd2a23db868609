/// The file name of a sealed batch, which carries its order, precision and number of lines:
/// `<time of sealing, µs, 16 hex digits>-<writer, 8>-<n, 8>[.<k>of<m>…]-<ms|us|ns|s>-<lines>.lp.gz`.
///
/// One batch has one text: hexadecimal digits are lower case, decimal numbers have no leading zero. Sorting by name is
/// sorting by age, and the pieces of a split batch stand behind it.
public struct BatchName: Sendable, Hashable {
    /// The `k`-th of `m` pieces into which a batch was split; `1of1` is what was left after lines were cut out.
    public struct Piece: Sendable, Hashable {
        /// Which piece, from 1.
        public let index: Int
        /// Into how many the batch was split.
        public let count: Int

        /// nil unless 1 ≤ index ≤ count ≤ ``countMax``.
        public init?(_ index: Int, of count: Int) {
            guard index >= 1, index <= count, count <= Self.countMax else { return nil }
            self.index = index
            self.count = count
        }

        /// Batches are split in two or a few, never in as many pieces as they have lines.
        public static let countMax = 999
    }

    /// File systems take 255 bytes; this leaves room for `.dropped` behind it and `.tmp-` before it. About 37 splits
    /// in two fit, and 20 of them bring a million lines down to one.
    public static let fileNameBytesMax = 240
    /// Ten digits.
    public static let linesMax = 9_999_999_999

    /// When the batch was sealed, in microseconds since 1970.
    public let sealedMicroseconds: UInt64
    /// A random number that tells writers apart which seal in the same microsecond.
    public let writer: UInt32
    /// Which batch of its writer.
    public let number: UInt32
    /// How the batch came out of another one; empty for a batch as it was sealed.
    public let pieces: [Piece]
    /// The unit of the times in the batch.
    public let precision: Precision
    /// How many lines the batch has; at least 1.
    public let lines: Int

    /// A broken promise of the caller when `lines` is out of range or the pieces make the name too long.
    public init(
        sealedMicroseconds: UInt64, writer: UInt32, number: UInt32, pieces: [Piece] = [], precision: Precision,
        lines: Int
    ) {
        precondition(lines >= 1 && lines <= Self.linesMax, "a batch has 1 to \(Self.linesMax) lines")
        self.sealedMicroseconds = sealedMicroseconds
        self.writer = writer
        self.number = number
        self.pieces = pieces
        self.precision = precision
        self.lines = lines
        precondition(fileName.utf8.count <= Self.fileNameBytesMax, "a batch is not split as often as that")
    }

    /// The batch without precision and line count: what stays the same in the name of a dead letter.
    public var id: String {
        let parts = [
            Hex.text(sealedMicroseconds, digits: 16), Hex.text(UInt64(writer), digits: 8),
            Hex.text(UInt64(number), digits: 8),
        ]
        return parts.joined(separator: "-") + pieces.map { ".\($0.index)of\($0.count)" }.joined()
    }

    /// The name of the file, without a folder.
    public var fileName: String {
        "\(id)-\(precision.rawValue)-\(lines)\(Self.ending)"
    }

    /// The name of a piece of this batch; nil when it was split so often already that the name would be too long.
    public func piece(_ piece: Piece, lines: Int) -> BatchName? {
        let added = ".\(piece.index)of\(piece.count)".utf8.count
        guard lines >= 1, lines <= self.lines, fileName.utf8.count + added <= Self.fileNameBytesMax else { return nil }
        return BatchName(
            sealedMicroseconds: sealedMicroseconds, writer: writer, number: number, pieces: pieces + [piece],
            precision: precision, lines: lines)
    }

    static let ending = ".lp.gz"
}

extension BatchName: Comparable, CustomStringConvertible {
    /// By the bytes of the file name, which is by age.
    public static func < (left: BatchName, right: BatchName) -> Bool {
        if left.sealedMicroseconds != right.sealedMicroseconds {
            return left.sealedMicroseconds < right.sealedMicroseconds
        }
        return left.fileName.utf8.lexicographicallyPrecedes(right.fileName.utf8)
    }

    /// The name of the file.
    public var description: String { fileName }
}

extension BatchName {
    /// The batch with exactly this file name; nil for any other text (temporaries, `.dropped`, a second way to write a
    /// number).
    public init?(parsing fileName: String) {
        let bytes = Array(fileName.utf8)
        guard bytes.count <= Self.fileNameBytesMax, bytes.ends(with: Self.ending.utf8) else { return nil }
        let parts = bytes.dropLast(Self.ending.utf8.count).split(
            separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 5,
            let sealed = Hex.number(parts[0], digits: 16),
            let writer = Hex.number(parts[1], digits: 8),
            let number = Hex.number(parts[2].prefix(8), digits: 8),
            let pieces = Self.pieces(parts[2].dropFirst(8)),
            let precision = Precision(rawValue: String(decoding: parts[3], as: UTF8.self)),
            let lines = Self.decimal(parts[4]), lines <= Self.linesMax
        else { return nil }
        self.init(
            sealedMicroseconds: sealed, writer: UInt32(writer), number: UInt32(number), pieces: pieces,
            precision: precision, lines: lines)
    }

    /// `.1of2.2of2` → two pieces; empty → none.
    private static func pieces(_ bytes: ArraySlice<UInt8>) -> [Piece]? {
        guard let first = bytes.first else { return [] }
        guard first == UInt8(ascii: ".") else { return nil }
        let texts = bytes.dropFirst().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let pieces = texts.compactMap(piece)
        return pieces.count == texts.count ? pieces : nil
    }

    private static func piece(_ bytes: ArraySlice<UInt8>) -> Piece? {
        guard let letter = bytes.firstIndex(of: UInt8(ascii: "o")),
            bytes[letter...].starts(with: "of".utf8),
            let index = decimal(bytes[..<letter]), let count = decimal(bytes[(letter + 2)...])
        else { return nil }
        return Piece(index, of: count)
    }

    /// A positive number of at most ten digits without a leading zero.
    private static func decimal(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard bytes.count <= 10, let first = bytes.first, first != UInt8(ascii: "0") else { return nil }
        var value = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }
}

extension [UInt8] {
    fileprivate func ends(with ending: some Collection<UInt8>) -> Bool {
        count >= ending.count && suffix(ending.count).elementsEqual(ending)
    }
}
