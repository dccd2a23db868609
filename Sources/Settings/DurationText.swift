/// Lengths of time as they are written in settings: numbers with the units s, m, h, d and w, the largest first or not.
enum DurationText {
    private static let units: [(letter: Character, seconds: Int64)] = [
        ("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
    ]

    /// Nil when it cannot be read or lies outside the range.
    static func read(_ text: String, in range: ClosedRange<Duration>) -> Duration? {
        var total: Int64 = 0
        var number = ""
        for character in text.lowercased() {
            if character >= "0" && character <= "9" {
                number.append(character)
                continue
            }
            guard let unit = units.first(where: { $0.letter == character }), let count = Int64(number) else {
                return nil
            }
            let (seconds, isTooLong) = count.multipliedReportingOverflow(by: unit.seconds)
            let (sum, isOver) = total.addingReportingOverflow(seconds)
            guard !isTooLong, !isOver else { return nil }
            total = sum
            number = ""
        }
        guard number.isEmpty, !text.isEmpty, range.contains(.seconds(total)) else { return nil }
        return .seconds(total)
    }

    /// In the largest unit that gives a whole number: `36500d`, `90s`. Weeks are not used, since nobody counts in them.
    static func text(of duration: Duration) -> String {
        let seconds = duration.components.seconds
        for unit in units.dropFirst() where seconds.isMultiple(of: unit.seconds) && seconds > 0 {
            return "\(seconds / unit.seconds)\(unit.letter)"
        }
        return "\(seconds)s"
    }
}
