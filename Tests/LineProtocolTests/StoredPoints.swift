import CoinlineJSON
import LineProtocol
import TestKit

/// What makes a point one point to a server, by bytes.
struct Identity: Hashable {
    let measurement: [UInt8]
    let tags: [[UInt8]]
    let nanoseconds: Int64

    init(_ point: Point) {
        measurement = Array(point.measurement.utf8)
        tags = point.tags.flatMap { [Array($0.key.utf8), Array($0.value.utf8)] }
        nanoseconds = point.time?.nanoseconds ?? 0
    }
}

/// Everything that a database of InfluxDB 1.x holds, as points with their fields in the order of their keys.
struct StoredPoints {
    private(set) var points: [Identity: Point] = [:]
    private var types: [[UInt8]: [[UInt8]: String]] = [:]

    init(_ server: InfluxDB1, database: String) async throws {
        let keys = try await server.query("SHOW FIELD KEYS", database: database)
        for (series, rows) in try Self.series(keys) {
            let texts = try rows.elements().map { try $0.elements().map { try $0.string() } }
            for text in texts { types[Array(series.name.utf8), default: [:]][Array(text[0].utf8)] = text[1] }
        }
        let names = types.keys.map { String(decoding: $0, as: UTF8.self) }
        for start in stride(from: 0, to: names.count, by: 20) {
            let statements = names[start..<min(start + 20, names.count)].map { name in
                "SELECT * FROM \(Self.identifier(name)) GROUP BY *"
            }
            let answer = try await server.query(statements.joined(separator: "; "), database: database)
            for (series, rows) in try Self.series(answer) { try add(series, rows) }
        }
    }

    private struct Header {
        let name: String
        let tags: [LineProtocol.Tag]
        let columns: [String]
    }

    private static func series(_ answer: JSONCursor) throws -> [(Header, JSONCursor)] {
        try answer.requiredMember("results").elements().flatMap { result in
            try (result.member("series")?.elements() ?? []).map { series in
                let tags = try series.member("tags")?.members() ?? []
                let header = Header(
                    name: try series.requiredMember("name").string(),
                    tags: try tags.map { Tag($0.name, try $0.value.string()) }.filter { !$0.value.utf8.isEmpty },
                    columns: try series.requiredMember("columns").elements().map { try $0.string() })
                return (header, try series.requiredMember("values"))
            }
        }
    }

    private mutating func add(_ series: Header, _ rows: JSONCursor) throws {
        let types = types[Array(series.name.utf8)] ?? [:]
        for row in try rows.elements() {
            let cells = try row.elements()
            var point = Point(
                measurement: series.name, tags: series.tags, time: Timestamp(nanoseconds: try cells[0].int64()))
            for (column, cell) in zip(series.columns, cells).dropFirst() where !cell.isNull {
                point.fields.append(Field(column, try value(cell, types[Array(column.utf8)])))
            }
            point = inServerOrder(point)
            points[Identity(point)] = point
        }
    }

    private func value(_ cell: JSONCursor, _ type: String?) throws -> FieldValue {
        switch type {
        case "float": .float(try cell.double())
        case "integer": .integer(try cell.int64())
        case "boolean": .boolean(try cell.boolean())
        case "string": .string(try cell.string())
        default: throw TestKitError("a field of the type \(type ?? "none")")
        }
    }

    private static func identifier(_ name: String) -> String {
        var quoted = "\""
        for scalar in name.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\n": quoted += "\\n"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

/// Tags and fields sorted by the bytes of their keys.
func inServerOrder(_ point: Point) -> Point {
    var sorted = point
    sorted.tags.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    sorted.fields.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    return sorted
}
