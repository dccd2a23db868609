import Foundation
import TestKit

@testable import InfluxWriter

/// Lines as the server ends them.
func csv(_ lines: String...) -> [UInt8] {
    Array(lines.map { $0 + "\r\n" }.joined().utf8)
}

func tables(_ bytes: [UInt8]) throws -> [FluxTable] {
    try FluxReader.tables(in: bytes)
}

/// A time as an answer writes it.
func time(_ text: String) -> FluxValue {
    let parts = text.dropLast().split(separator: ".")
    let seconds = ISO8601DateFormatter().date(from: parts[0] + "Z")?.timeIntervalSince1970 ?? 0
    let fraction = parts.count > 1 ? parts[1] + String(repeating: "0", count: 9 - parts[1].count) : "0"
    return .time(Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000 + (Int64(fraction) ?? 0)))
}

/// Reads CSV in the plainest way there is, apart from the reader under test: a character at a time, every cell a text.
struct PlainCSV {
    struct Block {
        var annotations: [String: [String]] = [:]
        var header: [String] = []
        var rows: [[String]] = []

        /// The text of a cell with the default put in.
        func text(_ row: [String], _ index: Int) -> String {
            row[index].isEmpty ? annotations["#default"]?[index] ?? "" : row[index]
        }

        func index(of name: String) -> Int? { header.firstIndex(of: name) }
        var isError: Bool { header.contains("error") && !header.contains("result") }
        var types: [String] { annotations["#datatype"] ?? header.map { _ in "string" } }

        /// The texts of `result` and `table` of every row.
        var identities: [String] {
            rows.map { row in
                ["result", "table"].map { text(row, index(of: $0) ?? 0) }.joined(separator: "/")
            }
        }
    }

    let blocks: [Block]

    init(_ bytes: [UInt8]) {
        var blocks: [Block] = []
        var block = Block()
        for record in Self.records(String(decoding: bytes, as: UTF8.self)) {
            if record == [""] {
                if !block.header.isEmpty { blocks.append(block) }
                block = Block()
            } else if record[0].hasPrefix("#") {
                block.annotations[record[0]] = record
            } else if block.header.isEmpty {
                block.header = record
            } else {
                block.rows.append(record)
            }
        }
        if !block.header.isEmpty { blocks.append(block) }
        self.blocks = blocks
    }

    private static func records(_ text: String) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var cell = ""
        var isQuoted = false
        // Scalars, since CRLF is one character to Swift.
        var rest = text.unicodeScalars.filter { $0 != "\r" }[...]
        while let scalar = rest.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true) where rest.first == "\"":
                cell += "\""
                rest.removeFirst()
            case ("\"", _): isQuoted.toggle()
            case (",", false):
                record.append(cell)
                cell = ""
            case ("\n", false):
                records.append(record + [cell])
                (record, cell) = ([], "")
            default: cell.unicodeScalars.append(scalar)
            }
        }
        if !record.isEmpty || !cell.isEmpty { records.append(record + [cell]) }
        return records
    }
}
