/// What InfluxDB 3 answers on its own path, `/api/v3/write_lp`, where that differs from the older servers.
///
/// Written after the source and the documentation of InfluxDB 3 Core; no server of that kind was asked. Most refusals
/// have no status of their own there: a body that is too large and one that is not UTF-8 were 500 in some versions, a
/// token that cannot be read and a name that no database may have are 400. So the words count, and the status where
/// they tell nothing.
extension WriteReply {
    /// How it begins to say that some lines are refused, on its own path and on those of the older servers.
    static let influxDB3Partial = "partial write of line protocol"

    /// How the reason of a line begins that is refused for a limit which the operator sets, or a build has.
    private static let limitBeginnings = [
        "Update to schema would exceed ", "Adding a new database would exceed ", "Schema update for table ",
    ]

    /// Nil where the rules for all servers hold.
    static func influxDB3(
        _ answer: Answer, _ text: ServerText, _ words: ReplyWords, delivered: [UInt8]?
    ) -> Reply? {
        guard [400, 422, 500].contains(answer.status) else { return nil }
        let full = text.full
        if full.hasPrefix(influxDB3Partial) { return influxDB3Partial(answer, words, delivered: delivered) }
        if full.hasPrefix("line protocol parsing error") || full.hasPrefix("parsing failed for write_lp") {
            // The answer to a write that is not to be stored in part: the first line at fault, and nothing is stored.
            let lines = ReportedLines.read(answer, delivered: delivered, hiding: words.context.hiddenTexts)
            return .rejected(lines: lines, message: words.rejected(lines))
        }
        if full.hasPrefix("db name") || full.contains("database or rp name") || full.contains("namespace name") {
            return .notFound(.database, words.impossibleDatabase)
        }
        if full.hasPrefix("Authorization header was malformed") { return .unauthorized(words.unauthorized) }
        if full.hasPrefix("max request size") { return .tooLarge(words.tooLarge) }
        if full.hasPrefix("body content is not valid utf8") {
            return .rejected(lines: [], message: words.rejected([]))
        }
        if answer.status == 422, full.contains("would exceed") {
            return .limited(words.limitReached)
        }
        return nil
    }

    private static func influxDB3Partial(_ answer: Answer, _ words: ReplyWords, delivered: [UInt8]?) -> Reply {
        let lines = ReportedLines.read(answer, delivered: delivered, hiding: words.context.hiddenTexts)
        // A good line that a limit keeps out passes once it is raised, so the whole delivery counts as not stored: what
        // is stored of it is stored over itself the next time. The server says 422 for it, and 400 for bad lines only.
        let reached = lines.first { line in limitBeginnings.contains { line.reason.hasPrefix($0) } }
        if reached != nil || answer.status == 422 {
            return .limited(words.limitReached(as: reached?.reason))
        }
        // Every refused line is named, in one request however many shards it fills.
        let count = RefusedCount(lines: max(lines.count, 1), isAtLeast: answer.isBodyCut || lines.isEmpty)
        return .partial(refused: lines, count: count, message: words.partial(lines, count))
    }

    /// Whether a write of nothing, or of a line that cannot be read, was refused for nothing else: 400 in words that no
    /// rule knows, and no page of something in between.
    static func isPlainRefusal(_ answer: Answer, _ reply: Reply) -> Bool {
        guard answer.status == 400, !ServerText(answer, hiding: []).isHTML else { return false }
        return switch reply {
        case .unexpected, .rejected(lines: [], message: _): true
        default: false
        }
    }

    /// Whether a write of nothing was seen as one after everything else was found good: InfluxDB 2 before 2.0.9 refused
    /// it then.
    static func isGoodForNothing(_ answer: Answer, _ reply: Reply) -> Bool {
        reply == .acknowledged
            || (answer.status == 400 && ServerText(answer, hiding: []).full == "writing requires points")
    }
}
