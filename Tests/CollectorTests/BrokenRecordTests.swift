import LineProtocol
import TestKit
import Testing

@testable import Collector

/// Which lines are left out with a statement that cannot be read. `e f=1 1` is text of a string where that is closed,
/// and a good line where a quote is one too many.
@Suite("Statements over several lines that cannot be read")
struct BrokenRecordTests {
    /// Each text is followed by the good line `z f=1`; what is expected are beginnings.
    private func expectRecords(
        _ text: [UInt8], _ expected: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expectReading(text + Array("\nz f=1".utf8), beginsWith: expected, sourceLocation: sourceLocation)
    }

    @Test(
        "where its strings are closed it is left out whole, with one message",
        arguments: [
            // The error is behind the string: in the next field, in the time, behind the time, at the end of the line.
            ("m f=\"x\ne f=1 1\n\",g=bad 5", ["bad 3:5: value \"bad\" of field \"g\"", "4 z"]),
            ("m f=\"x\ne f=1 1\n\",g= 5", ["bad 3:5: ", "4 z"]), ("m f=\"x\ne f=1 1\n\",", ["bad 3:3: ", "4 z"]),
            ("m f=\"x\ne f=1 1\n\" bad", ["bad 3:3: ", "4 z"]), ("m f=\"x\ne f=1 1\n\" 5 6", ["bad 3:5: ", "4 z"]),
            ("m f=\"x\r\ne f=1 1\r\n\",b=\r", ["bad 3:5: ", "4 z"]),
            // The error is before the string: in a field, a tag, the measurement, the separators.
            ("m g=bad,f=\"x\ne f=1 1\n\" 5", ["bad 1:5: ", "4 z"]),
            ("m g=bad,f=\"x\ne f=1 1\n\"", ["bad 1:5: ", "4 z"]),
            ("m g=bad,f=\"x\ne f=1 1\n\",h=1 5", ["bad 1:5: ", "4 z"]),
            ("m g=b\"ad,f=\"x\ne f=1 1\n\" 5", ["bad 1:5: ", "4 z"]),
            ("m,a= f=\"x\ne f=1 1\n\" 5", ["bad 1:5: ", "4 z"]), ("m,a f=\"x\ne f=1 1\n\" 5", ["bad 1:4: ", "4 z"]),
            (",a=b f=\"x\ne f=1 1\n\" 5", ["bad 1:1: ", "4 z"]), ("m\tf=\"x\ne f=1 1\n\" 5", ["bad 1:2: ", "4 z"]),
            ("m g=1 f=\"x\ne f=1 1\n\" 5", ["bad 1:7: ", "4 z"]), ("m g,f=\"x\ne f=1 1\n\" 5", ["bad 1:4: ", "4 z"]),
            ("m g=\"a\"b,f=\"x\ne f=1 1\n\" 5", ["bad 1:8: ", "4 z"]),
            ("m g=c=\"x\ne f=1 1\n\" 5", ["bad 1:5: ", "4 z"]),
            // Several strings, all closed; escaped quotes and a backslash at the end; two equals signs at the end.
            ("m f=\"x\ne f=1 1\n\",g=\"y\ne f=1 1\n\",h=bad 5", ["bad 5:5: ", "6 z"]),
            ("m f=\"x\ne f=1 1\n\",g=bad,h=\"y\ne f=1 1\n\" 5", ["bad 3:5: ", "6 z"]),
            ("m f=\"\\\"\ne f=\\\"1\\\\\n\\\\\",g=bad 5", ["bad 3:7: ", "4 z"]),
            ("m f=\"x\ne f=1 1\nQQ==\",g=bad 5", ["bad 3:9: ", "4 z"]),
            ("m f=\"x\ne f=1 1\ne g=\",h=bad 5", ["bad 3:9: ", "4 z"]),
            // A string on one line with something behind it, behind one that is closed over several.
            ("m f=\"x\ne f=1 1\n\",g=\"y\"bad 5", ["bad 3:8: ", "4 z"]),
        ] as [(String, [String])])
    func closed(text: String, expected: [String]) {
        expectRecords(Array(text.utf8), expected)
        #expect(
            readings(of: [Array(text.utf8)]).first?.text.hasSuffix("are one record and left out") == true,
            "\(readings(of: [Array(text.utf8)]))")
    }

    @Test(
        "a string with something behind its closing quote, or without one, costs the line on which it begins",
        arguments: [
            // Something stands behind the quote that seems to close it.
            ("m f=\"x\ne f=1 1\n\"y 5", ["bad 1:5: ", "2 e", "bad 3:5: ", "4 z"]),
            ("m f=\"x 1\ne f=1 1\nn f=\"y\" 5", ["bad 1:5: ", "2 e", "3 n", "4 z"]),
            ("m g=bad,f=\"x\ne f=1 1\n\"y 5", ["bad 1:5: ", "2 e", "bad 3:5: ", "4 z"]),
            // What stands behind it looks like the end of a string, but opened one: its line is good by itself.
            ("m f=\"x 1\ne f=1 1\nn f=\" y\" 5", ["bad 1:5: ", "2 e", "3 n", "4 z"]),
            ("m f=\"x 1\ne f=1 1\nn f=\",y\" 5", ["bad 1:5: ", "2 e", "3 n", "4 z"]),
            ("m f=\"x 1\nn f=\",b=\" 3\ne f=1 1\nn f=\"y\" 5", ["bad 1:5: ", "2 n", "3 e", "4 n", "5 z"]),
            // There is no other quote.
            ("m f=\"x\ne f=1 1", ["bad 1:5: ", "2 e", "3 z"]), ("m g=bad,f=\"x\ne f=1 1", ["bad 1:5: ", "2 e", "3 z"]),
            ("m,a= f=\"x\ne f=1 1", ["bad 1:5: ", "2 e", "3 z"]),
            ("m f=\"x\\\"\ne f=1 1", ["bad 1:5: ", "2 e", "3 z"]),
            // One that is closed goes before: it belongs to the statement, which ends with the line of the second.
            ("m a=\"x\ny f=1 1\n\",b=\"open\ne f=1 1", ["bad 3:5: ", "4 e", "5 z"]),
            ("m a=\"x\ny f=1 1\n\",b=\"open\ne f=1 1\nn f=\"y\" 5", ["bad 3:5: ", "4 e", "5 n", "6 z"]),
            // Quotes that open nothing: in names, behind a value, in a comment.
            ("m\"=,a=\"x\ne f=1 1", ["bad 1:9: ", "2 e", "3 z"]),
            ("m g=bad,f\\=\"x\ne f=1 1", ["bad 1:5: ", "2 e", "3 z"]),
            ("m g=1\"\ne f=1 1", ["bad 1:5: ", "2 e", "3 z"]), ("# \u{1} a=\"x\ne f=1 1", ["bad 1:3: ", "2 e", "3 z"]),
        ] as [(String, [String])])
    func stray(text: String, expected: [String]) {
        expectRecords(Array(text.utf8), expected)
    }

    @Test("a string that is no text belongs to its statement where it is closed")
    func invalidUTF8() {
        let start = Array("m f=\"x\ne f=1 1\n".utf8) + [0xFF]
        expectRecords(start + Array("\" 5".utf8), ["bad 3:1: bytes are not UTF-8; lines 1 to 3", "4 z"])
        expectRecords(start + Array("\"y 5".utf8), ["bad 1:5: ", "2 e", "bad 3:1: ", "4 z"])
        // At the end of the input it is not known.
        expectRecords(start, ["bad 1:5: ", "2 e", "bad 3:1: ", "4 z"])
    }

    @Test("a statement that waits for its string is not longer than a line may be")
    func bound() {
        let line = Array("e f=1 1\n".utf8)
        var stream = LineStream(precision: .nanoseconds)
        var (good, bad) = (0, 0)
        let note: (LineStream.Item) -> Void = { item in
            if case .line = item { good += 1 } else { bad += 1 }
        }
        stream.append(Array("m g=bad,f=\"x\n".utf8), note)
        #expect(good == 0 && bad == 0)
        let piece = [UInt8]((0..<8_192).map { line[$0 % line.count] })
        for _ in 0...(LineStream.Limit.lineBytesMax / piece.count) { stream.append(piece, note) }

        #expect(bad == 1 && good > 300_000)
    }
}
