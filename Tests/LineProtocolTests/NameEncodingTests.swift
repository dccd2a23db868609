import LineProtocol
import Testing

@Suite("Names and tags")
struct NameEncodingTests {
    private let field = [Field("v", .integer(1))]

    @Test(
        "a tag value keeps what its escapes can carry",
        arguments: [
            ("plain", "plain"), ("a,b", #"a\,b"#), ("a b", #"a\ b"#), ("a=b", #"a\=b"#), (#"a"b"#, #"a"b"#),
            (#"a\b"#, #"a\b"#), (#"a\\b"#, #"a\\b"#), (#"a\,b"#, #"a\\,b"#), ("#a", "#a"),
            (" a ", #"\ a\ "#), ("=", #"\="#), ("日本語", "日本語"), ("e\u{301},\u{301}", "e\u{301}\\,\u{301}"),
            ("=\u{200D}", "\\=\u{200D}"), ("\u{FEFF}x", "\u{FEFF}x"), ("\u{202E}abc", "\u{202E}abc"),
            ("\u{85}", "\u{85}"),
        ])
    func tagValue(raw: String, expected: String) throws {
        let point = Point(measurement: "m", tags: [Tag("t", raw)], fields: field)

        let text = try line(of: point)

        #expect(Array(text.utf8) == Array("m,t=\(expected) v=1i".utf8))
    }

    @Test(
        "a measurement escapes comma and space, and no equals sign",
        arguments: [
            ("m", "m"), ("a,b", #"a\,b"#), ("a b", #"a\ b"#), ("a=b", "a=b"), (#"a"b"#, #"a"b"#), (#"a\b"#, #"a\b"#),
            ("a#b", "a#b"), (" m", #"\ m"#), (#"a\\b"#, #"a\\b"#),
        ])
    func measurement(raw: String, expected: String) throws {
        #expect(try line(of: Point(measurement: raw, fields: field)) == "\(expected) v=1i")
    }

    @Test(
        "tag and field keys escape comma, space and equals sign",
        arguments: [
            ("k", "k"), ("a,b", #"a\,b"#), ("a b", #"a\ b"#), ("a=b", #"a\=b"#), (#"a"b"#, #"a"b"#), ("#", "#"),
        ])
    func keys(raw: String, expected: String) throws {
        let point = Point(measurement: "m", tags: [Tag(raw, "x")], fields: [Field(raw, .integer(1))])

        #expect(try line(of: point) == "m,\(expected)=x \(expected)=1i")
    }

    @Test("tags are sorted by bytes and not by characters")
    func sortedTags() throws {
        let keys = ["é", "e\u{301}", "z", "Z", "a b", "a", "a!", "aa", "\u{1F600}", "\u{FFFD}"]
        let point = Point(measurement: "m", tags: keys.map { Tag($0, "1") }, fields: field)

        let parsed = parseAll(try line(of: point)).lines[0].point

        let expected = keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(parsed.tags.map { Array($0.key.utf8) } == expected.map { Array($0.utf8) })
    }

    @Test("a tag without a value is left out and counted")
    func emptyTag() throws {
        var encoder = LineEncoder()

        try encoder.append(Point(measurement: "m", tags: [Tag("b", ""), Tag("a", "1")], fields: field))
        try encoder.append(try Series(measurement: "m", tags: [Tag("b", ""), Tag("b", "2")]), fields: field, time: nil)

        #expect(String(decoding: encoder.copyBytes(), as: UTF8.self) == "m,a=1 v=1i\nm,b=2 v=1i\n")
        #expect(encoder.counts.droppedTags == 2)
    }

    @Test(
        "a name that a server keeps for itself is refused",
        arguments: [
            "_field", "_measurement", "time", "_value", "_time", "_start", "_stop", "table", "result", "_", "_anything",
        ])
    func reservedTagKeys(key: String) {
        for tags in [[Tag(key, "x")], [Tag("a b", "x"), Tag(key, "x")], [Tag(key, "")]] {
            let error = refusal(of: Point(measurement: "m", tags: tags, fields: field))

            #expect(error?.reason == .reserved)
            #expect(error?.position == .tagKey)
            #expect(error?.name == key)
        }
        #expect(refusal(of: Point(measurement: "m", tags: [Tag("x" + key, "x")], fields: field)) == nil)
    }

    @Test("fields named time or with an underscore, and measurements with one, are refused")
    func reservedNames() {
        for key in ["time", "_", "_field", "_value"] {
            #expect(refusal(of: Point(measurement: "m", fields: [Field(key, .integer(1))]))?.reason == .reserved)
        }
        #expect(refusal(of: Point(measurement: "_m", fields: field))?.reason == .reserved)
        #expect(
            refusal(of: Point(measurement: "time", tags: [Tag("Time", "x"), Tag("v_", "x")], fields: field)) == nil)
        #expect(refusal(of: Point(measurement: "m", fields: [Field("table", .integer(1))])) == nil)
    }

    @Test("empty names are refused")
    func emptyNames() {
        #expect(refusal(of: Point(measurement: "", fields: field))?.position == .measurement)
        #expect(refusal(of: Point(measurement: "m", tags: [Tag("", "x")], fields: field))?.position == .tagKey)
        #expect(refusal(of: Point(measurement: "m", fields: [Field("", .integer(1))]))?.position == .fieldKey)
    }

    @Test("a second tag or field of one name is refused, wherever it stands")
    func duplicates() {
        let twice = [Tag("a", "1"), Tag("b", "2"), Tag("a", "3")]
        let fields = [Field("a", .integer(1)), Field("b", .integer(1)), Field("a", .float(1))]

        #expect(refusal(of: Point(measurement: "m", tags: twice, fields: field))?.reason == .duplicate)
        #expect(refusal(of: Point(measurement: "m", fields: fields))?.reason == .duplicate)
        #expect(refusal(of: Point(measurement: "m", fields: fields))?.name == "a")
    }

    @Test("names that are one text to Unicode and two to a server are two names")
    func canonicalEquivalence() throws {
        let names = ["\u{E9}", "e\u{301}", "K", "\u{212A}"]
        let point = Point(
            measurement: "m", tags: names.map { Tag($0, "x") }, fields: names.map { Field($0, .integer(1)) })

        let parsed = parseAll(try line(of: point)).lines[0].point

        #expect(parsed.tags.count == 4)
        #expect(parsed.fields.map { Array($0.key.utf8) } == names.map { Array($0.utf8) })
        #expect(Tag("\u{E9}", "") != Tag("e\u{301}", ""))
        #expect(Field("k", .string("K")) != Field("k", .string("\u{212A}")))
        #expect(Point(measurement: "K") != Point(measurement: "\u{212A}"))
    }

    @Test("a key is compared byte by byte with the ones seen before")
    func canonicalEquivalenceOverPoints() throws {
        var encoder = LineEncoder()
        for name in ["K", "\u{212A}", "\u{E9}", "e\u{301}", "K"] {
            try encoder.append(Point(measurement: "m", fields: [Field(name, .boolean(true))]))
        }

        let expected = "m K=t\nm \u{212A}=t\nm \u{E9}=t\nm e\u{301}=t\nm K=t\n"
        #expect(encoder.copyBytes() == Array(expected.utf8))
    }

    @Test("control bytes in names and tags are refused", arguments: Array(0..<0x20) + [0x7F])
    func controlBytes(byte: UInt8) {
        let bad = "a\(Character(Unicode.Scalar(byte)))b"
        let points = [
            Point(measurement: bad, fields: field), Point(measurement: "m", tags: [Tag(bad, "x")], fields: field),
            Point(measurement: "m", tags: [Tag("t", bad)], fields: field),
            Point(measurement: "m", fields: [Field(bad, .integer(1))]),
        ]

        for (point, position) in zip(
            points, [.measurement, .tagKey, .tagValue, .fieldKey] as [LineEncodingError.Position])
        {
            let error = refusal(of: point)
            #expect(error?.reason == .controlByte(byte))
            #expect(error?.position == position)
        }
    }

    @Test("CR LF, one character to Swift, is two control bytes here")
    func carriageReturnNewline() {
        #expect(
            refusal(of: Point(measurement: "m", tags: [Tag("t", "a\r\nb")], fields: field))?.reason
                == .controlByte(0x0D))
    }

    @Test("a backslash at the end of a name or tag is refused")
    func trailingBackslash() {
        for text in [#"a\"#, #"a\\"#, #"\"#] {
            for point in [
                Point(measurement: text, fields: field), Point(measurement: "m", tags: [Tag(text, "x")], fields: field),
                Point(measurement: "m", tags: [Tag("t", text)], fields: field),
                Point(measurement: "m", fields: [Field(text, .integer(1))]),
            ] {
                #expect(refusal(of: point)?.reason == .trailingBackslash)
            }
        }
    }

    @Test("a comment mark at the start of a measurement is refused")
    func leadingHash() throws {
        #expect(refusal(of: Point(measurement: "#m", fields: field))?.reason == .leadingHash)
        #expect(refusal(of: Point(measurement: "#m", fields: field), text: .replace)?.reason == .leadingHash)
        #expect(try line(of: Point(measurement: " #m", fields: field)) == #"\ #m v=1i"#)
    }
}
