import LineProtocol
import Testing

/// After the source of InfluxDB 3 (`influxdb_line_protocol`), as it reads a name: a backslash and a comma, an equals
/// sign, a blank or another backslash are that byte, any other backslash is itself, and none may stand at the end.
@Suite("The dialect of InfluxDB 3")
struct InfluxDB3DialectTests {
    /// A name or tag text as that server reads it; nil where it refuses the line.
    private func read(_ text: some Collection<UInt8>) -> [UInt8]? {
        var out: [UInt8] = []
        var rest = Array(text)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            guard let next = rest.first else { return nil }
            if [UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: " "), byte].contains(next) {
                out.append(next)
                rest.removeFirst()
            } else {
                out.append(byte)
            }
        }
        return out
    }

    /// Every text of up to four of the bytes that matter.
    private static let texts: [String] = {
        let letters = ["a", #"\"#, ",", "=", " ", "\"", "#"]
        var texts = letters
        var longest = letters
        for _ in 0..<3 {
            longest = longest.flatMap { text in letters.map { text + $0 } }
            texts += longest
        }
        return texts
    }()

    @Test("what is written of a tag is read back as it was, and everything else is refused")
    func tags() throws {
        var written = 0
        for text in Self.texts {
            let point = Point(measurement: "m", tags: [Tag("t", text)], fields: [Field("v", .integer(1))])
            guard refusal(of: point, dialect: .influx3) == nil else { continue }
            written += 1
            let line = try line(of: point, dialect: .influx3)
            #expect(read(line.utf8.dropFirst("m,t=".count).dropLast(" v=1i".count)) == Array(text.utf8), "\(text)")
        }
        #expect(Self.texts.count == 2_800 && written > 1_200, "\(written)")
    }

    @Test("what is written of a measurement or field key is read back as it was")
    func names() throws {
        for text in Self.texts {
            let measurement = Point(measurement: text, fields: [Field("v", .integer(1))])
            if refusal(of: measurement, dialect: .influx3) == nil {
                let line = try line(of: measurement, dialect: .influx3)
                #expect(read(line.utf8.dropLast(" v=1i".count)) == Array(text.utf8), "\(text)")
            }
            let key = Point(measurement: "m", fields: [Field(text, .integer(1))])
            if refusal(of: key, dialect: .influx3) == nil {
                let line = try line(of: key, dialect: .influx3)
                #expect(read(line.utf8.dropFirst("m ".count).dropLast("=1i".count)) == Array(text.utf8), "\(text)")
            }
        }
    }

    @Test("a replaced text is read back as it is written", arguments: [#"a\\b"#, #"a\,b"#, #"a\"#, #"\ \=\\\"#])
    func replaced(text: String) throws {
        let point = Point(measurement: "m", tags: [Tag("t", text)], fields: [Field("v", .integer(1))])

        #expect(refusal(of: point, dialect: .influx3) != nil)
        let written = try line(of: point, dialect: .influx3, text: .replace)

        let value = try #require(read(written.utf8.dropFirst("m,t=".count).dropLast(" v=1i".count)))
        #expect(value.count >= 1 && !String(decoding: value, as: UTF8.self).hasSuffix("\\"))
        let again = Point(
            measurement: "m", tags: [Tag("t", String(decoding: value, as: UTF8.self))],
            fields: [Field("v", .integer(1))])
        #expect(try line(of: again, dialect: .influx3) == written)
    }

    @Test("unsigned values, newlines in strings and times before 1970 are written, many and long tags too")
    func taken() throws {
        let tags = (0..<60).map { Tag("t\($0)", String(repeating: "x", count: 500)) }
        let point = Point(
            measurement: "m", tags: tags, fields: [Field("u", .unsigned(.max)), Field("s", .string("a\nb"))],
            time: Timestamp(nanoseconds: -1_000_000))

        let line = try line(of: point, dialect: .influx3)

        #expect(line.hasSuffix(" u=18446744073709551615u,s=\"a\nb\" -1"))
    }

    @Test("the time has no second place: neither as a field nor as a tag")
    func time() {
        let field = Point(measurement: "m", fields: [Field("time", .integer(1))])
        let tag = Point(measurement: "m", tags: [Tag("time", "x")], fields: [Field("v", .integer(1))])

        #expect(refusal(of: field, dialect: .influx3)?.reason == .reserved)
        #expect(refusal(of: tag, dialect: .influx3)?.reason == .reserved)
    }

    @Test("every float has digits on both sides of its point, or no point")
    func floats() throws {
        for value in [0.5, 5, -0.25, 1e16, 1e-7, .leastNonzeroMagnitude, 1.7976931348623157e308, 123_456_789.125] {
            let line = try line(of: Point(measurement: "m", fields: [Field("v", .float(value))]), dialect: .influx3)
            let text = String(line.dropFirst("m v=".count))
            #expect(text.firstMatch(of: /^-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$/) != nil, "\(text)")
            #expect(Double(text) == value)
        }
    }
}
