/// A day of the Gregorian calendar, extended backwards before 1582 as RFC 3339 does.
///
/// The year is counted from March here and there, so that the leap day is the last one of its year and needs no case of
/// its own; an era is the 400 years (146,097 days) after which the calendar repeats.
struct CivilDate: Equatable {
    let year: Int
    let month: Int
    let day: Int

    /// Nil for a day that the calendar does not have.
    init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSince1970 days: Int) {
        let daysSinceMarch0000 = days + Self.daysFromMarch0000To1970
        let era = floorDivide(daysSinceMarch0000, by: Self.daysOfEra)
        let dayOfEra = daysSinceMarch0000 - era * Self.daysOfEra
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int {
        let yearFromMarch = month <= 2 ? year - 1 : year
        let era = floorDivide(yearFromMarch, by: 400)
        let yearOfEra = yearFromMarch - era * 400
        let monthFromMarch = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * Self.daysOfEra + dayOfEra - Self.daysFromMarch0000To1970
    }

    /// 0 for Sunday to 6 for Saturday. 1970-01-01 was a Thursday.
    var weekday: Int {
        let shifted = daysSince1970 + 4
        return shifted - floorDivide(shifted, by: 7) * 7
    }

    private static let daysOfEra = 146_097
    private static let daysFromMarch0000To1970 = 719_468

    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }
}

/// Hour, minute and second of a day; the second is 60 in a leap second.
struct TimeOfDay: Equatable {
    let hour: Int
    let minute: Int
    let second: Int

    init?(hour: Int, minute: Int, second: Int) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second) else { return nil }
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    init(secondOfDay: Int) {
        hour = secondOfDay / 3_600
        minute = secondOfDay / 60 % 60
        second = secondOfDay % 60
    }

    var secondOfDay: Int {
        hour * 3_600 + minute * 60 + second
    }
}

extension UTCTime {
    static let secondsOfDay = 86_400

    /// The calendar's view of this time, rounded down to a second, and the nanoseconds that were cut.
    var civil: (date: CivilDate, time: TimeOfDay, nanosecond: Int) {
        let wholeSeconds = Int(seconds)
        let days = floorDivide(wholeSeconds, by: Self.secondsOfDay)
        let nanosecond = Int(Int128(nanoseconds) - Int128(wholeSeconds) * 1_000_000_000)
        return (
            CivilDate(daysSince1970: days), TimeOfDay(secondOfDay: wholeSeconds - days * Self.secondsOfDay), nanosecond
        )
    }

    /// Nil outside the range, and for a leap second anywhere but at the end of a month in UTC, the only place where one
    /// can be (RFC 3339 §5.7). A leap second becomes the second after it, as POSIX time has none.
    init?(date: CivilDate, time: TimeOfDay, nanosecond: Int, offsetSeconds: Int) {
        let seconds = date.daysSince1970 * Self.secondsOfDay + time.secondOfDay - offsetSeconds
        if time.second == 60 {
            let days = floorDivide(seconds, by: Self.secondsOfDay)
            guard seconds == days * Self.secondsOfDay, CivilDate(daysSince1970: days).day == 1 else { return nil }
        }
        guard let exact = Int64(exactly: Int128(seconds) * 1_000_000_000 + Int128(nanosecond)) else { return nil }
        self.init(nanoseconds: exact)
    }
}
