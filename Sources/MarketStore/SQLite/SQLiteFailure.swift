import CSQLite

/// A call of SQLite that failed: its extended result code and its words, which quote names but no values.
struct SQLiteFailure: Error, Equatable {
    let code: Int32
    let message: String

    /// The result without its extension.
    var primaryCode: Int32 { code & 0xFF }

    /// True when the one statement went past a limit or made no sense, and the transaction around it is unharmed.
    var concernsStatementOnly: Bool {
        [SQLITE_TOOBIG, SQLITE_ERROR, SQLITE_RANGE, SQLITE_CONSTRAINT, SQLITE_MISMATCH].contains(primaryCode)
    }

    /// What it means for the store as a whole.
    var reason: StoreError.Reason {
        switch primaryCode {
        case SQLITE_FULL: .diskFull
        // SQLITE_IOERR_SHMSIZE, a macro that Swift does not import: no room for the file beside the store by which
        // processes share it, which is made anew at each start.
        case SQLITE_IOERR where code == SQLITE_IOERR | (19 << 8): .diskFull
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        // SQLITE_READONLY_DBMOVED, a macro that Swift does not import.
        case SQLITE_READONLY where code == SQLITE_READONLY | (4 << 8): .moved
        case SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_AUTH: .notPermitted
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_CORRUPT: .damaged(message)
        default: .system("\(message) (SQLite \(code))")
        }
    }
}
