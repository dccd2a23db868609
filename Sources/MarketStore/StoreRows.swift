public import LineProtocol

/// One cell of a table read from the store.
public enum StoreCell: Sendable, Equatable {
    /// The point has no such tag or field.
    case absent
    case time(Timestamp)
    case tag(String)
    case field(FieldValue)

    /// The value as text: floats with their shortest digits and whole ones without a fraction, times in nanoseconds, nothing
    /// for an absent one.
    public var text: String {
        switch self {
        case .absent: ""
        case .time(let time): String(time.nanoseconds)
        case .tag(let value): value
        case .field(.float(let number)): Int64(exactly: number).map { "\($0)" } ?? "\(number)"
        case .field(.integer(let number)): "\(number)"
        case .field(.unsigned(let number)): "\(number)"
        case .field(.boolean(let flag)): "\(flag)"
        case .field(.string(let text)): text
        }
    }
}

/// Rows read from the store, each with a cell for every column.
public struct StoreRows: Sendable, Equatable {
    /// The real names, `time` included where it was asked for.
    public let columns: [String]
    public let rows: [[StoreCell]]
}

/// Which rows to read.
public struct StoreRowQuery: Sendable {
    public enum Selection: Sendable {
        /// Every point.
        case all
        /// Of every series its newest point: what the market looks like now.
        case newestOfEachSeries
    }

    public var selection = Selection.all
    /// Real names of tags and fields (a field wins where both have the name), or `time`; empty means all, time first.
    public var columns: [String] = []
    /// Likewise; points without it come last.
    public var orderedBy = "time"
    public var isDescending = true
    public var limit = 20

    public init() {}
}

/// What the store holds of one measurement.
public struct MeasurementSummary: Sendable, Equatable {
    public let measurement: String
    public let points: Int
    public let series: Int
    /// Time of the oldest point; nil without points.
    public let first: Timestamp?
    /// Time of the newest point.
    public let last: Timestamp?
}
