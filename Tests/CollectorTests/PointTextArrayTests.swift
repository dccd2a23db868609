import LineProtocol
import Testing

@testable import Collector

@Suite("JSON arrays and other values to line protocol")
struct PointTextArrayTests {
    private func point(_ name: String) -> String { #"{"measurement":"\#(name)","fields":{"v":{"float":1}}}"# }

    @Test("an array counts as its objects one behind the other, on one line, on several or set apart as jq does")
    func arrays() async throws {
        let pretty =
            "[\n  {\n    \"measurement\": \"c\",\n    \"fields\": {\n      \"v\": {\n \"float\": 1 } } },\n  \(point("d"))\n]"
        let text = "[\(point("a")),\(point("b"))]\(point("x")) [] [ ]\n\(pretty)\n[\n\(point("e"))\n,\n\(point("f"))]"
        let result = try await encoded(text)

        #expect(result.isGood && result.complaints.isEmpty, "\(result.complaints)")
        #expect(result.output == ["a", "b", "x", "c", "d", "e", "f"].map { "\($0) v=1\n" }.joined())
    }

    @Test(
        "what is wrong in an array is told at its place, and costs no other object",
        arguments: [
            ("[A,5,\"x,]\",null,B]", ["1:49: expected an object, found a number", "1:51: ", "1:57: "], "ab"),
            ("[A,[B],{},B]", ["1:49: expected an object, found an array", "1:98: the member"], "ab"),
            ("[A B]", ["1:49: expected ',' or ']', found '{'"], "ab"),
            ("[A,,B,]C", ["1:49: expected an object, found ','", "1:97: expected an object, found ']'"], "abc"),
            ("[,A]", ["1:2: "], "a"), ("[A,tru,B]", ["1:49: expected an object, found 't'"], "ab"),
            ("[A,B", ["1:95: the document ends where ',' or ']' was expected"], "ab"), ("[", ["1:2: "], ""),
            ("[A,\n{\"a\":tru},\nB]", ["2:9: "], "ab"), ("[A}\nB]", ["1:48: "], "ab"),
            // An object that does not end: what follows is found by its column.
            ("[\n  A,\n  {\"a\":\"\n  },\n  B,\n  C\n]\nA", ["3:9: "], "abca"),
            ("[A,{\"a\":\"\n},\nB,\nC]\nA", ["1:55: "], "abca"), ("[A,\"x\nB,C]", ["1:49: "], "abc"),
            ("[A,{\"a\":\nB", ["2:47: "], "a"),
        ])
    func broken(form: String, complaints: [String], output: String) async throws {
        var text = form
        for name in ["A", "B", "C"] { text = text.replacing(name, with: point(name.lowercased())) }
        let result = try await encoded(text)

        #expect(result.outcome == .bad)
        #expect(result.output == output.map { "\($0) v=1\n" }.joined(), "\(result.complaints)")
        #expect(result.complaints.count == complaints.count, "\(result.complaints)")
        for (told, expected) in zip(result.complaints, complaints) {
            #expect(told.hasPrefix(expected), "\(result.complaints)")
        }
    }

    @Test("values that are no objects are each told at their place")
    func scalars() async throws {
        let result = try await encoded("5\n\"x\\\"{\" null\ttrue\n-1e3\n\(point("a"))5{}\nnul\n\(point("b"))\n7")

        #expect(
            result.complaints == [
                "1:1: expected an object, found a number", "2:1: expected an object, found a string",
                "2:8: expected an object, found null", "2:13: expected an object, found a boolean",
                "3:1: expected an object, found a number", "4:47: expected an object, found a number",
                "4:48: the member \"measurement\" is missing", "5:1: expected an object, found 'n'",
                "7:1: expected an object, found a number",
            ])
        #expect(result.output == "a v=1\nb v=1\n")
    }

    @Test("a long array streams: its objects are handed over as they come")
    func streaming() {
        var stream = ObjectStream()
        var count = 0
        stream.append(Array("[".utf8)) { _ in count += 1 }
        let piece = Array((0..<100).map { _ in point("a") + "," }.joined().utf8)
        for round in 1...20 {
            stream.append(piece) { _ in count += 1 }
            #expect(count == 100 * round)
        }
    }
}
