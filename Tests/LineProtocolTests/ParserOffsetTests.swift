import LineProtocol
import Testing

@Suite("Parsing from the middle of an input")
struct ParserOffsetTests {
    @Test("lines before the offset are not read, and ranges and positions count as in the whole")
    func offset() throws {
        let text = "a v=1\nb v=2\nc v=\n"
        var parser = LineParser(Array(text.utf8), firstLine: 7, startingAt: 6)

        let line = try #require(try parser.next())
        #expect(line.point.measurement == "b" && line.line == 7 && line.bytes == 6..<11)
        let error = #expect(throws: LineParsingError.self) { try parser.next() }
        #expect(error?.line == 8 && error?.column == 5)
        #expect(try parser.next() == nil)
    }

    @Test("an offset at the end reads nothing")
    func end() throws {
        var parser = LineParser(Array("a v=1\n".utf8), startingAt: 6)

        #expect(try parser.next() == nil)
    }
}
