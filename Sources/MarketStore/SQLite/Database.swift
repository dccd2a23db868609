import CSQLite

/// One connection to a SQLite file. It has one owner at a time, which is why SQLite's own locking of it is off.
@safe
final class Database {
    enum Access {
        case readWrite
        case readOnly
    }

    let path: String

    // Made in `init`, given back in `deinit`; statements hold the database and so outlive nothing.
    private let handle: OpaquePointer

    /// Opens an existing file; reads and writes nothing yet.
    init(path: String, access: Access) throws(SQLiteFailure) {
        let flags =
            switch access {
            case .readWrite: SQLITE_OPEN_READWRITE
            case .readOnly: SQLITE_OPEN_READONLY
            }
        var pointer: OpaquePointer?
        // SQLite copies the path during the call. NOMUTEX: one owner at a time, see above.
        let code = unsafe sqlite3_open_v2(Self.plain(path), &pointer, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard let opened = unsafe pointer else {
            throw SQLiteFailure(code: SQLITE_NOMEM, message: "out of memory")
        }
        unsafe handle = opened
        self.path = path
        unsafe sqlite3_extended_result_codes(handle, 1)
        // From here on `deinit` closes the connection, also a half-opened one.
        guard code == SQLITE_OK else { throw failure(code) }
        try configure()
    }

    deinit {
        // v2: waits for statements that are still held, which only closes later than it looks.
        unsafe sqlite3_close_v2(handle)
    }

    private func configure() throws(SQLiteFailure) {
        try check(unsafe sqlite3_busy_timeout(handle, StoreLimit.busyTimeoutMs))
        // "x" is a name and nothing else; SQLite would take an unknown one as a text, and hide a mistake.
        try check(unsafe coinline_db_config_flag(handle, SQLITE_DBCONFIG_DQS_DML, 0))
        try check(unsafe coinline_db_config_flag(handle, SQLITE_DBCONFIG_DQS_DDL, 0))
        // What stands in the file is data of strangers: its schema may not call functions with side effects.
        try check(unsafe coinline_db_config_flag(handle, SQLITE_DBCONFIG_DEFENSIVE, 1))
        try check(unsafe coinline_db_config_flag(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0))
    }

    /// The path such that SQLite takes it for a file in any case: `file:…` would be a URI, `:memory:` and the empty one
    /// no file.
    private static func plain(_ path: String) -> String {
        path.hasPrefix("/") ? path : "./" + path
    }

    /// Runs statements that give no rows, or rows nobody wants.
    func execute(_ sql: String) throws(SQLiteFailure) {
        try Statement(self, sql).run()
    }

    /// The first column of the first row, as a number; nil without a row.
    func number(_ sql: String) throws(SQLiteFailure) -> Int64? {
        let statement = try Statement(self, sql)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// The first column of the first row, as text; nil without a row.
    func text(_ sql: String) throws(SQLiteFailure) -> String? {
        let statement = try Statement(self, sql)
        return try statement.step() ? statement.text(0) : nil
    }

    /// Rows changed by the last statement.
    var changes: Int { Int(unsafe sqlite3_changes64(handle)) }

    /// True between `BEGIN` and its end, also an end that SQLite itself brought about.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    /// The most columns a table, index or result may have here.
    var columnsMax: Int { Int(unsafe sqlite3_limit(handle, SQLITE_LIMIT_COLUMN, -1)) }

    /// Sets the longest statement this connection takes; builds of SQLite differ in it.
    func limitStatementBytes(_ bytesMax: Int32) {
        _ = unsafe sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, bytesMax)
    }

    /// Waits, on the thread of the store, for another process to be done.
    func pause(milliseconds: Int32) {
        _ = sqlite3_sleep(milliseconds)
    }

    /// True when the file is no longer what the path leads to: what is written now would be lost.
    var hasMoved: Bool {
        var moved: Int32 = 0
        // The pointer is used during the call only.
        let code = unsafe sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return code == SQLITE_OK && moved != 0
    }

    /// Compiles one statement; only for ``Statement``.
    func prepare(_ sql: String, isKept: Bool) throws(SQLiteFailure) -> OpaquePointer? {
        var pointer: OpaquePointer?
        var sql = sql
        let flags = isKept ? UInt32(SQLITE_PREPARE_PERSISTENT) : 0
        // SQLite copies what it needs of the text during the call.
        let code = sql.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { text in
                unsafe sqlite3_prepare_v3(handle, text.baseAddress, Int32(clamping: text.count), flags, &pointer, nil)
            }
        }
        try check(code)
        return unsafe pointer
    }

    /// What SQLite says about the call that just failed.
    func failure(_ code: Int32) -> SQLiteFailure {
        // The text belongs to the connection until its next call; it is copied here.
        let message = unsafe sqlite3_errmsg(handle).map { unsafe String(cString: $0) } ?? "unknown error"
        let extended = unsafe sqlite3_extended_errcode(handle)
        return SQLiteFailure(code: extended & 0xFF == code & 0xFF ? extended : code, message: message)
    }

    func check(_ code: Int32) throws(SQLiteFailure) {
        guard code == SQLITE_OK else { throw failure(code) }
    }
}
