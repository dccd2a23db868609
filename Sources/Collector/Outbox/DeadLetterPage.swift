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
    /// Nil for a file that cannot be read as one.
    private let letter: DeadLetter?
    /// Why it cannot even be opened.
    private let problem: String?
    private let batch: Batch?

    /// The batch that a letter is about.
    private struct Batch {
        let path: String
        /// The first of those that can be read.
        var lines: [String] = []
        /// What is wrong with it.
        var problem: String?

        init(path: String) { self.path = path }

        mutating func read(_ body: [UInt8]?) {
            guard let body else { return problem = "the file is gone" }
            let (text, error) = DeadLetterContent.linesInFront(inBatch: body)
            let first = text.split(separator: 0x0A, maxSplits: Shown.linesMax).prefix(Shown.linesMax)
            lines = first.map { String(decoding: $0, as: UTF8.self) }
            guard let error else { return }
            problem =
                lines.isEmpty
                ? "it cannot be unpacked: \(error)" : "… not all of it can be unpacked (zcat shows what can): \(error)"
        }
    }

    public init(_ place: DeadLetterPlace) {
        self.place = place
        do throws(OutboxError) {
            letter = try place.read()
            problem = nil
        } catch {
            (letter, problem) = (nil, error.description)
        }
        guard let letter, case .batch(let fileName, _) = letter.content else {
            batch = nil
            return
        }
        var batch = Batch(path: "\(place.letters.folder)/\(fileName)")
        do throws(OutboxError) { batch.read(try place.letters.body(of: letter)) } catch {
            batch.problem = "it cannot be read: \(error)"
        }
        self.batch = batch
    }

    /// Whether there is a letter, and not only a file.
    public var isReadable: Bool { letter != nil }

    /// Whether it was never sent, because the writer knew its type better.
    private var isUnsent: Bool { letter.map { $0.answer.isEmpty && $0.reason.hasPrefix("not sent: ") } ?? false }

    // MARK: Text

    /// For a person, without a line break at the end.
    ///
    /// - Parameter retryCommand: what the person types in front of a name to send the letter.
    public func text(retryCommand: String) -> String {
        guard let letter else {
            return "\(place.name) cannot be read as a dead letter: \(problem ?? "see \(place.path)")"
        }
        var facts = [
            ("name", "\(place.name)"), ("destination", place.destination), ("bucket", letter.bucket.name),
            ("time", "\(UTCTime(letter.time))"), ("points", "\(letter.lines)"),
            ("precision", letter.precision.rawValue), ("reason", letter.reason),
        ]
        if !letter.answer.isEmpty { facts.append(("answer", letter.answer)) }
        if isUnsent { facts.append(("send it", "\(retryCommand) \(place.name)")) }
        facts.append(("file", place.path))
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
        let cut = batch.lines.map { line in
            let head = line.prefix(Shown.lineCharactersMax)
            return head.count < line.count ? head + "…" : String(head)
        }
        if let problem = batch.problem { return (cut + [problem]).joined(separator: "\n") }
        let more = letter.lines - cut.count
        return (cut + (more > 0 ? ["… and \(more) more"] : [])).joined(separator: "\n")
    }

    // MARK: JSON

    /// As members of the open object.
    private func append(to out: inout JSONWriter) {
        out.member("destination", place.destination)
        out.member("name", "\(place.name)")
        out.member("file", place.path)
        out.member("time", optional: letter.map { "\(UTCTime($0.time))" })
        out.member("bucket", optional: letter?.bucket.name)
        out.member("precision", optional: letter?.precision.rawValue)
        out.member("points", optional: letter?.lines)
        out.member("reason", optional: letter?.reason)
        out.member("answer", optional: letter?.answer)
        // Null for bytes that are no text: the file has them.
        out.member("line", optional: lineText)
        if let batch {
            out.member("batch_file", batch.path)
            if batch.problem == nil || !batch.lines.isEmpty { out.member("first_lines", batch.lines) }
            if let problem = batch.problem { out.member("batch_problem", problem) }
        }
    }

    private var lineText: String? {
        guard case .line(let bytes)? = letter?.content else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    public static func json(_ pages: [DeadLetterPage]) -> String {
        var out = JSONWriter()
        out.beginArray()
        for page in pages { out.object(page.append) }
        out.endArray()
        return out.text
    }
}
