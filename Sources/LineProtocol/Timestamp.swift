/// The unit of the times in a batch. The raw value is the text that the 2.x write API takes.
public enum Precision: String, Sendable, CaseIterable {
    /// What InfluxDB 1 and 2 assume when no unit is named. InfluxDB 3 and VictoriaMetrics guess from the number, so it is
    /// named always.
    case nanoseconds = "ns"
    /// Called `u` by the 1.x write API, which does not know `us`.
    case microseconds = "us"
    /// Fine enough for what is fetched over a network.
    case milliseconds = "ms"
    /// The shortest numbers.
    case seconds = "s"

    /// 1 to 1,000,000,000.
    public var nanosecondsPerUnit: Int64 {
        switch self {
        case .nanoseconds: 1
        case .microseconds: 1_000
        case .milliseconds: 1_000_000
        case .seconds: 1_000_000_000
        }
    }
}

/// A moment in nanoseconds since 1970, UTC. Never in the unit of a batch.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// What InfluxDB takes: it keeps the two lowest and the highest number for itself (`models/time.go`).
    public static let range: ClosedRange<Int64> = (Int64.min + 2)...(Int64.max - 1)

    /// Since 1970-01-01T00:00:00Z; negative before it.
    public let nanoseconds: Int64

    /// Takes any number; one outside `range` is refused by the encoder.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// A count of units since 1970; nil outside the range that servers take.
    public init?(_ value: Int64, precision: Precision) {
        let (nanoseconds, overflow) = value.multipliedReportingOverflow(by: precision.nanosecondsPerUnit)
        guard !overflow, Timestamp.range.contains(nanoseconds) else { return nil }
        self.nanoseconds = nanoseconds
    }

    /// The count of whole units, rounded down, before 1970 too: -1 ns is second -1.
    public func value(in precision: Precision) -> Int64 {
        let unit = precision.nanosecondsPerUnit
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: unit)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// The earlier moment is the lesser.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
