/// The type of a column, as the `#datatype` annotation calls it.
public enum FluxType: String, Sendable, CaseIterable {
    case string
    case long
    case unsignedLong
    case double
    case boolean
    case dateTime = "dateTime:RFC3339"
    case dateTimeNano = "dateTime:RFC3339Nano"
    case duration
    case base64Binary
}

/// One value of an answer.
///
/// CSV writes a null and an empty text alike, as an empty cell. Here an empty cell, once the column's default is put
/// in, is `.null` in every column but one of strings, where it is the empty string: a tag that a series does not have,
/// and a text field that is empty, both read as `""`.
public enum FluxValue: Sendable, Hashable {
    case null
    /// Damaged UTF-8 comes as `�`. A carriage return in a stored text is lost by the server, before this sees it.
    case string(String)
    case long(Int64)
    case unsignedLong(UInt64)
    /// NaN and both infinities included.
    case double(Double)
    case boolean(Bool)
    case time(Timestamp)
    case duration(Duration)
    case bytes([UInt8])
}

/// One column of a table.
public struct FluxColumn: Sendable, Hashable {
    public let name: String
    public let type: FluxType
    /// Whether it is part of the group key, so that every row of a table has the same value in it.
    public let isInGroupKey: Bool

    public init(name: String, type: FluxType, isInGroupKey: Bool) {
        self.name = name
        self.type = type
        self.isInGroupKey = isInGroupKey
    }
}
