import CoinlineBase
import CoinlineHTTP

/// Decides what an answer to a write means. Pure, so that every answer ever seen is a line of a test's table.
///
/// What the statuses mean is taken from the servers themselves: InfluxDB 2.7 and 2.9, 1.6 and VictoriaMetrics answer a
/// write with 204 and nothing else, store nothing with 400 (but for a "partial write" of 1.x and 3), and all but the
/// refused points with the 422 that says "partial write".
enum WriteReply {
    struct Answer: Sendable {
        var status: Int
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []
        /// Whether the body was longer than what was read of it.
        var isBodyCut = false

        func header(_ name: String) -> String? {
            headers.last { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    /// What was asked, for the words of a reply.
    struct Context: Sendable {
        let api: InfluxDB.API
        let origin: String
        let path: String
        let bucket: Bucket
        let organization: String?
        let hasToken: Bool
        let hiddenTexts: [String]
        let now: UTCTime

        init(requests: WriteRequests, bucket: Bucket, now: UTCTime) {
            api = requests.api
            origin = requests.address.origin
            path = requests.path
            self.bucket = bucket
            organization = requests.organization
            hasToken = requests.token != nil
            hiddenTexts = requests.hiddenTexts
            self.now = now
        }
    }

    /// - Parameter delivered: the gzip body that was sent, to find the lines again that the server names.
    static func reply(to answer: Answer, _ context: Context, delivered: [UInt8]? = nil) -> Reply {
        let text = ServerText(answer, hiding: context.hiddenTexts)
        let words = ReplyWords(context: context, status: answer.status, text: text)
        if context.api == .v3 || text.full.hasPrefix(influxDB3Partial),
            let reply = influxDB3(answer, text, words, delivered: delivered)
        {
            return reply
        }
        switch answer.status {
        case 204 where answer.body.isEmpty: return .acknowledged
        case 200..<300: return .unexpected(status: answer.status, words.noWriteAnswer)
        case 300..<400:
            return .unexpected(status: answer.status, words.redirect(to: answer.header("Location")))
        case 400:
            let lines = RejectedLines.parse(
                text.full, isCut: answer.isBodyCut, delivered: delivered, hiding: context.hiddenTexts)
            return badRequest(answer, text, words, lines)
        case 401: return .unauthorized(words.unauthorized)
        case 403: return .forbidden(words.forbidden)
        case 404: return notFound(text, words)
        case 408, 499: return asksToWait(answer, words) ?? .unavailable(words.failed)
        case 413: return .tooLarge(words.tooLarge)
        case 422: return unprocessable(answer, text, words)
        case 429, 503:
            return .overloaded(after: wait(answer, context), words.overloaded)
        case 500 where text.full.hasPrefix("retention policy not found"):
            // InfluxDB 1.6 answers so, where a missing database is 404.
            return .notFound(.database, words.missingPolicy)
        case 500: return .failed(after: timeToCome(answer, context), words.failed)
        case 501..<600: return asksToWait(answer, words) ?? .unavailable(words.failed)
        default: return .unexpected(status: answer.status, words.unexpected)
        }
    }

    /// What the server asks for; nil where it names no time.
    private static func wait(_ answer: Answer, _ context: Context) -> Duration? {
        answer.header("Retry-After").flatMap { RetryAfter.parse($0, now: context.now) }
    }

    /// Of an answer that by itself asks for nothing.
    private static func asksToWait(_ answer: Answer, _ words: ReplyWords) -> Reply? {
        timeToCome(answer, words.context).map { .overloaded(after: $0, words.overloaded) }
    }

    private static func timeToCome(_ answer: Answer, _ context: Context) -> Duration? {
        wait(answer, context).flatMap { $0 > .zero ? $0 : nil }
    }

    private static func badRequest(
        _ answer: Answer, _ text: ServerText, _ words: ReplyWords, _ lines: [RejectedLine]
    ) -> Reply {
        let full = text.full
        // The words come first, or they are part of a line that is named.
        if full.hasPrefix("partial write") { return partial(answer, text, words, lines) }
        if !lines.isEmpty { return .rejected(lines: lines, message: words.rejected(lines)) }
        if full.contains("provide either orgID or org") { return .notFound(.organization, words.missingOrganization) }
        if full.contains("database is required") || full == "missing db" {
            return .notFound(.database, words.missingDatabase)
        }
        if full.contains("unsupported path requested") { return .notFound(.path, words.missingPath) }
        // The unit is ours and always right: nothing in the batch is at fault.
        if full.contains("invalid precision") { return .unexpected(status: 400, words.unexpected) }
        return text.isOfDatabase
            ? .rejected(lines: [], message: words.rejected([])) : .unexpected(status: 400, words.unexpected)
    }

    private static func notFound(_ text: ServerText, _ words: ReplyWords) -> Reply {
        let full = text.full.lowercased()
        // How the server begins comes first: what follows holds a name that may be any word.
        if full.hasPrefix("database") { return .notFound(.database, words.missingDatabase) }
        if full.hasPrefix("bucket") { return .notFound(.bucket, words.missingBucket) }
        if full.hasPrefix("organization") { return .notFound(.organization, words.missingOrganization) }
        if full.contains("path not found") || full.contains("page not found") || text.isHTML {
            return .notFound(.path, words.missingPath)
        }
        switch words.context.api {
        case .v1: return .notFound(.database, words.missingDatabase)
        case .v3:
            // A write makes the database, so what is not there is most often the path.
            return full.contains("database")
                ? .notFound(.database, words.missingDatabase) : .notFound(.path, words.missingPath)
        case .v2:
            if full.contains("organization") { return .notFound(.organization, words.missingOrganization) }
            if full.contains("bucket") { return .notFound(.bucket, words.missingBucket) }
            if full.contains("database") { return .notFound(.database, words.missingDatabase) }
            return .notFound(.unknown, words.missingSomething)
        }
    }

    /// A 422 without "partial write" does not say that the rest is stored, so nothing may be taken as delivered.
    private static func unprocessable(_ answer: Answer, _ text: ServerText, _ words: ReplyWords) -> Reply {
        guard text.full.contains("partial write") else { return .unexpected(status: 422, words.unexpected) }
        return partial(answer, text, words, [])
    }

    private static func partial(
        _ answer: Answer, _ text: ServerText, _ words: ReplyWords, _ lines: [RejectedLine]
    ) -> Reply {
        // Of a text that was cut, what looks like the count may be part of a name.
        let counted = answer.isBodyCut ? nil : RefusedCount.counted(byServer: text.full)
        let refused = max(counted ?? 0, lines.count, 1)
        // The server's own count is of one shard, so only what is named is sure to be all.
        let count = RefusedCount(
            lines: refused, isAtLeast: answer.isBodyCut || lines.count < refused,
            words: shownWords(text.full, hiding: words.context.hiddenTexts))
        return .partial(refused: lines, count: count, message: words.partial(lines, count))
    }
    /// Words that name a reason are only compared with the lines. Of any others people are told.
    private static func shownWords(_ words: String, hiding secrets: [String]) -> String {
        if case .unknown = RefusalReason(words) { ServerText.hide(secrets, in: words) } else { words }
    }
}
