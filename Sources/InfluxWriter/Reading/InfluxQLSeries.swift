/// A value in an answer to InfluxQL.
///
/// JSON does not tell types: `3` may be an integer, or a float that is whole. A number without point and exponent is an
/// integer here.
public enum InfluxQLValue: Sendable, Hashable {
    /// Nothing.
    case null
    /// True or false.
    case boolean(Bool)
    /// A number without point and exponent, and so every time.
    case integer(Int64)
    /// Only for what does not fit into ``integer(_:)``.
    case unsigned(UInt64)
    /// Any other number.
    case float(Double)
    /// A text.
    case string(String)
}

/// One series of an answer to InfluxQL.
public struct InfluxQLSeries: Sendable, Equatable {
    /// The measurement, or what a `SHOW` lists.
    public let name: String
    /// Of `GROUP BY`. Of two keys that differ only in how Unicode spells them (`é` as one scalar or two) it has the
    /// last, since `String` takes them for one.
    public let tags: [String: String]
    /// The names of the columns; of a `SELECT` the first is `time`.
    public let columns: [String]
    /// Each with one value for every column. Times are nanoseconds.
    public let rows: [[InfluxQLValue]]

    /// A series, for one who makes answers in a test.
    public init(name: String, tags: [String: String] = [:], columns: [String], rows: [[InfluxQLValue]]) {
        self.name = name
        self.tags = tags
        self.columns = columns
        self.rows = rows
    }
}
