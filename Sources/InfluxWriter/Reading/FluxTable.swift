/// One table of an answer to a Flux query: rows of one schema and one group key.
public struct FluxTable: Sendable, Equatable {
    /// The name given to `yield`; `_result` without one.
    public let result: String
    /// The number of the table within its result.
    public let number: Int64
    /// All but `result` and `table`, in the order of the answer. It differs from one query to the next, and even from
    /// table to table: a reader goes by name.
    public let columns: [FluxColumn]
    /// False for an answer without annotations, as one to `application/vnd.flux` is: then every value is a string, and
    /// nothing is known of the group key.
    public let isTyped: Bool
    /// The values of the group key in their columns: the first row, or made of the defaults.
    let keyRow: [FluxValue]
    /// Each with one value for every column.
    public internal(set) var rows: [[FluxValue]]

    /// The values of the columns of the group key, of a table without rows too. Made anew at each call.
    ///
    /// Of two columns whose names differ only in how Unicode spells them (`é` as one scalar or two) it has the last,
    /// since `String` takes them for one; ``rows`` have both.
    public var key: [String: FluxValue] {
        var key: [String: FluxValue] = [:]
        for (column, value) in zip(columns, keyRow) where column.isInGroupKey { key[column.name] = value }
        return key
    }

    /// Where a column stands in every row; nil when the table has none of that name.
    public func index(of name: String) -> Int? {
        columns.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// The values of a column, row by row; nil when the table has none of that name.
    public func values(of name: String) -> [FluxValue]? {
        index(of: name).map { index in rows.map { $0[index] } }
    }
}
