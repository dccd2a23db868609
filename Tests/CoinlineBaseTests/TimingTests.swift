import Testing

@testable import CoinlineBase

/// A real clock that stands where it is put and notes the waits instead of making them.
private final class HandClock: Sendable {
    private let state = Locked<(now: UTCTime, uptime: Duration, waits: [Duration])>((UTCTime(seconds: 0), .zero, []))

    var waits: [Duration] { state.withLock { $0.waits } }

    func set(now: UTCTime, uptime: Duration) {
        state.withLock { $0 = (now, uptime, $0.waits) }
    }

    var timing: Timing {
        Timing(
            now: { self.state.withLock { $0.now } }, uptime: { self.state.withLock { $0.uptime } },
            sleep: { duration in self.state.withLock { $0.waits.append(duration) } }, speed: 1)
    }
}

@Suite("Timing")
struct TimingTests {
    @Test("the system's wall clock lies in this century and does not stand still")
    func systemNow() throws {
        let first = Timing.system.now()
        var second = Timing.system.now()
        while second == first { second = Timing.system.now() }

        #expect(first > (try #require(UTCTime(rfc3339: "2024-01-01T00:00:00Z"))))
        #expect(first < (try #require(UTCTime(rfc3339: "2200-01-01T00:00:00Z"))))
        #expect(Timing.system.speed == 1)
    }

    @Test("uptime never goes back")
    func uptime() {
        var last = Timing.system.uptime()
        for _ in 0..<1_000 {
            let next = Timing.system.uptime()
            #expect(next >= last)
            last = next
        }
    }

    @Test("a wait lasts at least as long as asked for")
    func sleepLasts() async throws {
        let start = Timing.system.uptime()

        try await Timing.system.sleep(.milliseconds(5))

        #expect(Timing.system.uptime() - start >= .milliseconds(5))
    }

    @Test(
        "a wait of nothing or less returns at once", .timeLimit(.minutes(8)),
        arguments: [Duration.zero, .seconds(-3_600), .seconds(Int64.min)])
    func sleepOfNothing(duration: Duration) async throws {
        let start = Timing.system.uptime()

        try await Timing.system.sleep(duration)

        #expect(Timing.system.uptime() - start < .seconds(30))
    }

    @Test("a wait of ages is ended by cancellation", arguments: [Duration.seconds(3_600), .seconds(Int64.max)])
    func sleepIsCancelled(duration: Duration) async {
        let waiting = Task { try await Timing.system.sleep(duration) }
        waiting.cancel()

        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test("a cancelled task does not even begin to wait")
    func sleepWhenCancelled() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await Timing.system.sleep(.zero)
        }

        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("simulated time starts where it is told and runs so much faster, forwards and backwards")
    func simulatedNow() {
        let clock = HandClock()
        let start = UTCTime(seconds: 1_000_000)
        let at = UTCTime(seconds: 500)
        let timing = Timing.simulated(start: start, at: at, speed: 60, over: clock.timing)

        clock.set(now: at, uptime: .zero)
        #expect(timing.now() == start)

        clock.set(now: at.advanced(by: .nanoseconds(1_000_000_001)), uptime: .seconds(2))
        #expect(timing.now() == start.advanced(by: .nanoseconds(60_000_000_060)))
        #expect(timing.uptime() == .seconds(120))

        clock.set(now: at.advanced(by: .seconds(-10)), uptime: .seconds(2))
        #expect(timing.now() == start.advanced(by: .seconds(-600)))
        #expect(timing.speed == 60)
    }

    @Test("waits in simulated time are that much shorter in real time")
    func simulatedSleep() async throws {
        let clock = HandClock()
        let fast = Timing.simulated(start: UTCTime(seconds: 0), at: UTCTime(seconds: 0), speed: 60, over: clock.timing)
        let slow = Timing.simulated(start: UTCTime(seconds: 0), at: UTCTime(seconds: 0), speed: 0.5, over: clock.timing)

        try await fast.sleep(.seconds(300))
        try await slow.sleep(.seconds(300))

        #expect(clock.waits == [.seconds(5), .seconds(600)])
    }

    @Test("a duration is scaled exactly by whole numbers and stops at 292 years")
    func scaling() {
        #expect(Duration.nanoseconds(9_007_199_254_740_993).scaled(by: 3) == .nanoseconds(27_021_597_764_222_979))
        #expect(Duration.seconds(1).scaled(by: 0.25) == .milliseconds(250))
        #expect(Duration.seconds(-1).scaled(by: 0.25) == .milliseconds(-250))
        #expect(Duration.seconds(Int64.max).scaled(by: 1) == .nanoseconds(Int64.max))
        #expect(Duration.seconds(Int64.max).scaled(by: 1e6) == .nanoseconds(Int64.max))
        #expect(Duration.seconds(Int64.min).scaled(by: 1.5) == .nanoseconds(Int64.min))
        #expect(Duration.seconds(1_000_000_000_000).scaled(by: 0.0078125) == .seconds(7_812_500_000))
    }
}

@Suite("TestClock")
struct TestClockTests {
    @Test(
        "text of the right form is read",
        arguments: [
            ("start:2026-01-01T00:00:00Z,at:1760000000000,speed:60", 1_767_225_600_000, 60.0),
            ("start:1767225600000,at:1760000000000,speed:60", 1_767_225_600_000, 60),
            ("speed:0.5,at:1760000000000,start:0", 0, 0.5),
            ("start:-1,at:1760000000000,speed:1000000", -1, 1_000_000),
            ("start:2026-01-01T01:00:00+01:00,at:1760000000000,speed:1", 1_767_225_600_000, 1),
        ] as [(String, Int64, Double)])
    func read(text: String, startMilliseconds: Int64, speed: Double) throws {
        let clock = try #require(TestClock(text: text))

        #expect(clock.start.milliseconds == startMilliseconds)
        #expect(clock.at.milliseconds == 1_760_000_000_000)
        #expect(clock.speed == speed)
        #expect(clock.timing.speed == speed)
    }

    @Test(
        "other text is refused",
        arguments: [
            "", "start:0", "start:0,at:0", "start:0,at:0,speed:", "start:0,at:0,speed:0", "start:0,at:0,speed:-1",
            "start:0,at:0,speed:nan", "start:0,at:0,speed:inf", "start:0,at:0,speed:0x10", "start:0,at:0,speed:1e3",
            "start:0,at:0,speed:1000001", "start:0,at:0,speed:0.0001", "start:0,at:0,speed:+1", "start:0,at:0,speed:1 ",
            "start:0,at:2026-01-01T00:00:00Z,speed:1", "start:x,at:0,speed:1", "start:,at:0,speed:1",
            "start:0,at:0,speed:1,", "start:0,at:0,speed:1,speed:1", "start:0,at:0,speed:1,zone:2",
            "start:0;at:0;speed:1",
            "start:0,start:0,speed:1", "start:+1,at:0,speed:1", "start:9223372036855,at:0,speed:1",
            "start:99999999999999999999,at:0,speed:1", "Start:0,at:0,speed:1", "start,at:0,speed:1",
        ])
    func refused(text: String) {
        #expect(TestClock(text: text) == nil)
    }

    @Test(
        "the text of a clock is read back as the same clock",
        arguments: [(Int64(1_767_225_600_000), 60.0), (-1, 0.001), (1_767_225_600_123, 0.1), (0, 1e6), (5, 1.5)])
    func roundTrip(startMilliseconds: Int64, speed: Double) throws {
        let at = UTCTime(nanoseconds: 1_760_000_000_000_999_999)
        let clock = try #require(TestClock(start: UTCTime(milliseconds: startMilliseconds), at: at, speed: speed))

        #expect(TestClock(text: clock.text) == clock)
        #expect(clock.text.contains("at:1760000000000,"))
    }

    @Test("a speed is written without needless decimals")
    func speedText() throws {
        let clock = try #require(TestClock(start: UTCTime(seconds: 0), at: UTCTime(seconds: 0), speed: 60))

        #expect(clock.text == "start:1970-01-01T00:00:00Z,at:0,speed:60")
        #expect("\(clock)" == clock.text)
    }
}
