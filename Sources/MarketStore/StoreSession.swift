import CoinlineBase
import Glibc
import InfluxWriter

/// The open store: its connection and what is known of its tables. Blocks on the disk; has one owner at a time.
final class StoreSession {
    let path: String
    let now: @Sendable () -> UTCTime
    let database: Database
    var schema: StoreSchema
    var statements = StatementCache()
    /// The columns of the line at hand; kept for its memory.
    var shape = RowShape()
    var retention: RetentionPlan
    // SQLite's number of the schema as it was read; another one means that another process changed it.
    private var schemaVersion: Int64?

    /// Opens a store, or makes it (mode 600) where there is no file; its folder must be there.
    init(path: String, retention: Duration?, now: @escaping @Sendable () -> UTCTime) throws(StoreError) {
        self.path = path
        self.now = now
        self.retention = RetentionPlan(retention)
        try Self.makeFile(path)
        database = try StoreFile.run(path) { () throws(SQLiteFailure) in
            try Database(path: path, access: .readWrite)
        }
        schema = StoreSchema(columnsMax: database.columnsMax)
        // Before anything is written: the switch to WAL would change a foreign file.
        if try !StoreFile.isEmpty(database) { try StoreFile.checkFormat(database) }
        try run { () throws(SQLiteFailure) in try configure() }
        try makeTables()
    }

    /// SQLite would make the file readable by everybody; its log files take over the mode of the file.
    private static func makeFile(_ path: String) throws(StoreError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw StoreError(path: path, reason: .system("that is no path"))
        }
        // The path is used during the call only. Only a file made here is closed here: closing any other would take
        // the locks of this process off it.
        let descriptor = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
            return
        }
        switch errno {
        case EEXIST: return
        case ENOENT, ENOTDIR: throw StoreError(path: path, reason: .missingFolder)
        case EACCES, EPERM, EROFS: throw StoreError(path: path, reason: .notPermitted)
        case ENOSPC, EDQUOT: throw StoreError(path: path, reason: .diskFull)
        case let code: throw StoreError(path: path, reason: .system(unsafe String(cString: strerror(code))))
        }
    }

    private func configure() throws(SQLiteFailure) {
        let mode = try journalMode()
        guard mode == "wal" else {
            throw SQLiteFailure(
                code: StoreSession.errorCode, message: "the file system takes no log (WAL) beside the file")
        }
        // WAL alone syncs at checkpoints only: a power cut could take acknowledged deliveries back.
        try database.execute("PRAGMA synchronous=FULL")
        // Debian's SQLite overwrites deleted rows with zeros, which market data does not need.
        try database.execute("PRAGMA secure_delete=OFF")
        try database.execute("PRAGMA cache_size=-\(StoreLimit.cacheKibibytes)")
        try database.execute("PRAGMA wal_autocheckpoint=\(StoreLimit.checkpointPages)")
        try database.execute("PRAGMA journal_size_limit=\(StoreLimit.logBytesMax)")
    }

    private static let errorCode: Int32 = 1

    /// The switch needs the file for a moment alone, and SQLite does not wait for that by itself in every case.
    private func journalMode() throws(SQLiteFailure) -> String? {
        for attempt in 1... {
            do throws(SQLiteFailure) {
                return try database.text("PRAGMA journal_mode=WAL")
            } catch {
                guard error.reason == .busy, attempt < 100 else { throw error }
                database.pause(milliseconds: 20)
            }
        }
        return nil
    }

    /// Makes `_meta` and `_columns` in a new file; of two processes that come at once, one.
    private func makeTables() throws(StoreError) {
        try run { () throws(SQLiteFailure) in try database.execute("BEGIN IMMEDIATE") }
        do throws(StoreError) {
            if try StoreFile.isEmpty(database) {
                try run { () throws(SQLiteFailure) in
                    try database.execute(StoreSQL.createMeta)
                    try database.execute(StoreSQL.createColumns)
                    try database.execute(
                        "INSERT INTO main.\"_meta\" (\"key\", \"value\") VALUES ('format', '\(StoreFormat.number)')")
                }
            }
            try refreshSchema()
            try run { () throws(SQLiteFailure) in try database.execute("COMMIT") }
        } catch {
            rollback()
            throw error
        }
    }

    func run<Result>(_ body: () throws(SQLiteFailure) -> Result) throws(StoreError) -> Result {
        try StoreFile.run(path, body)
    }
}

// MARK: - Transactions

extension StoreSession {
    /// Begins to write, with the tables as they are now.
    func begin() throws(StoreError) {
        if database.hasMoved { throw StoreError(path: path, reason: .moved) }
        try run { () throws(SQLiteFailure) in try database.execute("BEGIN IMMEDIATE") }
        do throws(StoreError) {
            try refreshSchema()
        } catch {
            rollback()
            throw error
        }
    }

    /// Ends writing: what was written is on the disk when this returns.
    func commit() throws(StoreError) {
        try run { () throws(SQLiteFailure) in
            // Read before the end: nothing may fail once the delivery is committed.
            let version = try database.number("PRAGMA schema_version")
            try database.execute("COMMIT")
            schemaVersion = version
        }
    }

    /// Takes back what was written since ``begin()``, and what is known of it.
    func rollback() {
        schemaVersion = nil
        statements.removeAll()
        // A full disk or a read error has SQLite roll back by itself. Where this fails, closing the connection, or the
        // next process to open the file, takes the rest back.
        if database.isInTransaction { _ = try? database.execute("ROLLBACK") }
    }

    /// Reads tables and columns again where they changed since they were read.
    private func refreshSchema() throws(StoreError) {
        let version = try run { () throws(SQLiteFailure) in try database.number("PRAGMA schema_version") }
        guard version != schemaVersion else { return }
        try StoreFile.checkFormat(database)
        schema = try StoreFile.schema(database)
        statements.removeAll()
        schemaVersion = version
    }
}

// MARK: - Origin and check

extension StoreSession {
    func origin() throws(StoreError) -> StoreOrigin? {
        try StoreFile.origin(database)
    }

    /// Marks the store for good; an error where it carries the other mark.
    func setOrigin(_ origin: StoreOrigin) throws(StoreError) {
        try begin()
        do throws(StoreError) {
            try run { () throws(SQLiteFailure) in
                try database.execute(
                    "INSERT OR IGNORE INTO main.\"_meta\" (\"key\", \"value\") VALUES ('origin', '\(origin.rawValue)')")
            }
            if let found = try StoreFile.origin(database), found != origin {
                throw StoreError(path: path, reason: .otherOrigin(found))
            }
            try commit()
        } catch {
            rollback()
            throw error
        }
    }

    /// Proves that the store can be written, and leaves it as it was.
    func check() -> Reply {
        do throws(StoreError) {
            try begin()
            defer { rollback() }
            try run { () throws(SQLiteFailure) in
                try database.execute("UPDATE main.\"_meta\" SET \"value\" = \"value\" WHERE \"key\" = 'format'")
            }
            return .acknowledged
        } catch {
            return .unavailable(error.description)
        }
    }
}
