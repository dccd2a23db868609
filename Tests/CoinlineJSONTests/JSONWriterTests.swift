import CoinlineJSON
import Foundation
import TestKit
import Testing

@Suite("The JSON writer")
struct JSONWriterTests {
    private func text(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return writer.text
    }

    @Test("it writes members in the order of the calls")
    func order() {
        let document = text { writer in
            writer.beginObject()
            writer.member("b", 1)
            writer.member("a", "x")
            writer.key("list")
            writer.beginArray()
            writer.value(1.5)
            writer.value(true)
            writer.null()
            writer.beginObject()
            writer.endObject()
            writer.beginArray()
            writer.endArray()
            writer.endArray()
            writer.member("last", false)
            writer.endObject()
        }

        #expect(document == #"{"b":1,"a":"x","list":[1.5,true,null,{},[]],"last":false}"#)
    }

    @Test("an object ends where its closure ends")
    func scopes() {
        let document = JSONWriter.object { out in
            out.object("empty") { _ in }
            out.objects("list", [1, 2]) { out, number in out.member("n", number) }
            out.objects("none", [Int]()) { out, number in out.member("n", number) }
            out.key("array")
            out.beginArray()
            out.object { $0.object("inner") { $0.member("last", true) } }
            out.endArray()
        }

        #expect(
            document.text
                == #"{"empty":{},"list":[{"n":1},{"n":2}],"none":[],"array":[{"inner":{"last":true}}]}"#)
    }

    @Test("what is not there is null, and no text is an empty array")
    func optionals() {
        let document = JSONWriter.object { out in
            out.member("texts", ["a", "b"])
            out.member("none", [])
            out.member("text", optional: "x")
            out.member("no_text", optional: String?.none)
            out.member("number", optional: Int64.min)
            out.member("count", optional: Int?.none)
        }

        #expect(
            document.text
                == #"{"texts":["a","b"],"none":[],"text":"x","no_text":null,"number":-9223372036854775808,"count":null}"#
        )
    }

    @Test(
        "floats take the shortest digits and no trailing .0; what is not finite is null",
        arguments: [
            (45000.0, "45000"), (0.1, "0.1"), (1.2e-10, "1.2e-10"), (1e16, "1e+16"), (.leastNonzeroMagnitude, "5e-324"),
            (0, "0"),
            (-0.0, "-0"), (1.0, "1"), (100, "100"), (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
            (0.30000000000000004, "0.30000000000000004"),
        ])
    func floats(value: Double, expected: String) {
        #expect(text { $0.value(value) } == expected)
    }

    @Test("integers keep all digits")
    func integers() {
        #expect(text { $0.value(Int64.min) } == "-9223372036854775808")
        #expect(text { $0.value(UInt64.max) } == "18446744073709551615")
        #expect(text { $0.rawNumber("-1.50E+3") } == "-1.50E+3")
    }

    @Test("every code point survives writing and reading, here and in Foundation", .onOwnThreads)
    func strings() throws {
        for start in stride(from: UInt32(0), through: 0x10FFFF, by: 0x400) {
            var string = ""
            for value in start..<(start + 0x400) {
                if let scalar = Unicode.Scalar(value) { string.unicodeScalars.append(scalar) }
            }
            let document = text { $0.value(string) }

            #expect(Array(try JSONCursor(text: document).string().utf8) == Array(string.utf8))
            // Foundation takes a byte order mark at the start of a string for a mark.
            if start == 0 || start == 0x1F400 {
                let other = try JSONSerialization.jsonObject(with: Data(document.utf8), options: .fragmentsAllowed)
                #expect(other as? String == string)
            }
        }
    }

    @Test("wrong use stops the program")
    func misuse() async {
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginObject()
            writer.value(1)
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginArray()
            writer.key("a")
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.beginArray()
            writer.endObject()
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.value(1)
            writer.value(2)
        }
        await #expect(processExitsWith: .failure) {
            var writer = JSONWriter()
            writer.rawNumber("01")
        }
        await #expect(processExitsWith: .failure) {
            _ = JSONWriter.object { $0.key("a") }
        }
    }
}
