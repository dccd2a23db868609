import CoinlineBase
import CoinlineJSON
import InfluxWriter

/// A whole dead letter, to be shown.
public struct DeadLetterPage: Sendable {
    private enum Shown {
        /// Of a batch.
        static let linesMax = 10
        static let lineCharactersMax = 400
    }

    private let place: DeadLetterPlace
    private let path: String
    /// Nil for a file that cannot be read as one.
    private let letter: DeadLetter?
    private let batch: Batch?

    /// The batch that a letter is about.
    private struct Batch {
        let path: String
        /// The first lines, or what is wrong with it.
        let content: Result<[String], Problem>
    }

    private struct Problem: Error {
        let text: String
    }

    public init(_ place: DeadLetterPlace, in box: DeadLetterBox) throws(DeadLetterError) {
        self.place = place
        path = box.path(of: place)
        letter = try box.read(place)
        guard let letter, case .batch(let fileName, _) = letter.content else {
            batch = nil
            return
        }
        let body = try box.body(of: letter, at: place)
        batch = Batch(path: box.path(of: fileName, at: place), content: Self.firstLines(of: body))
    }

    /// Whether there is a letter, and not only a file.
    public var isReadable: Bool { letter != nil }

    private static func firstLines(of body: [UInt8]?) -> Result<[String], Problem> {
        guard let body else { return .failure(Problem(text: "the file is gone")) }
        do {
            let text = try DeadLetterContent.lineProtocol(inBatch: body)
            let lines = text.split(separator: 0x0A, maxSplits: Shown.linesMax).prefix(Shown.linesMax)
            return .success(lines.map { String(decoding: $0, as: UTF8.self) })
        } catch {
            return .failure(Problem(text: "it cannot be unpacked: \(error)"))
        }
    }

    // MARK: Text

    /// For a person, without a line break at the end.
    public var text: String {
        guard let letter else {
            return "\(place.name) cannot be read as a dead letter: see \(path)"
        }
        var facts = [
            ("name", "\(place.name)"), ("destination", place.destination), ("bucket", letter.bucket.name),
            ("time", "\(UTCTime(nanoseconds: letter.time.nanoseconds))"), ("points", "\(letter.lines)"),
            ("precision", letter.precision.rawValue), ("reason", letter.reason),
        ]
        if !letter.answer.isEmpty { facts.append(("answer", letter.answer)) }
        facts.append(("file", path))
        if let batch { facts.append(("batch", batch.path)) }
        let width = (facts.map(\.0.count).max() ?? 0) + 2
        let lines = facts.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + $0.1 }
        return (lines + ["", contentText(of: letter)]).joined(separator: "\n")
    }

    private func contentText(of letter: DeadLetter) -> String {
        guard let batch else {
            guard case .line(let bytes) = letter.content else { return "" }
            return String(decoding: bytes, as: UTF8.self)
        }
        switch batch.content {
        case .failure(let problem): return problem.text
        case .success(let lines):
            let cut = lines.map { line in
                let head = line.prefix(Shown.lineCharactersMax)
                return head.count < line.count ? head + "…" : String(head)
            }
            let more = letter.lines - lines.count
            return (cut + (more > 0 ? ["… and \(more) more"] : [])).joined(separator: "\n")
        }
    }

    // MARK: JSON

    private func append(to out: inout JSONWriter) {
        out.beginObject()
        out.member("destination", place.destination)
        out.member("name", "\(place.name)")
        out.member("file", path)
        out.member("time", optional: letter.map { "\(UTCTime(nanoseconds: $0.time.nanoseconds))" })
        out.member("bucket", optional: letter?.bucket.name)
        out.member("precision", optional: letter?.precision.rawValue)
        out.member("points", optional: letter.map { Int64($0.lines) })
        out.member("reason", optional: letter?.reason)
        out.member("answer", optional: letter?.answer)
        // Null for bytes that are no text: the file has them.
        out.member("line", optional: lineText)
        if let batch {
            out.member("batch_file", batch.path)
            switch batch.content {
            case .success(let lines): out.member("first_lines", lines)
            case .failure(let problem): out.member("batch_problem", problem.text)
            }
        }
        out.endObject()
    }

    private var lineText: String? {
        guard case .line(let bytes)? = letter?.content else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    public static func json(_ pages: [DeadLetterPage]) -> String {
        var out = JSONWriter()
        out.beginArray()
        for page in pages { page.append(to: &out) }
        out.endArray()
        return out.text
    }
}
