/// The statements as text. Names come only in double quotes, values only as parameters.
enum StoreSQL {
    /// A name as an identifier: nothing inside it can end it.
    static func identifier(_ name: String) -> String {
        "\"" + String(decoding: name.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }, as: UTF8.self) + "\""
    }

    private static let quote = UInt8(ascii: "\"")

    static let createMeta = """
        CREATE TABLE main."_meta" ("key" TEXT NOT NULL PRIMARY KEY, "value" TEXT NOT NULL)
        """

    static let createColumns = """
        CREATE TABLE main."_columns" ("measurement" TEXT NOT NULL, "kind" TEXT NOT NULL, "name" TEXT NOT NULL, \
        "column" TEXT NOT NULL, "type" TEXT NOT NULL, PRIMARY KEY ("measurement", "kind", "name"))
        """

    static let insertColumn = """
        INSERT INTO main."_columns" ("measurement", "kind", "name", "column", "type") VALUES (?, ?, ?, ?, ?)
        """

    static let selectColumns = """
        SELECT "measurement", "kind", "name", "column", "type" FROM main."_columns" ORDER BY "_rowid_"
        """

    static let selectNames = #"SELECT "name" FROM main."sqlite_master""#

    /// No column has a type: a REAL column would turn -0.0 into 0.0, a NUMERIC one texts into numbers.
    static func createTable(_ table: String, _ columns: [StoredColumn]) -> String {
        let definitions = [#""time" NOT NULL"#] + columns.map(definition)
        return "CREATE TABLE main.\(identifier(table)) (\(list(definitions)))"
    }

    static func addColumn(_ column: StoredColumn, to table: String) -> String {
        "ALTER TABLE main.\(identifier(table)) ADD COLUMN \(definition(column))"
    }

    /// An absent tag is the empty text, not NULL: NULLs are all different to a unique index.
    private static func definition(_ column: StoredColumn) -> String {
        identifier(column.column) + (column.isTag ? " NOT NULL DEFAULT ''" : "")
    }

    static func createIndex(_ index: String, on table: String, tags: [StoredColumn]) -> String {
        "CREATE UNIQUE INDEX main.\(identifier(index)) ON \(identifier(table)) (\(key(tags)))"
    }

    static func dropIndex(_ index: String) -> String {
        "DROP INDEX main.\(identifier(index))"
    }

    /// Inserts a row, or merges its fields into the one of the same series and time.
    static func upsert(_ table: StoredTable, columns: [Int]) -> String {
        let columns = columns.map { table.columns[$0] }
        let names = [#""time""#] + columns.map { identifier($0.column) }
        let changes = columns.filter { !$0.isTag }.map { column in
            let name = identifier(column.column)
            return "\(name) = excluded.\(name)"
        }
        return "INSERT INTO main.\(identifier(table.table)) (\(list(names))) "
            + "VALUES (\(list(names.map { _ in "?" }))) "
            + "ON CONFLICT (\(key(table.tagColumns))) DO UPDATE SET \(list(changes))"
    }

    /// The time of the `limit`-th oldest point before a time.
    static func expiredBound(_ table: StoredTable) -> String {
        """
        SELECT "time" FROM main.\(identifier(table.table)) WHERE "time" < ? ORDER BY "time" LIMIT 1 OFFSET ?
        """
    }

    static func deleteUntil(_ table: StoredTable, isIncluded: Bool) -> String {
        "DELETE FROM main.\(identifier(table.table)) WHERE \"time\" \(isIncluded ? "<=" : "<") ?"
    }

    static func key(_ tags: [StoredColumn]) -> String {
        list([#""time""#] + tags.map { identifier($0.column) })
    }

    static func list(_ parts: [String]) -> String { parts.joined(separator: ", ") }
}
