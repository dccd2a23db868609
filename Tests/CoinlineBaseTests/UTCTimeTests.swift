import TestKit
import Testing

@testable import CoinlineBase

@Suite("UTCTime")
struct UTCTimeTests {
    @Test("milliseconds and seconds are rounded down, before 1970 too")
    func unitsAreRoundedDown() {
        let justBefore = UTCTime(nanoseconds: -1)
        let exact = UTCTime(nanoseconds: -2_000_000_000)
        let after = UTCTime(nanoseconds: 1_999_999_999)

        #expect(justBefore.milliseconds == -1)
        #expect(justBefore.seconds == -1)
        #expect(exact.milliseconds == -2_000)
        #expect(exact.seconds == -2)
        #expect(after.milliseconds == 1_999)
        #expect(after.seconds == 1)
    }

    @Test("construction from coarser units stops at the ends of the range")
    func constructionSaturates() {
        #expect(UTCTime(milliseconds: 9_223_372_036_854).nanoseconds == 9_223_372_036_854_000_000)
        #expect(UTCTime(milliseconds: 9_223_372_036_855).nanoseconds == .max)
        #expect(UTCTime(milliseconds: -9_223_372_036_855).nanoseconds == .min)
        #expect(UTCTime(seconds: 9_223_372_036).nanoseconds == 9_223_372_036_000_000_000)
        #expect(UTCTime(seconds: .max).nanoseconds == .max)
        #expect(UTCTime(seconds: .min).nanoseconds == .min)
    }

    @Test("arithmetic stops at the ends of the range and is exact within it")
    func arithmetic() {
        let first = UTCTime(nanoseconds: .min)
        let last = UTCTime(nanoseconds: .max)

        #expect(last.advanced(by: .nanoseconds(1)) == last)
        #expect(first.advanced(by: .nanoseconds(-1)) == first)
        #expect(first.advanced(by: .seconds(Int64.max)) == last)
        #expect(first.advanced(by: first.duration(to: last)) == last)
        #expect(last.advanced(by: last.duration(to: first)) == first)
        #expect(UTCTime(seconds: 5).advanced(by: Duration(attoseconds: -1)).nanoseconds == 4_999_999_999)
        #expect(UTCTime(seconds: 1).duration(to: UTCTime(seconds: 0)) == .seconds(-1))
    }

    @Test("times are ordered as their nanoseconds")
    func order() {
        #expect(UTCTime(nanoseconds: -1) < UTCTime(nanoseconds: 0))
        #expect(!(UTCTime(nanoseconds: 7) < UTCTime(nanoseconds: 7)))
    }

    @Test(
        "the description is exact and no longer than it must be",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00Z"), (1_500_000_000, "1970-01-01T00:00:01.500Z"),
            (-1_000, "1969-12-31T23:59:59.999999Z"), (1, "1970-01-01T00:00:00.000000001Z"),
            (.min, "1677-09-21T00:12:43.145224192Z"), (.max, "2262-04-11T23:47:16.854775807Z"),
        ])
    func description(nanoseconds: Int64, text: String) {
        #expect(UTCTime(nanoseconds: nanoseconds).description == text)
    }

    @Test("a generated time survives arithmetic with a generated duration", arguments: [1, 2, 3] as [UInt64])
    func generatedArithmetic(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let (a, b) = (UTCTime(nanoseconds: random.anyInt64()), UTCTime(nanoseconds: random.anyInt64()))

            #expect(a.advanced(by: a.duration(to: b)) == b, "seed \(seed)")
            #expect(UTCTime(seconds: a.seconds) <= a || a.seconds == Int64(-9_223_372_037), "seed \(seed), \(a)")
            let rest = Int128(a.nanoseconds) - Int128(a.milliseconds) * 1_000_000
            #expect((0..<1_000_000).contains(rest), "seed \(seed), \(a)")
        }
    }
}
