extension Duration {
    /// Whole milliseconds, cut towards zero; stops at the ends of `Int64`.
    public var milliseconds: Int64 {
        Int64(clamping: attoseconds / 1_000_000_000_000_000)
    }

    /// Seconds as a floating-point number, for metrics and rates.
    public var secondsDouble: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }

    /// For people, in at most two units: `850 µs`, `350 ms`, `1.2 s`, `3 min 5 s`, `2 h 5 min`, `4 d 6 h`.
    public var text: String {
        let sign = self < .zero ? "-" : ""
        return sign + Self.text(ofAttoseconds: attoseconds.magnitude)
    }

    /// Rounds to the unit first and looks then whether that unit still fits: 999.9 ms is 1 s and not 1000 ms.
    private static func text(ofAttoseconds magnitude: UInt128) -> String {
        let microseconds = (magnitude + 500_000_000_000) / 1_000_000_000_000
        if microseconds == 0 { return "0 ms" }
        if microseconds < 1_000 { return "\(microseconds) µs" }
        let milliseconds = (microseconds + 500) / 1_000
        if milliseconds < 1_000 { return "\(milliseconds) ms" }
        let tenths = (milliseconds + 50) / 100
        if tenths < 600 { return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s" }
        let seconds = (milliseconds + 500) / 1_000
        if seconds < 3_600 { return pair(seconds, "s", each: 60, "min") }
        let minutes = (seconds + 30) / 60
        if minutes < 1_440 { return pair(minutes, "min", each: 60, "h") }
        return pair((minutes + 30) / 60, "h", each: 24, "d")
    }

    private static func pair(_ count: UInt128, _ unit: String, each: UInt128, _ bigUnit: String) -> String {
        let (big, small) = count.quotientAndRemainder(dividingBy: each)
        return small == 0 ? "\(big) \(bigUnit)" : "\(big) \(bigUnit) \(small) \(unit)"
    }
}
