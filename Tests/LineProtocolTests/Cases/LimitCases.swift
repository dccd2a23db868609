import LineProtocol

// Times, names that servers keep, and how much they take.
extension LineCase {
    static let times: [LineCase] = [
        .read(.time, "zero", "m v=1 0", point(time: 0)), .read(.time, "before 1970", "m v=1 -1", point(time: -1)),
        .read(.time, "zeros before", "m v=1 007", point(time: 7), text: "m v=1 7"),
        .read(.time, "minus zero", "m v=1 -0", point(time: 0), text: "m v=1 0"),
        .read(.time, "the last", "m v=1 9223372036854775806", point(time: 9_223_372_036_854_775_806)),
        .read(.time, "the first", "m v=1 -9223372036854775806", point(time: -9_223_372_036_854_775_806)),
        outOfRange("behind the last", "9223372036854775807", .nanoseconds),
        outOfRange("2^63", "9223372036854775808", .nanoseconds),
        outOfRange("before the first", "-9223372036854775807", .nanoseconds),
        outOfRange("the least integer", "-9223372036854775808", .nanoseconds),
        outOfRange("30 digits", "100000000000000000000000000000", .nanoseconds),
        inUnits("last microsecond", 9_223_372_036_854_775, .microseconds),
        outOfRange("behind the last microsecond", "9223372036854776", .microseconds),
        inUnits("first microsecond", -9_223_372_036_854_775, .microseconds),
        outOfRange("before the first microsecond", "-9223372036854776", .microseconds),
        inUnits("last millisecond", 9_223_372_036_854, .milliseconds),
        outOfRange("behind the last millisecond", "9223372036855", .milliseconds),
        inUnits("first millisecond", -9_223_372_036_854, .milliseconds),
        outOfRange("before the first millisecond", "-9223372036855", .milliseconds),
        inUnits("last second", 9_223_372_036, .seconds),
        outOfRange("behind the last second", "9223372037", .seconds),
        inUnits("first second", -9_223_372_036, .seconds),
        outOfRange("before the first second", "-9223372037", .seconds),
        .bad(.time, "a fraction", "m v=1 1.5", 7, .badTimestamp(text: "1.5")),
        .bad(.time, "an exponent", "m v=1 1e9", 7, .badTimestamp(text: "1e9")),
        .bad(.time, "an integer of a field", "m v=1 1i", 7, .badTimestamp(text: "1i")),
        .bad(.time, "plus sign", "m v=1 +1", 7, .badTimestamp(text: "+1")),
        .bad(.time, "a minus alone", "m v=1 -", 7, .badTimestamp(text: "-")),
        .bad(.time, "a minus inside", "m v=1 1-2", 7, .badTimestamp(text: "1-2")),
        .bad(.time, "a date", "m v=1 2026-01-01T00:00:00Z", 7, .badTimestamp(text: "2026-01-01T00:00:00Z")),
        .bad(.time, "a word", "m v=1 x", 7, .badTimestamp(text: "x")),
        .bad(.time, "two of them", "m v=1 1 2", 9, .textAfterPoint(text: "2")),
        .written(.time, "cut down to whole units", point(time: 1_999_999), "m v=1 1").with(precision: .milliseconds),
        .written(.time, "cut down before 1970", point(time: -1), "m v=1 -1").with(precision: .seconds),
        .unwritable(.time, "behind the last, of a point", point(time: .max), outside(.max), .time),
        .unwritable(.time, "before the first, of a point", point(time: .min + 1), outside(.min + 1), .time),
        .unwritable(.time, "a second that begins before the first", point(time: .min + 2), outside(.min + 2), .time)
            .with(precision: .seconds),
    ]

    static let reservedNames: [LineCase] = [
        keptTag("_field"), keptTag("_measurement"), keptTag("time"), keptTag("_value"), keptTag("_time"),
        keptTag("_start"), keptTag("_stop"), keptTag("table"), keptTag("result"),
        .readOnly(
            .reserved, "a tag with an underscore", "m,_t=a v=1", point(tags: [Tag("_t", "a")]), .reserved, .tagKey),
        .readOnly(.reserved, "field time", "m time=1", point(key: "time"), .reserved, .fieldKey),
        .readOnly(
            .reserved, "field time beside another", "m v=2,time=1",
            Point(measurement: "m", fields: [Field("v", .float(2)), Field("time", .float(1))]), .reserved, .fieldKey
        ),
        .readOnly(.reserved, "a field with an underscore", "m _v=1", point(key: "_v"), .reserved, .fieldKey),
        .readOnly(
            .reserved, "a measurement with an underscore", "_m v=1", point(measurement: "_m"), .reserved,
            .measurement),
        .readOnly(.reserved, "an underscore alone", "m,_=a v=1", point(tags: [Tag("_", "a")]), .reserved, .tagKey),
        .read(.reserved, "measurement time", "time v=1", point(measurement: "time")),
        .read(.reserved, "tag Time", "m,Time=a v=1", point(tags: [Tag("Time", "a")])),
        .read(.reserved, "fields table and result", "m table=1", point(key: "table")),
        .read(.reserved, "an underscore behind", "m,t_=a v_=1", point(tags: [Tag("t_", "a")], key: "v_")),
        .read(.reserved, "a value with a reserved name", "m,t=_field v=1", point(tags: [Tag("t", "_field")])),
        .bad(.reserved, "tag NUL", "m,\u{0}=a v=1", 3, .tagOrFieldMissing(found: 0)),
        .bad(
            .reserved, "tag of the byte 0xFF", bytes: Array("m,".utf8) + [0xFF] + Array("=a v=1".utf8), 3,
            .invalidUTF8),
        .unwritable(
            .reserved, "reserved only once it is replaced", point(tags: [Tag(#"time\"#, "a")]), .reserved, .tagKey
        ).with(policy: .replace),
    ]

    static let limits: [LineCase] = [
        .written(
            .limit, "series key and field key of 65,535 bytes, separator included",
            point(tags: [Tag("t", long(65_526))]), "m,t=\(long(65_526)) v=1"),
        tooLong("the same and one byte of the field key", point(tags: [Tag("t", long(65_526))], key: "vw"), 65_536),
        tooLong("the same and one byte of the tag", point(tags: [Tag("t", long(65_527))]), 65_536),
        tooLong("a series key of 65,535 bytes, which leaves no field", point(tags: [Tag("t", long(65_531))]), 65_540),
        .unwritable(
            .limit, "a series key of 65,536 bytes", point(tags: [Tag("t", long(65_532))]),
            .tooLong(bytes: 65_536, bytesMax: 65_535), .series),
        .unwritable(
            .limit, "a measurement of 65,536 bytes", point(measurement: long(65_536)),
            .tooLong(bytes: 65_536, bytesMax: 65_535), .series),
        .written(
            .limit, "a field key of 65,530 bytes", point(key: long(65_530)), "m \(long(65_530))=1"),
        tooLong("a field key of 65,531 bytes", point(key: long(65_531)), 65_536),
        .written(
            .limit, "escapes count: 32,763 commas",
            point(tags: [Tag("t", String(repeating: ",", count: 32_763))]),
            "m,t=\(String(repeating: #"\,"#, count: 32_763)) v=1"),
        tooLong(
            "escapes count: one comma more", point(tags: [Tag("t", String(repeating: ",", count: 32_764))]), 65_537),
        .read(
            .limit, "a tag of 60,000 bytes", "m,t=\(long(60_000)) v=1", point(tags: [Tag("t", long(60_000))])),
        .read(.limit, "a string of 70,000 bytes", "m v=\"\(long(70_000))\"", point(.string(long(70_000)))),
        .read(.limit, "a string of 1 MiB", "m v=\"\(long(1 << 20))\"", point(.string(long(1 << 20)))),
        .readOnly(
            .limit, "a string of 1 MiB and a byte", "m v=\"\(long((1 << 20) + 1))\"",
            point(.string(long((1 << 20) + 1))),
            .tooLong(bytes: (1 << 20) + 1, bytesMax: 1 << 20), .fieldValue),
        .unwritable(
            .limit, "bytes and not letters", point(.string(String(repeating: "é", count: (1 << 19) + 1))),
            .tooLong(bytes: (1 << 20) + 2, bytesMax: 1 << 20), .fieldValue),
        .written(
            .limit, "escapes of a string do not count", point(.string(String(repeating: "\"", count: 1 << 20))),
            "m v=\"\(String(repeating: #"\""#, count: 1 << 20))\""),
    ]

    private static func tooLong(_ name: String, _ point: Point, _ bytes: Int) -> LineCase {
        .unwritable(.limit, name, point, .tooLong(bytes: bytes, bytesMax: 65_535), .fieldKey)
    }

    private static func keptTag(_ key: String) -> LineCase {
        .readOnly(.reserved, "tag \(key)", "m,\(key)=a v=1", point(tags: [Tag(key, "a")]), .reserved, .tagKey)
    }

    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

    private static func outside(_ nanoseconds: Int64) -> LineEncodingError.Reason {
        .timeOutOfRange(nanoseconds: nanoseconds)
    }

    private static func outOfRange(_ name: String, _ form: String, _ precision: Precision) -> LineCase {
        .bad(.time, name, "m v=1 \(form)", 7, .timestampOutOfRange(text: form)).with(precision: precision)
    }

    private static func inUnits(_ name: String, _ count: Int64, _ precision: Precision) -> LineCase {
        .read(.time, name, "m v=1 \(count)", point(time: count * precision.nanosecondsPerUnit)).with(
            precision: precision)
    }
}
