/// The prepared inserts, one for each set of columns that came lately; the ones unused for longest go first.
struct StatementCache {
    private struct Entry {
        let statement: Statement
        var lastUse: UInt64
    }

    private var entries: [RowShape: Entry] = [:]
    private var last: (shape: RowShape, statement: Statement)?
    private var uses: UInt64 = 0
    private let countMax: Int

    init(countMax: Int = StoreLimit.statementsMax) {
        self.countMax = max(2, countMax)
    }

    var count: Int { entries.count }

    /// The statement of a shape, made where it is not there.
    mutating func statement(
        for shape: RowShape, make: () throws(SQLiteFailure) -> Statement
    ) throws(SQLiteFailure) -> Statement {
        // Lines of one shape usually follow each other.
        if let last, last.shape == shape { return last.statement }
        uses += 1
        if var entry = entries[shape] {
            entry.lastUse = uses
            entries[shape] = entry
            last = (shape, entry.statement)
            return entry.statement
        }
        if entries.count >= countMax { removeOldHalf() }
        let statement = try make()
        entries[shape] = Entry(statement: statement, lastUse: uses)
        last = (shape, statement)
        return statement
    }

    /// Forgets all: needed when a key changed, since the inserts name it, and before the connection closes.
    mutating func removeAll() {
        entries.removeAll()
        last = nil
    }

    /// Half at a time, so that a stream of ever new shapes does not search for the oldest at each line.
    private mutating func removeOldHalf() {
        let uses = entries.values.map(\.lastUse).sorted()
        let middle = uses[uses.count / 2]
        entries = entries.filter { $0.value.lastUse >= middle }
    }
}
