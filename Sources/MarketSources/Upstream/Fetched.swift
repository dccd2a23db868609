public import CoinlineBase

/// Something that an answer held and that was left out, so that its neighbours could be kept.
public struct Skipped: Sendable, Equatable {
    /// Where: `coins[17].rate`.
    public let path: String
    /// Why: `expected a number, found a string`.
    public let reason: String
    /// Whether the whole record was left out, not only one value of it.
    public let isRecord: Bool

    public init(path: String, reason: String, isRecord: Bool = false) {
        self.path = path
        self.reason = reason
        self.isRecord = isRecord
    }
}

/// What one call to an upstream brought, and when.
public struct Fetched<Value: Sendable>: Sendable {
    public let value: Value
    /// What was left out, the first of it where it is very much.
    public let skipped: [Skipped]
    /// How much was left out.
    public let skippedCount: Int
    /// How many records the answer held, those left out too.
    public let recordCount: Int
    /// When the request that was answered went out.
    public let sentAt: UTCTime
    /// When its answer was complete: the time of values that come without one.
    public let receivedAt: UTCTime
    /// The `Date` header, to the second.
    public let upstreamDate: UTCTime?
    /// What the answer said of being simulated; nil for a real upstream.
    public let simulation: Simulation?

    public init(
        value: Value, skipped: [Skipped] = [], skippedCount: Int? = nil, recordCount: Int = 1, sentAt: UTCTime,
        receivedAt: UTCTime, upstreamDate: UTCTime? = nil, simulation: Simulation? = nil
    ) {
        self.value = value
        self.skipped = skipped
        self.skippedCount = skippedCount ?? skipped.count
        self.recordCount = recordCount
        self.sentAt = sentAt
        self.receivedAt = receivedAt
        self.upstreamDate = upstreamDate
        self.simulation = simulation
    }

    public var isSimulated: Bool { simulation != nil }

    /// How far the local clock is ahead of the upstream's (negative: behind); nil where the answer had no date.
    ///
    /// 0 when the upstream's time lies between sending and receiving, however long that took.
    public var clockSkew: Duration? {
        upstreamDate.map { ClockCheck.skew(sentAt: sentAt, receivedAt: receivedAt, upstream: $0) }
    }

    /// The same answer with another value, and with other words for what was left out.
    func with<Other: Sendable>(_ other: Other, skipped: [Skipped]? = nil) -> Fetched<Other> {
        Fetched<Other>(
            value: other, skipped: skipped ?? self.skipped, skippedCount: skippedCount, recordCount: recordCount,
            sentAt: sentAt,
            receivedAt: receivedAt, upstreamDate: upstreamDate, simulation: simulation)
    }
}

/// The mark of a simulated upstream: `X-Coinline-Simulated: seed=<n>`.
public struct Simulation: Sendable, Equatable {
    public static let headerName = "X-Coinline-Simulated"

    /// The seed of the simulated market; nil where the mark names none.
    public let seed: UInt64?

    public init(seed: UInt64?) {
        self.seed = seed
    }

    /// Any value is a mark: what carries the header is never taken for real.
    init(headerValue: String) {
        let parts = headerValue.split(separator: "=", maxSplits: 1)
        let isSeed = parts.count == 2 && parts[0] == "seed"
        seed = isSeed ? UInt64(parts[1]) : nil
    }
}
