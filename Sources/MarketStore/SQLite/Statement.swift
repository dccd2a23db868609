import CSQLite

/// A compiled statement. Parameters count from 1, columns of a row from 0, as SQLite has them.
@safe
final class Statement {
    enum Kind {
        case null
        case integer
        case float
        case text
        case blob
    }

    // Held so that the connection is closed after its statements.
    private let database: Database
    // Made in `init`, given back in `deinit`.
    private let handle: OpaquePointer

    /// - Parameter isKept: true for a statement that will run many times.
    init(_ database: Database, _ sql: String, isKept: Bool = false) throws(SQLiteFailure) {
        guard let prepared = try unsafe database.prepare(sql, isKept: isKept) else {
            throw SQLiteFailure(code: SQLITE_MISUSE, message: "an empty statement")
        }
        self.database = database
        unsafe handle = prepared
    }

    deinit {
        unsafe sqlite3_finalize(handle)
    }

    func bind(_ value: Int64, at index: Int) throws(SQLiteFailure) {
        try database.check(unsafe sqlite3_bind_int64(handle, Int32(index), value))
    }

    func bind(_ value: Double, at index: Int) throws(SQLiteFailure) {
        try database.check(unsafe sqlite3_bind_double(handle, Int32(index), value))
    }

    func bind(_ value: String, at index: Int) throws(SQLiteFailure) {
        var value = value
        // The shim makes SQLite copy the bytes during the call.
        let code = value.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { text in
                // No address means NULL to SQLite, and an empty text may have none.
                guard let address = text.baseAddress else {
                    return unsafe coinline_bind_text(handle, Int32(index), "", 0)
                }
                return unsafe coinline_bind_text(handle, Int32(index), address, UInt64(text.count))
            }
        }
        try database.check(code)
    }

    /// Goes to the next row; false when there is none.
    func step() throws(SQLiteFailure) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw database.failure(code)
        }
    }

    /// Runs to the end and makes the statement ready for the next time, also after a failure.
    func run() throws(SQLiteFailure) {
        do throws(SQLiteFailure) {
            while try step() {}
            reset()
        } catch {
            reset()
            throw error
        }
    }

    /// Ready to run again; parameters keep their values. Says again what the last step said, which is known by then.
    func reset() {
        unsafe sqlite3_reset(handle)
    }

    func kind(_ column: Int) -> Kind {
        switch unsafe sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .float
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    func integer(_ column: Int) -> Int64 {
        unsafe sqlite3_column_int64(handle, Int32(column))
    }

    func double(_ column: Int) -> Double {
        unsafe sqlite3_column_double(handle, Int32(column))
    }

    /// The text with any NUL in it; empty for NULL.
    func text(_ column: Int) -> String {
        // The bytes belong to the row; they are copied before the next step. Address first, then count, as SQLite asks.
        guard let address = unsafe sqlite3_column_text(handle, Int32(column)) else { return "" }
        let count = Int(unsafe sqlite3_column_bytes(handle, Int32(column)))
        return unsafe String(decoding: UnsafeBufferPointer(start: address, count: count), as: UTF8.self)
    }

    /// The same; nil where its bytes are not UTF-8.
    func validText(_ column: Int) -> String? {
        guard let address = unsafe sqlite3_column_text(handle, Int32(column)) else { return "" }
        let count = Int(unsafe sqlite3_column_bytes(handle, Int32(column)))
        return unsafe String(validating: UnsafeBufferPointer(start: address, count: count), as: UTF8.self)
    }

    var columnCount: Int { Int(unsafe sqlite3_column_count(handle)) }

    func columnName(_ column: Int) -> String {
        // Belongs to the statement; copied here.
        unsafe sqlite3_column_name(handle, Int32(column)).map { unsafe String(cString: $0) } ?? ""
    }
}
