/// The server that reads the lines, where servers differ.
///
/// | | influx1, influx2 | influx3 | victoriaMetrics |
/// |---|---|---|---|
/// | backslash before a backslash, in names and tags | as it is | refused or replaced: read as one | the same |
/// | backslash before `,` or `=`, in tags | as it is | refused or replaced | refused or replaced |
/// | backslash before a space, in tags | refused or replaced | refused or replaced | refused or replaced |
/// | any of these in measurements and field keys | refused or replaced | refused or replaced | refused or replaced |
/// | backslash before `"` in measurements and field keys | refused or replaced | as it is | as it is |
/// | newline in a string field | as it is | as it is | refused or replaced: every newline ends a line |
/// | unsigned values | refused on 1.x | written | written |
/// | tag values and tags | no limit but the series key's | the same | at most 4,096 bytes, at most 38 tags |
/// | values | as they are | as they are | strings stored as 0, booleans as 1 and 0, integers beyond 2^53 inexact |
/// | a point written again | in place of the first | the same | every copy kept unless `-dedup.minScrapeInterval` |
/// | times | all in `Timestamp.range` | the same | after 1970: others are dropped without a word, 0 means now |
///
/// The same in all: no control byte in names and tags, no backslash at their end, no name or tag twice in a point, no
/// field and no tag `time`, no float without digits on both sides of its point, strings up to 1 MiB, and UTF-8 without
/// fault, for the lack of which InfluxDB 3 refuses a whole body.
///
/// What is said of `influx1`, `influx2` and `victoriaMetrics` was seen on servers. `influx3` is written after the
/// source and the documentation of InfluxDB 3 Core, and was tried on no server.
public enum Dialect: Sendable, CaseIterable {
    /// InfluxDB 1.x.
    case influx1
    /// InfluxDB 2.x.
    case influx2
    /// InfluxDB 3, through its own `/api/v3/write_lp` or either of the older paths.
    case influx3
    /// VictoriaMetrics, single node or cluster, through any of its line-protocol end points.
    case victoriaMetrics
}

/// What happens to a text that no server can read back: the point is refused, or the text is changed and counted.
///
/// ``replace`` writes newline, tab and carriage return of a name or tag as the two characters `\n`, `\t` and `\r`,
/// other control bytes as `_`, cuts trailing backslashes, and writes `_` for a backslash that the server would take for
/// an escape. String fields are left alone, but for newlines on VictoriaMetrics. Reserved, repeated and empty names
/// (after that), `#` at the start of a measurement, and what is over a limit are refused under either policy.
public enum TextPolicy: Sendable {
    /// The point is refused with a ``LineEncodingError``.
    case refuse
    /// The text is changed, and counted in ``EncodingCounts/replacedTexts``.
    case replace
}

/// Bounds of what is written. Beyond them a server refuses the line, and 2.x the whole batch with it.
enum Limit {
    /// Measurement and tags in escaped form, and with them 4 bytes and any field key (`models/points.go`).
    static let seriesKeyBytesMax = 65_535
    /// Between series key and field key in the storage engine's own key.
    static let seriesFieldSeparatorBytes = 4
    /// `MaxFieldValueLength` of 2.x. The documentation says 64 KiB; 2.7.12 took 70,000 bytes and refused 1,048,577.
    /// That is also what InfluxDB 3 is shipped with (`large-strings`); a build without it takes 64 KiB and names the
    /// line.
    static let stringBytesMax = 1 << 20
    /// Of a buffer that has nothing in it yet: more than any server takes in one request.
    static let reservedBytesMax = 64 << 20
}

extension Dialect {
    /// VictoriaMetrics drops a line with a longer tag value without a word.
    var tagValueBytesMax: Int { self == .victoriaMetrics ? 4_096 : Int.max }

    /// VictoriaMetrics drops a line with more than 40 labels; the name is one, and the 1.x path adds one for the
    /// database.
    var tagsMax: Int { self == .victoriaMetrics ? 38 : Int.max }

    /// Builds of InfluxDB 1.x read `1u` only with a compile-time option.
    var hasUnsigned: Bool { self != .influx1 }

    /// A backslash and an escapable byte, another backslash among them, are read as that byte in every name and tag.
    var decodesPairs: Bool { self == .influx3 || self == .victoriaMetrics }

    var allowsNewlineInString: Bool { self != .victoriaMetrics }

    /// VictoriaMetrics drops what is older than 1970 and reads 0 as "now".
    var allowsTimeBefore1970: Bool { self != .victoriaMetrics }
}
