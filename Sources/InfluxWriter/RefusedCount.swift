/// How many lines a destination refused of a delivery that is otherwise stored, as the end of a `.partial` reply's
/// message tells it: ` dropped=2`, or ` dropped=2+` where the destination's answer was too long to be read to its end.
///
/// Only the end counts: what stands before it quotes lines and names, which may hold the same words.
public struct RefusedCount: Sendable, Equatable {
    public let lines: Int
    /// More may have been refused than were counted or named.
    public let isAtLeast: Bool

    private static let mark = "dropped="

    public init(lines: Int, isAtLeast: Bool) {
        self.lines = lines
        self.isAtLeast = isAtLeast
    }

    /// The count at the end of a message; nil where there is none, and then the named lines are all that is known.
    public init?(endOf message: String) {
        var bytes = Array(message.utf8)
        let isAtLeast = bytes.last == UInt8(ascii: "+")
        if isAtLeast { bytes.removeLast() }
        guard let count = Self.count(in: bytes, where: \.isEmpty) else { return nil }
        self.init(lines: count, isAtLeast: isAtLeast)
    }

    /// What InfluxDB counted: the last `dropped=N` of its words, behind which at most the database is named. It counts
    /// one shard only.
    ///
    /// - Parameter words: all of them, since a text that was cut may end in a name or within the number.
    static func counted(byServer words: String) -> Int? {
        count(in: Array(words.utf8)) { rest in
            rest.starts(with: " for database: ".utf8) || rest.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }
        }
    }

    var ending: String { " \(Self.mark)\(lines)\(isAtLeast ? "+" : "")" }

    /// The number behind the last mark that begins a word and has the right text behind it.
    private static func count(in bytes: [UInt8], where isEnd: (ArraySlice<UInt8>) -> Bool) -> Int? {
        for mark in bytes.ranges(of: Array(Self.mark.utf8)).reversed() {
            guard mark.lowerBound == 0 || bytes[mark.lowerBound - 1] == 0x20 else { continue }
            let digits = bytes[mark.upperBound...].prefix { (0x30...0x39).contains($0) }
            guard isEnd(bytes[digits.endIndex...]) else { continue }
            if let count = Int(String(decoding: digits, as: UTF8.self)) { return count }
        }
        return nil
    }
}
