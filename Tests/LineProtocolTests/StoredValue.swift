import Foundation
import LineProtocol
import TestKit

/// One value of a field as a server holds it, in a form that can be compared.
struct StoredValue: Hashable {
    struct Place: Hashable {
        let measurement: [UInt8]
        let tags: [[UInt8]]
        let field: [UInt8]
        let nanoseconds: Int64
    }

    let place: Place
    /// The type and the value, floats by their bits; bytes, since two texts may be one to `String`.
    let value: [UInt8]

    init(_ place: Place, _ value: FieldValue) {
        self.place = place
        self.value = Array(Self.text(value).utf8)
    }

    private static func text(_ value: FieldValue) -> String {
        switch value {
        case .float(let number): "double \(number.bitPattern)"
        case .integer(let number): "long \(number)"
        case .unsigned(let number): "unsignedLong \(number)"
        case .boolean(let isTrue): "boolean \(isTrue)"
        case .string(let text): "string \(text)"
        }
    }

    /// The values in the answer to a Flux query: tables with annotations, each row one value.
    static func all(inAnnotatedCSV bytes: [UInt8]) throws -> Set<StoredValue> {
        var values: Set<StoredValue> = []
        var (types, names): ([String], [String]) = ([], [])
        for row in csvRows(String(decoding: bytes, as: UTF8.self)) {
            switch row.first {
            case "#datatype": (types, names) = (row, [])
            case "#group", "#default": break
            case _ where row.count < 2: break
            case _ where names.isEmpty: names = row
            default: values.insert(try StoredValue(Table(types: types, names: names), row))
            }
        }
        return values
    }

    private struct Table {
        let types: [String]
        let names: [String]

        func index(_ name: String) throws -> Int {
            guard let index = names.firstIndex(of: name) else { throw TestKitError("no column \(name)") }
            return index
        }
    }

    private init(_ table: Table, _ row: [String]) throws {
        let value = try table.index("_value")
        self.value = Array("\(table.types[value]) \(try Self.plain(row[value], table.types[value]))".utf8)
        let own: Set = ["", "result", "table", "_start", "_stop", "_time", "_value", "_field", "_measurement"]
        let tags = zip(table.names, row).filter { !own.contains($0.0) && !$0.1.isEmpty }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
        place = Place(
            measurement: Array(row[try table.index("_measurement")].utf8),
            tags: tags.flatMap { [Array($0.0.utf8), Array($0.1.utf8)] },
            field: Array(row[try table.index("_field")].utf8),
            nanoseconds: try Self.nanoseconds(row[try table.index("_time")]))
    }

    private static func plain(_ text: String, _ type: String) throws -> String {
        guard type == "double" else { return text }
        guard let number = Double(text) else { throw TestKitError("not a number: \(text)") }
        return "\(number.bitPattern)"
    }

    /// `2026-01-01T00:00:00.000000001Z`
    private static func nanoseconds(_ text: String) throws -> Int64 {
        let parts = text.dropLast().split(separator: ".")
        guard let date = ISO8601DateFormatter().date(from: "\(parts[0])Z") else {
            throw TestKitError("no time: \(text)")
        }
        let digits = parts.count > 1 ? String(parts[1]).padding(toLength: 9, withPad: "0", startingAt: 0) : "0"
        return Int64(date.timeIntervalSince1970) * 1_000_000_000 + (Int64(digits) ?? 0)
    }

    /// The cells of RFC 4180, walked by scalars, since a carriage return and a newline are one `Character`.
    private static func csvRows(_ text: String) -> [[String]] {
        var rows: [[String]] = []
        var row: [String] = []
        var cell = ""
        var isQuoted = false
        var scalars = text.unicodeScalars.makeIterator()
        var next = scalars.next()
        while let scalar = next {
            next = scalars.next()
            switch scalar {
            case "\"" where isQuoted && next == "\"":
                cell += "\""
                next = scalars.next()
            case "\"": isQuoted.toggle()
            // The server's writer of CSV makes every newline in a cell CR LF, and leaves out other carriage returns.
            case "\r" where isQuoted: break
            case _ where isQuoted: cell.unicodeScalars.append(scalar)
            case ",":
                row.append(cell)
                cell = ""
            case "\r": break
            case "\n":
                rows.append(row + [cell])
                (row, cell) = ([], "")
            default: cell.unicodeScalars.append(scalar)
            }
        }
        return rows
    }
}

extension StoredValue.Place {
    init(_ point: Point, _ field: Field) {
        let tags = point.tags.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        self.init(
            measurement: Array(point.measurement.utf8),
            tags: tags.flatMap { [Array($0.key.utf8), Array($0.value.utf8)] }, field: Array(field.key.utf8),
            nanoseconds: point.time?.nanoseconds ?? 0)
    }
}
