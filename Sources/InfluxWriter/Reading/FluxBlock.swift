/// The annotations and the header of one schema in an answer: what the cells below them are.
struct FluxBlock {
    /// The annotation rows above a header, as far as they came.
    struct Annotations {
        var types: [String]?
        var groups: [String]?
        var defaults: [[UInt8]]?
        var isEmpty: Bool { types == nil && groups == nil && defaults == nil }
    }

    /// Of the columns that a table shows: where each stands in a record, and what is in it by default.
    struct Place {
        let index: Int
        let column: FluxColumn
        let standard: [UInt8]
    }

    let width: Int
    let places: [Place]
    let isTyped: Bool
    private let result: (index: Int, standard: [UInt8])
    private let table: (index: Int, standard: [UInt8])

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
        var places: [Place] = []
        for index in header.indices.dropFirst() where index != result.index && index != table.index {
            let column = FluxColumn(
                name: header[index], type: try Self.type(annotations.types?[index], of: header[index]),
                isInGroupKey: annotations.groups?[index] == "true")
            places.append(Place(index: index, column: column, standard: annotations.defaults?[index] ?? []))
        }
        self.places = places
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
        return try newTable(result: result.standard[...], number: table.standard[...], values: standards())
    }

    private func standards() throws(FluxBlockProblem) -> [FluxValue] {
        var values: [FluxValue] = []
        for place in places { values.append(try value(place.standard[...], place)) }
        return values
    }

    /// The name of the result and the number of the table that a record belongs to, as they are written.
    func identity(_ records: CSVRecords) -> (result: ArraySlice<UInt8>, number: ArraySlice<UInt8>) {
        (cell(records, result.index, result.standard), cell(records, table.index, table.standard))
    }

    func values(_ records: CSVRecords) throws(FluxBlockProblem) -> [FluxValue] {
        var values: [FluxValue] = []
        values.reserveCapacity(places.count)
        for place in places { values.append(try value(cell(records, place.index, place.standard), place)) }
        return values
    }

    func newTable(
        result: ArraySlice<UInt8>, number: ArraySlice<UInt8>, values: [FluxValue]
    ) throws(FluxBlockProblem) -> FluxTable {
        guard case .long(let number) = FluxCell.value(number, .long) else {
            throw FluxBlockProblem(reason: "the number of the table is none")
        }
        var key: [String: FluxValue] = [:]
        for (place, value) in zip(places, values) where place.column.isInGroupKey { key[place.column.name] = value }
        return FluxTable(
            result: String(decoding: result, as: UTF8.self), number: number, columns: places.map(\.column),
            isTyped: isTyped, key: key, rows: [])
    }

    private func cell(_ records: CSVRecords, _ index: Int, _ standard: [UInt8]) -> ArraySlice<UInt8> {
        let content = records.content(index)
        return content.isEmpty ? standard[...] : content
    }

    private func value(_ text: ArraySlice<UInt8>, _ place: Place) throws(FluxBlockProblem) -> FluxValue {
        if let value = FluxCell.value(text, place.column.type) { return value }
        let shown = String(decoding: text.prefix(Self.shownBytesMax), as: UTF8.self)
        let type = place.column.type.rawValue
        throw FluxBlockProblem(reason: "the column \"\(place.column.name)\" holds \"\(shown)\", which is no \(type)")
    }

    /// Enough to recognise a value by.
    private static let shownBytesMax = 40
}

/// What is wrong with a header or a row; where is for the reader to say.
struct FluxBlockProblem: Error {
    let reason: String
}
