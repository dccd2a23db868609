import CoinlineJSON

/// Reads annotated CSV, which is what InfluxDB 2 answers to a Flux query, table by table.
///
/// ```swift
/// let answer = """
///     #datatype,string,long,string,double
///     #group,false,false,true,false
///     #default,_result,,,
///     ,result,table,station,_value
///     ,,0,Lyon,11
///     ,,0,Lyon,11.5
///
///
///     """
/// var reader = FluxReader(Array(answer.replacing("\n", with: "\r\n").utf8))
/// while let table = try reader.next() {
///     print(table.number, table.columns.map(\.name), table.rows.count)
/// }
/// ```
///
/// ```text
/// 0 ["station", "_value"] 2
/// ```
///
/// Pure, and bounded by the bytes it is given: it holds these and one table. An answer is a row of blocks. Each begins
/// with annotations (`#datatype`, `#group`, `#default`) and a header, and ends at an empty line, without which the
/// answer was cut short; its rows are one table or several. Columns stand in another order in each block, several empty
/// lines may follow each other, and an answer without any row is empty or one empty line.
///
/// A query may fail after the server has begun to answer with 200. Then the failure stands behind the rows, as a block
/// with the columns `error` and `reference`, or, when the server itself broke, as bare JSON in the middle of the text.
/// Both are thrown, after the tables in front of them; what came before is then not the whole answer.
public struct FluxReader: Sendable {
    private var records: CSVRecords
    private var annotations = FluxBlock.Annotations()
    private var state = State.betweenBlocks
    /// The table whose rows are being read.
    private var table: FluxTable?
    /// What that table is told by in the text.
    private var identity = FluxBlock.Identity()

    private enum State {
        case betweenBlocks
        /// The header was read; rows follow, or an end.
        case inside(FluxBlock, hasRows: Bool)
        case inError
        case finished
    }

    /// A reader of one answer.
    public init(_ bytes: [UInt8]) {
        records = CSVRecords(bytes)
    }

    /// All tables of an answer.
    public static func tables(in bytes: [UInt8]) throws(FluxReadingError) -> [FluxTable] {
        var reader = FluxReader(bytes)
        var tables: [FluxTable] = []
        while let table = try reader.next() { tables.append(table) }
        return tables
    }

    /// The next table; nil at the end of the answer. After an error nothing more can be read.
    public mutating func next() throws(FluxReadingError) -> FluxTable? {
        while true {
            switch try advance(recordsMax: .max) {
            case .table(let table): return table
            case .unfinished: continue
            case .end: return nil
            }
        }
    }

    /// How far ``advance(recordsMax:)`` came.
    enum Progress {
        case table(FluxTable)
        /// In the middle of a table.
        case unfinished
        case end
    }

    /// Reads on to the end of a table, but no more records than told.
    mutating func advance(recordsMax: Int) throws(FluxReadingError) -> Progress {
        if case .finished = state { return .end }
        do throws(FluxBlockProblem) {
            for _ in 0..<recordsMax {
                guard try read() else {
                    try endOfAnswer()
                    return .end
                }
                if let table = try takeRecord() { return .table(table) }
            }
            return .unfinished
        } catch {
            state = .finished
            throw failure ?? .malformed(line: records.line, reason: error.reason)
        }
    }

    /// What the server said in the middle of its answer, or what is wrong with a line that is no CSV: known better than
    /// by the reason alone.
    private var failure: FluxReadingError?

    private mutating func read() throws(FluxBlockProblem) -> Bool {
        do throws(CSVRecords.Problem) { return try records.next() } catch {
            failure =
                Self.brokenOff(records.bytes, near: error.offset)
                ?? .malformed(line: error.line, reason: error.reason)
            throw FluxBlockProblem(reason: error.reason)
        }
    }

    /// Takes a record up; gives the table that ends with it, if one does.
    private mutating func takeRecord() throws(FluxBlockProblem) -> FluxTable? {
        if records.isBlank {
            try checkAnnotations()
            return try endOfBlock()
        }
        let first = records.content(0)
        if first.first == UInt8(ascii: "#") { return try takeAnnotation(String(decoding: first, as: UTF8.self)) }
        switch state {
        case .betweenBlocks:
            try takeHeader()
            return nil
        case .inside(let block, _): return try takeRow(of: block)
        case .inError: throw serverError()
        case .finished: return nil
        }
    }

    // MARK: Blocks

    private mutating func takeAnnotation(_ name: String) throws(FluxBlockProblem) -> FluxTable? {
        // Of a server that leaves the empty line out.
        let ended = try endOfBlock()
        guard records.cells.indices.allSatisfy({ records.content($0).count <= FluxBlock.Annotations.cellBytesMax })
        else { throw FluxBlockProblem(reason: "an annotation with a cell of more than 64 KiB") }
        // The cell of the name itself is nothing to a column.
        let texts = [""] + (1..<max(1, records.cells.count)).map { records.text($0) }
        annotations.isEmpty = false
        switch name {
        case "#datatype": annotations.types = texts
        case "#group": annotations.groups = texts
        case "#default": annotations.defaults = texts.map { Array($0.utf8) }
        // An annotation that a later server may add changes nothing in those that are known.
        default: break
        }
        return ended
    }

    private mutating func takeHeader() throws(FluxBlockProblem) {
        let header = records.cells.indices.map { records.text($0) }
        if header.prefix(2).contains("error"), header.contains("reference") {
            state = .inError
            annotations = FluxBlock.Annotations()
            return
        }
        guard header[0].isEmpty else { throw FluxBlockProblem(reason: "this is no header of annotated CSV") }
        state = .inside(try FluxBlock(header: header, annotations), hasRows: false)
        annotations = FluxBlock.Annotations()
    }

    private func checkAnnotations() throws(FluxBlockProblem) {
        guard annotations.isEmpty else { throw FluxBlockProblem(reason: "annotations without a header") }
    }

    private mutating func endOfBlock() throws(FluxBlockProblem) -> FluxTable? {
        switch state {
        case .inError: throw serverError(isMissing: true)
        case .betweenBlocks, .finished: return nil
        case .inside(let block, let hasRows):
            state = .betweenBlocks
            let ended = table
            table = nil
            return hasRows ? ended : try block.emptyTable()
        }
    }

    private mutating func endOfAnswer() throws(FluxBlockProblem) {
        try checkAnnotations()
        switch state {
        case .inError: throw serverError(isMissing: true)
        // Servers end every block with an empty line, with annotations and without.
        case .inside: throw FluxBlockProblem(reason: "the answer ends early, inside a table")
        case .betweenBlocks, .finished: state = .finished
        }
    }

    // MARK: Rows

    private mutating func takeRow(of block: FluxBlock) throws(FluxBlockProblem) -> FluxTable? {
        guard records.cells.count == block.width else {
            let reason = "a row of \(records.cells.count) cells under a header of \(block.width)"
            throw FluxBlockProblem(reason: reason)
        }
        guard records.content(0).isEmpty else {
            throw FluxBlockProblem(reason: "a row begins with something else than an empty cell")
        }
        let values = try block.values(records)
        state = .inside(block, hasRows: true)
        if table != nil, block.isSame(identity, records) {
            table?.rows.append(values)
            return nil
        }
        let ended = table
        identity = block.identity(records)
        table = try block.newTable(identity, keyRow: values)
        table?.rows.append(values)
        return ended
    }

    // MARK: Errors of the server

    /// The row of an error block. `isMissing` when the block ends without one.
    private mutating func serverError(isMissing: Bool = false) -> FluxBlockProblem {
        let cells = isMissing ? [] : records.cells.indices.map { records.text($0) }
        // Without annotations a server may leave the first, empty cell out.
        let texts = cells.first?.isEmpty == true ? cells.dropFirst() : cells[...]
        let message =
            texts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "the query failed, and the server does not say why"
        failure = .server(message: message, reference: texts.dropFirst().first ?? "")
        return FluxBlockProblem(reason: message)
    }

    /// The JSON of a server that broke: it begins with a brace and a quote, and reaches to the answer's end. In CSV
    /// no quote follows a brace without being doubled, so nothing else is taken for it.
    private static func brokenOff(_ bytes: [UInt8], near quote: Int) -> FluxReadingError? {
        guard quote > 0, bytes[quote - 1] == UInt8(ascii: "{") else { return nil }
        do throws(JSONError) {
            let root = try JSONCursor(Array(bytes[(quote - 1)...]))
            let message = try root.requiredMember("message").string()
            return .server(message: message, reference: try root.member("code")?.string() ?? "")
        } catch {
            // No JSON either: then it is told as the damaged line that it is.
            return nil
        }
    }
}
