import Foundation
import LineProtocol
import TestKit

/// What the processes of a world offered, and what of it was accepted, by the points' numbers.
struct Ledger {
    struct Offer: Hashable {
        let bucket: String
        /// `ms` or `s`.
        let precision: String
    }

    private(set) var offered: [Int: Offer] = [:]
    private(set) var accepted: Set<Int> = []
    /// Of calls that threw. Some of them may have been accepted all the same.
    private(set) var refused: Set<Int> = []

    /// Reads what a process said, however it ended. A last line that was cut off counts for nothing.
    mutating func read(_ output: String) {
        for line in output.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            let words = line.split(separator: " ")
            guard words.count >= 3, let first = Int(words[1]), let count = Int(words[2]) else { continue }
            let numbers = first..<first + count
            switch words[0] {
            case "offered" where words.count == 5:
                let offer = Offer(bucket: String(words[3]), precision: String(words[4]))
                for number in numbers { offered[number] = offer }
            case "accepted": accepted.formUnion(numbers)
            case "refused": refused.formUnion(numbers)
            default: break
            }
        }
    }

    init() {}

    /// What one process said.
    init(_ result: ProgramResult) {
        read(result.outputText)
    }

    /// A file that the test itself put into the outbox.
    mutating func note(_ numbers: Range<Int>, _ offer: Offer) {
        for number in numbers { offered[number] = offer }
        accepted.formUnion(numbers)
    }
}

/// What must be at the destination for a number: the rule of `ChaosPoints`, written a second time.
enum Expected {
    static let startSeconds: Int64 = 1_767_571_200
    static let texts = [
        "two\nlines", "a \"quoted\" word", "back\\slash\\", "\nchaos,run=invented,lane=0 n=1i 1767571200000\n",
        "unable to parse 'chaos,run=x n=': missing field value", "ends in a quote\"", "a,b c=d", "\"", "\n\n",
        "partial write: field type conflict: input field \"clash\" dropped=7",
    ]

    static func point(_ number: Int, run: String, _ precision: String) -> FakeInfluxDB2.StoredPoint {
        var fields: [String: FakeInfluxDB2.StoredValue] = [
            "n": .integer(Int64(number)), "v": .float(Double(number) / 4 + 0.5),
        ]
        if number % 7 == 3 { fields["text"] = .string(texts[number % texts.count]) }
        let time =
            precision == "s"
            ? (startSeconds + Int64(number)) * 1_000_000_000 : startSeconds * 1_000_000_000 + Int64(number) * 1_000_000
        return FakeInfluxDB2.StoredPoint(
            measurement: "chaos", tags: ["run": run, "unit": precision, "lane": "\(number % 3)"], fields: fields,
            time: time)
    }
}

extension Expected {
    /// The same as a line.
    static func line(_ number: Int, run: String, _ precision: String = "ms", hasClash: Bool = false) -> String {
        let value = "\(Double(number) / 4 + 0.5)"
        var fields = "n=\(number)i,v=\(value.hasSuffix(".0") ? String(value.dropLast(2)) : value)"
        if number % 7 == 3 {
            let text = texts[number % texts.count]
            fields += ",text=\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
        }
        if hasClash { fields += ",clash=1i" }
        let start = precision == "s" ? startSeconds : startSeconds * 1_000
        return "chaos,lane=\(number % 3),run=\(run),unit=\(precision) \(fields) \(start + Int64(number))"
    }

    /// The number of a line, whatever is wrong with the rest of it: it stands before any text.
    static func number(of line: [UInt8]) -> Int? {
        guard let start = line.firstRange(of: Array(" n=".utf8))?.upperBound else { return nil }
        let digits = line[start...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard line[digits.endIndex...].first == UInt8(ascii: "i") else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// The same as what a writer is given.
    static func points(_ numbers: Range<Int>, run: String) -> [Point] {
        numbers.map { number in
            var fields = [Field("n", .integer(Int64(number))), Field("v", .float(Double(number) / 4 + 0.5))]
            if number % 7 == 3 { fields.append(Field("text", .string(texts[number % texts.count]))) }
            return Point(
                measurement: "chaos",
                tags: [Tag("run", run), Tag("unit", "ms"), Tag("lane", "\(number % 3)")], fields: fields,
                time: Timestamp(nanoseconds: startSeconds * 1_000_000_000 + Int64(number) * 1_000_000))
        }
    }
}

/// The account that a process gave at its end.
struct ProcessReport: Decodable {
    struct Account: Decodable {
        let accepted, acknowledged, pending, deadLettered, dropped, removed: Int
        let addsUp: Bool
    }

    let total, own: Account
    let held, pendingBatches, pendingBytes, requests, retries, holds: Int
    let delivers: Bool
    /// How long the end took, in the time by which its waits pass.
    let endMilliseconds: Int

    init?(output: String) throws {
        guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("report ") }) else { return nil }
        self = try JSONDecoder().decode(ProcessReport.self, from: Data(line.dropFirst(7).utf8))
    }
}
