import LineProtocol
import TestKit
import Testing

@testable import Collector

@Suite("Line protocol in pieces", .onOwnThreads)
struct LineStreamTests {
    @Test("pieces of any size read as the whole does, strings with newlines among them")
    func anyPieces() {
        let text = "# head\nm,a=b v=1 1\n\nm v=\"a\nb\nc\",w=2i 2\nbad line\nm v=t\nm f=\"x\\\"\n\",g=1 3\nlast v=1"
        let bytes = Array(text.utf8)
        let whole = readings(of: [bytes])

        #expect(whole.count == 6)
        #expect(whole.filter { $0.text.hasPrefix("bad") }.count == 1)
        #expect(whole[5].line == 11)
        for size in 1...bytes.count {
            #expect(readings(of: pieces(bytes, of: size)) == whole, "pieces of \(size)")
        }
    }

    @Test("a string that is never closed costs its line only")
    func openString() {
        let found = readings(of: [Array("m v=1\nm v=\"open\nm v=2\nm v=3\n".utf8)])

        #expect(found.count == 4)
        #expect(found[1].text == #"bad 2:5: string of field "v" has no closing quote"#)
        #expect(found[2].line == 3 && found[3].line == 4)
    }

    @Test("good lines between a stray quote and the next quote are read, in pieces of any size")
    func strayQuote() {
        let text = "a f=1 1\nb f=\"oops 2\nc f=1 3\nd f=1 4\ne g=\"x\" 5\nh f=1 6\n"

        expectReading(Array(text.utf8), beginsWith: ["1 a", "bad 2:5: ", "3 c", "4 d", "5 e", "6 h"])
        #expect(
            readings(of: [Array(text.utf8)])[1].text
                == #"bad 2:5: string of field "f" has no closing quote on its line; "#
                + #"read on as one, 5:6: "x" after the string of field "f""#)
    }

    @Test(
        "a string that is closed as none is costs the line on which it begins, and each further line counts by itself",
        arguments: [
            ("m a=\"x\n# c\n\n\u{1}\n\"\"", ["bad 1:5:", "bad 4:1:", "bad 5:3:"]),
            // The last line has the stray quote, with and without an end.
            ("n v=1\nm a=\"x", ["1 ", "bad 2:5:"]),
            ("n v=1\nm a=\"x\n", ["1 ", "bad 2:5:"]),
            ("n v=1\nm a=\"x\r", ["1 ", "bad 2:5:"]),
        ] as [(String, [String])])
    func brokenRecords(text: String, expected: [String]) {
        expectReading(Array(text.utf8), beginsWith: expected)
    }

    @Test("a quote too many in every line costs no more than reading twice")
    func manyStrayQuotes() {
        let count = 200_000
        let bytes = Array(String(repeating: "m f=\"x 1\n", count: count).utf8)
        var stream = LineStream(precision: .nanoseconds)
        var (good, bad, last) = (0, 0, 0)
        let note: (LineStream.Item) -> Void = { item in
            switch item {
            case .line, .tooLong: good += 1
            case .bad(let problem): (bad, last) = (bad + 1, problem.line)
            }
        }
        let duration = ContinuousClock().measure {
            for piece in pieces(bytes, of: 64 << 10) { stream.append(piece, note) }
            stream.finish(note)
        }

        #expect(good == 0 && bad == count && last == count)
        // Many times what it takes; were it not linear, it would take hours.
        #expect(duration < .seconds(600), "\(duration)")
    }

    @Test("a stray quote without another one behind it is waited for up to the bound, and then the lines are read")
    func strayQuoteFarFromTheNext() {
        let line = Array("n v=1 1\n".utf8)
        var bytes = Array("m f=\"x 1\n".utf8)
        while bytes.count <= LineStream.Limit.lineBytesMax + (64 << 10) { bytes += line }
        var stream = LineStream(precision: .nanoseconds)
        var (good, bad) = (0, 0)
        let note: (LineStream.Item) -> Void = { item in
            if case .line = item { good += 1 } else { bad += 1 }
        }
        for piece in pieces(bytes, of: 64 << 10) { stream.append(piece, note) }

        #expect(bad == 1 && good > 300_000)
        stream.finish(note)
        #expect(bad == 1 && good == (bytes.count - 9) / line.count)
    }

    @Test("a string with newlines and quotes that are escaped goes on over many pieces")
    func longString() {
        let text = "m f=\"" + String(repeating: "line of \\\"text\\\"\n", count: 20_000) + "\",g=1 7\nm f=1 8\n"
        let found = readings(of: pieces(Array(text.utf8), of: 64 << 10))

        #expect(found.count == 2)
        #expect(found.map(\.line) == [1, 20_002])
    }

    @Test("a line longer than the bound is given up whole, and what follows is read")
    func tooLong() {
        // The tail would be a good line if it were one.
        let long = Array("m v=1\nm v=\"".utf8) + [UInt8](repeating: 0x61, count: LineStream.Limit.lineBytesMax + 100)
        let rest = Array(",t=x v=9 7\nm v=2\n".utf8)
        let found = readings(of: pieces(long, of: 1 << 20) + [rest])

        #expect(found.count == 3 && found[1].text == "too long 2")
        #expect(found.last.map { $0.line == 3 && $0.text.contains("float(2.0)") } == true)
    }

    @Test("a line that is too long may be the last")
    func tooLongAtTheEnd() {
        let long = [UInt8](repeating: 0x61, count: LineStream.Limit.lineBytesMax + 100)

        #expect(readings(of: [long, Array("m v=1".utf8)]).map(\.text) == ["too long 1"])
    }
}
