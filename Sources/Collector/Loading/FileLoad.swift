import CoinlineBase
import CoinlineFiles
public import InfluxWriter

/// Brings a file of line protocol, plain or gzip, to the destination. A bad line is told with its place and left out.
public struct FileLoad: Sendable {
    public enum Limit {
        /// Messages for one file; the rest is counted.
        public static let messagesMax = 20
    }

    /// What became of one file.
    public struct Outcome: Sendable {
        /// Lines that are no line protocol, or whose time cannot be meant.
        public var badLines = 0
        /// Good lines that got the moment of loading for their time.
        public var untimedLines = 0
        public var landing = LandingCounts()
        public var keptFiles: [KeptFile] = []
        public var refusals: [String] = []
        /// What ended the reading early, or went wrong beside the lines.
        public var problems: [String] = []
        /// The destination holds data of the other origin: nothing was written.
        public var originConflict: String?
        /// The destination would not take another file either.
        public var isBlocked = false
        /// Not a line of it was read: it is not there, for example. The problems say why.
        public var isUnread = false
        /// A batch file that is of no outbox of this data folder, so nobody deletes it.
        public var isForeignBatch = false
        /// The destination carries the mark of this file's data.
        var isOriginClaimed = false

        public init() {}

        mutating func note(_ error: OriginError) {
            if error.isMixed { originConflict = error.description } else { problems.append(error.description) }
        }

        public var isComplete: Bool {
            badLines == 0 && problems.isEmpty && originConflict == nil && landing.isComplete
        }

        /// A batch that was sent and is still there all the same.
        var isSentAndLeft: Bool { isForeignBatch && isComplete && landing.acknowledged > 0 }
    }

    let path: String
    /// The unit of the file's times.
    let precision: Precision
    let isPrecisionNamed: Bool
    /// Taken for the destination before the first batch.
    let origin: Origin
    /// Nobody named the origin, so the person is told if it becomes the destination's mark.
    let isOriginAssumed: Bool
    /// Asked before each piece of standard input: false when none came within a moment, so that a stop is noticed.
    let isInputReady: @Sendable () -> Bool
    /// Something about the lines, ready to be shown; of a bad one `file:line:column: reason`.
    let complain: @Sendable (String) -> Void

    public init(
        path: String, precision: Precision, isPrecisionNamed: Bool, origin: Origin, isOriginAssumed: Bool = false,
        isInputReady: @escaping @Sendable () -> Bool = { true }, complain: @escaping @Sendable (String) -> Void
    ) {
        self.path = path
        self.precision = precision
        self.isPrecisionNamed = isPrecisionNamed
        self.origin = origin
        self.isOriginAssumed = isOriginAssumed
        self.isInputReady = isInputReady
        self.complain = complain
    }

    private var isStandardInput: Bool { path == "-" }

    /// How a file is called in messages.
    static func name(of path: String) -> String { path == "-" ? "standard input" : path }

    private var name: String { Self.name(of: path) }

    /// Reads to the end. A file whose destination takes no more is left early, since it is still there to be loaded again;
    /// standard input is not, so what comes is kept.
    public func run(_ configuration: Landing.Configuration) async -> Outcome {
        var outcome = Outcome()
        do {
            let sealed = configuration.target.batchPrecision(for: precision)
            let landing = try Landing(configuration, precision: sealed, text: .refuse)
            await read(into: landing, &outcome)
            await landing.flush()
            outcome = await landing.completed(outcome)
        } catch {
            outcome.problems.append("\(name): \(error)")
        }
        tellCounts(outcome)
        return outcome
    }

    private func read(into landing: Landing, _ outcome: inout Outcome) async {
        // Times are read as they stand and given their unit afterwards, so that a wrong unit is told as such.
        var stream = LineStream(precision: .nanoseconds)
        var probe = Probe(configuration: landing.configuration)
        var hasBegun = false
        do {
            var source = try ByteSource(path: path)
            while true {
                if Task.isCancelled {
                    outcome.problems.append("\(name): stopped before the end")
                    return
                }
                if isStandardInput, !source.hasMore, !isInputReady() { continue }
                guard let piece = try source.next() else { break }
                hasBegun = true
                var items: [LineStream.Item] = []
                stream.append(piece) { items.append($0) }
                let points = points(of: items, &probe, &outcome)
                guard await land(points, in: landing, &outcome) else { return }
                if await landing.isBlocked, !isStandardInput {
                    outcome.problems.append(
                        "\(name): reading stopped there; load it again when the destination takes it")
                    return
                }
            }
        } catch {
            // What is left of a line that was cut may look like a whole one, with another value.
            outcome.problems.append(text(of: error, at: stream.end))
            outcome.isUnread = !hasBegun
            return
        }
        var items: [LineStream.Item] = []
        stream.finish { items.append($0) }
        _ = await land(points(of: items, &probe, &outcome), in: landing, &outcome)
    }

    /// False when the destination holds data of the other origin.
    private func land(_ points: [Point], in landing: Landing, _ outcome: inout Outcome) async -> Bool {
        guard !points.isEmpty else { return true }
        do throws(OriginError) {
            if !outcome.isOriginClaimed { try await claim(in: landing) }
            outcome.isOriginClaimed = true
        } catch {
            outcome.note(error)
            return false
        }
        await landing.add(points)
        return true
    }

    private func claim(in landing: Landing) async throws(OriginError) {
        let (target, dataFolder) = (landing.configuration.target, landing.configuration.dataFolder)
        let isFirst = try OriginKeeper(target: target, dataFolder: dataFolder).marked() == nil
        try await landing.claim(origin)
        if isFirst && isOriginAssumed { complain(Self.assumedText(origin)) }
    }

    private func points(
        of items: [LineStream.Item], _ probe: inout Probe, _ outcome: inout Outcome
    ) -> [Point] {
        let check = TimeCheck(precision: precision, isNamed: isPrecisionNamed)
        var points: [Point] = []
        for item in items {
            switch item {
            case .bad(let problem):
                note(bad: problem, &outcome)
            case .tooLong(let line):
                note(bad: "\(line):1: the line is longer than \(LineStream.Limit.lineBytesMax) bytes", &outcome)
            case .line(let line):
                do throws(BadLine) {
                    let point = try probe.point(of: line, check)
                    points.append(point)
                    if point.time == nil { outcome.untimedLines += 1 }
                } catch {
                    note(bad: error, &outcome)
                }
            }
        }
        return points
    }
}

/// A line that can be read, and still holds what cannot be meant or written.
private struct BadLine: Error, CustomStringConvertible {
    let place: TextPlace
    let reason: String

    var description: String { "\(place): \(reason)" }
}

/// Tells by writing a line, before it goes on its way, what no server takes: a name that stands twice, for example. Later
/// nobody knows any more where it stood.
private struct Probe: ~Copyable {
    private static let bytesMax = 1 << 20

    private var encoder: LineEncoder

    init(configuration: Landing.Configuration) {
        encoder = LineEncoder(precision: .nanoseconds, dialect: configuration.target.dialect)
    }

    mutating func point(of line: LineStream.Line, _ check: TimeCheck) throws(BadLine) -> Point {
        var point = line.point
        do throws(TimeCheck.Problem) {
            if let raw = point.time { point.time = try check.time(raw.nanoseconds) }
        } catch {
            throw BadLine(place: line.timePlace, reason: error.description)
        }
        do throws(LineEncodingError) { try encoder.append(point) } catch {
            throw BadLine(place: line.place(of: error), reason: error.description)
        }
        if encoder.byteCount > Self.bytesMax { encoder.removeAll() }
        return point
    }
}

// MARK: - Words

extension FileLoad {
    /// For a batch file that is not where it was.
    static func goneText(_ path: String) -> String { "\(path) is no longer there: probably sent already" }

    private static func assumedText(_ origin: Origin) -> String {
        "load: taken as \(origin.rawValue) data (say --origin \(origin.other.rawValue) if it is not)"
    }

    private func note(bad text: some CustomStringConvertible, _ outcome: inout Outcome) {
        outcome.badLines += 1
        if outcome.badLines <= Limit.messagesMax { complain("\(name):\(text)") }
    }

    /// What is told once for a file instead of line by line.
    private func tellCounts(_ outcome: Outcome) {
        if outcome.badLines > Limit.messagesMax {
            complain("\(name): … and \(outcome.badLines - Limit.messagesMax) more bad lines")
        }
        guard outcome.untimedLines > 0, outcome.originConflict == nil else { return }
        let lines = outcome.untimedLines == 1 ? "1 line has" : "\(outcome.untimedLines) lines have"
        complain("\(name): \(lines) no time and got the moment of loading")
    }

    /// - Parameter end: how far the bytes went that could be read.
    private func text(of failure: ByteSource.Failure, at end: TextPlace) -> String {
        if failure.isMissing, isInOutbox { return Self.goneText(path) }
        if !isStandardInput, isFolder {
            let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            return "\(path) is a folder: give the files in it, such as \(ShellText.quoted(path: folder))/*.lp.gz"
        }
        return failure.text(of: name, at: end)
    }

    /// A batch, by its name, in a folder that carries a mark: another data folder's outbox.
    private var isInOutbox: Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return BatchName(parsing: name) != nil && Files.exists(OriginMark(beside: path).path)
    }

    /// Only a folder can be listed.
    private var isFolder: Bool {
        do throws(FileError) {
            _ = try Files.names(in: path)
            return true
        } catch {
            return false
        }
    }
}
