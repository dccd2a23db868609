import Glibc

/// Time as a room is given it: the wall clock, a monotonic clock and a way to wait, so that no test sleeps and a whole
/// program can live at another time.
public struct Timing: Sendable {
    /// The wall clock. May jump in either direction.
    public var now: @Sendable () -> UTCTime

    /// Time since some start. Never goes back; for measuring and for rates.
    public var uptime: @Sendable () -> Duration

    /// Waits, not shorter than asked for as `uptime` counts. Throws `CancellationError` when the task is cancelled, at
    /// once if it already is.
    public var sleep: @Sendable (Duration) async throws -> Void

    /// How much faster than the real one this time runs; 1 but under a simulated clock.
    public var speed: Double

    public init(
        now: @escaping @Sendable () -> UTCTime,
        uptime: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        speed: Double
    ) {
        precondition(speed > 0 && speed.isFinite, "time runs forwards")
        self.now = now
        self.uptime = uptime
        self.sleep = sleep
        self.speed = speed
    }
}

extension Timing {
    /// The machine's clocks.
    public static let system = Timing(
        now: { realTime() },
        uptime: { processStart.duration(to: .now) },
        sleep: { duration in try await sleepReally(duration) },
        speed: 1)

    /// Time that was `start` when the wall clock said `at`, and runs `speed` times as fast: every process that is told
    /// the same three agrees on it. Waits are divided by `speed`, and `uptime` is multiplied by it, so that a wait
    /// takes as long as was asked for by this time's own measure.
    ///
    /// - Parameter speed: above 0 and finite.
    public static func simulated(start: UTCTime, at: UTCTime, speed: Double) -> Timing {
        simulated(start: start, at: at, speed: speed, over: system)
    }

    /// As above, over another time than the machine's.
    static func simulated(start: UTCTime, at: UTCTime, speed: Double, over real: Timing) -> Timing {
        Timing(
            now: { start.advanced(by: at.duration(to: real.now()).scaled(by: speed)) },
            uptime: { real.uptime().scaled(by: speed) },
            sleep: { duration in try await real.sleep(duration.scaled(by: 1 / speed)) },
            speed: speed * real.speed)
    }

    private static let processStart = ContinuousClock.now

    /// `timespec` is two words on every 64-bit Linux. It is read as such, because the toolchain imports its members
    /// from a module of its own that is not meant for others.
    private static func realTime() -> UTCTime {
        unsafe withUnsafeTemporaryAllocation(of: Int.self, capacity: 2) { words in
            unsafe words.initialize(repeating: 0)
            // The pointer is used during the call only. It cannot fail: the clock exists and the address is ours.
            unsafe words.withMemoryRebound(to: timespec.self) { time in
                guard let address = time.baseAddress else { return }
                unsafe clock_gettime(CLOCK_REALTIME, address)
            }
            return unsafe UTCTime(clamping: Int128(words[0]) * 1_000_000_000 + Int128(words[1]))
        }
    }

    /// In pieces, since a deadline that is too far away for the clock's type would trap.
    private static func sleepReally(_ duration: Duration) async throws {
        let pieceMax = Duration.seconds(86_400)
        var rest = duration
        repeat {
            try Task.checkCancellation()
            let piece = min(rest, pieceMax)
            if piece > .zero { try await Task.sleep(for: piece) }
            rest -= piece
        } while rest > .zero
    }
}

extension Duration {
    /// The longest and shortest that arithmetic here hands out: 292 years, the range of `UTCTime`.
    private static let nanosecondsMax = Double(Int64.max)

    /// This duration times `factor`, to the nanosecond; stops at 292 years. Exact where `factor` is a whole number and
    /// the product fits.
    public func scaled(by factor: Double) -> Duration {
        let nanoseconds = floorDivide(attoseconds, by: 1_000_000_000)
        if let whole = Int64(exactly: factor) {
            let product = Int64(clamping: Int128(Int64(clamping: nanoseconds)) * Int128(whole))
            return .nanoseconds(product)
        }
        let product = Double(nanoseconds) * factor
        if product.magnitude >= Self.nanosecondsMax { return .nanoseconds(product < 0 ? Int64.min : Int64.max) }
        return .nanoseconds(Int64(product))
    }
}
