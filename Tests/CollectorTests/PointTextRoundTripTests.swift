import LineProtocol
import TestKit
import Testing

@testable import Collector

@Suite("Line protocol to JSON and back", .onOwnThreads)
struct PointTextRoundTripTests {
    private let texts = [
        "a", ",", " ", "=", "\"", "\\x", "é", "e\u{301}", "😀", "#", "\u{FEFF}", "{", "}", "\u{2028}", "日本", "\u{85}",
        "/", "</script>", "'",
    ]

    private func text(_ random: inout SeededGenerator, _ extra: [String] = []) -> String {
        let all = texts + extra
        return (0..<Int.random(in: 1..<6, using: &random)).map { _ in
            all[Int.random(in: 0..<all.count, using: &random)]
        }.joined()
    }

    private func value(_ random: inout SeededGenerator) -> FieldValue {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: .integer(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
        case 1: .unsigned(random.next() >> UInt64.random(in: 0..<64, using: &random))
        case 2: .boolean(random.next() % 2 == 0)
        case 3: .string(text(&random, ["\n", "\r", "\t", "\u{1}", "\u{7F}", "\\", "\\n", "\u{0}"]))
        case 4:
            .float(
                [-0.0, 0, .leastNonzeroMagnitude, 1e308, -1e308, .pi, 1e16, 1e21, 0.1][
                    Int.random(in: 0..<9, using: &random)])
        case 5: .float(Double(Int64(bitPattern: random.next()) >> 11))
        default: .float(Double(bitPattern: random.next()))
        }
    }

    private func point(_ random: inout SeededGenerator) -> Point {
        var point = Point(measurement: "m" + text(&random))
        for number in 0..<Int.random(in: 0..<4, using: &random) {
            point.tags.append(Tag("t\(number)\(text(&random))", text(&random)))
        }
        for number in 0..<Int.random(in: 1..<6, using: &random) {
            point.fields.append(Field("f\(number)\(text(&random))", value(&random)))
        }
        if random.next() % 5 > 0 { point.time = Timestamp(nanoseconds: Int64(bitPattern: random.next())) }
        return point
    }

    @Test("the canonical bytes of random points come back", arguments: Precision.allCases)
    func random(precision: Precision) async throws {
        var random = SeededGenerator()
        var encoder = LineEncoder(precision: precision)
        while encoder.lineCount < 2_000 {
            // What no line can hold is no matter here.
            try? encoder.append(point(&random))
        }
        let lines = encoder.copyBytes()
        let json = try await converted(.toJSON, lines, precision: precision)
        let back = try await converted(.toLines(.influx2), Array(json.output.utf8), precision: precision)

        #expect(json.isGood && back.isGood, "\(json.complaints) \(back.complaints)")
        #expect(json.output.split(separator: "\n").count == 2_000)
        #expect(Array(back.output.utf8) == lines, "seed \(SeededGenerator.seed)")
    }

    @Test("a string of any characters comes back, also the longest that a line may hold")
    func strings() async throws {
        let every = String(String.UnicodeScalarView((0..<0x300).compactMap { Unicode.Scalar(UInt32($0)) }))
        let long = String(repeating: "\u{1}", count: 1 << 20)
        var encoder = LineEncoder(precision: .milliseconds)
        for text in [every, long] {
            try encoder.append(Point(measurement: "m", fields: [Field("v", .string(text))]))
        }
        let lines = encoder.copyBytes()
        let json = try await converted(.toJSON, lines)
        let back = try await converted(.toLines(.influx2), Array(json.output.utf8))

        #expect(json.isGood && back.isGood, "\(json.complaints) \(back.complaints)")
        #expect(Array(back.output.utf8) == lines)
    }
}
