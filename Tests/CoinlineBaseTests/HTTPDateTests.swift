import TestKit
import Testing

@testable import CoinlineBase

@Suite("HTTP dates")
struct HTTPDateTests {
    private static let example = UTCTime(seconds: 784_111_777)

    @Test(
        "the three forms of RFC 9110 name the same time",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        ])
    func forms(text: String) {
        #expect(UTCTime(httpDate: text, now: UTCTime(seconds: 1_767_225_600)) == Self.example)
    }

    @Test("the form that is sent is IMF-fixdate, rounded down to a second")
    func output() {
        #expect(Self.example.httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(UTCTime(nanoseconds: -1).httpDate == "Wed, 31 Dec 1969 23:59:59 GMT")
        #expect(UTCTime(nanoseconds: .min).httpDate == "Tue, 21 Sep 1677 00:12:43 GMT")
        #expect(UTCTime(nanoseconds: .max).httpDate == "Fri, 11 Apr 2262 23:47:16 GMT")
    }

    @Test(
        "two digits of a year mean the last year of that end that is at most 50 years ahead",
        arguments: [
            // now, digits, the year that is meant
            ("2026-01-01T00:00:00Z", "01-Jan-76", 2076), ("2026-01-01T00:00:00Z", "02-Jan-76", 1976),
            ("2026-01-01T00:00:00Z", "31-Dec-75", 2075), ("2026-01-01T00:00:00Z", "01-Jan-77", 1977),
            ("2026-01-01T00:00:00Z", "01-Jan-26", 2026), ("2026-01-01T00:00:00Z", "01-Jan-99", 1999),
            ("2026-01-01T00:00:00Z", "01-Jan-00", 2000), ("1999-12-31T00:00:00Z", "01-Jan-00", 2000),
            ("1999-12-31T00:00:00Z", "01-Jan-49", 2049), ("1999-12-31T00:00:00Z", "01-Jan-50", 1950),
            ("2060-06-01T00:00:00Z", "01-Jan-05", 2105), ("2060-06-01T00:00:00Z", "29-Feb-00", 2000),
        ] as [(String, String, Int)])
    func twoDigitYears(now: String, day: String, year: Int) throws {
        let now = try #require(UTCTime(rfc3339: now))

        let time = UTCTime(httpDate: "Monday, \(day) 00:00:00 GMT", now: now)

        // 2100 has no 29 February, which is refused and not moved to another century.
        let expected = day == "29-Feb-00" && year == 2000 ? nil : year
        #expect(time?.civil.date.year == expected)
    }

    @Test(
        "other text is refused",
        arguments: [
            "", "0", "120", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 +0000", "Sun, 6 Nov 1994 08:49:37 GMT", "sun, 06 nov 1994 08:49:37 gmt",
            "Sun 06 Nov 1994 08:49:37 GMT", "Xyz, 06 Nov 1994 08:49:37 GMT", "Sunday, 06 Nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT ", " Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov 6 08:49:37 1994",
            "Sun Nov  6 08:49:37 1994 GMT", "Sun Nov 006 08:49:37 1994", "Sun, 06 Nov 0001 08:49:37 GMT",
            "Sun, 06 Nov 9999 08:49:37 GMT", "Sunday, 29-Feb-23 00:00:00 GMT",
        ])
    func refused(text: String) {
        #expect(UTCTime(httpDate: text, now: UTCTime(seconds: 1_767_225_600)) == nil)
    }

    @Test("a leap second is read as the second after it")
    func leapSecond() {
        #expect(UTCTime(httpDate: "Sat, 31 Dec 2016 23:59:60 GMT") == UTCTime(rfc3339: "2017-01-01T00:00:00Z"))
        #expect(UTCTime(httpDate: "Sat, 31 Dec 2016 12:59:60 GMT") == nil)
    }

    @Test("a generated time is read back from each of the forms, cut to a second", arguments: [41, 42] as [UInt64])
    func roundTrip(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        for _ in 0..<3_000 {
            let time = UTCTime(seconds: Int64.random(in: -9_223_372_036...9_223_372_036, using: &random))
            let (date, clock, _) = time.civil
            let weekday = weekdays[date.weekday]
            let (month, day) = (months[date.month - 1], padded(date.day, 2))
            let asctime =
                "\(weekday.prefix(3)) \(month) \(date.day < 10 ? " \(date.day)" : day) \(clock.text) \(date.year)"
            let rfc850 = "\(weekday), \(day)-\(month)-\(padded(date.year % 100, 2)) \(clock.text) GMT"

            #expect(UTCTime(httpDate: time.httpDate) == time, "seed \(seed), \(time)")
            #expect(UTCTime(httpDate: asctime) == time, "seed \(seed), \(asctime)")
            #expect(UTCTime(httpDate: rfc850, now: time) == time, "seed \(seed), \(rfc850)")
        }
    }
}
