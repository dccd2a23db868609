import LineProtocol

// What one server takes and another does not, and what a batch of lines comes to.
extension LineCase {
    static let dialects: [LineCase] = [
        .unwritable(
            .dialect, "two backslashes in a tag, read as one by VictoriaMetrics", tag(#"a\\b"#),
            .backslashBefore(0x5C), .tagValue
        ).with(dialect: .victoriaMetrics),
        .unwritable(
            .dialect, "backslash before a comma, VictoriaMetrics", tag(#"a\,b"#), .backslashBefore(0x2C), .tagValue
        ).with(dialect: .victoriaMetrics),
        .written(.dialect, "backslash before a letter, VictoriaMetrics", tag(#"a\b"#), #"m,t=a\b v=1"#)
            .with(dialect: .victoriaMetrics),
        .written(
            .dialect, "backslash before a quote, VictoriaMetrics", point(measurement: #"a\"b"#), #"a\"b v=1"#
        ).with(dialect: .victoriaMetrics),
        .unwritable(
            .dialect, "two backslashes in a tag, read as one by InfluxDB 3", tag(#"a\\b"#), .backslashBefore(0x5C),
            .tagValue
        ).with(dialect: .influx3),
        .unwritable(
            .dialect, "two backslashes in a measurement, InfluxDB 3", point(measurement: #"a\\b"#),
            .backslashBefore(0x5C), .measurement
        ).with(dialect: .influx3),
        .unwritable(
            .dialect, "backslash before an equals sign, InfluxDB 3", tag(#"a\=b"#), .backslashBefore(0x3D), .tagValue
        ).with(dialect: .influx3),
        .written(.dialect, "backslash before a letter, InfluxDB 3", tag(#"a\b"#), #"m,t=a\b v=1"#)
            .with(dialect: .influx3),
        .written(.dialect, "backslash in a tag, replaced for InfluxDB 3", tag(#"a\\b"#), #"m,t=a_\b v=1"#)
            .with(dialect: .influx3, policy: .replace),
        .written(.dialect, "unsigned, InfluxDB 3", point(.unsigned(1)), "m v=1u").with(dialect: .influx3),
        .written(.dialect, "a fraction has digits on both sides, InfluxDB 3", point(.float(0.5)), "m v=0.5")
            .with(dialect: .influx3),
        .written(.dialect, "newline in a string, InfluxDB 3", point(.string("a\nb")), "m v=\"a\nb\"")
            .with(dialect: .influx3),
        .written(.dialect, "two backslashes in a tag, 1.x", tag(#"a\\b"#), #"m,t=a\\b v=1"#).with(dialect: .influx1),
        .written(.dialect, "backslash before a comma, 1.x", tag(#"a\,b"#), #"m,t=a\\,b v=1"#).with(dialect: .influx1),
        .written(.dialect, "newline in a string, 1.x", point(.string("a\nb")), "m v=\"a\nb\"").with(dialect: .influx1),
        .written(
            .dialect, "newline in a string, replaced for VictoriaMetrics", point(.string("a\nb")), #"m v="a\\nb""#
        ).with(dialect: .victoriaMetrics, policy: .replace),
        .written(.dialect, "unsigned, VictoriaMetrics", point(.unsigned(1)), "m v=1u").with(dialect: .victoriaMetrics),
        .written(
            .dialect, "a tag of 4,096 bytes, VictoriaMetrics", tag(String(repeating: "x", count: 4_096)),
            "m,t=\(String(repeating: "x", count: 4_096)) v=1"
        ).with(dialect: .victoriaMetrics),
        .unwritable(
            .dialect, "a tag of 4,097 bytes, VictoriaMetrics", tag(String(repeating: "x", count: 4_097)),
            .tooLong(bytes: 4_097, bytesMax: 4_096), .tagValue
        ).with(dialect: .victoriaMetrics),
        .written(.dialect, "38 tags, VictoriaMetrics", manyTags(38), manyTagsText(38)).with(dialect: .victoriaMetrics),
        .unwritable(
            .dialect, "39 tags, VictoriaMetrics", manyTags(39), .tooManyTags(count: 39, countMax: 38), .series
        ).with(dialect: .victoriaMetrics),
        .written(.dialect, "39 tags, 2.x", manyTags(39), manyTagsText(39)),
        .unwritable(
            .dialect, "time 0, which VictoriaMetrics reads as now", point(time: 0), .timeOutOfRange(nanoseconds: 0),
            .time
        ).with(dialect: .victoriaMetrics),
        .unwritable(
            .dialect, "a time before 1970, VictoriaMetrics", point(time: -1), .timeOutOfRange(nanoseconds: -1), .time
        ).with(dialect: .victoriaMetrics),
        .written(.dialect, "the first time of VictoriaMetrics", point(time: 1), "m v=1 1")
            .with(dialect: .victoriaMetrics),
    ]

    static let batches: [LineCase] = [
        batch("an empty body", "", []), batch("newlines alone", "\n\n", []),
        batch("a comment alone", "# nothing\n", []),
        batch("blanks and a comment", "   \n  # x\n\r\n", []),
        batch("no newline at the end", "m v=1 1\nm v=2 2", [point(time: 1), point(.float(2), time: 2)]),
        batch("a comment before a line", "#k20 v=1 1\nm v=1 2\n", [point(time: 2)]),
        batch("CR LF everywhere", "m v=1 1\r\nm v=1 2\r\n", [point(time: 1), point(time: 2)]),
        batch("one point twice", "m v=1 1\nm v=2 1\n", [point(time: 1), point(.float(2), time: 1)]),
        batch("one field in two types", "m v=1 1\nm v=1i 2\n", [point(time: 1), point(.integer(1), time: 2)]),
        batch(
            "a string over two lines", "m v=\"a\nb\" 1\nm v=1 2\n", [point(.string("a\nb"), time: 1), point(time: 2)]),
        batch(
            "one bad line between good ones", "m v=1 1\nm v=\nm v=1 2\n", [point(time: 1), point(time: 2)],
            [Fault(5, .fieldValueMissing(fieldKey: "v"), line: 2)]),
        batch(
            "three bad lines of five", "m v=1 1\nm v=\nm v=1 2\nm x\nm,t= v=3 3\n", [point(time: 1), point(time: 2)],
            [
                Fault(5, .fieldValueMissing(fieldKey: "v"), line: 2),
                Fault(4, .fieldEqualsMissing(fieldKey: "x", found: 0x0A), line: 4),
                Fault(5, .tagValueMissing(tagKey: "t"), line: 5),
            ]),
        batch(
            "lines behind strings with newlines are counted", "m v=\"a\n\n\" 1\nm v=\n",
            [point(.string("a\n\n"), time: 1)],
            [Fault(5, .fieldValueMissing(fieldKey: "v"), line: 4)]),
        batch(
            "a line that ends behind a comma", "m,\nm v=1 1\n", [point(time: 1)],
            [Fault(3, .tagOrFieldMissing(found: 0x0A))]),
        batch(
            "quotes and the words of an error in a string", "m v=\"it's unable to parse 'x'\" bad\nm v=1 1\n",
            [point(time: 1)], [Fault(32, .badTimestamp(text: "bad"))]),
        batch(
            "a quote that is not closed takes the rest", "m v=1 1\nm v=\"abc 1\nm v=2 2\n", [point(time: 1)],
            [Fault(5, .closingQuoteMissing(fieldKey: "v"), line: 2)]),
        batch(
            "an error behind a newline of its string", "m v=\"a\nb\" bad\n", [],
            [Fault(4, .badTimestamp(text: "bad"), line: 2)]),
        batch(
            "a body that is not text", bytes: [0x78, 0x9C, 0x2B, 0x37, 0x53, 0x28, 0xB3, 0x35, 0x54, 0x30, 0xE4, 0x02],
            [],
            [Fault(2, .invalidUTF8)]),
    ]

    private static func batch(_ name: String, _ input: String, _ points: [Point], _ faults: [Fault] = []) -> LineCase {
        batch(name, bytes: Array(input.utf8), points, faults)
    }

    /// What is read is written as the short lines that all of these have.
    private static func batch(
        _ name: String, bytes: [UInt8], _ points: [Point], _ faults: [Fault]
    ) -> LineCase {
        var one = LineCase(rule: .batch, name: name, input: bytes, points: points, faults: faults)
        guard !points.isEmpty else { return one }
        let lines = points.map { point in
            let value =
                switch point.fields[0].value {
                case .integer(let number): "\(number)i"
                case .string(let text): "\"\(text)\""
                case .float(let number): "\(Int(number))"
                case .unsigned, .boolean: ""
                }
            return "m v=\(value) \(point.time?.nanoseconds ?? 0)\n"
        }
        one.writing = .text(lines.joined())
        return one
    }

    private static func tag(_ value: String) -> Point { point(tags: [Tag("t", value)]) }

    private static func manyTags(_ count: Int) -> Point {
        point(tags: (100..<100 + count).map { Tag("t\($0)", "a") })
    }

    private static func manyTagsText(_ count: Int) -> String {
        "m" + (100..<100 + count).map { ",t\($0)=a" }.joined() + " v=1"
    }
}
