import Glibc
import InfluxWriter
import LineProtocol

/// One state of the store, held by a read transaction for as long as the snapshot lives.
struct StoreSnapshot {
    let database: Database
    let schema: StoreSchema

    init(path: String) throws(StoreError) {
        // SQLite says only that it cannot open the file. The path is used during the call only.
        guard unsafe access(path, F_OK) == 0 else { throw StoreError(path: path, reason: .missingFile) }
        database = try StoreFile.run(path) { () throws(SQLiteFailure) in
            let database = try Database(path: path, access: .readOnly)
            try database.execute("PRAGMA query_only=ON")
            try database.execute("BEGIN")
            return database
        }
        try StoreFile.checkFormat(database)
        schema = try StoreFile.schema(database)
    }

    func table(of measurement: String) throws(StoreError) -> StoredTable {
        guard let table = schema.table(of: measurement) else {
            throw StoreError(path: database.path, reason: .unknownMeasurement(measurement))
        }
        return table
    }

    func summary(of table: StoredTable) throws(StoreError) -> MeasurementSummary {
        let name = StoreSQL.identifier(table.table)
        let tags = StoreSQL.list(table.tagColumns.map { StoreSQL.identifier($0.column) })
        return try run { () throws(SQLiteFailure) in
            let row = try Statement(database, "SELECT count(*), min(\"time\"), max(\"time\") FROM main.\(name)")
            _ = try row.step()
            let points = Int(row.integer(0))
            let series =
                tags.isEmpty
                ? Int64(min(points, 1))
                : try database.number("SELECT count(*) FROM (SELECT DISTINCT \(tags) FROM main.\(name))")
            return MeasurementSummary(
                measurement: table.measurement, points: points, series: Int(series ?? 0),
                first: points == 0 ? nil : Timestamp(nanoseconds: row.integer(1)),
                last: points == 0 ? nil : Timestamp(nanoseconds: row.integer(2)))
        }
    }

    func count(of table: StoredTable, since time: Timestamp) throws(StoreError) -> Int {
        try run { () throws(SQLiteFailure) in
            let sql = "SELECT count(*) FROM main.\(StoreSQL.identifier(table.table)) WHERE \"time\" >= ?"
            let statement = try Statement(database, sql)
            try statement.bind(time.nanoseconds, at: 1)
            return try statement.step() ? Int(statement.integer(0)) : 0
        }
    }

    /// Count and newest time of the points from `start` on and before `end`.
    func activity(of table: StoredTable, from start: Timestamp, before end: Timestamp) throws(StoreError)
        -> MeasurementActivity
    {
        try run { () throws(SQLiteFailure) in
            let name = StoreSQL.identifier(table.table)
            let sql = "SELECT count(*), max(\"time\") FROM main.\(name) WHERE \"time\" >= ? AND \"time\" < ?"
            let row = try Statement(database, sql)
            try row.bind(start.nanoseconds, at: 1)
            try row.bind(end.nanoseconds, at: 2)
            _ = try row.step()
            let points = Int(row.integer(0))
            return MeasurementActivity(
                measurement: table.measurement, points: points,
                newest: points == 0 ? nil : Timestamp(nanoseconds: row.integer(1)))
        }
    }

    func run<Result>(_ body: () throws(SQLiteFailure) -> Result) throws(StoreError) -> Result {
        try StoreFile.run(database.path, body)
    }
}

// MARK: - Points

extension StoreSnapshot {
    func forEachPoint(of table: StoredTable, since time: Timestamp?, _ body: (Point) -> Void) throws(StoreError) {
        let tags = table.tagColumns.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        let fields = table.columns.filter { !$0.isTag }
        let columns = [#""time""#] + (tags + fields).map { StoreSQL.identifier($0.column) }
        let sql =
            "SELECT \(StoreSQL.list(columns)) FROM main.\(StoreSQL.identifier(table.table)) "
            + "WHERE \"time\" >= ? ORDER BY \(StoreSQL.key(table.tagColumns))"
        try run { () throws(SQLiteFailure) in
            let rows = try Statement(database, sql)
            try rows.bind(time?.nanoseconds ?? .min, at: 1)
            while try rows.step() { body(point(rows, table.measurement, tags: tags, fields: fields)) }
        }
    }

    private func point(
        _ row: Statement, _ measurement: String, tags: [StoredColumn], fields: [StoredColumn]
    ) -> Point {
        var point = Point(
            measurement: measurement, tags: [], fields: [], time: Timestamp(nanoseconds: row.integer(0)))
        for (offset, tag) in tags.enumerated() {
            if case .tag(let value) = cell(row, 1 + offset, tag) { point.tags.append(Tag(tag.name, value)) }
        }
        for (offset, field) in fields.enumerated() {
            if case .field(let value) = cell(row, 1 + tags.count + offset, field) {
                point.fields.append(Field(field.name, value))
            }
        }
        return point
    }

    /// A value with the type that `_columns` gives it.
    private func cell(_ row: Statement, _ index: Int, _ column: StoredColumn) -> StoreCell {
        guard row.kind(index) != .null else { return .absent }
        switch column.kind {
        case .tag:
            let value = row.text(index)
            return value.isEmpty ? .absent : .tag(value)
        case .field(.float): return .field(.float(row.double(index)))
        case .field(.integer): return .field(.integer(row.integer(index)))
        case .field(.unsigned):
            return row.kind(index) == .text
                ? UInt64(row.text(index)).map { .field(.unsigned($0)) } ?? .absent
                : .field(.unsigned(UInt64(clamping: row.integer(index))))
        case .field(.boolean): return .field(.boolean(row.integer(index) != 0))
        case .field(.string): return .field(.string(row.text(index)))
        }
    }
}

// MARK: - Rows

extension StoreSnapshot {
    func rows(of table: StoredTable, _ query: StoreRowQuery) throws(StoreError) -> StoreRows {
        let names = query.columns.isEmpty ? ["time"] + table.columns.map(\.name) : query.columns
        var columns: [StoredColumn?] = []
        for name in names { columns.append(try column(name, of: table)) }
        let order = try column(query.orderedBy, of: table)
        let sql = select(table, columns, orderedBy: order, query)
        let rows = try run { () throws(SQLiteFailure) in
            let statement = try Statement(database, sql)
            try statement.bind(Int64(max(0, query.limit)), at: 1)
            var rows: [[StoreCell]] = []
            while try statement.step() {
                rows.append(
                    columns.enumerated().map { index, column in
                        column.map { cell(statement, index, $0) }
                            ?? .time(Timestamp(nanoseconds: statement.integer(index)))
                    })
            }
            return rows
        }
        return StoreRows(columns: names, rows: rows)
    }

    private func select(
        _ table: StoredTable, _ columns: [StoredColumn?], orderedBy order: StoredColumn?, _ query: StoreRowQuery
    ) -> String {
        var parts = columns.map(name)
        var grouping = ""
        if case .newestOfEachSeries = query.selection {
            // Beside one max(), SQLite takes the other columns from the row that has the maximum. A table without tags
            // is one series; grouping by a constant gives no row where there is none.
            parts.append(#"max("time")"#)
            let tags = table.tagColumns.map { StoreSQL.identifier($0.column) }
            grouping = " GROUP BY " + (tags.isEmpty ? "NULL" : StoreSQL.list(tags))
        }
        let isMissing = order.map { $0.isTag ? "\(name($0)) = ''" : "\(name($0)) IS NULL" }
        let direction = name(order) + (query.isDescending ? " DESC" : " ASC")
        return "SELECT \(StoreSQL.list(parts)) FROM main.\(StoreSQL.identifier(table.table))\(grouping) "
            + "ORDER BY \(StoreSQL.list([isMissing, direction].compactMap { $0 })) LIMIT ?"
    }

    private func name(_ column: StoredColumn?) -> String {
        column.map { StoreSQL.identifier($0.column) } ?? #""time""#
    }

    /// nil stands for the time.
    private func column(_ name: String, of table: StoredTable) throws(StoreError) -> StoredColumn? {
        if let index = table.field(name) ?? table.tag(name) { return table.columns[index] }
        guard name == "time" else {
            throw StoreError(path: database.path, reason: .unknownColumn(name, measurement: table.measurement))
        }
        return nil
    }
}
