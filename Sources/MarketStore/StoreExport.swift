import CoinlineBase
public import LineProtocol

/// One state of the store, or of a part of it, to be read out whole: every call sees what was there when this was made,
/// whoever writes meanwhile. Held for as long as this lives, so not for longer than needed: meanwhile the log beside
/// the file grows. Calls block on the disk.
///
/// Strict where ``StoreReader`` is not: what another program wrote into the file and what has not the type of its
/// column is told, never changed into something else.
public final class StoreExport {
    /// Which points.
    public struct Selection: Sendable {
        /// All where empty.
        public var measurements: [String] = []
        /// From this time on.
        public var since: Timestamp?
        /// Before this time.
        public var until: Timestamp?

        public init() {}
    }

    /// What the store holds of the selection, by bytes of the names.
    public let measurements: [String]
    private let snapshot: StoreSnapshot
    let tables: [StoredTable]
    private let selection: Selection

    /// Fails when there is no store at the path, when this version cannot read it, and for a measurement that is not in
    /// it.
    public init(path: String, _ selection: Selection = Selection()) throws(StoreError) {
        snapshot = try StoreSnapshot(path: path)
        var tables = snapshot.schema.tables
        if !selection.measurements.isEmpty {
            tables = []
            var names: Set<ExactName> = []
            for name in selection.measurements where names.insert(ExactName(name)).inserted {
                tables.append(try snapshot.table(of: name))
            }
        }
        tables.sort { $0.measurement.utf8.lexicographicallyPrecedes($1.measurement.utf8) }
        self.tables = tables
        self.selection = selection
        measurements = tables.map(\.measurement)
    }

    /// Whose data the store holds; nil when it was never marked.
    public func origin() throws(StoreError) -> StoreOrigin? { try StoreFile.origin(snapshot.database) }

    /// A point whose time is no whole number of units, if there is one. Reads every key, so a big store takes seconds.
    public func firstPoint(
        finerThan precision: Precision
    ) throws(StoreError) -> (measurement: String, time: Timestamp)? {
        guard precision != .nanoseconds else { return nil }
        for table in tables {
            let time = try snapshot.run { () throws(SQLiteFailure) -> Int64? in
                let condition = "typeof(\"time\") = 'integer' AND \"time\" % \(precision.nanosecondsPerUnit) <> 0"
                let rows = try select([#""time""#], of: table, and: condition, limit: 1)
                return try rows.step() ? rows.integer(0) : nil
            }
            if let time { return (table.measurement, Timestamp(nanoseconds: time)) }
        }
        return nil
    }

    /// Every row, one measurement after the other, each by time and then by tags; tags and fields by bytes of their
    /// keys. So the order says nothing of the order in which anything came. Holds one row at a time.
    ///
    /// - Parameter body: gives false to end.
    public func forEachRow(_ body: (StoredRow) -> Bool) throws(StoreError) {
        for table in tables {
            let goesOn = try snapshot.run { () throws(SQLiteFailure) in
                let reader = RowReader(table)
                let rows = try select(reader.columns, of: table)
                while try rows.step() {
                    guard body(reader.row(rows)) else { return false }
                }
                return true
            }
            guard goesOn else { return }
        }
    }

    /// The problem of a point that was read and cannot be written, with the names that the file uses.
    public func problem(with point: Point, _ error: LineEncodingError) -> StoredRowProblem {
        let table = snapshot.schema.table(of: point.measurement)
        let index: Int? =
            switch error.position {
            case .tagKey, .tagValue: table?.tag(error.name)
            case .fieldKey, .fieldValue: table?.field(error.name)
            case .measurement, .series, .time, .point: nil
            }
        let column = index.flatMap { table?.columns[$0].column }
        return StoredRowProblem(
            measurement: point.measurement, time: point.time.map { String($0.nanoseconds) } ?? "",
            column: column ?? (error.position == .time ? "time" : nil), reason: error.description)
    }

    private func select(
        _ columns: [String], of table: StoredTable, and condition: String? = nil, limit: Int? = nil
    ) throws(SQLiteFailure) -> Statement {
        try Statement(snapshot.database, sql(columns, of: table, and: condition, limit: limit))
    }

    /// By time, which is the table's index, so that SQLite sorts nothing, or only points of one time where the store
    /// saw their tags in another order than that of their names.
    func sql(_ columns: [String], of table: StoredTable, and condition: String? = nil, limit: Int? = nil) -> String {
        let bounds = [(selection.since, ">="), (selection.until, "<")].compactMap { bound, sign in
            bound.map { "\"time\" \(sign) \($0.nanoseconds)" }
        }
        let conditions = bounds + (condition.map { [$0] } ?? [])
        return "SELECT \(StoreSQL.list(columns)) FROM main.\(StoreSQL.identifier(table.table))"
            + (conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND "))
            + " ORDER BY \(StoreSQL.key(table.sortedTagColumns))" + (limit.map { " LIMIT \($0)" } ?? "")
    }
}

/// A row of the store.
public enum StoredRow: Sendable, Equatable {
    case point(Point)
    /// Something in it has not the type of its column, so another program wrote it.
    case unreadable(StoredRowProblem)
}

/// Why a row of the store is no point, with the names under which the `sqlite3` program finds it.
public struct StoredRowProblem: Sendable, Equatable, CustomStringConvertible {
    public let measurement: String
    /// As it stands in the row: in nanoseconds, unless another program wrote it.
    public let time: String
    /// Nil where the row as a whole is wrong.
    public let column: String?
    public let reason: String

    public var description: String {
        let name = RejectedName.excerpt(measurement)
        let column = column.map { ", column \"\(RejectedName.excerpt($0))\"" } ?? ""
        return "\"\(name)\", time \(RejectedName.excerpt(time))\(column): \(reason)"
    }
}

/// Makes points of the rows of one table.
private struct RowReader {
    let columns: [String]
    private let measurement: String
    private let tags: [StoredColumn]
    private let fields: [(column: StoredColumn, type: FieldType)]

    private struct BadCell: Error {
        let column: String
        let reason: String
    }

    init(_ table: StoredTable) {
        measurement = table.measurement
        tags = table.sortedTagColumns
        fields = table.columns.sortedByName.compactMap { column in
            if case .field(let type) = column.kind { (column, type) } else { nil }
        }
        columns = [#""time""#] + (tags + fields.map(\.column)).map { StoreSQL.identifier($0.column) }
    }

    func row(_ row: Statement) -> StoredRow {
        do throws(BadCell) { return .point(try point(row)) } catch {
            return .unreadable(
                StoredRowProblem(
                    measurement: measurement, time: row.text(0), column: error.column, reason: error.reason))
        }
    }

    private func point(_ row: Statement) throws(BadCell) -> Point {
        guard row.kind(0) == .integer else {
            throw BadCell(column: "time", reason: "holds \(row.kind(0).words) where an integer belongs")
        }
        var point = Point(measurement: measurement, time: Timestamp(nanoseconds: row.integer(0)))
        for (offset, tag) in tags.enumerated() where row.kind(1 + offset) != .null {
            let value = try text(row, 1 + offset, tag, "a tag's text")
            if !value.isEmpty { point.tags.append(Tag(tag.name, value)) }
        }
        for (offset, field) in fields.enumerated() where row.kind(1 + tags.count + offset) != .null {
            let value = try value(row, 1 + tags.count + offset, field.column, field.type)
            point.fields.append(Field(field.column.name, value))
        }
        return point
    }

    private func value(
        _ row: Statement, _ index: Int, _ column: StoredColumn, _ type: FieldType
    ) throws(BadCell) -> FieldValue {
        let kind = row.kind(index)
        switch (type, kind) {
        case (.float, .float) where row.double(index).isFinite: return .float(row.double(index))
        case (.integer, .integer): return .integer(row.integer(index))
        case (.unsigned, .integer) where row.integer(index) >= 0: return .unsigned(UInt64(row.integer(index)))
        case (.unsigned, .text):
            // Only what an integer of SQLite cannot hold stands as text.
            if let number = UInt64(row.text(index)), number > Int64.max { return .unsigned(number) }
        case (.boolean, .integer) where (0...1).contains(row.integer(index)): return .boolean(row.integer(index) == 1)
        case (.string, _): return .string(try text(row, index, column, "a string"))
        case (.float, _):
            // Written by hand, 5 is the float 5, as long as no digit of it is lost.
            if kind == .integer, let number = Double(exactly: row.integer(index)) { return .float(number) }
        case (.integer, _), (.unsigned, _), (.boolean, _): break
        }
        throw BadCell(column: column.column, reason: "holds \(kind.words) that is no \(type.name)")
    }

    private func text(
        _ row: Statement, _ index: Int, _ column: StoredColumn, _ expected: String
    ) throws(BadCell) -> String {
        guard row.kind(index) == .text else {
            throw BadCell(column: column.column, reason: "holds \(row.kind(index).words) where \(expected) belongs")
        }
        guard let text = row.validText(index) else {
            throw BadCell(column: column.column, reason: "holds bytes that are not UTF-8")
        }
        return text
    }
}

extension StoredTable {
    /// By bytes of their names.
    fileprivate var sortedTagColumns: [StoredColumn] { tagColumns.sortedByName }
}

extension [StoredColumn] {
    fileprivate var sortedByName: [StoredColumn] {
        sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
}

extension Statement.Kind {
    fileprivate var words: String {
        switch self {
        case .null: "nothing"
        case .integer: "an integer"
        case .float: "a real number"
        case .text: "a text"
        case .blob: "a blob"
        }
    }
}
