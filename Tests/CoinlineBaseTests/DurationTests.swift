import TestKit
import Testing

@testable import CoinlineBase

@Suite("Duration")
struct DurationTests {
    @Test(
        "text for people",
        arguments: [
            (Duration.zero, "0 ms"), (.nanoseconds(499), "0 ms"), (.nanoseconds(500), "1 µs"),
            (.microseconds(850), "850 µs"), (.nanoseconds(999_499), "999 µs"), (.nanoseconds(999_500), "1 ms"),
            (.milliseconds(350), "350 ms"), (.microseconds(999_499), "999 ms"), (.microseconds(999_500), "1 s"),
            (.milliseconds(1_249), "1.2 s"), (.milliseconds(1_250), "1.3 s"), (.seconds(2), "2 s"),
            (.milliseconds(59_949), "59.9 s"), (.milliseconds(59_950), "1 min"), (.seconds(60), "1 min"),
            (.seconds(185), "3 min 5 s"), (.milliseconds(3_599_499), "59 min 59 s"), (.milliseconds(3_599_500), "1 h"),
            (.seconds(7_500), "2 h 5 min"), (.seconds(86_399), "1 d"), (.seconds(86_400), "1 d"),
            (.seconds(4 * 86_400 + 6 * 3_600), "4 d 6 h"), (.milliseconds(-1_200), "-1.2 s"),
        ])
    func text(duration: Duration, expected: String) {
        #expect(duration.text == expected)
    }

    @Test("the longest durations have text too")
    func extremes() {
        #expect(Duration.seconds(Int64.max).text.hasPrefix("106751991167300 d"))
        #expect(Duration.seconds(Int64.min).text.hasPrefix("-106751991167300 d"))
    }

    @Test("milliseconds are cut towards zero and stop at the ends")
    func milliseconds() {
        #expect(Duration.microseconds(1_999).milliseconds == 1)
        #expect(Duration.microseconds(-1_999).milliseconds == -1)
        #expect(Duration.seconds(Int64.max).milliseconds == .max)
        #expect(Duration.seconds(Int64.min).milliseconds == .min)
    }

    @Test("seconds as a floating-point number")
    func seconds() {
        #expect(Duration.milliseconds(1_500).secondsDouble == 1.5)
        #expect(Duration.milliseconds(-250).secondsDouble == -0.25)
        #expect(Duration.zero.secondsDouble == 0)
    }
}

@Suite("Backoff")
struct BackoffTests {
    private let backoff = Backoff(base: .seconds(1), cap: .seconds(10))

    @Test(
        "the bound doubles up to the cap",
        arguments: [(0, 1), (1, 2), (2, 4), (3, 8), (4, 10), (5, 10), (64, 10), (Int.max, 10), (-1, 1)])
    func bound(attempt: Int, seconds: Int) {
        #expect(backoff.bound(attempt: attempt) == .seconds(seconds))
    }

    @Test("the wait is the random part of the bound")
    func jitter() {
        #expect(backoff.delay(attempt: 3, random: 0) == .zero)
        #expect(backoff.delay(attempt: 3, random: 0.25) == .seconds(2))
        #expect(backoff.delay(attempt: 9, random: 0.5) == .seconds(5))
        #expect(backoff.delay(attempt: 0, random: 2) == .seconds(1))
        #expect(backoff.delay(attempt: 0, random: -1) == .zero)
    }

    @Test("a random part that is no finite number stays within the bound")
    func notFinite() {
        #expect(backoff.delay(attempt: 3, random: .nan) == .zero)
        #expect(backoff.delay(attempt: 3, random: -.infinity) == .zero)
        #expect(backoff.delay(attempt: 3, random: .infinity) == .seconds(8))
    }

    @Test("a base above the cap is the cap, and no base is no wait")
    func borders() {
        #expect(Backoff(base: .seconds(20), cap: .seconds(10)).bound(attempt: 0) == .seconds(10))
        #expect(Backoff(base: .zero, cap: .seconds(10)).bound(attempt: Int.max) == .zero)
        let long = Backoff(base: .seconds(1), cap: .seconds(Int64.max))
        #expect(long.bound(attempt: Int.max) == .seconds(Int64.max))
    }

    @Test("generated waits stay below the bound", arguments: [51] as [UInt64])
    func generated(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2_000 {
            let attempt = Int.random(in: 0..<80, using: &random)
            let delay = backoff.delay(attempt: attempt, random: Double.random(in: 0..<1, using: &random))

            #expect(delay >= .zero && delay <= backoff.bound(attempt: attempt), "seed \(seed)")
        }
    }
}
