/// The type of a column, as the `#datatype` annotation calls it.
public enum FluxType: String, Sendable, CaseIterable {
    /// Text.
    case string
    /// An `Int64`.
    case long
    /// A `UInt64`.
    case unsignedLong
    /// A `Double`.
    case double
    /// True or false.
    case boolean
    /// A time.
    case dateTime = "dateTime:RFC3339"
    /// A time, to the nanosecond.
    case dateTimeNano = "dateTime:RFC3339Nano"
    /// A length of time.
    case duration
    /// Bytes.
    case base64Binary
}

/// One value of an answer.
///
/// CSV writes a null and an empty text alike, as an empty cell. Here an empty cell, once the column's default is put
/// in, is `.null` in every column but one of strings, where it is the empty string: a tag that a series does not have,
/// and a text field that is empty, both read as `""`.
public enum FluxValue: Sendable, Hashable {
    /// Nothing: an empty cell of any column but one of strings.
    case null
    /// Damaged UTF-8 comes as `�`. A carriage return in a stored text is lost by the server, before this sees it.
    case string(String)
    /// An integer.
    case long(Int64)
    /// An integer that is never negative.
    case unsignedLong(UInt64)
    /// NaN and both infinities included.
    case double(Double)
    /// True or false.
    case boolean(Bool)
    /// A time.
    case time(Timestamp)
    /// A length of time.
    case duration(Duration)
    /// Bytes, decoded.
    case bytes([UInt8])
}

/// One column of a table.
public struct FluxColumn: Sendable, Hashable {
    /// As in the header: `_time`, `_value`, a tag.
    public let name: String
    /// The type of its values.
    public let type: FluxType
    /// Whether it is part of the group key, so that every row of a table has the same value in it.
    public let isInGroupKey: Bool

    /// A column, for one who makes tables in a test.
    public init(name: String, type: FluxType, isInGroupKey: Bool) {
        self.name = name
        self.type = type
        self.isInGroupKey = isInGroupKey
    }
}
