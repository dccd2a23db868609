import LineProtocol

// What may stand in names and tag values, and what is escaped there.
extension LineCase {
    static let measurements: [LineCase] = [
        .read(.measurement, "escaped comma", #"a\,b v=1"#, point(measurement: "a,b")),
        .read(.measurement, "escaped space", #"a\ b v=1"#, point(measurement: "a b")),
        .read(.measurement, "space first and last", #"\ a\  v=1"#, point(measurement: " a ")),
        .read(.measurement, "equals sign without an escape", "a=b v=1", point(measurement: "a=b")),
        .readOnly(
            .measurement, "escaped equals sign: two bytes, and 2.x never finds the point again", #"a\=b v=1"#,
            point(measurement: #"a\=b"#), .backslashBefore(0x3D), .measurement),
        .read(.measurement, "quote", #"a"b v=1"#, point(measurement: #"a"b"#)),
        .readOnly(
            .measurement, "backslash before a quote", #"a\"b v=1"#, point(measurement: #"a\"b"#),
            .backslashBefore(0x22), .measurement),
        .read(.measurement, "backslash before a letter", #"a\b v=1"#, point(measurement: #"a\b"#)),
        .read(.measurement, "two backslashes are two", #"a\\b v=1"#, point(measurement: #"a\\b"#)),
        .readOnly(
            .measurement, "backslash before an escaped comma", #"a\\\,b v=1"#, point(measurement: #"a\\,b"#),
            .backslashBefore(0x2C), .measurement),
        .unwritable(
            .measurement, "backslash before a space", point(measurement: #"a\ b"#), .backslashBefore(0x20),
            .measurement),
        .unwritable(
            .measurement, "backslash at the end", point(measurement: #"a\"#), .trailingBackslash, .measurement),
        .unwritable(.measurement, "empty", point(measurement: ""), .empty, .measurement),
        .bad(.measurement, "missing before a tag", ",t=a v=1", 1, .measurementMissing(found: 0x2C)),
        .unwritable(.measurement, "hash first", point(measurement: "#m"), .leadingHash, .measurement),
        .read(.measurement, "hash inside", "a#b v=1", point(measurement: "a#b")),
        .read(.measurement, "backslash and hash first are no comment", ##"\#m v=1"##, point(measurement: ##"\#m"##)),
        .read(.measurement, "hash behind an escaped space", #"\ #m v=1"#, point(measurement: " #m")),
        .unwritable(.measurement, "newline", point(measurement: "a\nb"), .controlByte(0x0A), .measurement),
        .unwritable(.measurement, "CR LF", point(measurement: "a\r\nb"), .controlByte(0x0D), .measurement),
        .bad(.measurement, "tab first", "\tm v=1", 1, .measurementMissing(found: 9)),
        .bad(.measurement, "NUL first", "\u{0}m v=1", 1, .measurementMissing(found: 0)),
        .bad(.measurement, "control byte inside", "a\u{1}b v=1", 2, .tagOrFieldMissing(found: 1)),
        .bad(.measurement, "delete byte inside", "a\u{7F}b v=1", 2, .tagOrFieldMissing(found: 0x7F)),
        .bad(.measurement, "not UTF-8", bytes: [0x6D, 0xFF, 0x20, 0x76, 0x3D, 0x31], 2, .invalidUTF8),
        .read(.measurement, "byte order mark is a character", "\u{FEFF}m v=1", point(measurement: "\u{FEFF}m")),
        .read(.measurement, "letters of any script", "日本語 v=1", point(measurement: "日本語")),
        .read(
            .measurement, "comma and a combining mark", "a\\,\u{301}b v=1", point(measurement: "a,\u{301}b")),
    ]

    static let tagKeys: [LineCase] = [
        .read(.tagKey, "escaped comma, space and equals sign", #"m,a\,b\ c\=d=x v=1"#, tag("a,b c=d", "x")),
        .read(.tagKey, "quote", #"m,a"b=x v=1"#, tag(#"a"b"#, "x")),
        .read(.tagKey, "backslash before a letter", #"m,a\b=x v=1"#, tag(#"a\b"#, "x")),
        .read(.tagKey, "two backslashes are two", #"m,a\\b=x v=1"#, tag(#"a\\b"#, "x")),
        .written(.tagKey, "backslash before a comma", tag(#"a\,b"#, "x"), #"m,a\\,b=x v=1"#),
        .readOnly(
            .tagKey, "backslash before a space: with a quote behind it the line has no end", #"m,a\\ b=x"y v=1"#,
            tag(#"a\ b"#, #"x"y"#), .backslashBefore(0x20), .tagKey),
        .read(.tagKey, "hash first", "m,#=x v=1", tag("#", "x")),
        .read(.tagKey, "a character of two code points", "m,e\u{301}=x v=1", tag("e\u{301}", "x")),
        .bad(.tagKey, "empty", "m,=x v=1", 3, .tagKeyMissing),
        .unwritable(.tagKey, "empty, of a point", tag("", "x"), .empty, .tagKey),
        .unwritable(.tagKey, "backslash at the end", tag(#"a\"#, "x"), .trailingBackslash, .tagKey),
        .unwritable(.tagKey, "newline", tag("a\nb", "x"), .controlByte(0x0A), .tagKey),
        .unwritable(.tagKey, "tab", tag("a\tb", "x"), .controlByte(0x09), .tagKey),
        .bad(.tagKey, "control byte", "m,a\u{1}b=x v=1", 4, .tagEqualsMissing(tagKey: "a", found: 1)),
        .bad(.tagKey, "no equals sign", "m,t v=1", 4, .tagEqualsMissing(tagKey: "t", found: 0x20)),
        .bad(.tagKey, "no equals sign before a comma", "m,t,u=1 v=1", 4, .tagEqualsMissing(tagKey: "t", found: 0x2C)),
        .bad(.tagKey, "no equals sign at the end", "m,t", 4, .tagEqualsMissing(tagKey: "t", found: nil)),
        .bad(
            .tagKey, "not UTF-8", bytes: Array("m,".utf8) + [0xC3] + Array("=x v=1".utf8), 3, .invalidUTF8),
    ]

    static let tagValues: [LineCase] = [
        .read(.tagValue, "escaped comma", #"m,t=a\,b v=1"#, tag("t", "a,b")),
        .read(.tagValue, "escaped space", #"m,t=a\ b v=1"#, tag("t", "a b")),
        .read(.tagValue, "escaped equals sign", #"m,t=a\=b v=1"#, tag("t", "a=b")),
        .read(.tagValue, "quotes are ordinary", #"m,t="x" v=1"#, tag("t", #""x""#)),
        .read(.tagValue, "backslash before a letter", #"m,t=a\b v=1"#, tag("t", #"a\b"#)),
        .read(.tagValue, "backslash and n are two characters", #"m,t=a\nb v=1"#, tag("t", #"a\nb"#)),
        .read(.tagValue, "two backslashes are two", #"m,t=a\\b v=1"#, tag("t", #"a\\b"#)),
        .read(.tagValue, "backslash before an escaped comma", #"m,t=a\\\,b v=1"#, tag("t", #"a\\,b"#)),
        .written(.tagValue, "backslash before a comma", tag("t", #"a\,b"#), #"m,t=a\\,b v=1"#),
        .readOnly(
            .tagValue, "backslash before a space", #"m,t=a\\ b v=1"#, tag("t", #"a\ b"#), .backslashBefore(0x20),
            .tagValue),
        .written(.tagValue, "backslash before a space, replaced", tag("t", #"a\ b"#), #"m,t=a_\ b v=1"#)
            .with(policy: .replace),
        .bad(.tagValue, "two backslashes and a comma", #"m,t=a\\,b=c v=1"#, 10, .tagOrFieldMissing(found: 0x3D)),
        .read(.tagValue, "hash first", "m,t=#a v=1", tag("t", "#a")),
        .read(.tagValue, "emoji of several code points", "m,t=👩‍👩‍👧\\ x v=1", tag("t", "👩‍👩‍👧 x")),
        .read(.tagValue, "equals sign and a joiner", "m,t=\\=\u{200D} v=1", tag("t", "=\u{200D}")),
        .read(.tagValue, "space and a combining mark", "m,t=a\\ \u{301} v=1", tag("t", "a \u{301}")),
        .read(.tagValue, "line separator of Unicode", "m,t=a\u{2028}b v=1", tag("t", "a\u{2028}b")),
        .bad(.tagValue, "empty", "m,t= v=1", 5, .tagValueMissing(tagKey: "t")),
        .bad(.tagValue, "empty before another tag", "m,t=,u=a v=1", 5, .tagValueMissing(tagKey: "t")),
        .bad(.tagValue, "empty at the end", "m,t=", 5, .tagValueMissing(tagKey: "t")),
        .written(.tagValue, "empty, of a point: the tag is left out", tag("t", ""), "m v=1"),
        .bad(.tagValue, "second equals sign", "m,t=a=b v=1", 6, .tagOrFieldMissing(found: 0x3D)),
        .bad(.tagValue, "space without an escape", "m,t=a b v=1", 8, .fieldEqualsMissing(fieldKey: "b", found: 0x20)),
        .bad(
            .tagValue, "space inside quotes", #"m,t="a b" v=1"#, 10, .fieldEqualsMissing(fieldKey: #"b""#, found: 0x20)),
        .bad(.tagValue, "backslash at the end takes the space", #"m,t=a\ v=1"#, 9, .tagOrFieldMissing(found: 0x3D)),
        .unwritable(.tagValue, "backslash at the end", tag("t", #"a\"#), .trailingBackslash, .tagValue),
        .unwritable(.tagValue, "newline", tag("t", "a\nb"), .controlByte(0x0A), .tagValue),
        .bad(.tagValue, "backslash and a newline", "m,t=a\\\n", 7, .tagOrFieldMissing(found: 0x0A)),
        .bad(.tagValue, "tab", "m,t=a\tb v=1", 6, .tagOrFieldMissing(found: 9)),
        .bad(.tagValue, "control byte", "m,t=a\u{1}b v=1", 6, .tagOrFieldMissing(found: 1)),
        .bad(.tagValue, "NUL", "m,t=a\u{0} v=1", 6, .tagOrFieldMissing(found: 0)),
        .bad(
            .tagValue, "not UTF-8", bytes: [0x6D, 0x2C, 0x74, 0x3D, 0x61, 0xC3, 0x20, 0x76, 0x3D, 0x31], 6,
            .invalidUTF8),
        .bad(
            .tagValue, "UTF-8 of a surrogate", bytes: Array("m,t=".utf8) + [0xED, 0xA0, 0x80] + Array(" v=1".utf8), 5,
            .invalidUTF8),
        .written(.tagValue, "newline and tab, replaced", tag("t", "a\nb\tc"), #"m,t=a\nb\tc v=1"#)
            .with(policy: .replace),
        .written(.tagValue, "backslashes at the end, replaced", tag("t", #"a\\"#), "m,t=a v=1").with(policy: .replace),
        .written(.tagValue, "NUL, replaced", tag("t", "a\u{0}b"), "m,t=a_b v=1").with(policy: .replace),
    ]

    static let fieldKeys: [LineCase] = [
        .read(.fieldKey, "escaped comma, space and equals sign", #"m f\,i\ e\=ld=1"#, point(key: "f,i e=ld")),
        .read(.fieldKey, "quote", #"m a"b=1"#, point(key: #"a"b"#)),
        .readOnly(
            .fieldKey, "backslash before a quote", #"m a\"b=1"#, point(key: #"a\"b"#), .backslashBefore(0x22),
            .fieldKey),
        .read(.fieldKey, "backslash before a letter", #"m a\b=1"#, point(key: #"a\b"#)),
        .read(.fieldKey, "two backslashes are two", #"m a\\b=1"#, point(key: #"a\\b"#)),
        .unwritable(
            .fieldKey, "backslash before a comma", point(key: #"a\,b"#), .backslashBefore(0x2C), .fieldKey),
        .unwritable(
            .fieldKey, "backslash before an equals sign", point(key: #"a\=b"#), .backslashBefore(0x3D), .fieldKey),
        .unwritable(.fieldKey, "backslash at the end", point(key: #"a\"#), .trailingBackslash, .fieldKey),
        .bad(.fieldKey, "empty", "m =1", 3, .fieldKeyMissing(found: 0x3D)),
        .unwritable(.fieldKey, "empty, of a point", point(key: ""), .empty, .fieldKey),
        .bad(.fieldKey, "control byte", "m v\u{1}=1", 4, .fieldEqualsMissing(fieldKey: "v", found: 1)),
        .unwritable(.fieldKey, "carriage return", point(key: "a\rb"), .controlByte(0x0D), .fieldKey),
        .bad(.fieldKey, "no equals sign", "m v w=1", 4, .fieldEqualsMissing(fieldKey: "v", found: 0x20)),
        .bad(.fieldKey, "no equals sign at the end", "m v", 4, .fieldEqualsMissing(fieldKey: "v", found: nil)),
        .bad(
            .fieldKey, "not UTF-8", bytes: [0x6D, 0x20, 0xED, 0xA0, 0x80, 0x3D, 0x31], 3, .invalidUTF8),
        .read(.fieldKey, "letters of any script", "m ключ=1", point(key: "ключ")),
        .read(.fieldKey, "hash first", "m #=1", point(key: "#")),
    ]

    private static func tag(_ key: String, _ value: String) -> Point { point(tags: [Tag(key, value)]) }
}

/// A point of measurement `m` with one field `v`.
func point(
    _ value: FieldValue = .float(1), measurement: String = "m", tags: [Tag] = [], key: String = "v", time: Int64? = nil
) -> Point {
    Point(
        measurement: measurement, tags: tags, fields: [Field(key, value)],
        time: time.map { Timestamp(nanoseconds: $0) })
}
