import CoinlineJSON
public import LineProtocol

/// Turns line protocol into JSON objects, one a point, or those into line protocol: files or standard input, plain or
/// gzip, at constant memory however long they are. What is bad is told with its place and left out.
public struct TextConversion: Sendable {
    public enum Direction: Sendable {
        case toJSON
        /// In the dialect of a server.
        case toLines(Dialect)

        fileprivate var isToJSON: Bool {
            if case .toJSON = self { true } else { false }
        }
    }

    private enum Limit {
        /// What is converted is written when it is this much, and at the end of each piece of the input, so that
        /// whoever reads along waits for nothing.
        static let outputBytes = 256 << 10
    }

    public enum Outcome: Sendable {
        /// All of it was good.
        case good
        case bad
        /// `--precision` contradicts the first line of a file, so nothing of that one was converted.
        case contradicted
    }

    private let direction: Direction
    /// The unit of the times on both sides, where the first line of an export names none.
    private let precision: Precision
    private let isPrecisionNamed: Bool
    private let paths: [String]
    private let isNamed: Bool
    private let write: @Sendable ([UInt8]) -> Void
    /// Of something bad `line:column: reason`, of a file that was named with its name in front.
    private let complain: @Sendable (String) -> Void

    /// - Parameters:
    ///   - isPrecisionNamed: by the user, so an export that names another one is an error. Else that one counts.
    ///   - paths: `-` is standard input, and so is none, which then has no name in messages.
    public init(
        _ direction: Direction, precision: Precision, isPrecisionNamed: Bool = false, paths: [String],
        write: @escaping @Sendable ([UInt8]) -> Void, complain: @escaping @Sendable (String) -> Void
    ) {
        self.direction = direction
        self.precision = precision
        self.isPrecisionNamed = isPrecisionNamed
        self.paths = paths.isEmpty ? ["-"] : paths
        isNamed = !paths.isEmpty
        self.write = write
        self.complain = complain
    }

    /// Reads everything. Blocks on input and output; ends early, as `bad`, when its task is cancelled.
    public func run() -> Outcome {
        var result = Outcome.good
        for path in paths where !Task.isCancelled {
            var output = Output(write: write)
            switch direction {
            case .toJSON: convert(path, ToJSON(precision: precision), &output)
            case .toLines(let dialect): convert(path, ToLines(precision: precision, dialect: dialect), &output)
            }
            if output.hasProblems, result == .good { result = .bad }
            if output.isContradicted { result = .contradicted }
        }
        return Task.isCancelled ? .bad : result
    }

    private func convert(_ path: String, _ converter: consuming some Converter & ~Copyable, _ output: inout Output) {
        let prefix = isNamed ? FileLoad.name(of: path) : nil
        output.complain = { text in complain((prefix.map { "\($0):" } ?? "") + text) }
        do {
            var input = try TextInput(path: path, hasMark: direction.isToJSON)
            var hasBegun = false
            while !Task.isCancelled {
                guard let piece = try input.next() else { break }
                guard input.isOpened else { continue }
                if !hasBegun, let mark = input.mark {
                    try mark.check(
                        precision: isPrecisionNamed ? precision : nil, origin: nil, of: FileLoad.name(of: path))
                    if let own = mark.precision { converter.begin(own) }
                }
                hasBegun = true
                converter.append(piece, to: &output)
                output.flush()
            }
        } catch {
            output.hasProblems = true
            output.isContradicted = error is ExportMarkError
            return complain(text(of: error, path, at: converter.end))
        }
        guard !Task.isCancelled else { return }
        converter.finish(&output)
        output.flush()
    }

    /// - Parameter end: how far the plain bytes went. What is left of a line that was cut may look like a whole one,
    ///   with another value, so it is left out.
    private func text(of error: any Error, _ path: String, at end: TextPlace) -> String {
        let command = "coinline \(direction.isToJSON ? "lp parse" : "lp encode"): "
        guard let failure = error as? ByteSource.Failure else { return command + "\(error)" }
        if case .gzip = failure { return failure.text(of: isNamed ? FileLoad.name(of: path) : nil, at: end) }
        let ending = direction.isToJSON ? ".lp.gz" : ".json"
        let folderText = path == "-" ? nil : ByteSource.Failure.folderText(path, ending: ending)
        return command + (folderText ?? failure.text(of: nil, at: end))
    }

    /// What was converted and not written yet, and how bad lines are told.
    fileprivate struct Output {
        let write: @Sendable ([UInt8]) -> Void
        var complain: (String) -> Void = { _ in }
        var bytes: [UInt8] = []
        var hasProblems = false
        var isContradicted = false

        init(write: @escaping @Sendable ([UInt8]) -> Void) { self.write = write }

        mutating func note(bad place: some CustomStringConvertible, _ reason: String) {
            note(bad: "\(place): \(reason)")
        }

        mutating func note(bad text: String) {
            hasProblems = true
            // In the order of the input, for whoever sees both.
            flush()
            complain(text)
        }

        mutating func flushIfLong() {
            if bytes.count >= Limit.outputBytes { flush() }
        }

        mutating func flush() {
            guard !bytes.isEmpty else { return }
            write(bytes)
            bytes.removeAll(keepingCapacity: bytes.capacity <= 2 * Limit.outputBytes)
        }
    }
}

/// One direction, piece by piece.
private protocol Converter: ~Copyable {
    /// Takes the unit that the first line names, before anything else.
    mutating func begin(_ precision: Precision)
    mutating func append(_ piece: [UInt8], to output: inout TextConversion.Output)
    mutating func finish(_ output: inout TextConversion.Output)
    /// The end of what was taken so far.
    var end: TextPlace { get }
}

/// Line protocol to JSON.
private struct ToJSON: Converter, ~Copyable {
    private var precision: Precision
    private var stream: LineStream

    init(precision: Precision) {
        self.precision = precision
        stream = LineStream(precision: precision)
    }

    mutating func begin(_ precision: Precision) { self = ToJSON(precision: precision) }

    var end: TextPlace { stream.end }

    mutating func append(_ piece: [UInt8], to output: inout TextConversion.Output) {
        stream.append(piece) { take($0, precision, &output) }
    }

    mutating func finish(_ output: inout TextConversion.Output) {
        stream.finish { take($0, precision, &output) }
    }
}

private func take(_ item: LineStream.Item, _ precision: Precision, _ output: inout TextConversion.Output) {
    switch item {
    case .bad(let problem): output.note(bad: problem.description)
    case .tooLong(let line):
        output.note(bad: "\(line):1", "the line is longer than \(LineStream.Limit.lineBytesMax) bytes")
    case .line(let line):
        let point = line.point
        // Most readers of JSON silently keep one of two members of a name.
        if let name = RepeatedName(in: point) {
            output.note(bad: line.place(of: name), "\(name.isTag ? "a tag" : "a field") of this name stands before it")
        } else {
            PointJSON.append(point, precision: precision, to: &output.bytes)
            output.flushIfLong()
        }
    }
}

/// JSON to line protocol.
private struct ToLines: Converter, ~Copyable {
    private let precision: Precision
    private var stream = ObjectStream()
    private var encoder: LineEncoder

    init(precision: Precision, dialect: Dialect) {
        self.precision = precision
        encoder = LineEncoder(precision: precision, dialect: dialect)
    }

    /// JSON has no comments.
    mutating func begin(_ precision: Precision) {}

    var end: TextPlace { stream.end }

    mutating func append(_ piece: [UInt8], to output: inout TextConversion.Output) {
        stream.append(piece) { Self.take($0, precision, &encoder, &output) }
        Self.drain(&encoder, to: &output)
    }

    mutating func finish(_ output: inout TextConversion.Output) {
        stream.finish { Self.take($0, precision, &encoder, &output) }
        Self.drain(&encoder, to: &output)
    }

    private static func drain(_ encoder: inout LineEncoder, to output: inout TextConversion.Output) {
        output.bytes += encoder.copyBytes()
        encoder.removeAll()
    }

    private static func take(
        _ item: ObjectStream.Item, _ precision: Precision, _ encoder: inout LineEncoder,
        _ output: inout TextConversion.Output
    ) {
        switch item {
        case .bad(let place, let reason):
            drain(&encoder, to: &output)
            output.note(bad: place, reason)
        case .object(let object):
            do throws(PointJSONError) {
                let point = try PointJSON.point(object.cursor, precision: precision)
                do throws(LineEncodingError) { try encoder.append(point) } catch {
                    let byte = PointJSON.byte(of: error, in: object.cursor)
                    throw PointJSONError(byte: byte, text: error.description)
                }
            } catch {
                drain(&encoder, to: &output)
                output.note(bad: object.place(of: error.byte), error.text)
            }
        }
    }
}
