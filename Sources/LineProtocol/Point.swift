/// One tag of a point: a name and a text. Two tags are equal when their bytes are, as servers compare them.
public struct Tag: Sendable, Hashable {
    /// Its name, unescaped.
    public var key: String
    /// Its text, unescaped. A tag with an empty one is left out of the line.
    public var value: String

    /// Any texts; the encoder is what checks them.
    public init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }

    public static func == (left: Tag, right: Tag) -> Bool {
        haveSameBytes(left.key, right.key) && haveSameBytes(left.value, right.value)
    }
}

/// The value of a field in one of the five types that line protocol knows.
///
/// A field's type never changes: a server that holds integers of a field hides or refuses floats of it.
/// Strings are equal when their bytes are; floats compare as `Double` does (NaN differs from itself).
public enum FieldValue: Sendable, Hashable {
    /// Written with the fewest digits that read back to the same number. One that is not finite is left out of the line.
    case float(Double)
    /// Written with `i` behind it.
    case integer(Int64)
    /// Written with `u` behind it. InfluxDB 1.x has no such type.
    case unsigned(UInt64)
    /// Written as `t` or `f`.
    case boolean(Bool)
    /// Written in quotes; any text but what a server's limit forbids.
    case string(String)

    public static func == (left: FieldValue, right: FieldValue) -> Bool {
        switch (left, right) {
        case (.float(let a), .float(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.unsigned(let a), .unsigned(let b)): a == b
        case (.boolean(let a), .boolean(let b)): a == b
        case (.string(let a), .string(let b)): haveSameBytes(a, b)
        case (.float, _), (.integer, _), (.unsigned, _), (.boolean, _), (.string, _): false
        }
    }
}

/// One field of a point: a name and a value.
public struct Field: Sendable, Hashable {
    /// Its name, unescaped.
    public var key: String
    /// What it holds, and in which type.
    public var value: FieldValue

    /// Any name and value; the encoder is what checks them.
    public init(_ key: String, _ value: FieldValue) {
        self.key = key
        self.value = value
    }

    public static func == (left: Field, right: Field) -> Bool {
        haveSameBytes(left.key, right.key) && left.value == right.value
    }
}

/// One point: a measurement, tags, fields in the given order, and a time.
///
/// InfluxDB knows a point by measurement, tag set and time; writing the same identity again merges the fields, and the
/// last value of a field wins. VictoriaMetrics keeps every copy, unless it runs with `-dedup.minScrapeInterval=1ms`.
/// Without a time the server takes its own, and then a repeated write is another point.
public struct Point: Sendable, Equatable {
    /// What was measured, unescaped.
    public var measurement: String
    /// In any order; the encoder sorts them.
    public var tags: [Tag]
    /// In the order in which they are written. A line needs one at least.
    public var fields: [Field]
    /// When; nil leaves that to the server.
    public var time: Timestamp?

    /// Any parts; the encoder is what checks them.
    public init(measurement: String, tags: [Tag] = [], fields: [Field] = [], time: Timestamp? = nil) {
        self.measurement = measurement
        self.tags = tags
        self.fields = fields
        self.time = time
    }

    public static func == (left: Point, right: Point) -> Bool {
        haveSameBytes(left.measurement, right.measurement) && left.tags == right.tags && left.fields == right.fields
            && left.time == right.time
    }
}

/// Whether two texts are the same bytes. `==` of `String` takes canonically equivalent texts for equal, which are two
/// series to every server.
func haveSameBytes(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
}
