extension FakeInfluxDB2 {
    /// One table of an answer to a query. Tables of one `result` stand together, in the order in which they are given.
    public struct Table: Sendable {
        public enum ColumnType: String, Sendable {
            case string
            case long
            case unsignedLong
            case double
            case boolean
            case time = "dateTime:RFC3339"
            case duration
            case base64Binary
        }

        public struct Column: Sendable {
            public var name: String
            public var type: ColumnType
            /// Whether it is part of the group key: the same in all rows of the table.
            public var isInGroupKey: Bool

            public init(_ name: String, _ type: ColumnType, isInGroupKey: Bool = false) {
                self.name = name
                self.type = type
                self.isInGroupKey = isInGroupKey
            }
        }

        public enum Value: Sendable, Hashable {
            case null
            case string(String)
            /// For text that is no UTF-8.
            case bytes([UInt8])
            case long(Int64)
            case unsignedLong(UInt64)
            case double(Double)
            case boolean(Bool)
            /// Nanoseconds since 1970.
            case time(Int64)
        }

        /// The name given to `yield`.
        public var result = "_result"
        public var columns: [Column]
        public var rows: [[Value]]
        /// For a table without rows: the values of the columns of the group key, in their order.
        public var key: [Value] = []
        /// Instead of columns and rows: what went wrong when others had been sent.
        public private(set) var error: String?

        public init(columns: [Column], rows: [[Value]]) {
            self.columns = columns
            self.rows = rows
        }

        /// Ends an answer with the block that tells what went wrong on the way.
        public static func error(_ message: String) -> Table {
            var table = Table(columns: [], rows: [])
            table.error = message
            return table
        }
    }

    /// How a client wants its answer.
    struct Dialect {
        var hasHeader = true
        var delimiter: Character = ","
        var annotations: [String] = []
    }
}

/// Annotated CSV as the server writes it.
struct AnnotatedCSV {
    let dialect: FakeInfluxDB2.Dialect
    private(set) var bytes: [UInt8] = []

    init(_ dialect: FakeInfluxDB2.Dialect) {
        self.dialect = dialect
    }

    static func bytes(_ tables: [FakeInfluxDB2.Table], _ dialect: FakeInfluxDB2.Dialect) -> [UInt8] {
        var csv = AnnotatedCSV(dialect)
        var rest = tables[...]
        // An answer without a table is an empty line.
        if rest.isEmpty { csv.endLine() }
        while let first = rest.first {
            if let error = first.error {
                csv.write(error: error)
                break
            }
            let result = rest.prefix { $0.error == nil && $0.result == first.result }
            csv.write(result: Array(result))
            rest = rest.dropFirst(result.count)
        }
        return csv.bytes
    }

    /// A line feed in a field becomes a carriage return and a line feed, and a carriage return goes.
    private static func field(_ bytes: [UInt8], delimiter: Character) -> [UInt8] {
        let special = [UInt8(ascii: "\""), 13, 10] + Array(delimiter.utf8)
        let isPlain = !bytes.contains { special.contains($0) } && bytes.first != 0x20 && bytes.first != 9
        if bytes.isEmpty || (isPlain && bytes != Array("\\.".utf8)) { return bytes }
        var quoted = [UInt8(ascii: "\"")]
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""): quoted += [byte, byte]
            case 13: break
            case 10: quoted += [13, 10]
            default: quoted.append(byte)
            }
        }
        return quoted + [UInt8(ascii: "\"")]
    }

    private mutating func endLine() { bytes += [13, 10] }

    private mutating func writeRow(_ fields: [[UInt8]]) {
        let separator = Array(dialect.delimiter.utf8)
        bytes += fields.map { Self.field($0, delimiter: dialect.delimiter) }.joined(separator: separator)
        endLine()
    }

    private mutating func writeRow(_ fields: [String]) { writeRow(fields.map { Array($0.utf8) }) }

    /// The tables of one result. Annotations and names stand where they change.
    private mutating func write(result tables: [FakeInfluxDB2.Table]) {
        var last: FakeInfluxDB2.Table?
        for (number, table) in tables.enumerated() {
            if last.map({ $0.rows.isEmpty || !Self.haveSameColumns($0, table) }) ?? true {
                if last != nil { endLine() }
                writeHead(table, number: number)
            }
            let result = dialect.annotations.contains("default") ? "" : table.result
            for row in table.rows { writeRow([[], Array(result.utf8), Array("\(number)".utf8)] + row.map(Self.text)) }
            last = table
        }
        endLine()
    }

    private static func haveSameColumns(_ left: FakeInfluxDB2.Table, _ right: FakeInfluxDB2.Table) -> Bool {
        left.columns.elementsEqual(right.columns) {
            $0.name == $1.name && $0.type == $1.type && $0.isInGroupKey == $1.isInGroupKey
        }
    }

    private mutating func writeHead(_ table: FakeInfluxDB2.Table, number: Int) {
        for annotation in dialect.annotations {
            switch annotation {
            case "datatype": writeRow(["#datatype", "string", "long"] + table.columns.map(\.type.rawValue))
            case "group": writeRow(["#group", "false", "false"] + table.columns.map { "\($0.isInGroupKey)" })
            default: writeRow(defaults(table, number: number))
            }
        }
        if dialect.hasHeader { writeRow(["", "result", "table"] + table.columns.map(\.name)) }
    }

    /// The values of the key where there is no row to hold them.
    private func defaults(_ table: FakeInfluxDB2.Table, number: Int) -> [[UInt8]] {
        var key = table.key[...]
        let values = table.columns.map { column in
            column.isInGroupKey && table.rows.isEmpty ? key.popFirst().map(Self.text) ?? [] : []
        }
        let numberText = table.rows.isEmpty ? "\(number)" : ""
        return [Array("#default".utf8), Array(table.result.utf8), Array(numberText.utf8)] + values
    }

    private mutating func write(error: String) {
        if dialect.annotations.contains("datatype") { writeRow(["#datatype", "string", "string"]) }
        if dialect.annotations.contains("group") { writeRow(["#group", "true", "true"]) }
        if dialect.annotations.contains("default") { writeRow(["#default", "", ""]) }
        writeRow(["", "error", "reference"])
        writeRow(["", error, ""])
    }

    private static func text(_ value: FakeInfluxDB2.Table.Value) -> [UInt8] {
        switch value {
        case .null: []
        case .string(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        case .long(let number): Array("\(number)".utf8)
        case .unsignedLong(let number): Array("\(number)".utf8)
        case .double(let number): Array(GoText.float(number).utf8)
        case .boolean(let value): Array("\(value)".utf8)
        case .time(let nanoseconds): Array(GoText.time(nanoseconds).utf8)
        }
    }
}
