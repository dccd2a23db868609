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

    @Test("a time out of the named unit's range is refused with the unit that fits, if any does")
    func outOfRange() {
        let check = TimeCheck(precision: .seconds, isNamed: true)
        for (raw, hint) in [
            (Int64(1_760_000_000_000), ": use --precision ms"), (1_760_000_000_000_000_000, ": use --precision ns"),
            (.max, ""),
        ] {
            let problem = #expect(throws: TimeCheck.Problem.outOfRange(raw: raw, .seconds)) { try check.time(raw) }
            #expect(problem?.description == "the time \(raw) is out of range in s\(hint)")
        }
    }

    @Test("a named unit takes any time that servers take")
    func named() throws {
        let check = TimeCheck(precision: .milliseconds, isNamed: true)

        #expect(try check.time(-5).nanoseconds == -5_000_000)
        #expect(throws: TimeCheck.Problem.outOfRange(raw: .max, .milliseconds)) { try check.time(.max) }
    }
}
