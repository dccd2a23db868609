/// Cuts the text of a `.env` file into names with values as they were written, and into lines that cannot be read.
///
/// It walks over scalars, not characters: to Swift `\r\n` is one character, and a reader that splits at `\n` takes a
/// whole file from Windows for one line.
struct EnvFileReader {
    enum Binding: Equatable {
        case entry(name: String, value: String, line: Int)
        case problem(EnvFile.Problem)
    }

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var line = 1

    init(_ text: String) {
        let all = Array(text.unicodeScalars)
        scalars = all.first == "\u{FEFF}" ? Array(all.dropFirst()) : all
    }

    /// The next name or problem; nil at the end of the text.
    mutating func next() -> Binding? {
        while true {
            skip { $0.properties.isWhitespace }
            guard let first = peek() else { return nil }
            guard first == "#" else { break }
            skip { !Self.isLineEnd($0) }
        }
        let start = line
        let from = position
        do throws(Failure) {
            let binding = try entry(line: start)
            let isText = scalars[from..<position].allSatisfy { $0 != "\0" && $0 != "\u{FFFD}" }
            return isText ? binding : .problem(EnvFile.Problem(line: start, reason: .notText))
        } catch {
            skip { !Self.isLineEnd($0) }
            return .problem(EnvFile.Problem(line: start, reason: error.reason))
        }
    }

    private struct Failure: Error {
        let reason: EnvFile.Reason
    }

    private mutating func entry(line: Int) throws(Failure) -> Binding {
        skipExport()
        let name = try name()
        skip(Self.isBlank)
        guard peek() == "=" else { throw Failure(reason: .noEqualsSign) }
        advance()
        let value = try value()
        skip(Self.isBlank)
        if peek() == "#" { skip { !Self.isLineEnd($0) } }
        guard peek().map(Self.isLineEnd) ?? true else { throw Failure(reason: .textBehindQuote) }
        return .entry(name: name, value: value, line: line)
    }

    /// `export` only counts as such with a blank behind it: `export=1` is a name.
    private mutating func skipExport() {
        let word = Array("export".unicodeScalars)
        guard scalars[position...].starts(with: word) else { return }
        let behind = scalars[(position + word.count)...].drop(while: Self.isBlank)
        guard behind.startIndex > position + word.count else { return }
        while position < behind.startIndex { advance() }
    }

    private mutating func name() throws(Failure) -> String {
        if peek() == "=" { throw Failure(reason: .noName) }
        guard peek() == "'" else {
            return take { $0 != "=" && $0 != "#" && !$0.properties.isWhitespace }
        }
        advance()
        let name = take { $0 != "'" && !Self.isLineEnd($0) }
        guard peek() == "'", !name.isEmpty else { throw Failure(reason: .badName) }
        advance()
        return name
    }

    private mutating func value() throws(Failure) -> String {
        let blanks = position
        skip(Self.isBlank)
        guard let first = peek() else { return "" }
        if first == "'" || first == "\"" { return try quoted(first) }
        if first == "#", position > blanks { return "" }
        return bare()
    }

    /// Up to a comment or the end of the line.
    private mutating func bare() -> String {
        let text = Array(take { !Self.isLineEnd($0) }.unicodeScalars)
        let comment = text.indices.first { $0 > 0 && text[$0] == "#" && text[$0 - 1].properties.isWhitespace }
        var value = text[..<(comment ?? text.endIndex)]
        while let last = value.last, last.properties.isWhitespace { value.removeLast() }
        return String(String.UnicodeScalarView(value))
    }

    /// Nothing is consumed when the quote is never closed, so that the lines behind are still read one by one.
    private mutating func quoted(_ quote: Unicode.Scalar) throws(Failure) -> String {
        guard let end = closing(quote) else { throw Failure(reason: .openQuote) }
        advance()
        var value = String.UnicodeScalarView()
        while position < end {
            if scalars[position] == "\\", position + 1 < end,
                let decoded = Self.decoded(scalars[position + 1], in: quote)
            {
                value.append(decoded)
                advance()
            } else {
                value.append(scalars[position])
            }
            advance()
        }
        advance()
        return String(value)
    }

    /// A quote behind a backslash does not close; as in python-dotenv a backslash behind a backslash takes nothing from
    /// it, unless that leaves the value open.
    private func closing(_ quote: Unicode.Scalar) -> Int? {
        var lastEscaped: Int?
        for place in (position + 1)..<max(scalars.count, position + 1) where scalars[place] == quote {
            guard scalars[place - 1] == "\\" else { return place }
            lastEscaped = place
        }
        return lastEscaped
    }

    private static func decoded(_ scalar: Unicode.Scalar, in quote: Unicode.Scalar) -> Unicode.Scalar? {
        switch (scalar, quote) {
        case ("\\", _), ("'", _): scalar
        case ("\"", "\""): "\""
        case ("n", "\""): "\n"
        case ("t", "\""): "\t"
        case ("r", "\""): "\r"
        case ("a", "\""): "\u{7}"
        case ("b", "\""): "\u{8}"
        case ("f", "\""): "\u{C}"
        case ("v", "\""): "\u{B}"
        default: nil
        }
    }

    // MARK: Walking

    private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\n" || scalar == "\r"
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace && !isLineEnd(scalar)
    }

    private func peek() -> Unicode.Scalar? {
        position < scalars.count ? scalars[position] : nil
    }

    private mutating func advance() {
        let isInsideCRLF = scalars[position] == "\r" && position + 1 < scalars.count && scalars[position + 1] == "\n"
        if Self.isLineEnd(scalars[position]), !isInsideCRLF { line += 1 }
        position += 1
    }

    private mutating func skip(_ isSkipped: (Unicode.Scalar) -> Bool) {
        while let scalar = peek(), isSkipped(scalar) { advance() }
    }

    private mutating func take(_ isTaken: (Unicode.Scalar) -> Bool) -> String {
        let start = position
        skip(isTaken)
        return String(String.UnicodeScalarView(scalars[start..<position]))
    }
}
