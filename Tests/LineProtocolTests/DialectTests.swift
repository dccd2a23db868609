import LineProtocol
import Testing

@Suite("Dialects and the policy for texts")
struct DialectTests {
    private let field = [Field("v", .integer(1))]

    /// What is written; nil: refused with `backslashBefore`.
    struct Case: Sendable {
        let raw: String
        let influx: String?
        let victoria: String?
        let keptInflux: String
        let keptVictoria: String
    }

    @Test(
        "a backslash in a tag value is written where the server reads it back",
        arguments: [
            Case(raw: #"a\b"#, influx: #"a\b"#, victoria: #"a\b"#, keptInflux: #"a\b"#, keptVictoria: #"a\b"#),
            Case(
                raw: #"a\"b"#, influx: #"a\"b"#, victoria: #"a\"b"#, keptInflux: #"a\"b"#,
                keptVictoria: #"a\"b"#),
            Case(raw: #"a\\b"#, influx: #"a\\b"#, victoria: nil, keptInflux: #"a\\b"#, keptVictoria: #"a_\b"#),
            Case(
                raw: #"a\,b"#, influx: #"a\\,b"#, victoria: nil, keptInflux: #"a\\,b"#, keptVictoria: #"a_\,b"#),
            Case(
                raw: #"a\ b"#, influx: nil, victoria: nil, keptInflux: #"a_\ b"#, keptVictoria: #"a_\ b"#),
            Case(
                raw: #"a\=b"#, influx: #"a\\=b"#, victoria: nil, keptInflux: #"a\\=b"#, keptVictoria: #"a_\=b"#),
        ])
    func backslashInTag(example: Case) throws {
        let point = Point(measurement: "m", tags: [Tag("t", example.raw)], fields: field)

        for (dialect, plain, replaced) in [
            (Dialect.influx1, example.influx, example.keptInflux),
            (.influx2, example.influx, example.keptInflux),
            (.influx3, example.victoria, example.keptVictoria),
            (.victoriaMetrics, example.victoria, example.keptVictoria),
        ] {
            if let plain {
                #expect(try line(of: point, dialect: dialect) == "m,t=\(plain) v=1i")
            } else if case .backslashBefore = refusal(of: point, dialect: dialect)?.reason {
            } else {
                Issue.record("\(example.raw) is not refused for \(dialect)")
            }
            #expect(try line(of: point, dialect: dialect, text: .replace) == "m,t=\(replaced) v=1i")
        }
    }

    @Test(
        "a backslash in a measurement or field key is written where the server reads it back",
        arguments: [
            (#"a\b"#, true, true), (#"a\\b"#, true, false), (#"a\,b"#, false, false), (#"a\ b"#, false, false),
            (#"a\=b"#, false, false), (#"a\"b"#, false, true),
        ])
    func backslashInNames(raw: String, isInflux: Bool, isVictoria: Bool) {
        for point in [
            Point(measurement: raw, fields: field), Point(measurement: "m", fields: [Field(raw, .integer(1))]),
        ] {
            for dialect in Dialect.allCases {
                let error = refusal(of: point, dialect: dialect)
                let isTaken = dialect == .victoriaMetrics || dialect == .influx3 ? isVictoria : isInflux
                #expect((error == nil) == isTaken, "\(raw) for \(dialect)")
                #expect(refusal(of: point, dialect: dialect, text: .replace) == nil)
            }
        }
    }

    @Test(
        "the replacing policy keeps the frame of a line and counts",
        arguments: [
            ("a\nb", #"a\nb"#), ("a\tb", #"a\tb"#), ("a\rb", #"a\rb"#), ("a\r\nb", #"a\r\nb"#), ("a\u{0}b", "a_b"),
            ("a\u{1B}b\u{7F}", "a_b_"), (#"a\"#, "a"), (#"a\\\"#, "a"), ("a\n", #"a\n"#), ("\n", #"\n"#),
            ("\ta", #"\ta"#), ("a\\\n", #"a\\n"#),
        ])
    func replaced(raw: String, expected: String) throws {
        var encoder = LineEncoder(text: .replace)

        try encoder.append(Point(measurement: raw, tags: [Tag(raw, raw)], fields: [Field(raw, .integer(1))]))

        #expect(
            String(decoding: encoder.copyBytes(), as: UTF8.self)
                == "\(expected),\(expected)=\(expected) \(expected)=1i\n")
        #expect(encoder.counts.replacedTexts == 4)
        #expect(encoder.counts.points == 1)
    }

    @Test("a tag value of which nothing is left is an empty one")
    func nothingLeft() throws {
        var encoder = LineEncoder(text: .replace)

        try encoder.append(Point(measurement: "m", tags: [Tag("t", #"\\"#)], fields: field))

        #expect(String(decoding: encoder.copyBytes(), as: UTF8.self) == "m v=1i\n")
        #expect(encoder.counts.droppedTags == 1)
        #expect(refusal(of: Point(measurement: #"\"#, fields: field), text: .replace)?.reason == .empty)
    }

    @Test("two keys that are replaced by one text are a duplicate")
    func replacedDuplicates() {
        let tags = [Tag("a\n", "1"), Tag(#"a\n"#, "2")]
        let fields = [Field("a\n", .integer(1)), Field(#"a\n"#, .integer(2))]

        #expect(refusal(of: Point(measurement: "m", tags: tags, fields: field), text: .replace)?.reason == .duplicate)
        #expect(refusal(of: Point(measurement: "m", fields: fields), text: .replace)?.reason == .duplicate)
    }

    @Test("a name that is reserved after it was replaced is refused")
    func replacedReserved() {
        #expect(refusal(of: Point(measurement: "\u{1}m", fields: field), text: .replace)?.reason == .reserved)
        #expect(
            refusal(of: Point(measurement: "m", tags: [Tag(#"time\"#, "x")], fields: field), text: .replace)?.reason
                == .reserved)
    }

    @Test("a newline in a string is written for InfluxDB, and refused or replaced for VictoriaMetrics")
    func newlineInString() throws {
        let point = Point(measurement: "m", fields: [Field("s", .string("a\nb\tc\rd\u{0}"))])

        for dialect in [Dialect.influx1, .influx2, .influx3] {
            #expect(try line(of: point, dialect: dialect) == "m s=\"a\nb\tc\rd\u{0}\"")
            #expect(try line(of: point, dialect: dialect, text: .replace) == "m s=\"a\nb\tc\rd\u{0}\"")
        }
        #expect(refusal(of: point, dialect: .victoriaMetrics)?.reason == .controlByte(0x0A))
        #expect(refusal(of: point, dialect: .victoriaMetrics)?.position == .fieldValue)
        #expect(try line(of: point, dialect: .victoriaMetrics, text: .replace) == "m s=\"a\\\\nb\tc\rd\u{0}\"")
        #expect(
            try line(of: Point(measurement: "m", fields: [Field("s", .string("\t"))]), dialect: .victoriaMetrics)
                == "m s=\"\t\"")
    }

    @Test("unsigned values are refused for InfluxDB 1.x")
    func unsigned() throws {
        let point = Point(measurement: "m", fields: [Field("u", .unsigned(.max))])

        #expect(refusal(of: point, dialect: .influx1)?.reason == .unsignedValue)
        #expect(refusal(of: point, dialect: .influx1)?.name == "u")
        #expect(try line(of: point, dialect: .influx2) == "m u=18446744073709551615u")
        #expect(try line(of: point, dialect: .victoriaMetrics) == "m u=18446744073709551615u")
    }

    @Test("VictoriaMetrics gets tag values of at most 4,096 bytes and at most 38 tags")
    func victoriaLimits() {
        func point(bytes: Int) -> Point {
            Point(measurement: "m", tags: [Tag("t", String(repeating: "é", count: bytes / 2))], fields: field)
        }
        func point(tags: Int) -> Point {
            Point(measurement: "m", tags: (0..<tags).map { Tag("t\($0)", "x") }, fields: field)
        }

        #expect(refusal(of: point(bytes: 4_096), dialect: .victoriaMetrics) == nil)
        #expect(
            refusal(of: point(bytes: 4_098), dialect: .victoriaMetrics)?.reason
                == .tooLong(bytes: 4_098, bytesMax: 4_096))
        #expect(refusal(of: point(bytes: 4_098), dialect: .influx2) == nil)
        #expect(refusal(of: point(tags: 38), dialect: .victoriaMetrics) == nil)
        #expect(
            refusal(of: point(tags: 39), dialect: .victoriaMetrics)?.reason == .tooManyTags(count: 39, countMax: 38))
        #expect(refusal(of: point(tags: 39), dialect: .influx1) == nil)
    }

    @Test("a series and a field key stay within the server's key of 65,535 bytes")
    func seriesKeyLimit() {
        // "m,t=" and the value, 4 bytes between, and "v".
        func point(value: Int, key: String = "v") -> Point {
            Point(
                measurement: "m", tags: [Tag("t", String(repeating: "x", count: value))],
                fields: [Field(key, .integer(1))])
        }

        #expect(refusal(of: point(value: 65_526)) == nil)
        #expect(refusal(of: point(value: 65_527))?.position == .fieldKey)
        #expect(refusal(of: point(value: 65_526, key: "vw"))?.reason == .tooLong(bytes: 65_536, bytesMax: 65_535))
        #expect(refusal(of: point(value: 65_532))?.position == .series)
        // Escapes count: a space takes two bytes.
        let spaces = Point(measurement: "m", tags: [Tag("t", String(repeating: " ", count: 32_764))], fields: field)
        #expect(refusal(of: spaces)?.reason == .tooLong(bytes: 65_537, bytesMax: 65_535))
    }

    @Test("a string field has at most 1 MiB")
    func stringLimit() {
        func point(_ bytes: Int) -> Point {
            Point(measurement: "m", fields: [Field("s", .string(String(repeating: "\"", count: bytes)))])
        }

        #expect(refusal(of: point(1_048_576)) == nil)
        #expect(refusal(of: point(1_048_577))?.reason == .tooLong(bytes: 1_048_577, bytesMax: 1_048_576))
    }

    @Test("a series of another dialect is refused")
    func otherDialect() throws {
        let series = try Series(measurement: "m", tags: [Tag("t", #"a\\b"#)], dialect: .influx2)
        var encoder = LineEncoder(dialect: .victoriaMetrics)

        #expect(throws: LineEncodingError.self) { try encoder.append(series, fields: field, time: nil) }

        #expect(encoder.byteCount == 0)
        #expect(encoder.counts.refusedPoints == 1)
    }
}
