import LineProtocol
import Testing

@testable import Collector

@Suite("Times of loaded lines")
struct TimeCheckTests {
    @Test(
        "a time outside 1990 to 2100 is refused with the unit that fits",
        arguments: [
            (1_760_000_000_000, Precision.milliseconds, nil), (1_760_000_000, .milliseconds, Precision.seconds),
            (1_760_000_000_000_000_000, .milliseconds, .nanoseconds),
            (1_760_000_000_000_000, .milliseconds, .microseconds), (1_760_000_000_000, .nanoseconds, .milliseconds),
            (631_152_000_000, .milliseconds, nil), (4_102_444_800_000, .milliseconds, nil),
        ] as [(Int64, Precision, Precision?)])
    func plausible(raw: Int64, unit: Precision, fits: Precision?) throws {
        let check = TimeCheck(precision: unit, isNamed: false)

        if let fits {
            #expect(throws: TimeCheck.Problem.implausible(raw: raw, unit, fits: fits)) { try check.time(raw) }
        } else {
            #expect(try check.time(raw) == Timestamp(raw, precision: unit))
        }
    }

    @Test("the first values outside the range are refused", arguments: [631_151_999_999, 4_102_444_800_001] as [Int64])
    func border(raw: Int64) {
        #expect(throws: TimeCheck.Problem.self) {
            try TimeCheck(precision: .milliseconds, isNamed: false).time(raw)
        }
    }

    @Test("a named unit takes any time that servers take")
    func named() throws {
        let check = TimeCheck(precision: .milliseconds, isNamed: true)

        #expect(try check.time(-5).nanoseconds == -5_000_000)
        #expect(throws: TimeCheck.Problem.outOfRange(raw: .max, .milliseconds)) { try check.time(.max) }
    }
}
