import LineProtocol
import Testing

@Suite("Reading lines")
struct ParserTests {
    private func point(_ text: String) throws -> Point {
        let (lines, errors) = parseAll(text)
        try #require(errors.isEmpty, "\(errors)")
        try #require(lines.count == 1)
        return lines[0].point
    }

    private func value(_ text: String) throws -> FieldValue {
        try point("m v=\(text)").fields[0].value
    }

    private func error(_ text: String) throws -> LineParsingError {
        let (lines, errors) = parseAll(text)
        #expect(lines.isEmpty)
        return try #require(errors.first, "\(text) was taken")
    }

    @Test("all parts of a line")
    func allParts() throws {
        let parsed = try point(#"some,b=1,a=x\ y  f=1.5,i=-1i,u=1u,t=true,s="h i"  1602841605822791506 "#)

        #expect(
            parsed
                == Point(
                    measurement: "some", tags: [Tag("b", "1"), Tag("a", "x y")],
                    fields: [
                        Field("f", .float(1.5)), Field("i", .integer(-1)), Field("u", .unsigned(1)),
                        Field("t", .boolean(true)), Field("s", .string("h i")),
                    ], time: Timestamp(nanoseconds: 1_602_841_605_822_791_506)))
    }

    @Test("blank lines, comments and blanks around a line are skipped and counted")
    func skipped() throws {
        var parser = LineParser(Array("\n# one, two=\u{E9}\n\r\n   m v=1   \r\n  # x\n#\n n v=2 5\n   \n#end".utf8))

        let first = try #require(try parser.next())
        let second = try #require(try parser.next())

        #expect(first.point.measurement == "m" && first.line == 4)
        #expect(second.point.measurement == "n" && second.line == 7)
        #expect(try parser.next() == nil)
        #expect(try parser.next() == nil)
        #expect(parser.skippedLines == 7)
    }

    @Test(
        "a line ends in a newline, CR LF, the end, or CR and the end",
        arguments: ["m v=1\n", "m v=1\r\n", "m v=1", "m v=1\r", "m v=1 \r\n", "m v=1 7\r", "m v=1 7 ", "m v=\"x\"\r\n"])
    func lineEnds(text: String) throws {
        let (lines, errors) = parseAll(text)

        #expect(lines.count == 1 && errors.isEmpty)
        let trimmed = text.utf8.reversed().drop { [0x20, 0x0A, 0x0D].contains($0) }
        #expect(lines.first?.bytes == 0..<trimmed.count)
    }

    @Test(
        "the range of a line is its bytes without blanks around it and its line end",
        arguments: [
            ("  m v=1 5  \nn v=2", "m v=1 5"), ("m v=\"a\nb\"  \r\nx", "m v=\"a\nb\""), ("\n\nm v=1", "m v=1"),
        ])
    func ranges(text: String, expected: String) throws {
        let bytes = Array(text.utf8)
        var parser = LineParser(bytes)

        let range = try #require(try parser.next()).bytes

        #expect(String(decoding: bytes[range], as: UTF8.self) == expected)
    }

    @Test(
        "numbers that are read",
        arguments: [
            ("1", .float(1)), ("-1", .float(-1)), ("1.5", .float(1.5)), (".5", .float(0.5)), ("5.", .float(5)),
            ("-.5", .float(-0.5)), ("-5.", .float(-5)), ("1e5", .float(1e5)), ("1E-5", .float(1e-5)),
            ("1.e+3", .float(1_000)), (".5e1", .float(5)), ("007.50", .float(7.5)), ("1e+16", .float(1e16)),
            ("1.7976931348623157e308", .float(1.7976931348623157e308)), ("1e-400", .float(0)),
            ("4.9e-324", .float(.leastNonzeroMagnitude)), ("0.30000000000000004", .float(0.1 + 0.2)),
            ("100000000000000000000000", .float(1e23)),
            ("0i", .integer(0)), ("-0i", .integer(0)), ("007i", .integer(7)), ("9223372036854775807i", .integer(.max)),
            ("-9223372036854775808i", .integer(.min)), ("0u", .unsigned(0)), ("18446744073709551615u", .unsigned(.max)),
            ("00u", .unsigned(0)),
        ] as [(String, FieldValue)])
    func numbers(text: String, expected: FieldValue) throws {
        #expect(try value(text) == expected)
    }

    @Test("minus zero keeps its sign")
    func minusZero() throws {
        for text in ["-0", "-0.0", "-.0", "-0e5", "-1e-400"] {
            guard case .float(let number) = try value(text) else { throw Failure() }
            #expect(number == 0 && number.sign == .minus, "\(text)")
        }
    }

    @Test("booleans that are read", arguments: ["t", "T", "true", "True", "TRUE", "f", "F", "false", "False", "FALSE"])
    func booleans(text: String) throws {
        #expect(try value(text) == .boolean(text.lowercased().hasPrefix("t")))
    }

    @Test(
        "values that are not",
        arguments: [
            ("", .fieldValueMissing(fieldKey: "v")), (" 1", .fieldValueMissing(fieldKey: "v")),
            (",w=1", .fieldValueMissing(fieldKey: "v")), ("\n", .fieldValueMissing(fieldKey: "v")),
            ("+1", .unknownValue(fieldKey: "v", text: "+1")), ("NaN", .unknownValue(fieldKey: "v", text: "NaN")),
            ("Inf", .unknownValue(fieldKey: "v", text: "Inf")), ("-Inf", .badFloat(fieldKey: "v", text: "-Inf")),
            ("-nan", .badFloat(fieldKey: "v", text: "-nan")), ("abc", .unknownValue(fieldKey: "v", text: "abc")),
            ("'x'", .unknownValue(fieldKey: "v", text: "'x'")), ("tRue", .badBoolean(fieldKey: "v", text: "tRue")),
            ("tr", .badBoolean(fieldKey: "v", text: "tr")), ("falsee", .badBoolean(fieldKey: "v", text: "falsee")),
            ("0x10", .badFloat(fieldKey: "v", text: "0x10")), ("0x1p4", .badFloat(fieldKey: "v", text: "0x1p4")),
            ("1_000", .badFloat(fieldKey: "v", text: "1_000")), (".", .badFloat(fieldKey: "v", text: ".")),
            ("-", .badFloat(fieldKey: "v", text: "-")), ("1e", .badFloat(fieldKey: "v", text: "1e")),
            ("1e+", .badFloat(fieldKey: "v", text: "1e+")), (".e1", .badFloat(fieldKey: "v", text: ".e1")),
            ("1.2.3", .badFloat(fieldKey: "v", text: "1.2.3")), ("--1", .badFloat(fieldKey: "v", text: "--1")),
            ("1e400", .valueOutOfRange(fieldKey: "v", text: "1e400")), ("2a.0", .badFloat(fieldKey: "v", text: "2a.0")),
            ("1\t", .badFloat(fieldKey: "v", text: "1\t")), ("1.5i", .badInteger(fieldKey: "v", text: "1.5i")),
            ("1e3i", .badInteger(fieldKey: "v", text: "1e3i")), ("-i", .badInteger(fieldKey: "v", text: "-i")),
            (".i", .badInteger(fieldKey: "v", text: ".i")), ("1ii", .badInteger(fieldKey: "v", text: "1ii")),
            ("9223372036854775808i", .valueOutOfRange(fieldKey: "v", text: "9223372036854775808i")),
            ("-9223372036854775809i", .valueOutOfRange(fieldKey: "v", text: "-9223372036854775809i")),
            ("18446744073709551616u", .valueOutOfRange(fieldKey: "v", text: "18446744073709551616u")),
            ("99999999999999999999999i", .valueOutOfRange(fieldKey: "v", text: "99999999999999999999999i")),
            ("-1u", .badUnsigned(fieldKey: "v", text: "-1u")), ("1.u", .badUnsigned(fieldKey: "v", text: "1.u")),
        ] as [(String, LineParsingError.Reason)])
    func badValues(text: String, reason: LineParsingError.Reason) throws {
        let error = try error("m v=\(text)")

        #expect(error.reason == reason)
        #expect(error.line == 1 && error.column == 5)
    }

    @Test(
        "a string keeps everything but the two escapes",
        arguments: [
            (#""""#, ""), (#""a b,c=d""#, "a b,c=d"), (#""a\"b""#, #"a"b"#), (#""a\\b""#, #"a\b"#), (#""\\""#, #"\"#),
            (#""\\\"""#, #"\""#), (#""a\nb\tc""#, #"a\nb\tc"#), (#""\v\,\ ""#, #"\v\,\ "#),
            ("\"a\nb\r\nc\"", "a\nb\r\nc"),
            ("\"\u{0}\t\"", "\u{0}\t"), ("\"\\\n\"", "\\\n"), ("\"é\\\"\u{301}\"", "é\"\u{301}"),
        ])
    func strings(text: String, expected: String) throws {
        #expect(try value(text) == .string(expected))
    }

    @Test(
        "a backslash in a name counts only before what it can escape",
        arguments: [
            (#"a\,b"#, "a,b"), (#"a\ b"#, "a b"), (#"a\=b"#, "a=b"), (#"a\b"#, #"a\b"#), (#"a\\b"#, #"a\\b"#),
            (#"a\\\,b"#, #"a\\,b"#), (#"\,"#, ","), (#"a\"b"#, #"a\"b"#), (#"a\n"#, #"a\n"#), (#"é\ü"#, #"é\ü"#),
        ])
    func names(text: String, expected: String) throws {
        let parsed = try point("m,\(text)=\(text) \(text)=1")

        #expect(parsed.tags == [Tag(expected, expected)])
        #expect(parsed.fields == [Field(expected, .float(1))])
        let measurement = try point("\(text) v=1").measurement
        #expect(measurement == (expected == "a=b" ? #"a\=b"# : expected))
    }

    @Test("a measurement may hold quotes and equals signs, names begin with anything printable")
    func oddNames() throws {
        #expect(try point("a=b\"c v=1").measurement == "a=b\"c")
        #expect(try point("\u{FEFF}m v=1").measurement == "\u{FEFF}m")
        #expect(try point("_m,_t=a,time=b _v=1,time=2").tags.count == 2)
        #expect(try point("\\#m v=1").measurement == "\\#m")
        #expect(try point("m,a=1,a=2 v=1,v=2").fields.count == 2)
        #expect(try point("m,t=\"x\" v=1").tags[0].value == "\"x\"")
        #expect(try point(#"m\ v=1 v=1"#).measurement == "m v=1")
    }

    @Test(
        "lines that are not, and where they go wrong",
        arguments: [
            ("m", 2, .tagOrFieldMissing(found: nil)), ("m\n", 2, .tagOrFieldMissing(found: 0x0A)),
            ("m ", 3, .fieldKeyMissing(found: nil)), ("m \n", 3, .fieldKeyMissing(found: 0x0A)),
            (",t=a v=1", 1, .measurementMissing(found: 0x2C)), ("\tm v=1", 1, .measurementMissing(found: 9)),
            ("\u{0}m v=1", 1, .measurementMissing(found: 0)), ("\rm v=1", 1, .measurementMissing(found: 0x0D)),
            ("m\tv=1", 2, .tagOrFieldMissing(found: 9)), ("m,", 3, .tagOrFieldMissing(found: nil)),
            ("m, t=a v=1", 3, .tagOrFieldMissing(found: 0x20)), ("m,\nv=1", 3, .tagOrFieldMissing(found: 0x0A)),
            ("m,=a v=1", 3, .tagKeyMissing), ("m,t v=1", 4, .tagEqualsMissing(tagKey: "t", found: 0x20)),
            ("m,t", 4, .tagEqualsMissing(tagKey: "t", found: nil)),
            ("m,t,u=1 v=1", 4, .tagEqualsMissing(tagKey: "t", found: 0x2C)),
            ("m,t= v=1", 5, .tagValueMissing(tagKey: "t")), ("m,t=,u=a v=1", 5, .tagValueMissing(tagKey: "t")),
            ("m,t=", 5, .tagValueMissing(tagKey: "t")), ("m,t=a=b v=1", 6, .tagOrFieldMissing(found: 0x3D)),
            ("m,t=a\tb v=1", 6, .tagOrFieldMissing(found: 9)), ("m,t=a", 6, .tagOrFieldMissing(found: nil)),
            ("m,t=a, v=1", 7, .tagOrFieldMissing(found: 0x20)), ("m,t=a,,u=1 v=1", 7, .tagOrFieldMissing(found: 0x2C)),
            (#"m,t=a\ v=1"#, 9, .tagOrFieldMissing(found: 0x3D)), (#"m,t=a\"#, 7, .tagOrFieldMissing(found: nil)),
            ("m v", 4, .fieldEqualsMissing(fieldKey: "v", found: nil)),
            ("m v w=1", 4, .fieldEqualsMissing(fieldKey: "v", found: 0x20)), ("m =1", 3, .fieldKeyMissing(found: 0x3D)),
            ("m v=1,", 7, .fieldKeyMissing(found: nil)), ("m v=1, w=2", 7, .fieldKeyMissing(found: 0x20)),
            ("m v=1,,w=2", 7, .fieldKeyMissing(found: 0x2C)), ("m ,v=1", 3, .fieldKeyMissing(found: 0x2C)),
            ("m v\u{1}=1", 4, .fieldEqualsMissing(fieldKey: "v", found: 1)),
            (#"m v="a"b"#, 8, .textAfterString(fieldKey: "v", found: 0x62)),
            ("m v=\"a", 5, .closingQuoteMissing(fieldKey: "v")), (#"m v="a\""#, 5, .closingQuoteMissing(fieldKey: "v")),
            ("m v=1 x", 7, .badTimestamp(text: "x")), ("m v=1 1.5", 7, .badTimestamp(text: "1.5")),
            ("m v=1 1-2", 7, .badTimestamp(text: "1-2")), ("m v=1 -", 7, .badTimestamp(text: "-")),
            ("m v=1 +1", 7, .badTimestamp(text: "+1")), ("m v=1\t1", 5, .badFloat(fieldKey: "v", text: "1\t1")),
            ("m v=t 1\t", 7, .badTimestamp(text: "1\t")), ("m v=1 1 2", 9, .textAfterPoint(text: "2")),
            ("m v=1 1\rx", 8, .textAfterPoint(text: "\rx")), ("m v=1\rx", 6, .textAfterPoint(text: "\rx")),
            ("m v=1 9223372036854775808", 7, .timestampOutOfRange(text: "9223372036854775808")),
            ("m v=1 9223372036854775807", 7, .timestampOutOfRange(text: "9223372036854775807")),
            ("m v=1 -9223372036854775807", 7, .timestampOutOfRange(text: "-9223372036854775807")),
            ("# a\tb", 4, .controlByteInComment(9)), ("  # a\rb", 6, .controlByteInComment(0x0D)),
        ] as [(String, Int, LineParsingError.Reason)])
    func badLines(text: String, column: Int, reason: LineParsingError.Reason) throws {
        let error = try error(text)

        #expect(error.reason == reason)
        #expect(error.line == 1)
        #expect(error.column == column)
    }

    @Test(
        "bytes that are not UTF-8 are refused where they stand",
        arguments: [
            ([0x6D, 0xFF, 0x20, 0x76, 0x3D, 0x31], 2),
            ([0x6D, 0x2C, 0x74, 0x3D, 0x61, 0xC3, 0x20, 0x76, 0x3D, 0x31], 6),
            ([0x6D, 0x20, 0x76, 0x3D, 0x22, 0xC3, 0xA9, 0xE2, 0x82, 0x22], 8),
            ([0x6D, 0x20, 0xED, 0xA0, 0x80, 0x3D, 0x31], 3),
            ([0x6D, 0x20, 0x76, 0x3D, 0x22, 0x5C, 0x22, 0xC0, 0x80, 0x22], 8),
        ] as [([UInt8], Int)])
    func invalidUTF8(bytes: [UInt8], column: Int) throws {
        let (lines, errors) = parseAll(bytes)

        #expect(lines.isEmpty && errors.count == 1)
        #expect(errors.first?.reason == .invalidUTF8)
        #expect(errors.first?.column == column)
    }

    @Test("times are read in the unit asked for")
    func precision() throws {
        for (precision, text) in zip(
            Precision.allCases, ["1760000000000000000", "1760000000000000", "1760000000000", "1760000000"])
        {
            let lines = parseAll("m v=1 \(text)", precision: precision).lines
            #expect(lines.first?.point.time == someTime)
        }
        #expect(parseAll("m v=1 9223372037", precision: .seconds).errors.count == 1)
        #expect(parseAll("m v=1 -9223372036", precision: .seconds).errors.isEmpty)
    }

    @Test("after an error the next line is read, and errors count lines and bytes")
    func recovery() throws {
        let text = "a v=1\nb v=é\n\nc v=2\r\nd v=\"x\ny\",w=z\ne v=3\nf,t= v=1\r\n"

        let (lines, errors) = parseAll(text)

        #expect(lines.map(\.point.measurement) == ["a", "c", "e"])
        #expect(lines.map(\.line) == [1, 4, 7])
        #expect(errors.map { "\($0.line):\($0.column)" } == ["2:5", "6:6", "8:5"])
        let skipped = errors.map { String(decoding: Array(text.utf8)[$0.bytes], as: UTF8.self) }
        #expect(skipped == ["b v=é", "d v=\"x\ny\",w=z", "f,t= v=1"])
    }

    @Test("a string without its closing quote takes the rest with it")
    func unclosedString() throws {
        let (lines, errors) = parseAll("a v=1\nb v=\"x\nc v=2\nd v=3\n")

        #expect(lines.count == 1)
        #expect(errors.map(\.description) == [#"2:5: string of field "v" has no closing quote"#])
        #expect(errors.first?.bytes == 6..<25)
    }

    @Test("the number of the first line can be given")
    func firstLine() throws {
        var parser = LineParser(Array("a v=1\nb v=\n".utf8), firstLine: 41)

        #expect(try parser.next()?.line == 41)
        #expect(parser.line == 42)
        let error = #expect(throws: LineParsingError.self) { try parser.next() }
        #expect(error?.line == 42)
        #expect(error?.message == #"field "v" has no value"#)
        #expect(error?.description == #"42:5: field "v" has no value"#)
    }

    @Test("an error keeps little of a long line")
    func longTexts() throws {
        let text = try error("m v=\(String(repeating: "x", count: 100_000))").message

        #expect(text.utf8.count < 200)
    }

    private struct Failure: Error {}
}
