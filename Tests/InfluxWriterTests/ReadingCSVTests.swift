import TestKit
import Testing

@testable import InfluxWriter

@Suite("Annotated CSV")
struct ReadingCSVTests {
    @Test("values come with the types of their columns, whatever their order in a block")
    func types() throws {
        let bytes = csv(
            "#datatype,string,long,dateTime:RFC3339,double,long,unsignedLong,boolean,string,duration,base64Binary",
            "#group,false,false,false,false,false,false,false,true,false,false",
            "#default,_result,,,,,,,,,",
            ",result,table,_time,d,l,u,b,s,span,raw",
            ",,0,2026-01-01T00:00:00.123456789Z,1.5,-9223372036854775808,18446744073709551615,true,x,1h30m,aGk=",
            "",
            "#group,false,false,false,false,true",
            "#datatype,string,long,boolean,dateTime:RFC3339Nano,string",
            "#default,other,,,,",
            ",result,table,b,_time,s",
            ",,3,false,1969-12-31T23:59:59Z,y",
            ",named,3,false,1969-12-31T23:59:59Z,z",
            "")

        let found = try tables(bytes)

        try #require(found.map(\.result) == ["_result", "other", "named"])
        #expect(found.map(\.number) == [0, 3, 3])
        #expect(
            found[0].rows == [
                [
                    time("2026-01-01T00:00:00.123456789Z"), .double(1.5), .long(.min), .unsignedLong(.max),
                    .boolean(true), .string("x"), .duration(.seconds(5_400)), .bytes([0x68, 0x69]),
                ]
            ])
        #expect(found[0].key == ["s": .string("x")])
        #expect(found[1].columns.map(\.name) == ["b", "_time", "s"])
        #expect(found[1].values(of: "_time") == [time("1969-12-31T23:59:59Z")])
        #expect(found[1].values(of: "none") == nil)
        #expect(found[1].isTyped && found[1].columns[2].isInGroupKey)
    }

    @Test("an empty cell takes the default; then it is null, or the empty text in a column of strings")
    func nulls() throws {
        let bytes = csv(
            "#datatype,string,long,double,long,string,string", "#group,false,false,false,false,false,false",
            "#default,_result,7,,4,,std", ",result,table,d,l,s,t", ",,,,,,", ",,,1,2,x,y", "")

        let found = try tables(bytes)

        try #require(found.map(\.number) == [7])
        #expect(
            found[0].rows == [
                [.null, .long(4), .string(""), .string("std")], [.double(1), .long(2), .string("x"), .string("y")],
            ])
    }

    @Test("floats may be not a number, infinite, or 301 digits long")
    func floats() throws {
        let long = "1" + String(repeating: "0", count: 300)
        let bytes = csv(
            "#datatype,string,long,double", "#default,_result,,", ",result,table,v", ",,0,NaN", ",,0,+Inf", ",,0,-Inf",
            ",,0,\(long)", ",,0,-0", ",,0,0.000011721513908187806", ",,0,1e-7", "")

        let values = try #require(try tables(bytes).first?.values(of: "v"))

        try #require(values.count == 7)
        guard case .double(let first) = values[0] else {
            Issue.record("\(values[0])")
            return
        }
        #expect(first.isNaN)
        #expect(
            Array(values[1...])
                == [.infinity, -.infinity, 1e300, 0, 0.000011721513908187806, 1e-7].map { FluxValue.double($0) })
        #expect(values[4] == .double(0) && "\(values[4])".contains("-0"))
    }

    @Test(
        "durations are nanoseconds, or as Flux writes them",
        arguments: [
            ("1h30m", 5_400_000_000_000), ("-5ms", -5_000_000), ("1d1ns", 86_400_000_000_001),
            ("2w", 1_209_600_000_000_000),
            ("3us", 3_000), ("3µs", 3_000), ("1500", 1_500), ("1mo", nil), ("1y", nil), ("h", nil), ("-", nil),
            ("1h-1m", nil),
            ("9223372036854775808", nil), ("106752d", nil),
        ] as [(String, Int64?)])
    func durations(text: String, nanoseconds: Int64?) {
        let value = FluxCell.value(Array(text.utf8)[...], .duration)

        #expect(value == nanoseconds.map { .duration(.nanoseconds($0)) })
    }

    @Test(
        "bytes come as base64",
        arguments: [("", ""), ("aA==", "h"), ("aGk=", "hi"), ("aGl5", "hiy"), ("+/8=", nil)] as [(String, String?)])
    func base64(text: String, content: String?) {
        let decoded = Base64.decode(Array(text.utf8)[...])

        #expect(decoded == (content.map { Array($0.utf8) } ?? [0xFB, 0xFF]))
        for bad in ["a", "aGk", "aGk=aGk=", "aG k", "====", "a===", "aGk\u{E4}"] {
            #expect(Base64.decode(Array(bad.utf8)[...]) == nil, "\(bad)")
        }
    }

    @Test("cells may hold commas, quotes and line breaks; a line break in one is a line feed, as it was written")
    func quoting() throws {
        let bytes = csv(
            "#datatype,string,long,string,string", "#default,_result,,,", ",result,table,\"a,\"\"b\"\"\",c",
            ",,0,\"x,\"\"y\"\"\r\nz\",\"\"", ",,0,\"#no\",\"\n\"", "")

        let table = try #require(try tables(bytes).first)

        #expect(table.columns.map(\.name) == ["a,\"b\"", "c"])
        #expect(
            table.rows == [[.string("x,\"y\"\nz"), .string("")], [.string("#no"), .string("\n")]])
    }

    @Test("lines may end with LF alone")
    func lineEnds() throws {
        let text = "#datatype,string,long,long\n#default,_result,,\n,result,table,v\n,,0,1\n,,0,2\n\n"

        #expect(try tables(Array(text.utf8)).first?.values(of: "v") == [.long(1), .long(2)])
    }

    @Test(
        "an answer that is cut anywhere inside its last block is not taken for the whole",
        arguments: [["#datatype,string,long,double", "#group,false,false,false", "#default,_result,,"], []])
    func cutShort(annotations: [String]) throws {
        let first = csv(",result,table,v", ",a,0,1", "")
        let last = (annotations + [",result,table,v", ",b,0,1.5", ",b,0,12.25", ",b,1,3", ""])
            .map { $0 + "\r\n" }.joined()
        let whole = first + Array(last.utf8)

        #expect(try tables(whole).map(\.rows.count) == [1, 2, 1])
        // A line feed alone is an empty line as well, but no cut makes one.
        for length in (first.count + 1)..<whole.count {
            let error = #expect(throws: FluxReadingError.self, "\(length)") { () throws in
                try tables(Array(whole[..<length]))
            }
            guard case .malformed = error else {
                Issue.record("\(length): \(String(describing: error))")
                continue
            }
        }
        let error = #expect(throws: FluxReadingError.self) { () throws in try tables(whole.dropLast(2)) }
        #expect(error?.description.contains("ends early") == true)
    }

    @Test("an answer without rows has no tables, however many empty lines stand in it")
    func empty() throws {
        #expect(try tables([]).isEmpty)
        #expect(try tables(csv("")).isEmpty)
        #expect(try tables(csv("", "", "")).isEmpty)
    }

    @Test("a table without rows is kept with the key that its defaults hold")
    func emptyTable() throws {
        let bytes = csv(
            "#datatype,string,long,dateTime:RFC3339,double,string", "#group,false,false,true,false,true",
            "#default,_result,2,2026-01-01T00:00:00Z,,USD", ",result,table,_start,_value,currency", "", "",
            "#datatype,string,long,long", "#group,false,false,false", "#default,_result,,", ",result,table,v", "")

        let found = try tables(bytes)

        try #require(found.count == 1)
        #expect(found[0].number == 2 && found[0].rows.isEmpty)
        #expect(found[0].key == ["_start": time("2026-01-01T00:00:00Z"), "currency": .string("USD")])
        #expect(found[0].columns.map(\.type) == [.dateTime, .double, .string])
    }

    @Test("without annotations every value is a string, and the table says so")
    func untyped() throws {
        let bytes = csv(
            ",result,table,_time,_value", ",_result,0,2026-01-01T00:00:00Z,1", ",_result,1,2026-01-01T00:00:00Z,",
            "", ",result,table,x", ",b,0,true", "")

        let found = try tables(bytes)

        try #require(found.map(\.result) == ["_result", "_result", "b"] && found.map(\.number) == [0, 1, 0])
        #expect(found.allSatisfy { !$0.isTyped && $0.key.isEmpty })
        #expect(found[1].rows == [[.string("2026-01-01T00:00:00Z"), .string("")]])
    }

    @Test("the tables in front of an error are given before it is thrown")
    func errorBlock() throws {
        var reader = FluxReader(
            csv(
                "#datatype,string,long,long", "#default,_result,,", ",result,table,v", ",,0,1", "",
                "#datatype,string,string", "#group,true,true", "#default,,", ",error,reference",
                ",\"it broke, \"\"badly\"\"\",897"))

        let first = try reader.next()
        let failure = #expect(throws: FluxReadingError.self) { () throws in try reader.next() }
        let last = try reader.next()

        #expect(first?.values(of: "v") == [.long(1)] && last == nil)
        #expect(failure == .server(message: "it broke, \"badly\"", reference: "897"))
    }

    @Test(
        "an error block without annotations, without its first cell or without a row is an error as well",
        arguments: [
            (csv(",error,reference", ",broken,"), "broken"), (csv("error,reference", "broken,"), "broken"),
            (csv(",error,reference"), "does not say why"), (csv(",error,reference", "", ""), "does not say why"),
            (csv("#datatype,string,string", ",error,reference", ",,"), "does not say why"),
        ])
    func bareErrorBlock(bytes: [UInt8], message: String) {
        #expect {
            try tables(bytes)
        } throws: { error in
            guard case .server(let said, "") = error as? FluxReadingError else { return false }
            return said.contains(message)
        }
    }

    @Test(
        "the JSON of a server that broke is found behind rows and in the middle of one",
        arguments: [",,0,1\r\n", ",,0,1\r\n\r\n", ",,0,", ",,0,\"ab", ",,0", ",,0,\"a\"\"b,\n"])
    func brokenServer(before: String) {
        let json = #"{"code":"internal error","message":"panic: {it} broke"}"# + "\n"
        let head = "#datatype,string,long,string\r\n#default,_result,,\r\n,result,table,v\r\n"

        #expect(throws: FluxReadingError.server(message: "panic: {it} broke", reference: "internal error")) {
            () throws in try tables(Array((head + before + json).utf8))
        }
    }

    @Test(
        "what is no annotated CSV is refused with its line",
        arguments: [
            ("v\n1\n", 1, "header"), ("<html>\n", 1, "header"), ("{\"errors\":[]}\n", 1, "quote"),
            (",result,v\n,a,1\n", 1, "table"), (",table,v\n,0,1\n", 1, "result"),
            ("#datatype,string,long\n,result,table,v\n", 2, "3 cells and the header 4"),
            ("#datatype,string,long,complex\n,result,table,v\n", 2, "complex"),
            ("#datatype,string,long,long\n", 2, "without a header"),
            ("#datatype,string,long,long\n\n,result,table,v\n", 2, "without a header"),
            (",result,table,v\n,a,0,1,2\n", 2, "5 cells"), (",result,table,v\n,a,0\n", 2, "3 cells"),
            (",result,table,v\nx,a,0,1\n", 2, "begins"), (",result,table,v\n,a,x,1\n", 2, "number of the table"),
            ("#datatype,string,long,long\n,result,table,v\n,a,0,1.5\n", 3, "\"v\" holds \"1.5\", which is no long"),
            (",result,table,v\n,a,0,\"x\ny\n", 2, "never closed"),
            (",result,table,v\n,a,0,\"x\"y\n", 2, "closing quote"),
            (",result,table,v\n,a,0,\"1\n2\"\n,a,0,b\"\n", 4, "quote inside"),
            (",result,table,v\n,a,0,b\rc\n", 2, "carriage"),
            (",result,table,v\n,a,0,{\"code\":1}\n", 2, "quote inside"),
            ("," + String(repeating: ",", count: 10_000), 1, "10000"),
        ])
    func malformed(text: String, line: Int, reason: String) {
        #expect {
            try tables(Array(text.utf8))
        } throws: { error in
            guard case .malformed(let at, let why) = error as? FluxReadingError else { return false }
            return at == line && why.contains(reason)
        }
    }

    @Test(
        "a text that is no value of its type is refused",
        arguments: [
            (FluxType.long, ["+1", "1.0", "0x1", "", "9223372036854775808", "1 ", "NaN"]),
            (.unsignedLong, ["-1", "18446744073709551616"]),
            (.double, ["nan", "inf", "0x1p3", "1e999", "1,5", ".", "e", "infinity"]), (.boolean, ["TRUE", "t", "1"]),
            (.dateTime, ["2026-01-01", "2026-01-01T00:00:00", "1767225600", "2300-01-01T00:00:00Z"]),
            (.base64Binary, ["a", "a=b="]),
        ])
    func wrongValues(type: FluxType, texts: [String]) {
        for text in texts where !text.isEmpty {
            #expect(FluxCell.value(Array(text.utf8)[...], type) == nil, "\(type): \(text)")
        }
        #expect(FluxCell.value([], type) == .null)
    }

    @Test("whatever is cut off or changed in an answer, reading it ends, with tables or with an error")
    func damaged() throws {
        let whole = csv(
            "#datatype,string,long,dateTime:RFC3339,double,string", "#group,false,false,false,false,true",
            "#default,_result,,,,", ",result,table,_time,_value,s", ",,0,2026-01-01T00:00:00Z,1.5,\"a,\"\"b\"\"\"",
            ",,1,2026-01-01T00:00:00Z,,c", "", ",error,reference", ",broken,")
        var random = SeededGenerator()
        for length in 0...whole.count { _ = try? tables(Array(whole[..<length])) }
        for _ in 0..<2_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = [
                    UInt8(ascii: "\""), UInt8(ascii: ","), 0x0A, 0x0D, UInt8(ascii: "{"), 0xFF, UInt8(ascii: "#"),
                ]
                .randomElement(using: &random)!
            }
            for table in (try? tables(bytes)) ?? [] {
                #expect(table.rows.allSatisfy { $0.count == table.columns.count }, "seed \(SeededGenerator.seed)")
            }
        }
    }
}
