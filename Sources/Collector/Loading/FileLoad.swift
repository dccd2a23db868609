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
        /// The first of them.
        public var badLinesTold: [BadLine] = []
        /// Good lines that got the moment of loading for their time.
        public var untimedLines = 0
        /// What became of its points at the main destination.
        public var landing = LandingCounts()
        /// Points that no line can hold, and dead letters, with the reason: the first of them.
        public var refusals: [String] = []
        var deadLetters: [String] = []
        /// What ended the reading early, or went wrong beside the lines.
        public var problems: [String] = []
        /// The destination holds data of the other origin, or the file says that it does itself: nothing was written.
        public var originConflict: String?
        /// An option contradicts the file's first line: nothing was written.
        public var usageConflict: String?
        /// Nothing of another file would be accepted either.
        public var isBlocked = false
        /// Not a line of it was read: it is not there, for example. The problems say why.
        public var isUnread = false
        /// A batch file that is of no outbox of this data folder, so nobody deletes it.
        public var isForeignBatch = false
        /// Of a batch file of this data folder: the destination of its outbox. Its points were accepted by an earlier
        /// command.
        var outbox: String?
        /// A bad line is no line protocol, so that `lp parse` names it too.
        var hasUnreadableLine = false
        /// The destination carries the mark of this file's data.
        var isOriginClaimed = false

        public init() {}

        mutating func note(_ error: OriginError) {
            if error.isMixed { originConflict = error.description } else { problems.append(error.description) }
        }

        public var isComplete: Bool {
            badLines == 0 && allProblems.isEmpty && landing.isComplete
        }

        var allProblems: [String] { problems + [usageConflict, originConflict].compactMap(\.self) }

        mutating func note(_ error: ExportMarkError) {
            isUnread = true
            if error.isPrecision { usageConflict = error.description } else { originConflict = error.description }
        }

        /// A batch that was sent and is still there all the same.
        var isSentAndLeft: Bool { isForeignBatch && isComplete && landing.acknowledged > 0 }
    }

    /// A line that cannot be read, meant or written.
    public struct BadLine: Error, Sendable, CustomStringConvertible {
        let place: TextPlace
        let reason: String

        public var description: String { "\(place): \(reason)" }
    }

    /// How the lines are taken.
    private struct Terms {
        /// The unit of the file's times.
        var precision: Precision
        var isPrecisionNamed: Bool
        /// Taken for the destination before the first batch.
        var origin: Origin
        /// Nothing tells the origin, so the person is told if it becomes the destination's mark.
        var isOriginAssumed: Bool
    }

    let path: String
    /// As long as the file's first line says nothing else.
    private let terms: Terms
    private let isOriginNamed: Bool
    /// Something about the lines, ready to be shown; of a bad one `file:line:column: reason`.
    let complain: @Sendable (String) -> Void

    /// - Parameters:
    ///   - isOriginNamed: the user named it, so a first line that says another one is an error. Else that line counts.
    ///   - isOriginAssumed: neither did the user, nor does the destination tell.
    public init(
        path: String, precision: Precision, isPrecisionNamed: Bool, origin: Origin, isOriginNamed: Bool = false,
        isOriginAssumed: Bool = false, complain: @escaping @Sendable (String) -> Void
    ) {
        self.path = path
        terms = Terms(
            precision: precision, isPrecisionNamed: isPrecisionNamed, origin: origin, isOriginAssumed: isOriginAssumed)
        self.isOriginNamed = isOriginNamed
        self.complain = complain
    }

    private var isStandardInput: Bool { path == "-" }

    /// How a file is called in messages.
    static func name(of path: String) -> String { path == "-" ? "standard input" : path }

    private var name: String { Self.name(of: path) }

    /// Reads to the end, unless nothing more is accepted, and waits until all of it is acknowledged or waiting is of no
    /// use.
    ///
    /// - Parameter landing: may be that of other files as well, one after the other.
    public func run(_ landing: Landing) async -> Outcome {
        var outcome = Outcome()
        let before = await landing.counts
        var lines = AcceptedLines(since: await landing.shares)
        await read(into: landing, &lines, &outcome)
        await landing.settle()
        outcome.landing = await landing.counts.since(before)
        (outcome.refusals, outcome.deadLetters) = await landing.takeReasons()
        let shares = await landing.shares
        let gaps = lines.gaps(shares)
        outcome.isBlocked = await landing.isShut && !gaps.isEmpty
        outcome.problems += gaps.map { text(of: $0, isBlocked: outcome.isBlocked, isOnly: shares.count == 1) }
        tellCounts(outcome)
        return outcome
    }

    private func read(into landing: Landing, _ lines: inout AcceptedLines, _ outcome: inout Outcome) async {
        // Times are read as they stand and given their unit afterwards, so that a wrong unit is told as such.
        var stream = LineStream(precision: .nanoseconds)
        var probe = Probe(dialect: landing.configuration.target.dialect)
        var terms: Terms?
        var load = Batch()
        var hasBegun = false
        do {
            var input = try TextInput(path: path)
            while true {
                if Task.isCancelled {
                    outcome.problems.append("\(name): stopped before the end")
                    break
                }
                guard let piece = try input.next() else {
                    if terms != nil { stream.finish { load.items.append($0) } }
                    break
                }
                hasBegun = true
                guard input.isOpened else { continue }
                terms = try terms ?? self.terms(with: input.mark)
                stream.append(piece) { load.items.append($0) }
                load.bytes += piece.count
                let now = landing.configuration.timing.uptime()
                while let terms, let full = load.takeFull(landing.configuration.outbox, now: now) {
                    guard await land(full, in: landing, terms, &probe, &lines, &outcome) else { return }
                }
            }
        } catch {
            note(error, hasBegun: hasBegun, at: stream.end, &outcome)
        }
        // What was read before a stop or an error counts.
        if let terms { _ = await land(load.items, in: landing, terms, &probe, &lines, &outcome) }
    }

    private func note(_ error: any Error, hasBegun: Bool, at end: TextPlace, _ outcome: inout Outcome) {
        switch error {
        case let error as ExportMarkError: outcome.note(error)
        case let failure as ByteSource.Failure:
            // What is left of a line that was cut may look like a whole one, with another value.
            outcome.problems.append(text(of: failure, at: end))
            outcome.isUnread = !hasBegun
        default: outcome.problems.append("\(name): \(error)")
        }
    }

    /// Goes by what the file's first line says.
    private func terms(with mark: ExportMark?) throws(ExportMarkError) -> Terms {
        var terms = terms
        guard let mark else { return terms }
        try mark.check(
            precision: terms.isPrecisionNamed ? terms.precision : nil, origin: isOriginNamed ? terms.origin : nil,
            of: name)
        if let precision = mark.precision { (terms.precision, terms.isPrecisionNamed) = (precision, true) }
        if let origin = mark.origin { (terms.origin, terms.isOriginAssumed) = (origin, false) }
        return terms
    }

    /// Hands over what was read. False when nothing more is to be read: a destination holds data of the other origin, or
    /// none takes any more.
    private func land(
        _ items: [LineStream.Item], in landing: Landing, _ terms: Terms, _ probe: inout Probe,
        _ lines: inout AcceptedLines, _ outcome: inout Outcome
    ) async -> Bool {
        let points = points(of: items, terms, &probe, &outcome)
        guard let first = items.first(where: \.isLine)?.line, !points.isEmpty else { return true }
        do throws(OriginError) {
            if !outcome.isOriginClaimed { try await claim(in: landing, terms) }
            outcome.isOriginClaimed = true
        } catch {
            outcome.note(error)
            return false
        }
        lines.note(points: points.count, firstLine: first)
        await landing.add(points, precision: terms.precision)
        lines.forget(await landing.shares)
        return await !landing.isShut
    }

    private func claim(in landing: Landing, _ terms: Terms) async throws(OriginError) {
        let (target, dataFolder) = (landing.configuration.target, landing.configuration.dataFolder)
        // A mark that cannot be read is for the claim to judge.
        let isFirst = (try? OriginKeeper(target: target, dataFolder: dataFolder).marked()) == nil
        try await landing.claim(terms.origin)
        if isFirst && terms.isOriginAssumed { complain(Self.assumedText(terms.origin)) }
    }

    private func points(
        of items: [LineStream.Item], _ terms: Terms, _ probe: inout Probe, _ outcome: inout Outcome
    ) -> [Point] {
        let check = TimeCheck(precision: terms.precision, isNamed: terms.isPrecisionNamed)
        var points: [Point] = []
        for item in items {
            switch item {
            case .bad(let problem):
                outcome.hasUnreadableLine = true
                note(bad: { BadLine(place: problem.told.place, reason: problem.told.reason) }, &outcome)
            case .tooLong(let line):
                outcome.hasUnreadableLine = true
                let reason = "the line is longer than \(LineStream.Limit.lineBytesMax) bytes"
                note(bad: { BadLine(place: TextPlace(line: line), reason: reason) }, &outcome)
            case .line(let line):
                do throws(BadLine) {
                    let point = try probe.point(of: line, check)
                    points.append(point)
                    if point.time == nil { outcome.untimedLines += 1 }
                } catch {
                    note(bad: { error }, &outcome)
                }
            }
        }
        return points
    }
}

/// What was read and is handed over together: as much as fills a batch, or what has waited as long as a batch may.
private struct Batch {
    var items: [LineStream.Item] = []
    /// Of the input.
    var bytes = 0
    private var began: Duration?

    /// Nil where nothing is to be handed over yet.
    mutating func takeFull(_ terms: OutboxTerms, now: Duration) -> [LineStream.Item]? {
        guard !items.isEmpty else { return nil }
        let began = began ?? now
        self.began = began
        let isFull = items.count >= terms.limits.linesMax || bytes >= terms.limits.bytesMax
        guard isFull || now - began >= terms.sealAfter else { return nil }
        let full = Array(items.prefix(terms.limits.linesMax))
        items.removeFirst(full.count)
        // How much the rest was is not known; less than a piece of the input.
        bytes = 0
        self.began = nil
        return full
    }
}

extension LineStream.Item {
    fileprivate var isLine: Bool {
        if case .line = self { true } else { false }
    }

    /// From 1.
    fileprivate var line: Int {
        switch self {
        case .line(let line): line.line
        case .bad(let problem): problem.line
        case .tooLong(let line): line
        }
    }
}

/// Tells by writing a line, before it goes on its way, what no server takes: a name that stands twice, for example.
/// Later nobody knows any more where it stood.
private struct Probe: ~Copyable {
    private static let bytesMax = 1 << 20

    private var encoder: LineEncoder

    init(dialect: Dialect) {
        encoder = LineEncoder(precision: .nanoseconds, dialect: dialect)
    }

    mutating func point(of line: LineStream.Line, _ check: TimeCheck) throws(FileLoad.BadLine) -> Point {
        var point = line.point
        do throws(TimeCheck.Problem) {
            if let raw = point.time { point.time = try check.time(raw.nanoseconds) }
        } catch {
            throw FileLoad.BadLine(place: line.timePlace, reason: error.description)
        }
        do throws(LineEncodingError) { try encoder.append(point) } catch {
            throw FileLoad.BadLine(place: line.place(of: error), reason: error.description)
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

    private func text(of gap: AcceptedLines.Gap, isBlocked: Bool, isOnly: Bool) -> String {
        let place = isOnly ? "" : " for the destination \(gap.destination)"
        let end = isBlocked ? ", and reading stopped" : ""
        let advice =
            switch gap.remedy {
            case .settings: "raise COINLINE_OUTBOX_MAX or lower COINLINE_BATCH_LINES, then load it again"
            case .room: "load it again when there is room"
            case .mending: "load it again when that is mended"
            }
        return "\(name): not everything from line \(gap.line) on was accepted\(place)\(end)"
            + (isStandardInput ? "" : "; \(advice), which stores nothing twice")
    }

    private func note(bad line: () -> BadLine, _ outcome: inout Outcome) {
        outcome.badLines += 1
        guard outcome.badLines <= Limit.messagesMax else { return }
        let line = line()
        outcome.badLinesTold.append(line)
        complain("\(name):\(line)")
    }

    /// How to see every bad line of a file.
    private func listingText(_ outcome: Outcome) -> String {
        guard !isStandardInput, outcome.hasUnreadableLine else { return "" }
        let unit = terms.isPrecisionNamed ? "--precision \(terms.precision.rawValue) " : ""
        return "; coinline lp parse \(unit)\(ShellText.quoted(path: path)) > /dev/null names all that cannot be read"
    }

    /// What is told once for a file instead of line by line.
    private func tellCounts(_ outcome: Outcome) {
        if outcome.badLines > Limit.messagesMax {
            complain("\(name): … and \(outcome.badLines - Limit.messagesMax) more bad lines" + listingText(outcome))
        }
        guard outcome.untimedLines > 0, outcome.originConflict == nil else { return }
        let lines = outcome.untimedLines == 1 ? "1 line has" : "\(outcome.untimedLines) lines have"
        complain("\(name): \(lines) no time and got the moment of loading")
    }

    /// - Parameter end: how far the bytes went that could be read.
    private func text(of failure: ByteSource.Failure, at end: TextPlace) -> String {
        if failure.isMissing, isInOutbox { return Self.goneText(path) }
        if !isStandardInput, let text = ByteSource.Failure.folderText(path, ending: ".lp.gz") { return text }
        return failure.text(of: name, at: end)
    }

    /// A batch, by its name, in a folder that carries a mark: another data folder's outbox.
    private var isInOutbox: Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        return BatchName(parsing: name) != nil && Files.exists(OriginMark(beside: path).path)
    }
}
