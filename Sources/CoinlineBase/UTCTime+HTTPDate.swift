extension UTCTime {
    /// Reads a date of HTTP in any of the three forms that a recipient must accept (RFC 9110 §5.6.7):
    ///
    /// - `Sun, 06 Nov 1994 08:49:37 GMT`, the only one that is still sent,
    /// - `Sunday, 06-Nov-94 08:49:37 GMT` of RFC 850, whose year is the last one with these two digits that is not more
    ///   than 50 years after `now`,
    /// - `Sun Nov  6 08:49:37 1994` of C's `asctime`.
    ///
    /// Names are case-sensitive. The day of the week must be one, but is not compared with the date, which it adds
    /// nothing to. Anything else is nil.
    public init?(httpDate text: String, now: @autoclosure () -> UTCTime = Timing.system.now()) {
        if let time = Self.fixdate(text) ?? Self.asctimeDate(text) {
            self = time
        } else if let time = Self.rfc850Date(text, now: now) {
            self = time
        } else {
            return nil
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, rounded down to a second.
    public var httpDate: String {
        let (date, time, _) = civil
        let day = HTTPDateNames.weekdays[date.weekday].prefix(3)
        let month = HTTPDateNames.months[date.month - 1]
        return "\(day), \(padded(date.day, 2)) \(month) \(padded(date.year, 4)) \(time.text) GMT"
    }
}

private enum HTTPDateNames {
    static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    static let shortWeekdays = weekdays.map { String($0.prefix(3)) }
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension UTCTime {
    private static func fixdate(_ text: String) -> UTCTime? {
        var scanner = ByteScanner(text)
        guard scanner.word(of: HTTPDateNames.shortWeekdays) != nil, scanner.skip(", "),
            let day = scanner.number(digits: 2), scanner.skip(" "),
            let month = scanner.word(of: HTTPDateNames.months), scanner.skip(" "),
            let year = scanner.number(digits: 4), scanner.skip(" "),
            let time = scanner.timeOfDay(), scanner.skip(" GMT"), scanner.isAtEnd
        else { return nil }
        return UTCTime(year: year, monthIndex: month, day: day, time: time)
    }

    private static func asctimeDate(_ text: String) -> UTCTime? {
        var scanner = ByteScanner(text)
        guard scanner.word(of: HTTPDateNames.shortWeekdays) != nil, scanner.skip(" "),
            let month = scanner.word(of: HTTPDateNames.months), scanner.skip(" "),
            let day = scanner.skip(" ") ? scanner.number(digits: 1) : scanner.number(digits: 2), scanner.skip(" "),
            let time = scanner.timeOfDay(), scanner.skip(" "),
            let year = scanner.number(digits: 4), scanner.isAtEnd
        else { return nil }
        return UTCTime(year: year, monthIndex: month, day: day, time: time)
    }

    private static func rfc850Date(_ text: String, now: () -> UTCTime) -> UTCTime? {
        var scanner = ByteScanner(text)
        guard scanner.word(of: HTTPDateNames.weekdays) != nil, scanner.skip(", "),
            let day = scanner.number(digits: 2), scanner.skip("-"),
            let month = scanner.word(of: HTTPDateNames.months), scanner.skip("-"),
            let twoDigits = scanner.number(digits: 2), scanner.skip(" "),
            let time = scanner.timeOfDay(), scanner.skip(" GMT"), scanner.isAtEnd
        else { return nil }
        let thisYear = now().civil.date.year
        var year = thisYear - thisYear % 100 + 100 + twoDigits
        while isTooLate(year: year, monthIndex: month, day: day, time: time, now: now()) { year -= 100 }
        return UTCTime(year: year, monthIndex: month, day: day, time: time)
    }

    /// Whether the date lies more than 50 years after `now`, compared field by field since neither needs to exist
    /// (29 February, years past the range).
    private static func isTooLate(year: Int, monthIndex: Int, day: Int, time: TimeOfDay, now: UTCTime) -> Bool {
        let (date, nowTime, _) = now.civil
        let candidate = [year - 50, monthIndex + 1, day, time.secondOfDay]
        return [date.year, date.month, date.day, nowTime.secondOfDay].lexicographicallyPrecedes(candidate)
    }

    private init?(year: Int, monthIndex: Int, day: Int, time: TimeOfDay) {
        guard let date = CivilDate(year: year, month: monthIndex + 1, day: day) else { return nil }
        self.init(date: date, time: time, nanosecond: 0, offsetSeconds: 0)
    }
}
