import CoinlineBase
import CoinlineCompression
import InfluxWriter
import LineProtocol

extension StoreSession {
    /// Why a delivery ends before its time, with nothing stored.
    private enum Stop: Error {
        case store(StoreError)
        case reply(Reply)
    }

    /// Stores batches in one transaction; what the reply calls stored is on the disk.
    func deliver(_ batches: [BatchFile]) -> Reply {
        guard !batches.isEmpty else { return .acknowledged }
        var delivery = Delivery()
        do throws(Stop) {
            try stoppable { () throws(StoreError) in try begin() }
            let receipt = now()
            for batch in batches { try store(batch, receipt: receipt, delivery: &delivery) }
            try stoppable { () throws(StoreError) in
                try removeExpired(now: receipt)
                try commit()
            }
            return delivery.reply
        } catch {
            rollback()
            switch error {
            case .store(let error): return .unavailable(error.description)
            case .reply(let reply): return reply
            }
        }
    }

    private func stoppable(_ body: () throws(StoreError) -> Void) throws(Stop) {
        do throws(StoreError) {
            try body()
        } catch {
            throw .store(error)
        }
    }

    private func store(_ batch: BatchFile, receipt: UTCTime, delivery: inout Delivery) throws(Stop) {
        let bytes = try decompress(batch)
        var parser = LineParser(bytes, precision: batch.precision, firstLine: delivery.nextLine)
        while true {
            let line: ParsedLine?
            do throws(LineParsingError) {
                line = try parser.next()
            } catch {
                delivery.noteRefused(bytes[error.bytes], number: error.line, reason: error.message)
                guard !delivery.isHopeless else { throw .reply(hopeless) }
                continue
            }
            guard let line else { break }
            if let reason = try refusal(storing: line.point, receipt: receipt) {
                delivery.noteRefused(bytes[line.bytes], number: line.line, reason: reason)
                guard !delivery.isHopeless else { throw .reply(hopeless) }
            } else {
                delivery.noteStored()
            }
        }
        delivery.noteEnd(of: bytes)
    }

    private var hopeless: Reply {
        .rejected(
            lines: [],
            message: "over \(StoreLimit.refusedLinesMax) lines of the delivery would be refused, so nothing was stored")
    }

    private func decompress(_ batch: BatchFile) throws(Stop) -> [UInt8] {
        do throws(CompressionError) {
            return try Gunzip.decompress(batch.body, outputBytesMax: StoreLimit.batchBytesMax)
        } catch {
            if case .tooLarge = error {
                throw .reply(.tooLarge("the batch \(batch.name) has more than \(StoreLimit.batchBytesMax) bytes"))
            }
            throw .reply(.rejected(lines: [], message: "the batch \(batch.name) cannot be unpacked: \(error)"))
        }
    }

    private func refusal(storing point: Point, receipt: UTCTime) throws(Stop) -> String? {
        do throws(SQLiteFailure) {
            return try store(point, receipt: receipt)
        } catch {
            throw .store(StoreError(path: path, reason: error.reason))
        }
    }
}

// MARK: - One line

extension StoreSession {
    /// Stores a point, or says why it cannot be. A failure that is not the point's own is thrown.
    private func store(_ point: Point, receipt: UTCTime) throws(SQLiteFailure) -> String? {
        let time = point.time?.nanoseconds ?? receipt.nanoseconds
        if let oldest = retention.oldestKept(now: receipt), time < oldest {
            return "the point lies outside the store's retention: older than "
                + UTCTime(nanoseconds: oldest).rfc3339()
        }
        switch schema.place(point, into: &shape) {
        case .placed: break
        case .refused(let reason): return reason
        case .incomplete:
            if let reason = try grow(for: point) { return reason }
            guard schema.place(point, into: &shape) == .placed else { return "its columns cannot be made" }
        }
        return try onlyThisLine { () throws(SQLiteFailure) in try insert(point, time: time) }
    }

    private func insert(_ point: Point, time: Int64) throws(SQLiteFailure) {
        let statement = try statements.statement(for: shape) { () throws(SQLiteFailure) in
            try Statement(
                database, StoreSQL.upsert(schema.tables[shape.table], columns: shape.columns), isKept: true)
        }
        try statement.bind(time, at: 1)
        var index = 2
        for tag in point.tags {
            try statement.bind(tag.value, at: index)
            index += 1
        }
        for field in point.fields {
            try bind(field.value, to: statement, at: index)
            index += 1
        }
        try statement.run()
    }

    private func bind(_ value: FieldValue, to statement: Statement, at index: Int) throws(SQLiteFailure) {
        switch value {
        case .float(let number): try statement.bind(number, at: index)
        case .integer(let number): try statement.bind(number, at: index)
        case .unsigned(let number):
            // SQLite's integers are signed; what they cannot hold is kept as text, and no digit is lost.
            if let signed = Int64(exactly: number) {
                try statement.bind(signed, at: index)
            } else {
                try statement.bind(String(number), at: index)
            }
        case .boolean(let flag): try statement.bind(flag ? 1 : 0 as Int64, at: index)
        case .string(let text): try statement.bind(text, at: index)
        }
    }

    /// Adds the table and columns that a line needs, or says why they cannot be added.
    private func grow(for point: Point) throws(SQLiteFailure) -> String? {
        switch schema.additions(for: point) {
        case .refused(let reason): return reason
        case .adds(let additions):
            try database.execute("SAVEPOINT growth")
            let reason = try onlyThisLine { () throws(SQLiteFailure) in try write(additions) }
            if reason != nil { try database.execute("ROLLBACK TO growth") }
            try database.execute("RELEASE growth")
            if reason == nil {
                schema.apply(additions)
                // An insert names the key, which a new tag changes.
                if additions.addsTags { statements.removeAll() }
            }
            return reason
        }
    }

    /// Turns a failure that concerns one statement (a limit of SQLite) into a reason to refuse the line.
    private func onlyThisLine(_ body: () throws(SQLiteFailure) -> Void) throws(SQLiteFailure) -> String? {
        do throws(SQLiteFailure) {
            try body()
            return nil
        } catch {
            guard error.concernsStatementOnly, database.isInTransaction else { throw error }
            return "SQLite does not take it: \(error.message)"
        }
    }

    private func write(_ additions: StoreSchema.Additions) throws(SQLiteFailure) {
        let measurement = additions.measurement
        if let new = additions.newTable {
            try note(measurement, ColumnsRow.measurement, name: measurement, column: new.table)
            try database.execute(StoreSQL.createTable(new.table, additions.columns))
            try note(measurement, ColumnsRow.key, name: "", column: new.index)
            try database.execute(
                StoreSQL.createIndex(new.index, on: new.table, tags: additions.columns.filter(\.isTag)))
        } else if let table = schema.table(of: measurement) {
            for column in additions.columns { try database.execute(StoreSQL.addColumn(column, to: table.table)) }
            if additions.addsTags {
                try database.execute(StoreSQL.dropIndex(table.index))
                let tags = table.tagColumns + additions.columns.filter(\.isTag)
                try database.execute(StoreSQL.createIndex(table.index, on: table.table, tags: tags))
            }
        }
        for column in additions.columns {
            switch column.kind {
            case .tag:
                try note(measurement, ColumnsRow.tag, name: column.name, column: column.column, type: .string)
            case .field(let type):
                try note(measurement, ColumnsRow.field, name: column.name, column: column.column, type: type)
            }
        }
    }

    private func note(
        _ measurement: String, _ kind: String, name: String, column: String, type: FieldType? = nil
    ) throws(SQLiteFailure) {
        let statement = try Statement(database, StoreSQL.insertColumn)
        for (index, text) in [measurement, kind, name, column, type?.name ?? ""].enumerated() {
            try statement.bind(text, at: index + 1)
        }
        try statement.run()
    }
}

// MARK: - Retention

extension StoreSession {
    /// Removes points that have become too old, some at a time; what is left waits for the next delivery.
    private func removeExpired(now: UTCTime) throws(StoreError) {
        guard retention.isSweepDue(now: now), let oldest = retention.oldestKept(now: now) else { return }
        var budget = StoreLimit.expiredPointsMax
        try run { () throws(SQLiteFailure) in
            for table in schema.tables where budget > 0 {
                budget -= try remove(from: table, before: oldest, countMax: budget)
            }
        }
        if budget > 0 { retention.sweepEnded(now: now) }
    }

    /// Removes the oldest points of a table, at most `countMax` and what has the time of the last of them.
    ///
    /// By time and not by `rowid`: a field may have that name.
    private func remove(from table: StoredTable, before oldest: Int64, countMax: Int) throws(SQLiteFailure) -> Int {
        let search = try Statement(database, StoreSQL.expiredBound(table))
        try search.bind(oldest, at: 1)
        try search.bind(Int64(countMax - 1), at: 2)
        let bound = try search.step() ? search.integer(0) : nil
        search.reset()
        let removal = try Statement(database, StoreSQL.deleteUntil(table, isIncluded: bound != nil))
        try removal.bind(bound ?? oldest, at: 1)
        try removal.run()
        return database.changes
    }
}
