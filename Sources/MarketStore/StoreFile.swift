import LineProtocol

/// What reader and writer both ask of a file: whose it is, which tables it has, whose data.
enum StoreFile {
    /// Makes an error of SQLite one of the store.
    static func run<Result>(
        _ path: String, _ body: () throws(SQLiteFailure) -> Result
    ) throws(StoreError) -> Result {
        do throws(SQLiteFailure) {
            return try body()
        } catch {
            throw StoreError(path: path, reason: error.reason)
        }
    }

    /// Whether anything was ever written into the file.
    static func isEmpty(_ database: Database) throws(StoreError) -> Bool {
        try run(database.path) { () throws(SQLiteFailure) in
            try database.number("SELECT count(*) FROM main.sqlite_master") == 0
        }
    }

    /// Refuses a file of another program and one of another format. Only reads.
    static func checkFormat(_ database: Database) throws(StoreError) {
        let path = database.path
        let found = try run(path) { () throws(SQLiteFailure) -> String? in
            let tables = try database.number(
                "SELECT count(*) FROM main.sqlite_master WHERE type = 'table' AND name IN ('_meta', '_columns')")
            guard tables == 2 else { return nil }
            return try database.text(#"SELECT "value" FROM main."_meta" WHERE "key" = 'format'"#)
        }
        guard let found else { throw StoreError(path: path, reason: .foreignDatabase) }
        guard found == StoreFormat.number else { throw StoreError(path: path, reason: .unknownFormat(found)) }
    }

    static func origin(_ database: Database) throws(StoreError) -> StoreOrigin? {
        let path = database.path
        let text = try run(path) { () throws(SQLiteFailure) in
            try database.text(#"SELECT "value" FROM main."_meta" WHERE "key" = 'origin'"#)
        }
        guard let text else { return nil }
        guard let origin = StoreOrigin(rawValue: text) else {
            throw StoreError(path: path, reason: .damaged("its origin in _meta is \"\(text)\""))
        }
        return origin
    }

    /// Reads every table and column. Call inside a transaction, so that it is one state of the file.
    static func schema(_ database: Database) throws(StoreError) -> StoreSchema {
        let (schema, strays) = try run(database.path) { () throws(SQLiteFailure) in
            var schema = StoreSchema(columnsMax: database.columnsMax)
            let names = try Statement(database, StoreSQL.selectNames)
            while try names.step() { schema.takeTableName(names.text(0)) }
            let rows = try Statement(database, StoreSQL.selectColumns)
            var strays: [String] = []
            while try rows.step() {
                let row = (0..<5).map { rows.text($0) }
                if !schema.load(measurement: row[0], kind: row[1], name: row[2], column: row[3], type: row[4]) {
                    strays.append(row[1])
                }
            }
            return (schema, strays)
        }
        if let stray = strays.first {
            throw StoreError(path: database.path, reason: .damaged("a row of _columns makes no sense: \"\(stray)\""))
        }
        return schema
    }
}

/// The kinds of rows in `_columns`.
enum ColumnsRow {
    /// `column` is the name of the table.
    static let measurement = "measurement"
    /// `column` is the name of the unique index.
    static let key = "key"
    static let tag = "tag"
    static let field = "field"
}

extension StoreSchema {
    /// Takes over a row of `_columns`; false when it makes no sense.
    fileprivate mutating func load(measurement: String, kind: String, name: String, column: String, type: String)
        -> Bool
    {
        switch kind {
        case ColumnsRow.measurement:
            guard position(of: measurement) == nil else { return false }
            addTable(StoredTable(measurement: measurement, table: column, index: ""))
        case ColumnsRow.key:
            guard position(of: measurement) != nil else { return false }
            setIndex(column, of: measurement)
        case ColumnsRow.tag:
            guard position(of: measurement) != nil else { return false }
            add(StoredColumn(kind: .tag, name: name, column: column), to: measurement)
        case ColumnsRow.field:
            guard position(of: measurement) != nil, let type = FieldType(name: type) else { return false }
            add(StoredColumn(kind: .field(type), name: name, column: column), to: measurement)
        default:
            return false
        }
        return true
    }
}
