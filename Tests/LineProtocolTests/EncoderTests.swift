import LineProtocol
import Testing

@Suite("The encoder and its buffer")
struct EncoderTests {
    @Test("the lines that users' queries rely on come out byte for byte")
    func compatibilityLines() throws {
        let lines = [
            """
            cryptocurrency_data,code=BTC,currency=USD,name=Bitcoin delta_1h=1.0012,delta_24h=0.987,\
            market_cap=1200000000000,rank=1i,rate=61234.5,volume=23100393182 1760000000000
            """,
            """
            exchange_data,code=BINANCE,currency=USD,name=Binance record_count=1i,visitors=779440i,volume=27523372418,\
            volume_per_visitor=35311.7 1760000000000
            """,
            """
            market_overview,currency=USD btc_dominance=0.5932,record_count=1i,total_liquidity=3934498354,\
            total_market_cap=1810888785486,total_volume=70194520152 1760000000000
            """,
        ]
        var encoder = LineEncoder(precision: .milliseconds)

        try encoder.append(
            Point(
                measurement: "cryptocurrency_data",
                tags: [Tag("name", "Bitcoin"), Tag("code", "BTC"), Tag("currency", "USD")],
                fields: [
                    Field("delta_1h", .float(1.0012)), Field("delta_24h", .float(0.987)),
                    Field("market_cap", .float(1.2e12)),
                    Field("rank", .integer(1)), Field("rate", .float(61_234.5)),
                    Field("volume", .float(23_100_393_182)),
                ], time: someTime))
        try encoder.append(
            Point(
                measurement: "exchange_data",
                tags: [Tag("code", "BINANCE"), Tag("name", "Binance"), Tag("currency", "USD")],
                fields: [
                    Field("record_count", .integer(1)), Field("visitors", .integer(779_440)),
                    Field("volume", .float(27_523_372_418)), Field("volume_per_visitor", .float(35_311.7)),
                ], time: someTime))
        try encoder.append(
            Point(
                measurement: "market_overview", tags: [Tag("currency", "USD")],
                fields: [
                    Field("btc_dominance", .float(0.5932)), Field("record_count", .integer(1)),
                    Field("total_liquidity", .float(3_934_498_354)),
                    Field("total_market_cap", .float(1_810_888_785_486)),
                    Field("total_volume", .float(70_194_520_152)),
                ], time: someTime))

        #expect(encoder.lineCount == 3)
        #expect(String(decoding: encoder.take(), as: UTF8.self) == lines.joined(separator: "\n") + "\n")
    }

    @Test("a line is the same with a series and with a point")
    func seriesAndPoint() throws {
        let point = Point(
            measurement: "a b", tags: [Tag("z", "1"), Tag("a=", "x,y"), Tag("e", "")],
            fields: [Field("f", .float(0.5)), Field("g h", .string("s"))], time: someTime)
        var first = LineEncoder()
        var second = LineEncoder()
        let series = try Series(measurement: point.measurement, tags: point.tags)

        for _ in 0..<2 {
            try first.append(point)
            try second.append(series, fields: point.fields, time: point.time)
        }

        #expect(first.copyBytes() == second.copyBytes())
        #expect(first.counts == second.counts)
        #expect(series.text == #"a\ b,a\==x\,y,z=1"#)
        #expect(try Series(measurement: "a b", tags: [Tag("a=", "x,y"), Tag("z", "1")]) == series)
    }

    @Test("a bad point leaves the buffer as it was", arguments: 0..<9)
    func badPoint(kind: Int) throws {
        let good = Point(measurement: "m", tags: [Tag("t", "x")], fields: [Field("v", .float(1.5))], time: someTime)
        var bad = good
        switch kind {
        case 0: bad.measurement = "a\nb"
        case 1: bad.tags.append(Tag("u", #"x\"#))
        case 2: bad.fields.append(Field("v", .float(2)))
        case 3: bad.fields.append(Field("time", .float(2)))
        case 4: bad.fields.append(Field("a\u{0}", .float(2)))
        case 5: bad.time = Timestamp(nanoseconds: .max)
        case 6: bad.fields = []
        case 7: bad.fields.append(Field("s", .string(String(repeating: "x", count: (1 << 20) + 1))))
        default: bad.fields.append(Field(String(repeating: "k", count: 65_530), .integer(1)))
        }
        var encoder = LineEncoder()
        try encoder.append(good)
        let before = encoder.copyBytes()

        #expect(throws: LineEncodingError.self) { try encoder.append(bad) }
        #expect(encoder.copyBytes() == before)
        #expect(encoder.lineCount == 1)
        if let series = try? Series(measurement: bad.measurement, tags: bad.tags) {
            #expect(throws: LineEncodingError.self) { try encoder.append(series, fields: bad.fields, time: bad.time) }
            #expect(encoder.copyBytes() == before)
            #expect(encoder.counts.refusedPoints == 2)
        }
        try encoder.append(good)
        #expect(encoder.copyBytes() == before + before)
        #expect(encoder.counts.points == 2)
    }

    @Test("taking hands out the bytes and empties; removing keeps nothing; counts stay")
    func takeAndRemove() throws {
        var encoder = LineEncoder(reserving: 16)
        let point = Point(measurement: "m", fields: [Field("v", .integer(1))])
        try encoder.append(point)

        #expect(encoder.byteCount == 7)
        #expect(encoder.take() == Array("m v=1i\n".utf8))
        #expect(encoder.byteCount == 0 && encoder.lineCount == 0)

        try encoder.append(point)
        encoder.removeAll()
        #expect(encoder.copyBytes().isEmpty && encoder.lineCount == 0)

        try encoder.append(point)
        #expect(encoder.take() == Array("m v=1i\n".utf8))
        #expect(encoder.counts.points == 3)
    }

    @Test("fields may come in another order, be fewer or be new, and are written as they come")
    func changingFields() throws {
        var encoder = LineEncoder()
        let orders = ["abc", "ac", "cba", "b", "xabyc", "cxya", "abc", "é\u{FE0F}"]

        for order in orders {
            try encoder.append(Point(measurement: "m", fields: order.map { Field(String($0), .boolean(true)) }))
        }

        let expected = orders.map { order in "m " + order.map { "\($0)=t" }.joined(separator: ",") + "\n" }.joined()
        #expect(String(decoding: encoder.copyBytes(), as: UTF8.self) == expected)
    }

    @Test("a point of very many fields, and ever new ones, are written and checked")
    func manyFields() throws {
        var encoder = LineEncoder()
        for start in [0, 1_500, 3_000, 0] {
            let fields = (start..<start + 2_000).map { Field("f\($0)", .integer(Int64($0))) }
            try encoder.append(Point(measurement: "m", fields: fields))
            #expect(throws: LineEncodingError.self) {
                try encoder.append(Point(measurement: "m", fields: fields + [fields[7]]))
            }
        }

        let lines = parseAll(encoder.take()).lines
        #expect(lines.map(\.point.fields.count) == [2_000, 2_000, 2_000, 2_000])
        #expect(lines[1].point.fields[3] == Field("f1503", .integer(1_503)))
    }

    @Test("errors say what, where and which")
    func descriptions() {
        let field = [Field("v", .integer(1))]
        for (point, text) in [
            (Point(measurement: "a\u{7}", fields: field), #"measurement "a\x07": holds the control byte 0x07"#),
            (
                Point(measurement: "m", tags: [Tag("t", #"a\"#)], fields: field),
                #"value of tag "t": ends in a backslash"#
            ),
            (Point(measurement: "m", tags: [Tag("time", "a")], fields: field), #"tag key "time": is a reserved name"#),
            (Point(measurement: "m"), "point: has no field with a finite value"),
            (Point(measurement: "m", fields: [Field("", .integer(1))]), "field key: is empty"),
            (
                Point(measurement: "m", fields: field, time: Timestamp(nanoseconds: .max)),
                "time: 9223372036854775807 ns is outside the range that the server takes"
            ),
        ] {
            #expect(refusal(of: point)?.description == text)
        }
    }

    @Test("a message has nothing in it that a log could not show as it is")
    func hiddenCharacters() {
        for (name, shown) in [
            ("a\u{9B}31m", #"a\u{9B}31m"#), ("a\u{85}b", #"a\u{85}b"#), ("a\u{202E}b", #"a\u{202E}b"#),
            ("a\u{2028}b", #"a\u{2028}b"#), ("\u{2066}\u{1B}[2J", #"\u{2066}\x1B[2J"#), ("\u{FEFF}", #"\u{FEFF}"#),
            ("é\u{A0}\u{1F469}\u{200D}\u{1F467}", "é\u{A0}\u{1F469}\u{200D}\u{1F467}"),
        ] {
            let point = Point(measurement: "m", fields: [Field(name, .integer(1)), Field(name, .integer(2))])
            var parser = LineParser(Array("m \(name)=".utf8))
            let error = #expect(throws: LineParsingError.self) { try parser.next() }

            if !shown.contains(#"\x"#) {
                #expect(refusal(of: point)?.description == "field key \"\(shown)\": appears twice")
                #expect(error?.message == "field \"\(shown)\" has no value")
            }
            let tag = Point(measurement: "m", tags: [Tag(name + "\n", "a")], fields: [Field("f", .integer(1))])
            #expect(refusal(of: tag)?.description.hasPrefix("tag key \"\(shown)\\x0A\": ") == true)
        }
    }

    @Test("any size of the buffer can be asked for", arguments: [Int.min, -1, 0, 1 << 40, .max])
    func anyReservation(bytes: Int) throws {
        var encoder = LineEncoder(reserving: bytes)

        try encoder.append(Point(measurement: "m", fields: [Field("v", .integer(1))]))
        #expect(encoder.take() == Array("m v=1i\n".utf8))
        #expect(encoder.byteCount == 0)
    }

    @Test("a long name is cut in a message")
    func longName() {
        let name = String(repeating: "é", count: 100) + "\n"

        let text = refusal(of: Point(measurement: name, fields: []))?.description ?? ""

        #expect(text == "measurement \"\(String(repeating: "é", count: 20))\"…: holds the control byte 0x0A")
    }
}
