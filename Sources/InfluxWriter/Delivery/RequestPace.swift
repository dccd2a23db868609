/// How much goes out at once: one batch in one request at first, and more with every answer that comes soon.
///
/// A command gives up after some seconds without an answer (10). Sent in one big request, a backlog would never be
/// answered in time over a slow link or by a slow server: each run would send the same bytes, and leave them all behind.
/// So a request is made as large as is likely answered in ``answerWithin``, and what one run sent stays sent.
///
/// A value without a clock. Where a destination was not reached, asked to wait, or did not answer in time, it begins
/// anew.
struct RequestPace: Sendable, Equatable {
    /// What is answered in half of this may be doubled, in two requests at once: should both share the link, they take
    /// twice this, which is less than a command waits.
    static let answerWithin = Duration.seconds(4)
    /// Up to this small batches are joined after the first answer, however late it came: where it was the distance and
    /// not the lines, one batch at a time would never catch up.
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
        lines = max(Self.linesMin, Self.next(lines, sentLines, factor))
        bytes = max(Self.bytesMin, Self.next(bytes, sentBytes, factor))
        if factor == 2 { allowsSeveral = true }
        if factor < 1 { allowsSeveral = false }
    }

    /// A small request that is answered soon says nothing against larger ones that were, and a large one that is
    /// answered late nothing for them.
    private static func next(_ limit: Int, _ sent: Int, _ factor: Double) -> Int {
        let scaled = Int(Double(sent) * factor)
        return factor < 1 ? min(limit, scaled) : max(limit, scaled)
    }
}
