/// Hands out the names of the batches of one writer, each later than every name before it.
///
/// The time in a name is the clock's, but never at or below the newest name known: a clock that is set back makes no
/// batch older than those that wait already. Not copyable, because two copies would hand out one name twice.
public struct BatchNamer: ~Copyable, Sendable {
    /// What all names have in common.
    public let writer: UInt32

    let now: @Sendable () -> Timestamp
    private var newestMicroseconds: UInt64?
    private var nextNumber: UInt32 = 0

    /// - Parameters:
    ///   - newest: the newest name in the folder in which the batches will lie.
    ///   - writer: tells writers apart that seal in the same microsecond; a random number unless given.
    ///   - now: the wall clock.
    public init(
        newest: BatchName? = nil, writer: UInt32 = .random(in: .min ... .max), now: @escaping @Sendable () -> Timestamp
    ) {
        self.writer = writer
        self.now = now
        newestMicroseconds = newest?.sealedMicroseconds
    }

    /// The name of the next batch.
    public mutating func next(precision: Precision, lines: Int) -> BatchName {
        let name = BatchName(
            sealedMicroseconds: nextTime(), writer: writer, number: nextNumber, precision: precision, lines: lines)
        nextNumber &+= 1
        return name
    }

    /// Makes every later name newer than this one, which another writer put into the folder.
    public mutating func note(_ other: BatchName) {
        newestMicroseconds = max(newestMicroseconds ?? 0, other.sealedMicroseconds)
    }

    /// The clock as the writer sees it.
    public var time: Timestamp { now() }

    private mutating func nextTime() -> UInt64 {
        let clock = UInt64(max(0, now().value(in: .microseconds)))
        guard let newest = newestMicroseconds else {
            newestMicroseconds = clock
            return clock
        }
        // At the end of time (a planted name of all f) only the number goes on.
        let time = max(clock, newest == .max ? .max : newest + 1)
        newestMicroseconds = time
        return time
    }
}
