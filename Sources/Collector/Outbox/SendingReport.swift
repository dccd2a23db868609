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
    /// Why nobody could, or why what waits cannot be read.
    private let obstacle: String?
    /// Nil where it cannot be read.
    private let waiting: OutboxSummary?
    /// Points in new dead letters, those too that were discarded since.
    private let refused: Int

    /// - Parameters:
    ///   - isOwner: whether this process sent.
    ///   - silence: that the server answered nothing.
    init(_ sending: Sending, _ status: Status, isOwner: Bool, silence: String?) {
        destination = sending.layout.destination
        label = sending.label
        self.status = status
        isByOther = !isOwner && status.obstacle == nil
        var (waiting, letters, problem): (OutboxSummary?, Int, String?) = (nil, 0, nil)
        do throws(OutboxError) {
            letters = try Self.newLines(sending)
            waiting = try OutboxSummary.read(sending.layout)
        } catch {
            problem = error.description
        }
        self.waiting = waiting
        refused = max(letters, status.total.deadLettered)
        obstacle =
            problem ?? silence ?? status.obstacle ?? (isByOther ? Self.standstill(sending.layout) : nil)
    }

    /// What is known of a process that sends, and does not come to an end with it.
    private static func standstill(_ layout: OutboxLayout) -> String {
        "what waits became no less" + (LastError.read(layout).map { "; its last error: \($0.message)" } ?? "")
    }

    /// Of a destination to which nothing can be sent.
    public init(_ layout: OutboxLayout, label: String, obstacle: String) {
        destination = layout.destination
        self.label = label
        self.obstacle = obstacle
        isByOther = false
        status = nil
        var summary: OutboxSummary?
        do throws(OutboxError) { summary = try OutboxSummary.read(layout) } catch {
            // Why is told by whoever found the obstacle.
        }
        waiting = summary
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

    /// Dead letters that went because there were too many.
    private var discarded: Int { status?.discardedDeadLetters ?? 0 }

    /// Whether nothing waits any more.
    var isEmpty: Bool { waiting?.batches == 0 }

    /// Whether everything is at the destination.
    public var isComplete: Bool { isEmpty && refused == 0 && discarded == 0 && dropped == 0 }

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
            let letters = refused == 1 ? "a dead letter" : "dead letters"
            lines.append("       \(Plural.points(refused)) became \(letters), shown by: \(lettersCommand)")
        }
        if discarded > 0 {
            let text = "discarded, the oldest first, see COINLINE_DEAD_LETTERS and COINLINE_DEAD_LETTERS_MAX"
            lines.append("       \(Plural.deadLetters(discarded)) \(discarded == 1 ? "was" : "were") \(text)")
        }
        if dropped > 0 {
            lines.append("       \(Plural.points(dropped)) dropped (COINLINE_OUTBOX_WHEN_FULL, …MAX_AGE)")
        }
        return lines.enumerated().map { ($0 == 0 && !isComplete ? "error: " : "") + $1 }
    }

    private var waitingText: String {
        guard let waiting else { return "what waits cannot be read" }
        return "\(Plural.points(waiting.lines)) in \(Plural.batches(waiting.batches)) "
            + "(\(ByteText.text(waiting.bytes))) wait safely on disk"
    }

    /// Why something waits still.
    var reason: String? {
        guard let status, waiting != nil else { return obstacle }
        if let hold = status.holds.first { return hold.message }
        return status.lastError ?? obstacle
    }

    // MARK: JSON

    /// As members of the open object.
    func append(to out: inout JSONWriter) {
        out.member("destination", destination)
        out.member("label", label)
        out.member("ok", isComplete)
        out.member("points_sent", optional: status?.total.acknowledged)
        out.member("points_waiting", optional: waiting?.lines)
        out.member("batches_waiting", optional: waiting?.batches)
        out.member("bytes_waiting", optional: waiting?.bytes)
        out.member("points_dead_lettered", refused)
        out.member("dead_letters_discarded", discarded)
        out.member("points_dropped", dropped)
        out.member("another_process_sends", isByOther)
        out.member("problem", optional: isEmpty ? nil : reason)
    }
}
