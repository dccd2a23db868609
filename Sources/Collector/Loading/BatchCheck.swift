import InfluxWriter

/// A batch has another number of lines than its name says.
struct LineCountError: Error, CustomStringConvertible {
    let found: Int
    let named: Int

    var description: String {
        "it has \(found == 1 ? "1 line" : "\(found) lines") where its name says \(named)"
    }
}

extension BatchFile {
    /// Checks that all lines can be read and that they are as many as the name says.
    ///
    /// - Parameter text: the lines inside.
    /// - Throws: `LineParsingError`, ``LineCountError``.
    func checkLines(in text: [UInt8]) throws {
        var parser = LineParser(text, precision: precision)
        var found = 0
        while try parser.next() != nil { found += 1 }
        guard found == lines else { throw LineCountError(found: found, named: lines) }
    }
}
