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

    @Test("the greatest number of a line is not counted beyond")
    func greatestLine() throws {
        var parser = LineParser(Array("# c\n\na v=\"\n\n\",b=1\nb v=\n".utf8), firstLine: .max - 2)

        #expect(try parser.next()?.line == .max)
        #expect(parser.line == .max)
        let error = #expect(throws: LineParsingError.self) { try parser.next() }
        #expect(error?.line == .max && error?.column == 5)
        #expect(try parser.next() == nil)
    }

    @Test("an error keeps little of a long line")
    func longTexts() throws {
        let text = try error("m v=\(String(repeating: "x", count: 100_000))").message

        #expect(text.utf8.count < 200)
    }
}
