/// The annotations and the header of one schema in an answer: what the cells below them are.
struct FluxBlock {
    /// The annotation rows above a header, as far as they came.
    struct Annotations {
        var types: [String]?
        var groups: [String]?
        var defaults: [[UInt8]]?
        /// Whether none came at all, not even one of an unknown name, which may be a known one that was cut.
        var isEmpty = true

        /// More than a value of a group key has in any server.
        static let cellBytesMax = 64 << 10
    }

    /// Of the columns that a table shows: where each stands in a record, and what is in it by default, which all rows
    /// share; nil for a default that is no value of the column.
    private struct Place {
        let index: Int
        let type: FluxType
        let standard: FluxValue?
    }

    /// The name of the result and the number of the table that a record belongs to, as they are written; nil for the
    /// defaults.
    struct Identity: Equatable {
        var result: [UInt8]?
        var number: [UInt8]?
    }

    let width: Int
    private let places: [Place]
    /// Shared by all tables of the block.
    private let columns: [FluxColumn]
    private let isTyped: Bool
    private let result: (index: Int, standard: [UInt8])
    private let table: (index: Int, standard: [UInt8])
    private let resultName: String

    /// - Throws: why header and annotations do not fit together.
    init(header: [String], _ annotations: Annotations) throws(FluxBlockProblem) {
        width = header.count
        isTyped = annotations.types != nil
        for count in [annotations.types?.count, annotations.groups?.count, annotations.defaults?.count] {
            guard count ?? width == width else {
                throw FluxBlockProblem(reason: "an annotation has \(count ?? 0) cells and the header \(width)")
            }
        }
        func place(of name: String) throws(FluxBlockProblem) -> (index: Int, standard: [UInt8]) {
            guard let index = header.dropFirst().firstIndex(of: name) else {
                throw FluxBlockProblem(reason: "no column is called \"\(name)\"")
            }
            return (index, annotations.defaults?[index] ?? [])
        }
        result = try place(of: "result")
        table = try place(of: "table")
        resultName = String(decoding: result.standard, as: UTF8.self)
        var places: [Place] = []
        var columns: [FluxColumn] = []
        for index in header.indices.dropFirst() where index != result.index && index != table.index {
            let column = FluxColumn(
                name: header[index], type: try Self.type(annotations.types?[index], of: header[index]),
                isInGroupKey: annotations.groups?[index] == "true")
            let standard = FluxCell.value((annotations.defaults?[index] ?? [])[...], column.type)
            places.append(Place(index: index, type: column.type, standard: standard))
            columns.append(column)
        }
        self.places = places
        self.columns = columns
    }

    private static func type(_ name: String?, of column: String) throws(FluxBlockProblem) -> FluxType {
        guard let name else { return .string }
        guard let type = FluxType(rawValue: name) else {
            throw FluxBlockProblem(reason: "the column \"\(column)\" has the unknown type \"\(name)\"")
        }
        return type
    }

    /// The table that the block has though it holds no row: a server keeps its key in the defaults.
    func emptyTable() throws(FluxBlockProblem) -> FluxTable? {
        guard !table.standard.isEmpty else { return nil }
        var values: [FluxValue] = []
        for index in places.indices {
            let value = try standard(at: index)
            values.append(columns[index].isInGroupKey ? value : .null)
        }
        return try newTable(Identity(), keyRow: values)
    }

    /// Whether a record belongs to the table that is told by an identity. Takes no longer than the record is long.
    func isSame(_ identity: Identity, _ records: CSVRecords) -> Bool {
        isSame(identity.result, records.content(result.index), result.standard)
            && isSame(identity.number, records.content(table.index), table.standard)
    }

    private func isSame(_ known: [UInt8]?, _ cell: ArraySlice<UInt8>, _ standard: [UInt8]) -> Bool {
        guard let known else { return cell.isEmpty || cell.elementsEqual(standard) }
        return cell.elementsEqual(known)
    }

    func identity(_ records: CSVRecords) -> Identity {
        Identity(
            result: written(records.content(result.index), result.standard),
            number: written(records.content(table.index), table.standard))
    }

    private func written(_ cell: ArraySlice<UInt8>, _ standard: [UInt8]) -> [UInt8]? {
        cell.isEmpty || cell.elementsEqual(standard) ? nil : Array(cell)
    }

    func values(_ records: CSVRecords) throws(FluxBlockProblem) -> [FluxValue] {
        var values: [FluxValue] = []
        values.reserveCapacity(places.count)
        for (index, place) in places.enumerated() {
            let text = records.content(place.index)
            if text.isEmpty {
                values.append(try standard(at: index))
            } else if let value = FluxCell.value(text, place.type) {
                values.append(value)
            } else {
                throw problem(at: index, "holds \(Self.shown(text))")
            }
        }
        return values
    }

    /// - Parameter keyRow: a row that has the group key's values in their columns.
    func newTable(_ identity: Identity, keyRow: [FluxValue]) throws(FluxBlockProblem) -> FluxTable {
        guard case .long(let number) = FluxCell.value((identity.number ?? table.standard)[...], .long) else {
            throw FluxBlockProblem(reason: "the number of the table is none")
        }
        return FluxTable(
            result: identity.result.map { String(decoding: $0, as: UTF8.self) } ?? resultName, number: number,
            columns: columns, isTyped: isTyped, keyRow: keyRow, rows: [])
    }

    private func standard(at index: Int) throws(FluxBlockProblem) -> FluxValue {
        guard let value = places[index].standard else { throw problem(at: index, "has a default") }
        return value
    }

    private func problem(at index: Int, _ what: String) -> FluxBlockProblem {
        let column = columns[index]
        return FluxBlockProblem(reason: "the column \"\(column.name)\" \(what), which is no \(column.type.rawValue)")
    }

    /// A value whole or not at all: secrets are taken out of what is told later, and a part of one would not be found.
    private static func shown(_ text: ArraySlice<UInt8>) -> String {
        text.count <= shownBytesMax ? "\"\(String(decoding: text, as: UTF8.self))\"" : "a value of \(text.count) bytes"
    }

    /// Enough to recognise a value by.
    private static let shownBytesMax = 40
}

/// What is wrong with a header or a row; where is for the reader to say.
struct FluxBlockProblem: Error {
    let reason: String
}
