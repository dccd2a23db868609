import CoinlineJSON
import Foundation
import TestKit
import Testing

@Suite("The JSON cursor, fed with damage", .onOwnThreads)
struct JSONCursorFuzzTests {
    private static let examples: [String] = [
        #"{"code":"BTC","rate":61234.5,"rank":1,"delta":{"hour":1.0012,"day":null},"links":["a","b"],"isOn":true}"#,
        #"[1,-0,0.5,1e5,1E-5,123456789012345678901234567890,1e400,-9223372036854775808]"#,
        #"{"a":{"b":{"c":[[[[{"d":"\u00e9\ud83d\ude00\n\"\\"}]]]]}},"a":2,"":3,"é":"é"}"#, " [ ] ", "{}", "null",
        "\"\"",
        #"[{"x":[{"y":[{"z":1}]}]},"\u0000",false,{"é":1}]"#,
    ]
    private static let words = [
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"a\":", "\"\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"", "\\",
        "0",
        "1.5", "-", "e", "1e5", "01", "true", "false", "null", " ", "\n", "\u{0}", "é", "😀", "\u{FEFF}", "\"\\q\"",
        "nul",
        "1e-3", "1e999", "[[[[[[[[[[[[[[[[[[[[", "]]]]]]]]]]]]]]]]]]]]",
    ]

    @Test("what is accepted is JSON to Foundation too, can be walked, and is written and read again")
    func walking() {
        var accepted = 0
        let fuzz = Fuzz(
            target: "JSON cursor", examples: Self.examples.map { Array($0.utf8) },
            words: Self.words.map { Array($0.utf8) })
        let count = fuzz.run(rounds: 8_000) { input, _ in
            guard let root = try? JSONCursor(input) else { return nil }
            accepted += 1
            guard isTakenByFoundation(input) || hasHugeNumber(input) else { return "Foundation does not take it" }
            var writer = JSONWriter()
            try write(root, to: &writer)
            var again = JSONWriter()
            try write(JSONCursor(writer.bytes), to: &again)
            return again.bytes == writer.bytes ? nil : "\(writer.text) came back as \(again.text)"
        }
        #expect(accepted >= count / 40, "most inputs get far enough")
    }

    @Test("a generated document is accepted")
    func generated() {
        Fuzz(target: "JSON writer", examples: [], words: []).run(rounds: 500) { _, random in
            var writer = JSONWriter()
            appendValue(depth: 0, to: &writer, using: &random)
            return isTakenByFoundation(writer.bytes) && (try? JSONCursor(writer.bytes)) != nil ? nil : writer.text
        }
    }

    /// Known differences of Foundation, which is laxer and narrower at once: it refuses numbers it cannot represent
    /// (`1e400`) and nesting beyond 512. What is accepted here must be accepted there too, numbers apart.
    private func isTakenByFoundation(_ bytes: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }

    /// Looks at the text, since of a name that occurs twice only the first value is given.
    private func hasHugeNumber(_ bytes: [UInt8]) -> Bool {
        let words = bytes.split { !Array("+-.eE0123456789".utf8).contains($0) }
        return words.contains { Double(String(decoding: $0, as: UTF8.self))?.isInfinite == true }
    }

    /// Asks a value everything that can be asked of it.
    private func write(_ cursor: JSONCursor, to writer: inout JSONWriter) throws {
        guard !cursor.path.isEmpty, !cursor.rawBytes.isEmpty else { throw TestKitError("a value without a place") }
        switch cursor.kind {
        case .object:
            writer.beginObject()
            for (name, value) in try cursor.members() {
                guard let found = try cursor.member(name), found.rawBytes == value.rawBytes else {
                    throw TestKitError("the member \(name) is not found")
                }
                writer.key(name)
                try write(value, to: &writer)
            }
            writer.endObject()
        case .array:
            writer.beginArray()
            for value in try cursor.elements() { try write(value, to: &writer) }
            writer.endArray()
        case .string: writer.value(try cursor.string())
        case .number:
            let (whole, float) = (try? cursor.int64(), try? cursor.double())
            if let whole, float != Double(whole) { throw TestKitError("\(whole) and \(float ?? .nan)") }
            writer.rawNumber(try cursor.numberText())
        case .boolean: writer.value(try cursor.boolean())
        case .null: writer.null()
        }
    }

    private func appendValue(depth: Int, to writer: inout JSONWriter, using random: inout SeededGenerator) {
        switch Int.random(in: depth < 5 ? 0...7 : 2...7, using: &random) {
        case 0:
            writer.beginObject()
            for index in 0..<Int.random(in: 0...4, using: &random) {
                writer.key("\(index)" + text(using: &random))
                appendValue(depth: depth + 1, to: &writer, using: &random)
            }
            writer.endObject()
        case 1:
            writer.beginArray()
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                appendValue(depth: depth + 1, to: &writer, using: &random)
            }
            writer.endArray()
        case 2, 3: writer.value(text(using: &random))
        case 4: writer.value(Double(bitPattern: random.next()))
        case 5: writer.value(Int64.random(in: .min ... .max, using: &random))
        case 6: writer.value(Bool.random(using: &random))
        default: writer.null()
        }
    }

    private func text(using random: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let limit: UInt32 = Bool.random(using: &random) ? 0x7F : 0x10FFFF
            if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &random)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
