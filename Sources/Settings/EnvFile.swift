/// The `.env` file: one `NAME=value` a line, as python-dotenv 1.2 reads it, since users of LCW-Fetch have such files.
///
/// - `export` before a name is dropped; white space around name, `=` and value too.
/// - Single or double quotes around a value are removed. A quoted value may go over several lines. In double quotes
///   `\n`, `\t`, `\r`, `\a`, `\b`, `\f`, `\v`, `\\`, `\"` and `\'` are decoded, in single quotes `\\` and `\'`,
///   elsewhere nothing.
/// - `#` behind white space begins a comment, in a value without quotes or behind one with; `a#b` is a value.
/// - `${NAME}` and `${NAME:-default}` are replaced in every value, in single quotes too: by an earlier line, else by
///   the environment, else by the default or nothing. `$NAME` is text.
/// - Lines end with LF, CR LF or CR. A byte order mark at the start is skipped.
///
/// Two things differ on purpose: a line that cannot be read is a problem rather than a warning, also one without `=`;
/// and `A= # text` is an empty value rather than `# text`.
public enum EnvFile {
    public struct Entry: Sendable, Equatable {
        public let name: String
        public let value: String
        /// Counted from 1; where the name is.
        public let line: Int
    }

    /// What is wrong with a line. It does not quote the line, which may hold a secret.
    public enum Reason: String, Sendable, Equatable {
        case noEqualsSign = "has no equals sign: write NAME=value"
        case noName = "has no name in front of the equals sign: write NAME=value"
        case openQuote = "opens a quote that is never closed"
        case textBehindQuote = "has text behind the closing quote: put # before a comment, \\ before a quote inside"
        case badName = "has a name that cannot be read: write NAME=value"
        case notText = "is not UTF-8 text: save the file as UTF-8"
        case tooLong = "makes the values longer than 1 MiB together"
    }

    public struct Problem: Sendable, Equatable {
        public let line: Int
        public let reason: Reason
    }

    /// Reads everything that can be read. Entries keep their order and may repeat a name: the last one counts.
    public static func parse(
        _ text: String, environment: [String: String] = [:]
    ) -> (entries: [Entry], problems: [Problem]) {
        var reader = EnvFileReader(text)
        var expansion = EnvFileExpansion(environment: environment)
        var entries: [Entry] = []
        var problems: [Problem] = []
        var bytes = 0
        while let binding = reader.next() {
            switch binding {
            case .problem(let problem): problems.append(problem)
            case .entry(let name, let raw, let line):
                let value = expansion.expand(raw, bytesMax: Limit.envFileValuesBytesMax - bytes)
                guard let value else { return (entries, problems + [Problem(line: line, reason: .tooLong)]) }
                bytes += value.utf8.count
                expansion.define(name, value)
                entries.append(Entry(name: name, value: value, line: line))
            }
        }
        return (entries, problems)
    }
}

/// Replaces `${NAME}` by what is known so far.
struct EnvFileExpansion {
    private let environment: [String: String]
    private var defined: [String: String] = [:]

    init(environment: [String: String]) {
        self.environment = environment
    }

    mutating func define(_ name: String, _ value: String) {
        defined[name] = value
    }

    /// Nil when the result would be longer than `bytesMax`.
    func expand(_ text: String, bytesMax: Int) -> String? {
        var result = ""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.first {
            if let (replacement, end) = variable(at: rest) {
                result += replacement
                rest = rest[end...]
            } else {
                result.unicodeScalars.append(scalar)
                rest.removeFirst()
            }
            guard result.utf8.count <= bytesMax else { return nil }
        }
        return bytesMax >= 0 ? result : nil
    }

    /// The value of the `${NAME}` or `${NAME:-default}` with which `text` begins, and where that ends.
    private func variable(
        at text: Substring.UnicodeScalarView
    ) -> (replacement: String, end: Substring.UnicodeScalarView.Index)? {
        guard text.starts(with: "${".unicodeScalars), let close = text.firstIndex(of: "}") else { return nil }
        let inside = text[..<close].dropFirst(2)
        let name = inside.prefix { $0 != ":" }
        let tail = inside[name.endIndex...]
        guard tail.isEmpty || tail.starts(with: ":-".unicodeScalars) else { return nil }
        let known = defined[String(name)] ?? environment[String(name)]
        return (known ?? String(tail.dropFirst(2)), text.index(after: close))
    }
}
