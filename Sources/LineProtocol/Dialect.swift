/// The server that reads the lines, where servers differ.
///
/// | | influx1, influx2 | victoriaMetrics |
/// |---|---|---|
/// | backslash before a backslash, in names and tags | as it is | refused or replaced: the pair is read as one |
/// | backslash before `,` `=` or space, in tags | as it is | refused or replaced |
/// | the same in measurements and field keys | refused or replaced | refused or replaced |
/// | backslash before `"` in measurements and field keys | refused or replaced | as it is |
/// | newline in a string field | as it is | refused or replaced: every newline ends a line |
/// | unsigned values | refused on 1.x | written |
/// | tag values and tags | no limit but the series key's | at most 4,096 bytes, at most 38 tags |
/// | times | all in `Timestamp.range` | after 1970: others are dropped without a word, 0 means now |
public enum Dialect: Sendable, CaseIterable {
    /// InfluxDB 1.x.
    case influx1
    /// InfluxDB 2.x.
    case influx2
    /// VictoriaMetrics, single node or cluster, through any of its line-protocol end points.
    case victoriaMetrics
}

/// What happens to a text that no server can read back: the point is refused, or the text is changed and counted.
///
/// `replace` writes newline, tab and carriage return of a name or tag as the two characters `\n`, `\t` and `\r`, other
/// control bytes as `_`, cuts trailing backslashes, and writes `_` for a backslash that the server would take for an
/// escape. String fields are left alone, but for newlines on VictoriaMetrics. Reserved, repeated and empty names (after
/// that), `#` at the start of a measurement, and what is over a limit are refused under either policy.
public enum TextPolicy: Sendable {
    case refuse
    case replace
}

/// Bounds of what is written. Beyond them a server refuses the line, and 2.x the whole batch with it.
enum Limit {
    /// Measurement and tags in escaped form, and with them 4 bytes and any field key (`models/points.go`).
    static let seriesKeyBytesMax = 65_535
    /// Between series key and field key in the storage engine's own key.
    static let seriesFieldSeparatorBytes = 4
    /// `MaxFieldValueLength` of 2.x. The documentation says 64 KiB; 2.7.12 took 70,000 bytes and refused 1,048,577.
    static let stringBytesMax = 1 << 20
}

extension Dialect {
    /// VictoriaMetrics drops a line with a longer tag value without a word.
    var tagValueBytesMax: Int { self == .victoriaMetrics ? 4_096 : Int.max }

    /// VictoriaMetrics drops a line with more than 40 labels; the name is one, and the 1.x path adds one for the
    /// database.
    var tagsMax: Int { self == .victoriaMetrics ? 38 : Int.max }

    /// Builds of InfluxDB 1.x read `1u` only with a compile-time option.
    var hasUnsigned: Bool { self != .influx1 }

    var allowsNewlineInString: Bool { self != .victoriaMetrics }

    /// VictoriaMetrics drops what is older than 1970 and reads 0 as "now".
    var allowsTimeBefore1970: Bool { self != .victoriaMetrics }
}
