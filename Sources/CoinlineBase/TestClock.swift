/// The clock of a test run of whole programs: at the real time `at` it was `start`, and it runs `speed` times as fast.
///
/// As text it travels in a setting from one process to the next, so that all live in the same time.
public struct TestClock: Sendable, Hashable {
    public let start: UTCTime
    /// Real time, whole milliseconds.
    public let at: UTCTime
    public let speed: Double

    /// A thousandth still lets a request be watched in slow motion; at a million a year passes in half a minute, and a
    /// faster clock would skip whole cycles between two looks at it.
    public static let speeds: ClosedRange<Double> = 0.001...1_000_000

    /// Nil for a speed outside `speeds`. `at` is cut to a millisecond.
    public init?(start: UTCTime, at: UTCTime, speed: Double) {
        guard Self.speeds.contains(speed) else { return nil }
        self.start = start
        self.at = UTCTime(milliseconds: at.milliseconds)
        self.speed = speed
    }

    /// Reads `start:<RFC 3339 or Unix milliseconds>,at:<real Unix milliseconds>,speed:<number>`. All three, each once,
    /// in any order, without spaces.
    public init?(text: String) {
        var values: [Substring: Substring] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let colon = part.firstIndex(of: ":") else { return nil }
            let earlier = values.updateValue(part[part.index(after: colon)...], forKey: part[..<colon])
            guard earlier == nil else { return nil }
        }
        guard values.count == 3, let startText = values["start"], let atText = values["at"],
            let speedText = values["speed"],
            let start = Self.milliseconds(startText) ?? UTCTime(rfc3339: String(startText)),
            let at = Self.milliseconds(atText), let speed = Self.decimal(speedText)
        else { return nil }
        self.init(start: start, at: at, speed: speed)
    }

    /// What `init(text:)` reads, to be handed to other processes.
    public var text: String {
        let wholeSpeed = Int64(exactly: speed).map { String($0) }
        return "start:\(start),at:\(at.milliseconds),speed:\(wholeSpeed ?? speed.description)"
    }

    public var timing: Timing {
        .simulated(start: start, at: at, speed: speed)
    }

    private static func milliseconds(_ text: Substring) -> UTCTime? {
        guard isDecimal(text, extra: ["-"]), let value = Int64(text) else { return nil }
        let time = UTCTime(milliseconds: value)
        return time.milliseconds == value ? time : nil
    }

    private static func decimal(_ text: Substring) -> Double? {
        isDecimal(text, extra: ["."]) ? Double(text) : nil
    }

    /// `Double` and `Int64` also read hexadecimal, infinities and plus signs, which a setting has no use for.
    private static func isDecimal(_ text: Substring, extra: Set<Character>) -> Bool {
        text.allSatisfy { ("0"..."9").contains($0) || extra.contains($0) }
    }
}

extension TestClock: CustomStringConvertible {
    public var description: String { text }
}
