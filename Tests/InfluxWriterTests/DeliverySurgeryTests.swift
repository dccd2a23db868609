import CoinlineCompression
import LineProtocol
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Delivery: batches cut apart")
struct DeliverySurgeryTests {
    private func refused(_ lines: (Int, String)...) -> [RejectedLine] {
        lines.map { RejectedLine(line: RejectedLine.excerpt(of: $0.1.utf8), number: $0.0, reason: "bad \($0.0)") }
    }

    private func excise(_ text: String, _ lines: Int, _ refused: [RejectedLine]) throws -> (
        cut: [String], rest: String?
    ) {
        let excision = try BatchSurgery.excise(refused, from: gzipped(text), lines: lines)
        #expect(excision.cut.count + (excision.rest?.lines ?? 0) == lines)
        return (
            excision.cut.map { String(decoding: $0.bytes, as: UTF8.self) },
            try excision.rest.map { try unzipped($0.body) }
        )
    }

    @Test("the named lines are cut, wherever they stand, and the others stay byte by byte")
    func places() throws {
        let text = "a v=\nb v=1 1\nc v=\nd v=2 2\ne v="

        let (cut, rest) = try excise(text, 5, refused((1, "a v="), (3, "c v="), (5, "e v=")))

        #expect(cut == ["a v=", "c v=", "e v="])
        #expect(rest == "b v=1 1\nd v=2 2\n")
        for (number, line) in [(1, "a v="), (3, "c v="), (5, "e v=")] {
            let (cut, rest) = try excise(text, 5, refused((number, line)))
            #expect(cut == [line])
            #expect(rest == text.split(separator: "\n").filter { $0 != line }.joined(separator: "\n") + "\n")
        }
    }

    @Test("nothing is left when all lines are named")
    func all() throws {
        let (cut, rest) = try excise("a v=\n\n# no line\nb v=\n", 2, refused((1, "a v="), (2, "b v=")))

        #expect(cut == ["a v=", "b v="])
        #expect(rest == nil)
    }

    @Test("comments and blank lines are no lines, blanks in front belong to none, and members of gzip are one text")
    func shape() throws {
        let body = try gzipped("\n# x\n  a v=1 1\n\tb v=\n") + gzipped("\0c v=3 3\n\n")

        let excision = try BatchSurgery.excise(refused((2, "b v=")), from: body, lines: 3)

        #expect(try unzipped(try #require(excision.rest).body) == "a v=1 1\nc v=3 3\n")
        #expect(excision.cut.map(\.number) == [2])
        #expect(excision.cut.map(\.reason) == ["bad 2"])
    }

    @Test("a line break in a string, quotes and the words of the server do not end a line")
    func strings() throws {
        let odd = "m v=\"x\nunable to parse 'a v=1 1': no\" oops"
        let text = "a v=\"1\n2\" 1\n\(odd)\nm,t=\"q v=2 2\nz v=\"it's \\\" fine\" 3\n"

        let (cut, rest) = try excise(text, 4, refused((2, odd)))

        #expect(cut == [odd])
        #expect(rest == "a v=\"1\n2\" 1\nm,t=\"q v=2 2\nz v=\"it's \\\" fine\" 3\n")
    }

    @Test("the text of a refusal as a line is cut like any other")
    func wordsOfTheServer() throws {
        let odd = "unable to parse 'b v=': missing field value"
        let (cut, rest) = try excise("b v=1 1\n\(odd)\nb v=2 2\n", 3, refused((2, odd)))

        #expect(cut == [odd])
        #expect(rest == "b v=1 1\nb v=2 2\n")
    }

    @Test("an unclosed quote costs its own line only: the lines that it swallowed stay")
    func swallowed() throws {
        let text = "a v=1 1\nx v=\"abc 1\nb v=2 2\nc v=\"s\" 3\nd v=4 4\n"
        #expect(ServerLines.count(in: Array(text.utf8)) == 2)

        let (cut, rest) = try excise(text, 5, refused((2, "x v=\"abc 1\nb v=2 2\nc v=\"s\" 3\nd v=4 4")))

        #expect(cut == ["x v=\"abc 1"])
        #expect(rest == "a v=1 1\nb v=2 2\nc v=\"s\" 3\nd v=4 4\n")
    }

    @Test("two unclosed quotes, rows that are no lines, a line break in a swallowed string")
    func swallowedTwice() throws {
        let text = "x v=\"abc 1\nb v=2 2\ny v=\"def 3\nc v=\"s\nt\" 4\nnonsense\nd v=5 5"
        // The second quote closes what the first one opened.
        let first = "x v=\"abc 1\nb v=2 2\ny v=\"def 3"

        let (cut, rest) = try excise(text, 6, refused((1, first), (3, "nonsense")))

        #expect(cut == ["x v=\"abc 1", "y v=\"def 3", "nonsense"])
        #expect(rest == "b v=2 2\nc v=\"s\nt\" 4\nd v=5 5\n")
    }

    @Test("where no line is missing, nothing in a string is taken for a line")
    func noInjection() throws {
        let odd = "m v=\"text\ngood v=1 1\nmore\" oops"
        let (cut, rest) = try excise("a v=1 1\n\(odd)\n", 2, refused((2, odd)))

        #expect(cut == [odd])
        #expect(rest == "a v=1 1\n")
    }

    @Test("a line that is not the one that was refused is never cut")
    func otherLine() throws {
        let body = try gzipped("a v=1 1\nb v=2 2\n")

        for (number, line) in [(1, "b v="), (2, "a v=1 1"), (3, "a v=1 1"), (0, "a v=1 1")] {
            #expect(throws: BatchSurgeryError.self) { () throws in
                try BatchSurgery.excise(refused((number, line)), from: body, lines: 2)
            }
        }
        #expect(throws: BatchSurgeryError.unreadable(.truncated)) { () throws in
            try BatchSurgery.excise(refused((1, "a")), from: Array(body.dropLast(9)), lines: 2)
        }
    }

    @Test("a cut name and damaged UTF-8 are still the line that was named")
    func excerpts() throws {
        let long = "m,t=" + String(repeating: "é", count: 300) + " v="
        let bytes = Array("a v=1 1\n\(long)\nb,t=".utf8) + [0xFF] + Array(" v=\n".utf8)
        var gzip = try Gzip()
        let body = try gzip.compress(bytes)

        let excision = try BatchSurgery.excise(
            refused((2, long)) + [RejectedLine(line: "b,t=\u{FFFD} v=", number: 3, reason: "x")], from: body, lines: 3)

        #expect(excision.cut.map(\.bytes.count) == [long.utf8.count, 8])
    }

    @Test("halves are about equal in bytes, with every line whole and in order")
    func halves() throws {
        let lines = (0..<101).map { "m,k=\($0) v=\"\(String(repeating: "x", count: $0 * 7))\n\" \($0)" }
        let body = try gzipped(lines.joined(separator: "\n"))

        let (first, second) = try #require(try BatchSurgery.halves(of: body, lines: 101))

        let texts = [try unzipped(first.body), try unzipped(second.body)]
        #expect(texts.joined() == lines.joined(separator: "\n") + "\n")
        #expect(first.lines + second.lines == 101)
        #expect(ServerLines.count(in: Array(texts[0].utf8)) == first.lines)
        let sizes = texts.map(\.utf8.count)
        #expect(abs(sizes[0] - sizes[1]) < 1_500, "\(sizes)")
    }

    @Test(
        "halves exist for two lines and more",
        arguments: [("a v=1", 0), ("", 0), ("# x\n\na v=1\n", 0), ("a v=1\nb v=2", 1), ("a v=1\nb v=2\nc v=3", 1)])
    func fewLines(text: String, expected: Int) throws {
        let halves = try BatchSurgery.halves(of: gzipped(text), lines: max(1, ServerLines.count(in: Array(text.utf8))))

        #expect((halves == nil) == (expected == 0))
        if let halves { #expect(halves.first.lines == expected) }
    }

    @Test("one giant line among small ones stands alone in the end")
    func giant() throws {
        let giant = "g v=\"\(String(repeating: "y", count: 100_000))\" 1"
        for text in ["\(giant)\na v=1 1\nb v=2 2\n", "a v=1 1\nb v=2 2\n\(giant)\n", "a v=1 1\n\(giant)\nb v=2 2\n"] {
            var pieces = [BatchSurgery.Piece(body: try gzipped(text), lines: 3)]
            var rounds = 0
            while pieces.contains(where: { $0.lines > 1 }), rounds < 4 {
                pieces = try pieces.flatMap { piece in
                    try BatchSurgery.halves(of: piece.body, lines: piece.lines).map { [$0.first, $0.second] } ?? [piece]
                }
                rounds += 1
            }
            #expect(pieces.count == 3)
            let joined = try pieces.map { try unzipped($0.body) }.joined()
            #expect(joined == text)
        }
    }

    @Test("any split and any excision of random batches keeps every line once")
    func random() throws {
        var generator = SeededGenerator()
        for _ in 0..<200 {
            let count = Int.random(in: 1...40, using: &generator)
            let lines = (0..<count).map { index in
                let string =
                    ["x", "a\nb", "q\\\"q", "c\\\\", "unable to parse 'z': no", ""].randomElement(using: &generator)
                    ?? ""
                return "m,k=\(index) v=\"\(string)\",w=\(index)i \(index)"
            }
            let body = try gzipped(lines.joined(separator: "\n"))
            let bad = (1...count).filter { _ in Bool.random(using: &generator) }
            let refused = bad.map { number in
                RejectedLine(line: RejectedLine.excerpt(of: lines[number - 1].utf8), number: number, reason: "r")
            }

            let excision = try BatchSurgery.excise(refused, from: body, lines: count)
            let halves = try BatchSurgery.halves(of: body, lines: count)

            let comment = Comment(rawValue: "seed \(SeededGenerator.seed)")
            #expect(
                excision.cut.map { String(decoding: $0.bytes, as: UTF8.self) } == bad.map { lines[$0 - 1] }, comment)
            let left = (1...count).filter { !bad.contains($0) }.map { lines[$0 - 1] + "\n" }.joined()
            let rest = try excision.rest.map { try unzipped($0.body) } ?? ""
            #expect(rest == left, comment)
            if let halves {
                let joined = try unzipped(halves.first.body) + unzipped(halves.second.body)
                #expect(joined == lines.joined(separator: "\n") + "\n", comment)
            } else {
                #expect(count == 1)
            }
        }
    }

    @Test("numbers through joined batches find their batch")
    func joined() {
        let lines = [1, 3, 4, 10].map { (number: Int) in RejectedLine(line: "l\(number)", number: number, reason: "r") }

        let assigned = JoinedLines.assign(lines, counts: [3, 1, 6])

        #expect(assigned?.map { $0.map(\.number) } == [[1, 3], [1], [6]])
        #expect(assigned?.map { $0.map(\.line) } == [["l1", "l3"], ["l4"], ["l10"]])
        #expect(JoinedLines.assign(lines, counts: [3, 1, 5]) == nil)
        #expect(JoinedLines.assign([RejectedLine(line: "l", number: nil, reason: "r")], counts: [3]) == nil)
        #expect(JoinedLines.place(of: 0, counts: [3]) == nil)
    }
}
