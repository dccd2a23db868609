/// How many lines a destination refused of a delivery that is otherwise stored.
public struct RefusedCount: Sendable, Equatable {
    /// How many it named or counted.
    public let lines: Int
    /// More may have been refused: the destination names or counts only some, or its answer was too long to be read to
    /// its end.
    public let isAtLeast: Bool
    /// All that the destination said, where it named no lines: what it refused is found by it. Not part of the count:
    /// two are equal when their numbers are.
    let words: String?

    private static let mark = "dropped="

    /// A count, for a destination of your own.
    public init(lines: Int, isAtLeast: Bool) {
        self.init(lines: lines, isAtLeast: isAtLeast, words: nil)
    }

    init(lines: Int, isAtLeast: Bool, words: String?) {
        self.lines = lines
        self.isAtLeast = isAtLeast
        self.words = words
    }

    /// Equal numbers, whatever the destination said.
    public static func == (left: RefusedCount, right: RefusedCount) -> Bool {
        left.lines == right.lines && left.isAtLeast == right.isAtLeast
    }

    /// What InfluxDB counted: the last `dropped=N` of its words that begins a word, behind which at most the database
    /// is named. It counts one shard only.
    ///
    /// - Parameter words: all of them, since a text that was cut may end in a name or within the number.
    static func counted(byServer words: String) -> Int? {
        let bytes = Array(words.utf8)
        for mark in bytes.ranges(of: Array(Self.mark.utf8)).reversed() {
            guard mark.lowerBound == 0 || bytes[mark.lowerBound - 1] == 0x20 else { continue }
            let digits = bytes[mark.upperBound...].prefix { (0x30...0x39).contains($0) }
            guard isEnd(bytes[digits.endIndex...]) else { continue }
            if let count = Int(String(decoding: digits, as: UTF8.self)) { return count }
        }
        return nil
    }

    private static func isEnd(_ rest: ArraySlice<UInt8>) -> Bool {
        rest.starts(with: " for database: ".utf8) || rest.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }
    }
}
