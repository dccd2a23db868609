extension UTCTime {
    /// Reads a time of RFC 3339 §5.6: `2026-01-01T00:00:00Z`, with decimals of the second, with `±hh:mm` for `Z`, and
    /// with `t` and `z` for the capitals.
    ///
    /// Decimals after the ninth are cut. Anything else that is not in the grammar, a day that does not exist, or a time
    /// outside the range is nil; so is a leap second anywhere but at the end of a month.
    public init?(rfc3339 text: String) {
        var scanner = ByteScanner(text)
        guard let date = scanner.dashedDate(), scanner.skip("T") || scanner.skip("t"),
            let time = scanner.timeOfDay()
        else { return nil }
        var nanosecond = 0
        if scanner.skip(".") {
            guard let decimals = scanner.billionths() else { return nil }
            nanosecond = decimals
        }
        guard let offset = scanner.offsetSeconds(), scanner.isAtEnd else { return nil }
        self.init(date: date, time: time, nanosecond: nanosecond, offsetSeconds: offset)
    }

    /// `2026-01-01T00:00:00Z`, with 0 to 9 decimals of the second; what does not fit is cut (rounded down).
    public func rfc3339(fractionDigits: Int = 0) -> String {
        let (date, time, nanosecond) = civil
        let digits = min(max(fractionDigits, 0), 9)
        let fraction = digits == 0 ? "" : "." + padded(nanosecond / powerOfTen(9 - digits), digits)
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(time.text)\(fraction)Z"
    }
}

extension TimeOfDay {
    /// `08:49:37`
    var text: String {
        "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
    }
}

extension ByteScanner {
    /// `08:49:37`
    mutating func timeOfDay() -> TimeOfDay? {
        guard let hour = number(digits: 2), skip(":"), let minute = number(digits: 2), skip(":"),
            let second = number(digits: 2)
        else { return nil }
        return TimeOfDay(hour: hour, minute: minute, second: second)
    }

    fileprivate mutating func dashedDate() -> CivilDate? {
        guard let year = number(digits: 4), skip("-"), let month = number(digits: 2), skip("-"),
            let day = number(digits: 2)
        else { return nil }
        return CivilDate(year: year, month: month, day: day)
    }

    /// `Z` or `±hh:mm`, in seconds east of Greenwich.
    fileprivate mutating func offsetSeconds() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hour = number(digits: 2), hour <= 23, skip(":"), let minute = number(digits: 2),
            minute <= 59
        else { return nil }
        return sign * (hour * 3_600 + minute * 60)
    }
}
