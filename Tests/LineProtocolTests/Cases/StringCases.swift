import LineProtocol

// Strings: what is escaped, what is kept, and where they end.
extension LineCase {
    static let strings: [LineCase] = [
        string("empty", #""""#, ""), string("separators", #""comma, space = eq""#, "comma, space = eq"),
        string("escaped quote", #""q\"q""#, #"q"q"#), string("escaped backslash", #""b\\b""#, #"b\b"#),
        string("a backslash alone", #""\\""#, #"\"#), string("escaped backslash and quote", #""\\\"""#, #"\""#),
        string("backslash before a letter stays", #""n\nn""#, #"n\nn"#, text: #""n\\nn""#),
        string("backslash before separators stays", #""\,\ \=""#, #"\,\ \="#, text: #""\\,\\ \\=""#),
        string("newline", "\"l1\nl2\"", "l1\nl2"), string("CR LF", "\"l1\r\nl2\"", "l1\r\nl2"),
        string("tab and carriage return", "\"x\ty\rz\"", "x\ty\rz"), string("NUL", "\"a\u{0}b\"", "a\u{0}b"),
        string("backslash before a newline stays", "\"a\\\nb\"", "a\\\nb", text: "\"a\\\\\nb\""),
        string("a line inside", "\"a\nm v=1\n\"", "a\nm v=1\n"),
        string("hash at the start of a line", "\"\n#\"", "\n#"),
        string("quote and a combining mark", "\"\\\"\u{301}\"", "\"\u{301}"),
        string("emoji", #""ñ😀""#, "ñ😀"), string("a number", #""1.5""#, "1.5"),
        .bad(.string, "text behind the closing quote", #"m v="a"b"#, 8, .textAfterString(fieldKey: "v", found: 0x62)),
        .bad(
            .string, "text and a time behind the closing quote", #"m v="a"b 1"#, 8,
            .textAfterString(fieldKey: "v", found: 0x62)),
        .bad(
            .string, "a second string behind the first", #"m v="a""b""#, 8,
            .textAfterString(fieldKey: "v", found: 0x22)),
        .bad(.string, "tab behind the closing quote", "m v=\"a\"\t1", 8, .textAfterString(fieldKey: "v", found: 9)),
        .bad(.string, "no closing quote", "m v=\"abc 1", 5, .closingQuoteMissing(fieldKey: "v")),
        .bad(.string, "a quote alone", "m v=\"", 5, .closingQuoteMissing(fieldKey: "v")),
        .bad(.string, "closing quote escaped", #"m v="a\""#, 5, .closingQuoteMissing(fieldKey: "v")),
        .bad(.string, "single quotes", "m v='x'", 5, .unknownValue(fieldKey: "v", text: "'x'")),
        .bad(
            .string, "not UTF-8", bytes: [0x6D, 0x20, 0x76, 0x3D, 0x22, 0xC3, 0xA9, 0xE2, 0x82, 0x22], 8, .invalidUTF8),
        .bad(
            .string, "UTF-8 in more bytes than needed",
            bytes: [0x6D, 0x20, 0x76, 0x3D, 0x22, 0x5C, 0x22, 0xC0, 0x80, 0x22], 8, .invalidUTF8),
        .read(
            .string, "of two fields, with quotes and commas inside", #"m a="x,b=\"y",b="\"" 5"#,
            Point(
                measurement: "m", fields: [Field("a", .string(#"x,b="y"#)), Field("b", .string("\""))],
                time: Timestamp(nanoseconds: 5))),
        .unwritable(
            .string, "newline, for a server that splits there", point(.string("a\nb")), .controlByte(0x0A), .fieldValue
        )
        .with(dialect: .victoriaMetrics),
    ]

    private static func string(_ name: String, _ form: String, _ value: String, text: String? = nil) -> LineCase {
        .read(.string, name, "m v=\(form)", point(.string(value)), text: "m v=\(text ?? form)")
    }
}
