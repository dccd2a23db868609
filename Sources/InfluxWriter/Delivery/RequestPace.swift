/// How much goes out at once: one batch in one request at first, and more with every answer that comes soon.
///
/// A command gives up after some seconds without an answer (10). Sent in one big request, a backlog would never be
/// answered in time over a slow link or by a slow server: each run would send the same bytes, and leave them all behind.
/// So a request is made as large as is likely answered in ``answerWithin``, and what one run sent stays sent.
///
/// A value without a clock. Where a destination was not reached, asked to wait, or did not answer in time, it begins
/// anew.
struct RequestPace: Sendable, Equatable {
    /// Less than a command waits, with something to spare.
    static let answerWithin = Duration.seconds(8)
    /// What is answered in this may be doubled in two requests at once, should both share the link.
    static let severalWithin = Duration.seconds(2)
    /// What is answered in this tells nothing of the lines, only of the way there and back.
    static let quickWithin = Duration.milliseconds(250)
    /// Up to this small batches are joined after a quick answer, and twice as many with each late one: where it is the
    /// distance that takes the time and not the lines, one at a time would never catch up.
    static let linesMin = 500
    static let bytesMin = 32 << 10

    /// Of joined batches. A batch that is larger by itself goes alone.
    private(set) var lines = 0
    /// Likewise, compressed.
    private(set) var bytes = 0
    /// Whether others may be under way beside a request.
    private(set) var allowsSeveral = false

    init() {}

    /// A request was stored, and its answer took so long.
    mutating func stored(lines sentLines: Int, bytes sentBytes: Int, in time: Duration) {
        let factor = time <= Self.answerWithin / 2 ? 2 : max(0.5, Self.answerWithin / time)
        lines = Self.next(lines, sentLines, factor, atLeast: Self.least(Self.linesMin, sentLines, time))
        bytes = Self.next(bytes, sentBytes, factor, atLeast: Self.least(Self.bytesMin, sentBytes, time))
        if time <= Self.severalWithin { allowsSeveral = true }
        if factor < 1 { allowsSeveral = false }
    }

    /// A small request that is answered soon says nothing against larger ones that were, and a large one that is
    /// answered late nothing for them.
    private static func next(_ limit: Int, _ sent: Int, _ factor: Double, atLeast least: Int) -> Int {
        let scaled = Int(Double(sent) * factor)
        return max(least, factor < 1 ? min(limit, scaled) : max(limit, scaled))
    }

    private static func least(_ least: Int, _ sent: Int, _ time: Duration) -> Int {
        if time <= quickWithin { return least }
        return time > answerWithin ? min(least, 2 * sent) : 0
    }
}
