import CoinlineJSON
public import InfluxWriter

/// What became of what waited for one destination.
public struct SendingReport: Sendable {
    private let destination: String
    private let label: String
    /// Nil where nobody could send.
    private let status: Status?
    /// Whether another process sends.
    private let isByOther: Bool
    /// Why nobody could.
    private let obstacle: String?
    private let waiting: OutboxSummary
    /// Points in new dead letters.
    private let refused: Int

    init(_ sending: Sending, _ status: Status, isByOther: Bool) throws(OutboxError) {
        destination = sending.layout.destination
        label = sending.target.label
        self.status = status
        self.isByOther = isByOther
        obstacle = nil
        waiting = try OutboxSummary.read(sending.layout)
        refused = try Self.newLines(sending)
    }

    /// Of a destination that the settings do not name.
    public init(_ layout: OutboxLayout, label: String, obstacle: String) throws(OutboxError) {
        destination = layout.destination
        self.label = label
        self.obstacle = obstacle
        isByOther = false
        status = nil
        waiting = try OutboxSummary.read(layout)
        refused = 0
    }

    /// Points in dead letters that were not there at the start, whoever wrote them.
    private static func newLines(_ sending: Sending) throws(OutboxError) -> Int {
        let letters = DeadLetters(sending.layout)
        var lines = 0
        for name in try letters.names() where !sending.letters.contains(name) {
            lines += name.line > 0 ? 1 : try letters.read(name)?.lines ?? 0
        }
        return lines
    }

    private var dropped: Int { status?.total.dropped ?? 0 }

    /// Whether nothing waits any more.
    var isEmpty: Bool { waiting.batches == 0 }

    /// Whether everything is at the destination.
    public var isComplete: Bool { isEmpty && refused == 0 && dropped == 0 }

    // MARK: Text

    /// For a person.
    ///
    /// - Parameter lettersCommand: shows dead letters.
    public func lines(lettersCommand: String) -> [String] {
        var lines: [String] = []
        if let status {
            let sent = Plural.points(status.total.acknowledged)
            let end = isEmpty ? "nothing waits any more" : waitingText
            lines.append("\(label): " + (isByOther ? "another process sends, \(end)" : "\(sent) sent, \(end)"))
        } else {
            lines.append("\(label): \(waitingText)")
        }
        if !isEmpty, let reason { lines.append("       \(reason)") }
        if refused > 0 {
            lines.append("       \(Plural.points(refused)) became dead letters, shown by: \(lettersCommand)")
        }
        if dropped > 0 {
            lines.append("       \(Plural.points(dropped)) dropped (COINLINE_OUTBOX_WHEN_FULL, …MAX_AGE)")
        }
        return lines.enumerated().map { ($0 == 0 && !isComplete ? "error: " : "") + $1 }
    }

    private var waitingText: String {
        "\(Plural.points(waiting.lines)) in \(Plural.batches(waiting.batches)) "
            + "(\(ByteText.text(waiting.bytes))) wait safely on disk"
    }

    /// Why something waits still.
    var reason: String? {
        guard let status else { return obstacle }
        if let hold = status.holds.first { return hold.message }
        return status.lastError ?? (isByOther ? "it made no headway" : nil)
    }

    // MARK: JSON

    func append(to out: inout JSONWriter) {
        out.beginObject()
        out.member("destination", destination)
        out.member("label", label)
        out.member("ok", isComplete)
        out.member("points_sent", optional: status.map { Int64($0.total.acknowledged) })
        out.member("points_waiting", waiting.lines)
        out.member("batches_waiting", waiting.batches)
        out.member("bytes_waiting", waiting.bytes)
        out.member("points_dead_lettered", refused)
        out.member("points_dropped", dropped)
        out.member("another_process_sends", isByOther)
        out.member("problem", optional: isEmpty ? nil : reason)
        out.endObject()
    }
}
