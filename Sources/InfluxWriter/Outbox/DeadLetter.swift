import CoinlineBase

/// What a destination refused for good, with the reason: a line, or a whole batch.
///
/// As a file it begins with lines `# key: value`, then an empty line, then the exact bytes, then one LF. So it can be
/// read, repaired with any editor and posted as it is: servers skip comments. In a value, a backslash and control
/// characters are escaped; nothing in the bytes can be mistaken for the head, since that ends at the first empty line.
public struct DeadLetter: Sendable, Hashable {
    /// A line, or a batch.
    public enum Content: Sendable, Hashable {
        /// One line of line protocol, without its LF; it may hold others, in strings.
        case line([UInt8])
        /// A batch that could not be taken apart: so many lines, in a file of this name beside the letter.
        case batch(fileName: String, lines: Int)
    }

    /// Why, in words for a person.
    public let reason: String
    /// What the server said; empty when it was not asked.
    public let answer: String
    /// When it became one.
    public let time: Timestamp
    /// Where it was to go.
    public let bucket: Bucket
    /// The unit of the times in the content.
    public let precision: Precision
    /// What was refused.
    public let content: Content

    /// Of reason and answer each; what is longer is cut.
    public static let textBytesMax = 4_096

    /// Cuts reason and answer to ``textBytesMax``.
    public init(
        reason: String, answer: String = "", time: Timestamp, bucket: Bucket, precision: Precision, content: Content
    ) {
        self.reason = Self.cut(reason)
        self.answer = Self.cut(answer)
        self.time = time
        self.bucket = bucket
        self.precision = precision
        self.content = content
    }

    /// How many lines it stands for.
    public var lines: Int {
        switch content {
        case .line: 1
        case .batch(_, let lines): lines
        }
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > textBytesMax else { return text }
        var cut = String.UnicodeScalarView()
        var bytes = 0
        for scalar in text.unicodeScalars {
            bytes += UTF8.width(scalar)
            if bytes > textBytesMax - 3 { break }
            cut.append(scalar)
        }
        return String(cut) + "…"
    }
}

extension DeadLetter {
    /// The content of the file.
    public var text: [UInt8] {
        var head: [(String, String)] = [
            ("reason", reason), ("answer", answer), ("time", "\(UTCTime(nanoseconds: time.nanoseconds))"),
            ("bucket", bucket.name), ("precision", precision.rawValue),
        ]
        var body: [UInt8] = []
        switch content {
        case .line(let bytes): body = bytes + [0x0A]
        case .batch(let fileName, let lines): head += [("lines", "\(lines)"), ("file", fileName)]
        }
        var text: [UInt8] = []
        for (key, value) in head { text += Array("# \(key): \(Self.escape(value))\n".utf8) }
        return text + [0x0A] + body
    }

    /// Reads a file back, also one that went through an editor; nil for what is no dead letter.
    public init?(text: [UInt8]) {
        var rest = text[...]
        var head: [String: String] = [:]
        while let (key, value) = Self.takeHeadLine(from: &rest) { head[key] = value }
        if rest.first == 0x0A { rest.removeFirst() }
        guard let reason = head["reason"], let bucket = head["bucket"], !bucket.isEmpty,
            let precision = head["precision"].flatMap({ Precision(rawValue: $0) }),
            let time = head["time"].flatMap({ UTCTime(rfc3339: $0) })
        else { return nil }
        let content: Content
        if let fileName = head["file"] {
            guard let lines = head["lines"].flatMap({ Int($0) }), lines > 0, BatchName(parsing: fileName) != nil else {
                return nil
            }
            content = .batch(fileName: fileName, lines: lines)
        } else {
            if rest.last == 0x0A { rest.removeLast() }
            content = .line(Array(rest))
        }
        self.init(
            reason: reason, answer: head["answer"] ?? "", time: Timestamp(nanoseconds: time.nanoseconds),
            bucket: Bucket(bucket), precision: precision, content: content)
    }

    private static func takeHeadLine(from rest: inout ArraySlice<UInt8>) -> (String, String)? {
        guard rest.starts(with: "# ".utf8), let end = rest.firstIndex(of: 0x0A),
            let line = String(validating: rest[rest.startIndex..<end].dropFirst(2), as: UTF8.self),
            let colon = line.firstIndex(of: ":")
        else { return nil }
        rest = rest[(end + 1)...]
        return (String(line[..<colon]), unescape(line[colon...].dropFirst().drop { $0 == " " }))
    }

    private static func escape(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            // A blank in front would be taken for the one behind the colon.
            case " " where text.isEmpty: text += "\\x20"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                text += "\\x" + Hex.text(UInt64(scalar.value), digits: 2)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func unescape(_ text: Substring) -> String {
        var value = ""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            guard scalar == "\\", let kind = rest.popFirst() else {
                value.unicodeScalars.append(scalar)
                continue
            }
            switch kind {
            case "n": value += "\n"
            case "r": value += "\r"
            case "t": value += "\t"
            case "x":
                let code = Hex.number(Array(String(String.UnicodeScalarView(rest.prefix(2))).utf8), digits: 2)
                guard let code, let control = Unicode.Scalar(UInt32(code)) else {
                    value += "\\x"
                    continue
                }
                rest = rest.dropFirst(2)
                value.unicodeScalars.append(control)
            default: value.unicodeScalars.append(kind)
            }
        }
        return value
    }
}

/// The name of a dead letter's file: `<batch id>-<line>`. Written again after a crash it is the same, so nothing is
/// there twice.
public struct DeadLetterName: Sendable, Hashable {
    /// ``BatchName/id`` of the batch that the line was in.
    public let batchID: String
    /// From 1; 0 for a whole batch.
    public let line: Int

    /// - Parameters:
    ///   - batch: which the line was in.
    ///   - line: from 1; 0 for the whole batch.
    public init(_ batch: BatchName, line: Int) {
        precondition(line >= 0, "lines are counted from 1")
        batchID = batch.id
        self.line = line
    }

    /// Nil for any other text.
    public init?(parsing text: String) {
        guard let dash = text.utf8.lastIndex(of: UInt8(ascii: "-")),
            let line = Int(text[text.index(after: dash)...]), line >= 0, text.hasSuffix("-\(line)"),
            // Whatever follows an id in a batch's name, it is an id when that is one.
            BatchName(parsing: text[..<dash] + "-ms-1" + BatchName.ending) != nil
        else { return nil }
        batchID = String(text[..<dash])
        self.line = line
    }
}

extension DeadLetterName: Comparable, CustomStringConvertible {
    /// By the age of the batch, then by line.
    public static func < (left: DeadLetterName, right: DeadLetterName) -> Bool {
        left.batchID == right.batchID ? left.line < right.line : left.batchID < right.batchID
    }

    /// The name of the file.
    public var description: String { "\(batchID)-\(line)" }
}
