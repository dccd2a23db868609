import CoinlineJSON
import LineProtocol
import TestKit
import Testing

@testable import Collector

@Suite("JSON objects in pieces")
struct PointTextStreamTests {
    private func read(_ pieces: [[UInt8]]) -> [String] {
        var stream = ObjectStream()
        var found: [String] = []
        let note: (ObjectStream.Item) -> Void = { item in
            switch item {
            case .object(let object):
                found.append("\(object.start) \(String(decoding: object.cursor.rawBytes, as: UTF8.self))")
            case .bad(let place, let reason): found.append("bad \(place) \(reason)")
            }
        }
        for piece in pieces { stream.append(piece, note) }
        stream.finish(note)
        return found
    }

    @Test("any pieces of any text read as the whole does, and places go forward")
    func anyPieces() {
        let parts = [
            "{", "}", "[", "]", "\"", "\\", ":", ",", "\n", "\n{", " ", "a", "1", "{\"a\":1}",
            "\n{\"b\":\n{\"c\":[1,\n{}]}}\n",
            "\"x\":", "\\\"", "true", "é", "\u{1}",
        ]
        var random = SeededGenerator()
        for round in 0..<2_000 {
            let count = Int.random(in: 1..<60, using: &random)
            let text = (0..<count).map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }.joined()
            let bytes = Array(text.utf8)
            let whole = read([bytes])
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let size = Int.random(in: 1...9, using: &random)
                pieces.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }

            #expect(read(pieces) == whole, "seed \(SeededGenerator.seed), round \(round): \(text)")
        }
    }

    @Test("every valid object is read, whatever its white space, and lines that begin with { inside of it too")
    func validObjects() {
        let objects = [
            "{}", "{\"a\":\n{\"b\":\n{}}}", "{\"a\":[\n{},\n{\"x\":1}\n,\n{}]}", "{ \"}{\" : \"\\\"{\" }", "{\n}",
            "{\"a\"\n:\n{}\n}",
        ]
        let found = read([Array(objects.joined(separator: "\n").utf8)])

        #expect(found.map { $0.drop { $0 != " " }.dropFirst() } == objects.map { $0[...] })
    }

    @Test("an object that is too long is given up, and the next one is read")
    func tooLong() {
        var stream = ObjectStream()
        var found: [String] = []
        let note: (ObjectStream.Item) -> Void = { item in
            if case .bad(let place, let reason) = item {
                found.append("\(place) \(reason)")
            } else {
                found.append("object")
            }
        }
        stream.append(Array("{}\n {\"a\":\"".utf8), note)
        let piece = [UInt8](repeating: 0x78, count: 1 << 20)
        for _ in 0...(ObjectStream.Limit.objectBytesMax >> 20) { stream.append(piece, note) }
        stream.append(Array("\"}\n{}\n".utf8), note)
        stream.finish(note)

        #expect(
            found == ["object", "2:2 the object is longer than \(ObjectStream.Limit.objectBytesMax) bytes", "object"])
    }
}
