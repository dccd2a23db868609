/// Sizes as they are written in settings: a whole number with a unit, `512MiB`.
///
/// Only powers of 1024: what somebody means by `2GB` differs by 7 per cent. A bare number is of bytes.
enum SizeText {
    static let units = ["B", "KiB", "MiB", "GiB", "TiB"]

    /// Nil when it cannot be read or lies outside the range. Upper and lower case count as the same.
    static func read(_ text: String, in range: ClosedRange<Int>) -> Int? {
        let digits = text.prefix { $0 >= "0" && $0 <= "9" }
        let ending = text[digits.endIndex...].lowercased()
        let name = ending.isEmpty ? "b" : ending
        guard let unit = units.firstIndex(where: { $0.lowercased() == name }), let count = Int(digits) else {
            return nil
        }
        let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: 1 << (10 * unit))
        return !isTooLarge && range.contains(bytes) ? bytes : nil
    }

    /// In the largest unit that gives a whole number.
    static func text(of bytes: Int) -> String {
        var (count, unit) = (bytes, 0)
        while count > 0, count.isMultiple(of: 1_024), unit < units.count - 1 {
            (count, unit) = (count / 1_024, unit + 1)
        }
        return "\(count)\(units[unit])"
    }
}
