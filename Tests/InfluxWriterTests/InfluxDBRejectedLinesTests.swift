import CoinlineCompression
import Testing

@testable import InfluxWriter

@Suite("InfluxDB: lines that a refusal names")
struct InfluxDBRejectedLinesTests {
    private func parse(_ text: String, delivered: String? = nil, isCut: Bool = false) throws -> [RejectedLine] {
        var gzip = try Gzip()
        let body = try delivered.map { try gzip.compress(Array($0.utf8)) }
        return RejectedLines.parse(text, isCut: isCut, delivered: body, hiding: [])
    }

    private func line(_ text: String, _ number: Int?, _ reason: String) -> RejectedLine {
        RejectedLine(line: text, number: number, reason: reason)
    }

    @Test("each named line has its text, its reason and its number")
    func several() throws {
        let delivered = "b v=1 1\nb v=\nb v=2 2\nb x\nb,t= v=3 3\n"
        let text = """
            unable to parse 'b v=': missing field value
            unable to parse 'b x': invalid field format
            unable to parse 'b,t= v=3 3': missing tag value
            """

        #expect(
            try parse(text, delivered: delivered) == [
                line("b v=", 2, "missing field value"), line("b x", 4, "invalid field format"),
                line("b,t= v=3 3", 5, "missing tag value"),
            ])
    }

    @Test("quotes, line feeds and the server's own words within a line do not confuse")
    func hostile() throws {
        let string = "m v=\"it's\nunable to parse 'm x': bad\" oops"
        let delivered = "m v=\"fine\nunable to parse 'x': y\" 1\n\(string)\nm,t=\"q v=2 2\nm x\n"
        let text = "unable to parse '\(string)': bad timestamp\nunable to parse 'm x': invalid field format"

        #expect(
            try parse(text, delivered: delivered) == [
                line("m v=\"it's·unable to parse 'm x': bad\" oops", 2, "bad timestamp"),
                line("m x", 4, "invalid field format"),
            ])
    }

    @Test("where a line looks like two entries no number is given, or a good line could be taken for a bad one")
    func ambiguous() throws {
        let bad = "m v=\"x': y\nunable to parse 'm z\" oops"
        let text = "unable to parse '\(bad)': bad timestamp\nunable to parse 'm x': invalid field format"

        let lines = try parse(text, delivered: "\(bad)\nm x\n")

        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.number == nil })
    }

    @Test("an entry that goes on behind a line feed is put together again")
    func lineFeed() throws {
        let bad = "m v=\"abc 1\nunable to parse 'g v=2 2"

        #expect(
            try parse("unable to parse '\(bad)': unbalanced quotes", delivered: "x v=1 1\n\(bad)\n") == [
                line("m v=\"abc 1·unable to parse 'g v=2 2", 2, "unbalanced quotes")
            ])
    }

    @Test("a line that is refused twice gets both its numbers")
    func repeated() throws {
        let text = "unable to parse 'b x': bad\nunable to parse 'b x': bad"

        #expect(try parse(text, delivered: "b x\nb v=1 1\nb x\nb x\n").map(\.number) == [1, 3])
    }

    @Test("lines that begin alike are told apart by all their bytes")
    func alike() throws {
        let start = "m v=\"" + String(repeating: "x", count: 300)
        let delivered = "\(start)\" 1\n\(start)\" bad\n"

        #expect(try parse("unable to parse '\(start)\" bad': bad timestamp", delivered: delivered).map(\.number) == [2])
    }

    @Test("comments and blank lines have no number, and blanks before a line do not count")
    func unnumbered() throws {
        #expect(try parse("unable to parse 'b x': bad", delivered: "# c\n\n  \n \tb x\n").map(\.number) == [1])
    }

    @Test("damaged UTF-8 and control bytes are found again as a server repeats them")
    func damaged() throws {
        var gzip = try Gzip()
        let body = try gzip.compress(Array("m v=1 1\nm,t=".utf8) + [0xFF, 0x01] + Array(" x\n".utf8))

        let lines = RejectedLines.parse(
            "unable to parse 'm,t=\u{FFFD}\u{1} x': bad", isCut: false, delivered: body, hiding: [])

        #expect(lines == [line("m,t=\u{FFFD}· x", 2, "bad")])
    }

    @Test("a carriage return stays with its line")
    func carriageReturn() throws {
        let text = "unable to parse 'k v=1 1\r': bad timestamp\nunable to parse 'k v=2 2\r': bad timestamp"

        #expect(try parse(text, delivered: "k v=1 1\r\nk v=2 2\r\n").map(\.number) == [1, 2])
    }

    @Test("the count at the end of a partial write is no part of a reason")
    func partial() throws {
        let text =
            "partial write: unable to parse 'a v= 2': missing field value\n"
            + "unable to parse 'b x': invalid field format dropped=0"

        #expect(
            try parse(text, delivered: "a v=1 1\na v= 2\nb x\n") == [
                line("a v= 2", 2, "missing field value"), line("b x", 3, "invalid field format"),
            ])
    }

    @Test("of a text that was cut the whole entries count, and a single line that is cut is still found")
    func cut() throws {
        let whole = "unable to parse 'b x': bad\nunable to parse 'b y': bad\nunable to pa"
        let long = "b5,t=" + String(repeating: "x", count: 1_000)

        #expect(try parse(whole, delivered: "b x\nb y\nb z\n", isCut: true).map(\.number) == [1, 2])
        #expect(
            try parse("unable to parse 'b x': bad\nunable to parse 'b y", delivered: "b x\nb y\n", isCut: true).map(
                \.number)
                == [1])
        let prefix = try parse(
            "unable to parse '" + long.prefix(500), delivered: "b v=1 1\n\(long) v=x 2\n", isCut: true)
        #expect(prefix.map(\.number) == [2])
        #expect(prefix.first?.line.hasPrefix("b5,t=xxx") == true)
    }

    @Test("a body that is not gzip leaves the lines without numbers")
    func unreadable() {
        #expect(
            RejectedLines.parse("unable to parse 'b x': bad", isCut: false, delivered: [1, 2, 3], hiding: [])
                .map(\.number) == [nil])
        #expect(RejectedLines.parse("nothing of the kind", isCut: false, delivered: [], hiding: []).isEmpty)
        #expect(RejectedLines.parse("", isCut: true, delivered: nil, hiding: []).isEmpty)
    }

    @Test("VictoriaMetrics names the first line and quotes the rest")
    func victoria() throws {
        let whole = #"incorrect influx line "m,t=a\\,b\tc v=\"x y\nm v=2\n": cannot parse "x": why; see https://docs"#
        let cut = #"incorrect influx line "m,t=aaaa"#

        #expect(
            try parse(whole, delivered: "m v=1\nm,t=a\\,b\tc v=\"x y\nm v=2\n") == [
                line("m,t=a\\,b·c v=\"x y", nil, #"cannot parse "x": why"#)
            ])
        #expect(try parse(cut, delivered: "m v=1\nm,t=aaaab v=2\n", isCut: true).map(\.number) == [2])
    }

    @Test(
        "lines are cut as the server cuts them",
        arguments: [
            ("a v=1\nb v=2", ["a v=1", "b v=2"]), ("a v=\"x\ny\" 1\nb v=2\n", ["a v=\"x\ny\" 1", "b v=2"]),
            ("a,t=\"q v=1\nb v=2\n", ["a,t=\"q v=1", "b v=2"]),
            ("a v=\"x\\\"\ny\"\nb v=1\n", ["a v=\"x\\\"\ny\"", "b v=1"]),
            ("a v=\"x\nb v=1\n", ["a v=\"x\nb v=1"]), ("\n\n", []), ("", []),
            ("a\\\nb v=1\nc v=1\n", ["a\\\nb v=1", "c v=1"]),
            ("a v=1,w=\"\n\",x=\"y\"\nb v=1", ["a v=1,w=\"\n\",x=\"y\"", "b v=1"]),
        ])
    func serverLines(body: String, expected: [String]) {
        var lines: [String] = []
        ServerLines.forEach(in: Array(body.utf8)) { line, number in
            lines.append(String(decoding: line, as: UTF8.self))
            #expect(number == lines.count)
        }

        #expect(lines == expected)
    }
}
