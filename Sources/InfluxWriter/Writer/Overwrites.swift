import CoinlineBase
import LineProtocol

/// Counts lines of a batch that would overwrite an earlier one of it: the same series and time, and another value in
/// the same field. Repeats of the same line, and lines whose fields complete each other, lose nothing and do not count.
///
/// Works on encoded lines, in which the tags are in one order and the time in the batch's unit. Remembers the lines of
/// one batch, so it is as bounded as that.
struct Overwrites {
    static func count(in chunk: Chunk, _ precision: Precision) -> Int {
        var overwrites = Overwrites(chunk, precision)
        return chunk.starts.indices.count { overwrites.add($0) }
    }

    private typealias Fields = [ExactName: FieldValue]

    private let chunk: Chunk
    private let precision: Precision
    /// The first line of a series and time.
    private var first: [UInt64: Int]
    /// What the fields are by now, where there was a second one.
    private var fields: [UInt64: Fields] = [:]

    private init(_ chunk: Chunk, _ precision: Precision) {
        self.chunk = chunk
        self.precision = precision
        first = Dictionary(minimumCapacity: chunk.lines)
    }

    /// Returns whether the line overwrites one.
    private mutating func add(_ index: Int) -> Bool {
        let line = chunk.range(of: index)
        guard let identity = Identity(chunk.bytes, line) else { return false }
        guard let earlier = first[identity.hash] else {
            first[identity.hash] = index
            return false
        }
        let range = chunk.range(of: earlier)
        guard identity.isSame(as: Identity(chunk.bytes, range), in: chunk.bytes) else { return false }
        if fields[identity.hash] == nil, chunk.bytes[line] == chunk.bytes[range] { return false }
        var known = fields[identity.hash] ?? read(range)
        var overwrites = false
        for (name, value) in read(line) {
            if let old = known.updateValue(value, forKey: name), old != value { overwrites = true }
        }
        fields[identity.hash] = known
        return overwrites
    }

    private func read(_ line: Range<Int>) -> Fields {
        let point = LineReading.point(chunk.bytes, line, precision)
        return Dictionary((point?.fields ?? []).map { (ExactName($0.key), $0.value) }) { $1 }
    }

    /// Series and time of a line.
    private struct Identity {
        let series: Range<Int>
        let time: Range<Int>
        let hash: UInt64

        init?(_ bytes: [UInt8], _ line: Range<Int>) {
            // FNV-1a; equal ones are compared byte for byte.
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            var place = line.lowerBound
            while place < line.upperBound, bytes[place] != 0x20 {
                // What is behind a backslash ends no name.
                if bytes[place] == UInt8(ascii: "\\") { place += 1 }
                guard place < line.upperBound else { return nil }
                hash = (hash ^ UInt64(bytes[place])) &* 0x100_0000_01B3
                place += 1
            }
            series = line.lowerBound..<place
            var start = line.upperBound
            while start > series.upperBound, bytes[start - 1] != 0x20 {
                start -= 1
                hash = (hash ^ UInt64(bytes[start])) &* 0x100_0000_01B3
            }
            time = start..<line.upperBound
            self.hash = hash
        }

        func isSame(as other: Identity?, in bytes: [UInt8]) -> Bool {
            guard let other else { return false }
            return bytes[series] == bytes[other.series] && bytes[time] == bytes[other.time]
        }
    }
}

extension Chunk {
    /// A line without its newline.
    func range(of index: Int) -> Range<Int> {
        let end = index + 1 < starts.count ? starts[index + 1] : bytes.count
        return starts[index]..<max(starts[index], end - 1)
    }
}
