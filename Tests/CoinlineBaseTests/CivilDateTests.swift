import Glibc
import TestKit
import Testing

@testable import CoinlineBase

@Suite("CivilDate")
struct CivilDateTests {
    @Test("every day of the range follows the one before, and its number and weekday lead back to it")
    func everyDay() throws {
        let first = try #require(CivilDate(year: 1677, month: 9, day: 21))
        var (year, month, day) = (first.year, first.month, first.day)
        var weekday = first.weekday
        var number = first.daysSince1970

        while year < 2263 {
            let date = CivilDate(daysSince1970: number)
            guard date.year == year, date.month == month, date.day == day, date.daysSince1970 == number,
                date.weekday == weekday
            else {
                Issue.record("day \(number) is \(date), expected \(year)-\(month)-\(day)")
                return
            }
            number += 1
            weekday = (weekday + 1) % 7
            day += 1
            let isLeap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0)
            if day > [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] {
                day = 1
                month += 1
            }
            if month > 12 {
                month = 1
                year += 1
            }
        }
    }

    @Test("days that anybody can look up")
    func knownDays() {
        #expect(CivilDate(year: 1970, month: 1, day: 1)?.daysSince1970 == 0)
        #expect(CivilDate(year: 1970, month: 1, day: 1)?.weekday == 4)
        #expect(CivilDate(year: 2000, month: 2, day: 29)?.daysSince1970 == 11_016)
        #expect(CivilDate(year: 1969, month: 12, day: 31)?.daysSince1970 == -1)
        #expect(CivilDate(year: 0, month: 3, day: 1)?.daysSince1970 == -719_468)
        #expect(CivilDate(year: 9999, month: 12, day: 31)?.daysSince1970 == 2_932_896)
    }

    @Test(
        "a day that does not exist is refused",
        arguments: [
            (2023, 2, 29), (1900, 2, 29), (2100, 2, 29), (2024, 2, 30), (2024, 4, 31), (2024, 0, 1), (2024, 13, 1),
            (2024, 1, 0), (2024, 1, 32),
        ])
    func impossibleDays(year: Int, month: Int, day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test("generated times are what the C library makes of them", arguments: [11, 12] as [UInt64])
    func sameAsTheCLibrary(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let time = UTCTime(nanoseconds: random.anyInt64())

            var seconds = time_t(time.seconds)
            var parts = tm()
            gmtime_r(&seconds, &parts)
            let (date, clock, nanosecond) = time.civil

            #expect(
                [date.year, date.month, date.day, date.weekday, clock.hour, clock.minute, clock.second]
                    == [
                        Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_wday),
                        Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec),
                    ],
                "seed \(seed), \(time.nanoseconds)")
            #expect((0..<1_000_000_000).contains(nanosecond), "seed \(seed), \(time.nanoseconds)")
        }
    }
}
