import CoinlineBase
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
        public var landing = LandingCounts()
        public var keptFiles: [KeptFile] = []
        public var refusals: [String] = []
        /// What ended the reading early, or went wrong beside the lines.
        public var problems: [String] = []

        public init() {}

        public var isComplete: Bool { badLines == 0 && problems.isEmpty && landing.isComplete }
    }

    /// How the file is called in messages.
    let name: String
    let path: String
    let precision: Precision
    let isPrecisionNamed: Bool
    /// A bad line, ready to be shown: `file:line:column: reason`.
    let complain: @Sendable (String) -> Void

    public init(
        path: String, precision: Precision, isPrecisionNamed: Bool, complain: @escaping @Sendable (String) -> Void
    ) {
        self.path = path
        name = path == "-" ? "standard input" : path
        self.precision = precision
        self.isPrecisionNamed = isPrecisionNamed
        self.complain = complain
    }

    /// Reads to the end, or until the destination takes no more.
    public func run(_ configuration: Landing.Configuration) async -> Outcome {
        var outcome = Outcome()
        do {
            let landing = try Landing(configuration, precision: precision, text: .refuse)
            await read(into: landing, &outcome)
            await landing.flush()
            outcome = await landing.completed(outcome)
        } catch {
            outcome.problems.append("\(name): \(error)")
        }
        if outcome.badLines > Limit.messagesMax {
            complain("\(name): … and \(outcome.badLines - Limit.messagesMax) more bad lines")
        }
        return outcome
    }

    private func read(into landing: Landing, _ outcome: inout Outcome) async {
        // Times are read as they stand and given their unit afterwards, so that a wrong unit is told as such.
        var stream = LineStream(precision: .nanoseconds)
        do {
            var source = try ByteSource(path: path)
            while let piece = try source.next() {
                var items: [LineStream.Item] = []
                stream.append(piece) { items.append($0) }
                await landing.add(points(of: items, &outcome))
                if Task.isCancelled {
                    outcome.problems.append("\(name): stopped before the end")
                    return
                }
                if await landing.isBlocked {
                    outcome.problems.append("\(name): reading stopped; load it again when the destination is mended")
                    return
                }
            }
        } catch {
            outcome.problems.append("\(name): \(error)")
        }
        var items: [LineStream.Item] = []
        stream.finish { items.append($0) }
        await landing.add(points(of: items, &outcome))
    }

    private func points(of items: [LineStream.Item], _ outcome: inout Outcome) -> [Point] {
        let check = TimeCheck(precision: precision, isNamed: isPrecisionNamed)
        var points: [Point] = []
        for item in items {
            switch item {
            case .bad(let error):
                note(bad: error.description, &outcome)
            case .line(let line):
                var point = line.point
                do throws(TimeCheck.Problem) {
                    point.time = try point.time.map { (raw) throws(TimeCheck.Problem) in
                        try check.time(raw.nanoseconds)
                    }
                    points.append(point)
                } catch {
                    note(bad: "\(line.line):1: \(error)", &outcome)
                }
            }
        }
        return points
    }

    private func note(bad text: String, _ outcome: inout Outcome) {
        outcome.badLines += 1
        if outcome.badLines <= Limit.messagesMax { complain("\(name):\(text)") }
    }
}
