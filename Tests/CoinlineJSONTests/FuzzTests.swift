import CoinlineJSON
import Foundation
import TestKit
import Testing

@Suite("Random documents")
struct FuzzTests {
    /// Pieces from which random documents are put together: nearly JSON, so that the deep parts are reached.
    private static let pieces = [
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u00e9\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"", "\\", "0",
        "1.5",
        "-", "e", "1e5", "01", "true", "false", "null", " ", "\n", "\u{0}", "é", "😀", "\u{FEFF}", "\"\\q\"", "nul",
        "1e-3",
    ]

    /// Known differences of Foundation, which is laxer and narrower at once: it refuses numbers it cannot represent
    /// (`1e400`) and nesting beyond 512, and takes a byte order mark, UTF-16 and UTF-32 for signs of an encoding.
    /// What is accepted here must be accepted there too, numbers apart.
    private func foundationAccepts(_ bytes: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    }

    private func hasHugeNumber(_ cursor: JSONCursor) -> Bool {
        switch cursor.kind {
        case .object: (try? cursor.members())?.contains { hasHugeNumber($0.value) } ?? false
        case .array: (try? cursor.elements())?.contains { hasHugeNumber($0) } ?? false
        case .number: (try? cursor.double()) == nil
        default: false
        }
    }

    /// Reads the document, and where it is accepted compares with Foundation and reads what was written from it.
    private func probe(_ bytes: [UInt8], seed: UInt64) -> Bool {
        guard let root = try? JSONCursor(bytes) else { return false }
        let shown = "seed \(seed): \(String(decoding: bytes, as: UTF8.self))"
        #expect(foundationAccepts(bytes) || hasHugeNumber(root), "\(shown)")
        #expect(throws: Never.self, "\(shown)") {
            let first = try rewritten(bytes)
            #expect(try rewritten(first) == first, "\(shown)")
        }
        return true
    }

    @Test("random bytes never crash, and what is accepted is valid")
    func randomBytes() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...24, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = probe(bytes, seed: seed)
        }
    }

    @Test("random pieces of JSON never crash, and what is accepted is valid")
    func randomPieces() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 1...8, using: &generator)
            let text = (0..<count).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined()
            if probe(Array(text.utf8), seed: seed) { accepted += 1 }
        }
        #expect(accepted > 200, "seed \(seed)")
    }

    @Test("a generated document is accepted, and changed bytes in it never crash")
    func mutations() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var writer = JSONWriter()
            appendValue(depth: 0, to: &writer, using: &generator)
            #expect(probe(writer.bytes, seed: seed))
            for _ in 0..<20 {
                var bytes = writer.bytes
                for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&bytes, using: &generator) }
                _ = probe(bytes, seed: seed)
            }
        }
    }

    @Test("the valid cases agree with Foundation")
    func casesAgree() throws {
        for one in ConformanceCase.all {
            guard case .accepted = one.verdict, let root = try? JSONCursor(one.bytes) else { continue }
            // Read as a mark of the encoding there.
            if one.description.contains("\u{FEFF}") { continue }
            #expect(foundationAccepts(one.bytes) || hasHugeNumber(root), "\(one)")
        }
    }

    @Test("what Foundation takes beyond the standard is known")
    func laxnessOfFoundation() {
        let lax = ConformanceCase.all.filter { one in
            if case .refused = one.verdict { foundationAccepts(one.bytes) } else { false }
        }

        // A comma before a closing bracket, and encodings other than UTF-8 guessed from the first bytes.
        let expected: [[UInt8]] = [
            Array("[1,]".utf8), Array(#"{"a":1,}"#.utf8), Array("\u{FEFF}[]".utf8), [0xFE, 0xFF, 0, 0x5B, 0, 0x5D],
            [0x5B, 0, 0x5D, 0],
        ]
        #expect(lax.map(\.bytes) == expected)
    }

    private func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        let position = Int.random(in: 0..<max(1, bytes.count), using: &generator)
        let byte =
            Bool.random(using: &generator)
            ? UInt8.random(in: 0...255, using: &generator)
            : Array("{}[],:\"\\0-1.eutn ".utf8).randomElement(using: &generator) ?? 0
        switch Int.random(in: 0...3, using: &generator) {
        case 0 where !bytes.isEmpty: bytes[position] = byte
        case 1 where !bytes.isEmpty: bytes.remove(at: position)
        case 2: bytes.removeLast(Int.random(in: 0...min(5, bytes.count), using: &generator))
        default: bytes.insert(byte, at: min(position, bytes.count))
        }
    }

    private func appendValue(depth: Int, to writer: inout JSONWriter, using generator: inout SeededGenerator) {
        switch Int.random(in: depth < 5 ? 0...7 : 2...7, using: &generator) {
        case 0:
            writer.beginObject()
            for index in 0..<Int.random(in: 0...4, using: &generator) {
                writer.key("\(index)" + randomText(using: &generator))
                appendValue(depth: depth + 1, to: &writer, using: &generator)
            }
            writer.endObject()
        case 1:
            writer.beginArray()
            for _ in 0..<Int.random(in: 0...4, using: &generator) {
                appendValue(depth: depth + 1, to: &writer, using: &generator)
            }
            writer.endArray()
        case 2, 3: writer.value(randomText(using: &generator))
        case 4: writer.value(Double(bitPattern: generator.next()))
        case 5: writer.value(Int64.random(in: .min ... .max, using: &generator))
        case 6: writer.value(Bool.random(using: &generator))
        default: writer.null()
        }
    }

    private func randomText(using generator: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...6, using: &generator) {
            let limit: UInt32 = Bool.random(using: &generator) ? 0x7F : 0x10FFFF
            if let scalar = Unicode.Scalar(UInt32.random(in: 0...limit, using: &generator)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
