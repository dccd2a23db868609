import CoinlineCompression
import Foundation
import TestKit
import Testing

@testable import InfluxWriter

@Suite("Recorded answers to queries", .requiresSharedFacts)
struct ReadingRecordedTests {
    /// Every recorded answer that is CSV; of one that was cut, the rows before the cut.
    private struct Answer {
        let name: String
        let bytes: [UInt8]
        let isWhole: Bool
    }

    private static let files = [
        "server", "setup", "buckets", "tokens", "write", "query", "examples", "tasks", "dbrp", "delete",
    ]

    private func answers() throws -> [Answer] {
        try Self.files.flatMap { file in
            try RecordedExchange.all("influxdb2/\(file).json").compactMap { exchange in
                guard exchange.responseHeader("Content-Type")?.hasPrefix("text/csv") == true else { return nil }
                let isWhole = exchange.responseBody.refilled != nil
                return Answer(
                    name: "\(file): \(exchange.name)", bytes: isWhole ? try body(of: exchange) : rows(of: exchange),
                    isWhole: isWhole)
            }
        }
    }

    private func body(of exchange: RecordedExchange) throws -> [UInt8] {
        let bytes = exchange.responseBody.refilled ?? []
        return exchange.responseHeader("Content-Encoding") == "gzip" ? try unpacked(bytes) : bytes
    }

    /// The whole rows before the cut, with the empty line that ends a block.
    private func rows(of exchange: RecordedExchange) -> [UInt8] {
        let start = Array((exchange.responseBody.kept?.start ?? "").utf8)
        return Array(start[..<((start.lastIndex(of: 0x0A) ?? -1) + 1)]) + Array("\r\n".utf8)
    }

    private func unpacked(_ gzip: [UInt8]) throws -> [UInt8] {
        var gunzip = try Gunzip(outputBytesMax: 64 << 20)
        var out: [UInt8] = []
        try gunzip.append(gzip, to: &out)
        return out
    }

    @Test("each annotated CSV is read as a plain reader reads it: tables, rows, types, nulls and values")
    func everyAnswer() throws {
        var counts = (answers: 0, tables: 0, rows: 0, nulls: 0, errors: 0, cut: 0)
        var types: Set<FluxType> = []
        for answer in try answers() {
            let plain = PlainCSV(answer.bytes)
            var reader = FluxReader(answer.bytes)
            var found: [FluxTable] = []
            var failure: FluxReadingError?
            do throws(FluxReadingError) { while let table = try reader.next() { found.append(table) } } catch {
                failure = error
            }
            counts.answers += 1
            if !answer.isWhole { counts.cut += 1 }
            let errors = plain.blocks.filter(\.isError)
            counts.errors += errors.count
            #expect(
                failure == errors.first.map { .server(message: $0.rows[0][1], reference: $0.rows[0][2]) },
                "\(answer.name)")
            try compare(found, plain, answer.name)
            counts.tables += found.count
            counts.rows += found.reduce(0) { $0 + $1.rows.count }
            counts.nulls += found.flatMap(\.rows).flatMap(\.self).count { $0 == .null }
            types.formUnion(found.flatMap(\.columns).map(\.type))
        }
        print(
            "InfluxDB 2.7.12: \(counts.answers) recorded answers of CSV (\(counts.cut) not whole), "
                + "\(counts.tables) tables, \(counts.rows) rows, \(counts.nulls) nulls, "
                + "\(counts.errors) errors inside 200"
        )
        #expect(counts.answers == 186 && counts.cut == 1 && counts.errors == 1)
        #expect(counts.tables == 216 && counts.rows == 8_500 && counts.nulls == 6)
        #expect(types == [.string, .long, .unsignedLong, .double, .boolean, .dateTime])
    }

    private func compare(_ found: [FluxTable], _ plain: PlainCSV, _ name: String) throws {
        var rest = found[...]
        for block in plain.blocks where !block.isError {
            // A block without rows is a table where the defaults hold its number.
            if block.rows.isEmpty {
                guard let index = block.index(of: "table"), block.annotations["#default"]?[index].isEmpty == false
                else { continue }
                let table = rest.popFirst()
                #expect(table?.rows.isEmpty == true, "\(name)")
                continue
            }
            var rows = block.rows[...]
            for (identity, count) in runs(block.identities) {
                let next = rest.popFirst()
                let table = try #require(next, "\(name)")
                #expect("\(table.result)/\(table.number)" == identity && table.rows.count == count, "\(name)")
                for (got, row) in zip(table.rows, rows.prefix(count)) { compare(got, row, table, block, name) }
                rows = rows.dropFirst(count)
            }
        }
        #expect(rest.isEmpty, "\(name)")
    }

    private func runs(_ identities: [String]) -> [(String, Int)] {
        identities.reduce(into: []) { runs, one in
            if runs.last?.0 == one { runs[runs.count - 1].1 += 1 } else { runs.append((one, 1)) }
        }
    }

    private func compare(
        _ got: [FluxValue], _ row: [String], _ table: FluxTable, _ block: PlainCSV.Block, _ name: String
    ) {
        let indices = block.header.indices.dropFirst().filter { !["result", "table"].contains(block.header[$0]) }
        #expect(table.columns.map(\.name) == indices.map { block.header[$0] }, "\(name)")
        #expect(table.columns.map(\.type.rawValue) == indices.map { block.types[$0] }, "\(name)")
        for (value, index) in zip(got, indices) {
            let text = block.text(row, index)
            #expect(Self.matches(value, text, block.types[index]), "\(name): \(value) of \(text)")
        }
    }

    /// Whether a value is the text of its type, judged without the reader's own means.
    private static func matches(_ value: FluxValue, _ text: String, _ type: String) -> Bool {
        switch value {
        case .null: text.isEmpty && type != "string"
        case .string(let got): type == "string" && got == text
        case .long(let got): type == "long" && "\(got)" == text
        case .unsignedLong(let got): type == "unsignedLong" && "\(got)" == text
        case .boolean(let got): type == "boolean" && "\(got)" == text
        case .double(let got):
            type == "double" && (strtod(text, nil) == got || (text == "NaN" && got.isNaN))
        case .time: type == "dateTime:RFC3339" && value == InfluxWriterTests.time(text)
        case .duration, .bytes: false
        }
    }

    // MARK: Known contents

    @Test("what was written comes back: awkward texts, types and numbers")
    func writtenValues() throws {
        let readBacks = try answers()
        func values(_ name: String, _ column: String = "_value") throws -> [FluxValue] {
            let answer = try #require(readBacks.first { $0.name == "write: \(name) / stored" }, "\(name)")
            return try tables(answer.bytes).flatMap { $0.values(of: column) ?? [] }
        }

        #expect(try values("form: string with raw newline") == [.string("l1\nl2")])
        #expect(try values("backslash and newline in a tag", "t") == [.string("a\\\nb")])
        #expect(try values("bad line: invalid utf-8 in tag", "t") == [.string("\u{FFFD}\u{FFFD}")])
        #expect(try values("one point") == [.long(1), .double(1.5)])
        #expect(try values("no final newline", "_time") == [time("2026-01-01T00:00:00Z")])
        #expect(
            try values("gzip of two members, first without final newline", "_time").last
                == time("2026-01-01T00:00:00.000000001Z"))
        #expect(try values("bad line: carriage return").isEmpty)
    }

    @Test(
        "the data set's rows are read as they were written", arguments: ["first rows", "vnd.flux body", "gzip answer"])
    func dataSet(name: String) throws {
        let exchange = try #require(try RecordedExchange.all("influxdb2/query.json").first { $0.name == name })
        let found = try tables(try body(of: exchange))
        let points = try dataSetPoints().filter { point in
            let offset = (point.time?.nanoseconds ?? 0) - 1_767_225_600_000_000_000
            return point.measurement == "cryptocurrency_data" && offset >= 0 && offset < 600_000_000_000
        }

        var told: Set<String> = []
        for table in found {
            let codes = try #require(table.values(of: "code"))
            let times = try #require(table.values(of: "_time"))
            for ((code, at), value) in zip(zip(codes, times), try #require(table.values(of: "_value"))) {
                guard case .string(let code) = code else { continue }
                switch (at, value) {
                case (.time(let time), .double(let number)): told.insert("\(code) \(time.nanoseconds) \(number)")
                case (.string(let text), .string(let digits)):
                    guard case .time(let time) = InfluxWriterTests.time(text) else { continue }
                    told.insert("\(code) \(time.nanoseconds) \(try #require(Double(digits)))")
                default: Issue.record("\(at) \(value)")
                }
            }
        }
        let written = points.compactMap { point -> String? in
            guard case .float(let rate)? = point.fields.first(where: { $0.key == "rate" })?.value else { return nil }
            let code = point.tags.first { $0.key == "code" }?.value ?? ""
            return "\(code) \(point.time?.nanoseconds ?? 0) \(rate)"
        }
        #expect(told.count == 10 && told == Set(written))
    }

    private func dataSetPoints() throws -> [Point] {
        let text = try unpacked(try SharedFacts.file("recorded/influxdb2/dataset.lp.gz"))
        var parser = LineParser(text, precision: .milliseconds)
        var points: [Point] = []
        while let line = try parser.next() { points.append(line.point) }
        return points
    }

    @Test("counts of the data set are what it holds")
    func dataSetCounts() throws {
        let exchange = try #require(
            try RecordedExchange.all("influxdb2/query.json").first { $0.name == "count points per code" })
        let found = try tables(try body(of: exchange))
        var expected: [String: Int64] = [:]
        for point in try dataSetPoints() where point.measurement == "cryptocurrency_data" {
            guard point.fields.contains(where: { $0.key == "rate" }) else { continue }
            expected[point.tags.first { $0.key == "code" }?.value ?? "", default: 0] += 1
        }

        var told: [String: Int64] = [:]
        for table in found {
            guard case .string(let code)? = table.key["code"],
                case .long(let count)? = table.values(of: "_value")?.first
            else { continue }
            told[code] = count
        }
        #expect(told == expected && told["BTC"] == 564)
    }
}
