import LineProtocol
import TestKit
import Testing

@Suite("Values and times")
struct ValueEncodingTests {
    private func text(_ value: FieldValue) throws -> Substring {
        try line(of: Point(measurement: "m", fields: [Field("v", value)])).dropFirst(4)
    }

    @Test(
        "a float has the shortest digits that read back, and no trailing .0",
        arguments: [
            (0, "0"), (-0.0, "-0"), (3, "3"), (-3, "-3"), (45_000, "45000"), (0.1, "0.1"), (61_234.5, "61234.5"),
            (1.0012, "1.0012"), (1e-12, "1e-12"), (0.0001, "0.0001"), (0.00001, "1e-05"), (1e15, "1000000000000000"),
            (1e16, "1e+16"), (9_007_199_254_740_991, "9007199254740991"), (9_007_199_254_740_992, "9007199254740992"),
            (1.7976931348623157e308, "1.7976931348623157e+308"), (.leastNonzeroMagnitude, "5e-324"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1_810_888_785_486, "1810888785486"), (1 / 3, "0.3333333333333333"), (100, "100"), (1e22, "1e+22"),
            (123_456_789.123_456_79, "123456789.12345679"), (4.35, "4.35"), (2.5e-8, "2.5e-08"), (-1234.05, "-1234.05"),
        ] as [(Double, String)])
    func floats(number: Double, expected: String) throws {
        #expect(try text(.float(number)) == expected)
    }

    @Test("a float is the text of the standard library without .0, and reads back to the same bits")
    func floatsLikeTheStandardLibrary() throws {
        var random = SeededGenerator()
        var encoder = LineEncoder()
        var expected = ""
        var numbers: [Double] = []
        for _ in 0..<100_000 {
            let number: Double
            switch random.next() % 6 {
            case 0: number = Double(bitPattern: random.next())
            case 1: number = Double(Int64(bitPattern: random.next()) >> (random.next() % 64))
            case 2: number = (Double(random.next() % 10_000_000) / 100) * (random.next() % 2 == 0 ? 1 : -1)
            case 3: number = Double(random.next() % 1_000_000_000_000) / 100_000_000
            case 4: number = Double.random(in: 0..<2, using: &random)
            default: number = Double(sign: .plus, exponent: Int(random.next() % 120) - 60, significand: 1)
            }
            guard number.isFinite else { continue }
            numbers.append(number)
            let text = number.description
            expected += "m v=\(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)\n"
            try encoder.append(Point(measurement: "m", fields: [Field("v", .float(number))]))
        }

        let bytes = encoder.take()

        #expect(bytes == Array(expected.utf8), "seed \(SeededGenerator.seed)")
        let read = parseAll(bytes).lines.map { $0.point.fields[0].value }
        try #require(read.count == numbers.count)
        for (value, number) in zip(read, numbers) {
            guard case .float(let back) = value, back.bitPattern == number.bitPattern else {
                Issue.record("\(number) came back as \(value), seed \(SeededGenerator.seed)")
                continue
            }
        }
    }

    @Test("neighbours of short decimals and of whole numbers have all their digits")
    func neighbours() throws {
        for number in [61_234.5, 0.1, 1.0012, 45_000, 1e-12, 4.35, 999_999_999_999.99, 1e15, 0.3, 2.5] {
            for neighbour in [number.nextUp, number.nextDown, -number.nextUp] {
                let written = try text(.float(neighbour))
                let library = neighbour.description
                #expect(written == (library.hasSuffix(".0") ? library.dropLast(2) : library[...]))
            }
        }
    }

    @Test(
        "integers, unsigned and booleans",
        arguments: [
            (.integer(0), "0i"), (.integer(-1), "-1i"), (.integer(.max), "9223372036854775807i"),
            (.integer(.min), "-9223372036854775808i"), (.unsigned(0), "0u"), (.unsigned(.max), "18446744073709551615u"),
            (.boolean(true), "t"), (.boolean(false), "f"), (.integer(1_234_567_890), "1234567890i"),
        ] as [(FieldValue, String)])
    func wholeNumbers(value: FieldValue, expected: String) throws {
        #expect(try text(value) == expected)
    }

    @Test(
        "a string escapes quote and backslash and nothing else",
        arguments: [
            ("", #""""#), (#"a"b"#, #""a\"b""#), (#"a\b"#, #""a\\b""#), (#"\"#, #""\\""#), ("a b,c=d", #""a b,c=d""#),
            ("a\tb", "\"a\tb\""), ("\"\u{301}", "\"\\\"\u{301}\""), ("\r\n", "\"\r\n\""), (#"\n"#, #""\\n""#),
        ])
    func strings(raw: String, expected: String) throws {
        #expect(Array(try text(.string(raw)).utf8) == Array(expected.utf8))
    }

    @Test("a field that is not finite is left out and counted, and the point stays")
    func notFinite() throws {
        var encoder = LineEncoder()
        let fields: [Field] = [
            Field("a", .float(.nan)), Field("b", .float(1)), Field("c", .float(.infinity)),
            Field("d", .float(-.infinity)),
            Field("e", .float(.signalingNaN)), Field("f", .integer(1)),
        ]

        try encoder.append(Point(measurement: "m", fields: fields))

        #expect(String(decoding: encoder.copyBytes(), as: UTF8.self) == "m b=1,f=1i\n")
        #expect(encoder.counts.droppedFields == 4)
        #expect(encoder.counts.points == 1)
    }

    @Test("a point without a field, or with none that is finite, is refused and counted")
    func noFields() throws {
        var encoder = LineEncoder()
        try encoder.append(Point(measurement: "m", fields: [Field("v", .integer(1))]))
        let before = encoder.copyBytes()

        for fields in [[], [Field("a", .float(.nan))], [Field("a", .float(.nan)), Field("b", .float(.infinity))]] {
            do throws(LineEncodingError) {
                try encoder.append(Point(measurement: "m", fields: fields, time: someTime))
                Issue.record("a point without a field was written")
            } catch {
                #expect(error.reason == .noFields)
            }
            #expect(encoder.copyBytes() == before)
        }
        #expect(encoder.counts.droppedFields == 3)
        #expect(encoder.counts.refusedPoints == 3)
    }

    @Test(
        "a time is cut down to whole units, before 1970 too",
        arguments: [
            (1_760_000_000_123_456_789, "1760000000123456789", "1760000000123456", "1760000000123", "1760000000"),
            (0, "0", "0", "0", "0"), (-1, "-1", "-1", "-1", "-1"), (999, "999", "0", "0", "0"),
            (-1_000, "-1000", "-1", "-1", "-1"), (-1_001, "-1001", "-2", "-1", "-1"),
            (-1_000_000_000, "-1000000000", "-1000000", "-1000", "-1"),
            (-1_000_000_001, "-1000000001", "-1000001", "-1001", "-2"),
        ] as [(Int64, String, String, String, String)])
    func times(nanoseconds: Int64, ns: String, us: String, ms: String, s: String) throws {
        let point = Point(
            measurement: "m", fields: [Field("v", .integer(1))], time: Timestamp(nanoseconds: nanoseconds))

        for (precision, expected) in zip(Precision.allCases, [ns, us, ms, s]) {
            #expect(try line(of: point, precision: precision) == "m v=1i \(expected)")
        }
    }

    @Test("the first and last time that servers take, and the ones behind them")
    func timeRange() throws {
        func point(_ nanoseconds: Int64) -> Point {
            Point(measurement: "m", fields: [Field("v", .integer(1))], time: Timestamp(nanoseconds: nanoseconds))
        }

        #expect(try line(of: point(9_223_372_036_854_775_806), precision: .nanoseconds) == "m v=1i 9223372036854775806")
        #expect(
            try line(of: point(-9_223_372_036_854_775_806), precision: .nanoseconds) == "m v=1i -9223372036854775806")
        for nanoseconds in [Int64.max, .min, .min + 1] {
            #expect(
                refusal(of: point(nanoseconds), precision: .nanoseconds)?.reason
                    == .timeOutOfRange(nanoseconds: nanoseconds))
        }
        // The whole second below the first time is before it.
        #expect(refusal(of: point(-9_223_372_036_854_775_806), precision: .seconds)?.position == .time)
        #expect(try line(of: point(-9_223_372_036_000_000_000), precision: .seconds) == "m v=1i -9223372036")
        #expect(try line(of: point(9_223_372_036_854_775_806), precision: .seconds) == "m v=1i 9223372036")
    }

    @Test("VictoriaMetrics gets no time at or before 1970")
    func victoriaTimes() throws {
        func point(_ nanoseconds: Int64) -> Point {
            Point(measurement: "m", fields: [Field("v", .integer(1))], time: Timestamp(nanoseconds: nanoseconds))
        }

        #expect(try line(of: point(1_000_000), dialect: .victoriaMetrics) == "m v=1i 1")
        for nanoseconds: Int64 in [999_999, 0, -1] {
            #expect(refusal(of: point(nanoseconds), dialect: .victoriaMetrics)?.position == .time)
        }
    }

    @Test("a count of units becomes a time, or nil where no server takes it")
    func timestampFromUnits() {
        #expect(Timestamp(1_760_000_000_000, precision: .milliseconds) == someTime)
        #expect(Timestamp(-1, precision: .seconds)?.nanoseconds == -1_000_000_000)
        #expect(Timestamp(9_223_372_036, precision: .seconds) != nil)
        #expect(Timestamp(9_223_372_037, precision: .seconds) == nil)
        #expect(Timestamp(-9_223_372_037, precision: .seconds) == nil)
        #expect(Timestamp(.max, precision: .nanoseconds) == nil)
        #expect(Timestamp(.max - 1, precision: .nanoseconds) != nil)
        #expect(Timestamp(.min + 1, precision: .nanoseconds) == nil)
        #expect(Timestamp(.min + 2, precision: .nanoseconds) != nil)
        #expect(Timestamp(nanoseconds: 1) < Timestamp(nanoseconds: 2))
    }

    @Test("a point without a time has a line without one")
    func noTime() throws {
        #expect(try line(of: Point(measurement: "m", fields: [Field("v", .boolean(true))])) == "m v=t")
    }
}
