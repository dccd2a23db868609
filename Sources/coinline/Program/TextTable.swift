/// Columns set under their names, for people.
struct TextTable {
    private let names: [String]
    private let rightAligned: Set<Int>
    private let rows: [[String]]

    /// - Parameter rightAligned: the columns that hold numbers, from 0.
    init(_ names: [String], rightAligned: Set<Int> = [], _ rows: [[String]]) {
        self.names = names
        self.rightAligned = rightAligned
        self.rows = rows.map { row in row.map { TerminalText.shown($0) } }
    }

    var text: String {
        let widths = names.indices.map { column in
            ([names] + rows).map { $0[column].count }.max() ?? 0
        }
        let rule = widths.map { String(repeating: "-", count: $0) }
        return ([names, rule] + rows).map { line($0, widths) }.joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { column in
            let room = String(repeating: " ", count: widths[column] - cells[column].count)
            return rightAligned.contains(column) ? room + cells[column] : cells[column] + room
        }
        var text = padded.joined(separator: "  ")
        while text.last == " " { text.removeLast() }
        return text
    }
}
