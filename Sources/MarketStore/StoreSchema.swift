import CoinlineBase
import LineProtocol

/// A column beside `time`.
struct StoredColumn: Equatable {
    enum Kind: Equatable {
        case tag
        case field(FieldType)
    }

    let kind: Kind
    /// The real name of the tag or field.
    let name: String
    /// What it is called in the table.
    let column: String

    var isTag: Bool { kind == .tag }
}

/// The table of one measurement.
struct StoredTable {
    let measurement: String
    let table: String
    /// The unique index over time and all tags.
    var index: String
    /// In the order in which they came to be.
    private(set) var columns: [StoredColumn] = []
    private(set) var columnNames = NameSpace()
    /// The type of each column that is a field; beside the columns, since every value is compared with it.
    private(set) var fieldTypes: [FieldType?] = []
    private var tags: [ExactName: Int] = [:]
    private var fields: [ExactName: Int] = [:]

    init(measurement: String, table: String, index: String) {
        self.measurement = measurement
        self.table = table
        self.index = index
    }

    func tag(_ name: String) -> Int? { tags[ExactName(name)] }

    func field(_ name: String) -> Int? { fields[ExactName(name)] }

    var tagColumns: [StoredColumn] { columns.filter(\.isTag) }

    mutating func add(_ column: StoredColumn) {
        columnNames.take(column.column)
        switch column.kind {
        case .tag:
            tags[ExactName(column.name)] = columns.count
            fieldTypes.append(nil)
        case .field(let type):
            fields[ExactName(column.name)] = columns.count
            fieldTypes.append(type)
        }
        columns.append(column)
    }
}

/// The columns into which a line goes, without `time`: what decides about the statement that inserts it.
struct RowShape: Hashable {
    var table = 0
    /// Tags, then fields, in the order of the line.
    var columns: [Int] = []
}

/// Every table and column of the store, as `_columns` has them, and the decision about each line. Does no input or
/// output.
struct StoreSchema {
    private(set) var tables: [StoredTable] = []
    private var positions: [ExactName: Int] = [:]
    private(set) var tableNames = NameSpace.ofTables()
    // A column is marked with the number of the line that names it, so that doubles show without a search.
    private var marks: [UInt64] = []
    private var mark: UInt64 = 0

    let columnsMax: Int

    /// - Parameter columnsMax: the most columns of a table, `time` included.
    init(columnsMax: Int) {
        self.columnsMax = columnsMax
    }

    func table(of measurement: String) -> StoredTable? {
        positions[ExactName(measurement)].map { tables[$0] }
    }

    func position(of measurement: String) -> Int? { positions[ExactName(measurement)] }
}

// MARK: - Placing lines

extension StoreSchema {
    /// What to do with a line.
    enum Placement: Equatable {
        /// All its columns are there and in the shape.
        case placed
        /// A table or columns must be added first, if nothing speaks against the line; see
        /// ``StoreSchema/additions(for:)``.
        case incomplete
        case refused(String)
    }

    /// Finds the columns of a line.
    mutating func place(_ point: Point, into shape: inout RowShape) -> Placement {
        shape.columns.removeAll(keepingCapacity: true)
        guard let position = positions[ExactName(point.measurement)] else { return .incomplete }
        shape.table = position
        startMarks(columns: tables[position].columns.count)
        for tag in point.tags {
            guard let column = tables[position].tag(tag.key) else { return .incomplete }
            guard isFirst(column) else { return .refused("the tag \(quoted(tag.key)) stands twice") }
            shape.columns.append(column)
        }
        for field in point.fields {
            guard let column = tables[position].field(field.key) else { return .incomplete }
            guard isFirst(column) else { return .refused("the field \(quoted(field.key)) stands twice") }
            if let stored = tables[position].fieldTypes[column], stored != field.value.type {
                return .refused(conflict(field, with: stored, of: point))
            }
            shape.columns.append(column)
        }
        return .placed
    }

    private mutating func startMarks(columns: Int) {
        mark += 1
        if marks.count < columns { marks.append(contentsOf: repeatElement(0, count: columns - marks.count)) }
    }

    private mutating func isFirst(_ column: Int) -> Bool {
        guard marks[column] != mark else { return false }
        marks[column] = mark
        return true
    }

    private func conflict(_ field: Field, with stored: FieldType, of point: Point) -> String {
        "field type conflict: \(quoted(field.key)) of \(quoted(point.measurement)) is "
            + "\(field.value.type.name) here and \(stored.name) in the store"
    }

    private func quoted(_ name: String) -> String {
        "\"" + RejectedName.excerpt(name) + "\""
    }
}

// MARK: - Growing

extension StoreSchema {
    /// What a line adds to the store.
    struct Additions: Equatable {
        let measurement: String
        /// The names of table and index, where the measurement is new.
        var newTable: (table: String, index: String)?
        var columns: [StoredColumn] = []

        var addsTags: Bool { columns.contains(where: \.isTag) }

        static func == (left: Additions, right: Additions) -> Bool {
            left.measurement == right.measurement && left.columns == right.columns
                && left.newTable?.table == right.newTable?.table && left.newTable?.index == right.newTable?.index
        }
    }

    enum Growth: Equatable {
        case adds(Additions)
        case refused(String)
    }

    /// Which table and columns an incomplete line needs, or why it is refused; changes nothing yet.
    func additions(for point: Point) -> Growth {
        if let reason = refusal(of: point) { return .refused(reason) }
        var additions = Additions(measurement: point.measurement)
        var names = NameSpace()
        let known = table(of: point.measurement)
        if let known {
            names = known.columnNames
        } else {
            guard tables.count < StoreLimit.measurementsMax else {
                return .refused("the store takes \(StoreLimit.measurementsMax) measurements, and has them")
            }
            var taken = tableNames
            let table = taken.claim(point.measurement)
            additions.newTable = (table, taken.claim(table + "~series"))
        }
        for tag in point.tags where known?.tag(tag.key) == nil {
            additions.columns.append(StoredColumn(kind: .tag, name: tag.key, column: names.claim(tag.key)))
        }
        for field in point.fields where known?.field(field.key) == nil {
            let kind = StoredColumn.Kind.field(field.value.type)
            additions.columns.append(StoredColumn(kind: kind, name: field.key, column: names.claim(field.key)))
        }
        let count = 1 + (known?.columns.count ?? 0) + additions.columns.count
        guard count <= columnsMax else {
            return .refused("\(quoted(point.measurement)) would have \(count) columns, a table takes \(columnsMax)")
        }
        return .adds(additions)
    }

    /// What speaks against the line as such, before anything is added for it.
    private func refusal(of point: Point) -> String? {
        let names = [point.measurement] + point.tags.map(\.key) + point.fields.map(\.key)
        guard names.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) }) else {
            return "a name is empty or has a NUL in it"
        }
        let known = table(of: point.measurement)
        var tags: Set<ExactName> = []
        for tag in point.tags where !tags.insert(ExactName(tag.key)).inserted {
            return "the tag \(quoted(tag.key)) stands twice"
        }
        var fields: Set<ExactName> = []
        for field in point.fields {
            guard fields.insert(ExactName(field.key)).inserted else {
                return "the field \(quoted(field.key)) stands twice"
            }
            if let known, let column = known.field(field.key), let stored = known.fieldTypes[column],
                stored != field.value.type
            {
                return conflict(field, with: stored, of: point)
            }
        }
        return nil
    }

    /// Takes over what was added to the file.
    mutating func apply(_ additions: Additions) {
        if let new = additions.newTable {
            addTable(StoredTable(measurement: additions.measurement, table: new.table, index: new.index))
        }
        for column in additions.columns { add(column, to: additions.measurement) }
    }

    mutating func addTable(_ table: StoredTable) {
        takeTableName(table.table)
        takeTableName(table.index)
        positions[ExactName(table.measurement)] = tables.count
        tables.append(table)
    }

    mutating func setIndex(_ index: String, of measurement: String) {
        guard let position = positions[ExactName(measurement)] else { return }
        takeTableName(index)
        tables[position].index = index
    }

    mutating func add(_ column: StoredColumn, to measurement: String) {
        guard let position = positions[ExactName(measurement)] else { return }
        tables[position].add(column)
    }

    /// Keeps a name of the file from being given to a new table or index.
    mutating func takeTableName(_ name: String) {
        tableNames.take(name)
    }
}

/// Names in messages: short, and without control characters.
enum RejectedName {
    static func excerpt(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars.prefix(60) {
            text.unicodeScalars.append(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "·" : scalar)
        }
        return name.unicodeScalars.count > 60 ? text + "…" : text
    }
}
