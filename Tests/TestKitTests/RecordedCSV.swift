import CoinlineBase
import TestKit

/// Annotated CSV, read for the tests alone: what the real server sent is compared with what the fake holds.
struct RecordedCSV {
    /// Rows under one set of annotations and names.
    struct Block {
        var types: [String] = []
        var isInKey: [Bool] = []
        var defaults: [[UInt8]] = []
        var names: [String] = []
        var rows: [[[UInt8]]] = []
    }

    private(set) var blocks: [Block] = []

    init(_ bytes: [UInt8]) throws {
        var isInHead = false
        for row in try Self.rows(bytes) where row != [[]] {
            let first = String(decoding: row[0], as: UTF8.self)
            let texts = row.map { String(decoding: $0, as: UTF8.self) }
            if first.hasPrefix("#") {
                if !isInHead { blocks.append(Block()) }
                isInHead = true
                switch first {
                case "#datatype": blocks[blocks.count - 1].types = texts
                case "#group": blocks[blocks.count - 1].isInKey = texts.map { $0 == "true" }
                case "#default": blocks[blocks.count - 1].defaults = row
                default: throw TestKitError("an annotation \(first)")
                }
            } else if isInHead {
                isInHead = false
                blocks[blocks.count - 1].names = texts
            } else if blocks.isEmpty {
                throw TestKitError("rows without annotations")
            } else {
                blocks[blocks.count - 1].rows.append(row)
            }
        }
    }

    /// Lines end with a carriage return and a line feed, which within quotes stands for a line feed.
    private static func rows(_ bytes: [UInt8]) throws -> [[[UInt8]]] {
        var (rows, row, field): ([[[UInt8]]], [[UInt8]], [UInt8]) = ([], [], [])
        var (at, isQuoted) = (0, false)
        while at < bytes.count {
            let byte = bytes[at]
            let next = at + 1 < bytes.count ? bytes[at + 1] : nil
            at += 1
            switch (byte, isQuoted) {
            case (UInt8(ascii: "\""), true) where next == byte:
                field.append(byte)
                at += 1
            case (UInt8(ascii: "\""), _): isQuoted.toggle()
            case (13, true) where next == 10: break
            case (UInt8(ascii: ","), false):
                row.append(field)
                field = []
            case (13, false):
                guard next == 10 else { throw TestKitError("a carriage return alone") }
            case (10, false):
                rows.append(row + [field])
                (row, field) = ([], [])
            default: field.append(byte)
            }
        }
        guard row.isEmpty, field.isEmpty, !isQuoted else { throw TestKitError("the last line is not ended") }
        return rows
    }
}

extension RecordedCSV {
    /// One value of one series, as a row of a query without aggregation tells it.
    struct Cell: Hashable, CustomStringConvertible {
        let measurement: [UInt8]
        let tags: [[UInt8]: [UInt8]]
        let field: [UInt8]
        let value: FakeInfluxDB2.RawValue
        /// nil where the query left it out.
        var time: Int64?

        var description: String {
            func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
            let tagText = tags.map { ",\(text($0.key))=\(text($0.value))" }.sorted().joined()
            return "\(text(measurement))\(tagText) \(text(field))=\(value) \(time.map { "\($0)" } ?? "")"
        }
    }

    func cells() throws -> [Cell] {
        try blocks.flatMap { block in try block.rows.map { try Self.cell($0, block) } }
    }

    private static func cell(_ row: [[UInt8]], _ block: Block) throws -> Cell {
        var (columns, tags): ([String: [UInt8]], [[UInt8]: [UInt8]]) = ([:], [:])
        for (index, name) in block.names.enumerated().dropFirst(3) {
            let value = row[index].isEmpty ? block.defaults[index] : row[index]
            if ["_start", "_stop", "_time", "_value", "_field", "_measurement"].contains(name) {
                columns[name] = value
            } else {
                tags[Array(name.utf8)] = value
            }
        }
        guard let measurement = columns["_measurement"], let field = columns["_field"],
            let value = columns["_value"], let type = block.names.firstIndex(of: "_value").map({ block.types[$0] })
        else { throw TestKitError("a row without measurement, field or value") }
        return Cell(
            measurement: measurement, tags: tags, field: field, value: try self.value(value, type),
            time: try columns["_time"].map(time))
    }

    private static func time(_ bytes: [UInt8]) throws -> Int64 {
        guard let time = UTCTime(rfc3339: String(decoding: bytes, as: UTF8.self)) else {
            throw TestKitError("no time: \(bytes)")
        }
        return time.nanoseconds
    }

    private static func value(_ bytes: [UInt8], _ type: String) throws -> FakeInfluxDB2.RawValue {
        let text = String(decoding: bytes, as: UTF8.self)
        let value: FakeInfluxDB2.RawValue? =
            switch type {
            case "string": .string(bytes)
            case "double": Double(text).map { .float($0) }
            case "long": Int64(text).map { .integer($0) }
            case "unsignedLong": UInt64(text).map { .unsigned($0) }
            case "boolean": Bool(text).map { .boolean($0) }
            default: nil
            }
        guard let value else { throw TestKitError("no \(type): \(text)") }
        return value
    }
}
