import CoinlineHTTP

/// Decides what an answer to a query means before its body is read. Pure, like `WriteReply`.
struct QueryReply {
    let api: InfluxDB.API
    let origin: String
    let path: String
    let hasToken: Bool
    let hiddenTexts: [String]

    /// The body of an answer that holds a result.
    func body(of answer: WriteReply.Answer) throws(QueryError) -> [UInt8] {
        guard answer.status != 200 else { return answer.body }
        let text = ServerText(answer, hiding: hiddenTexts)
        let said = text.short.isEmpty ? " (status \(answer.status))" : " (\(answer.status): \(text.short))"
        let kind = kind(of: answer.status, text)
        throw QueryError(kind, sentence(kind) + said)
    }

    /// The tables of a body with annotated CSV. Stops between rows when the task is cancelled.
    func tables(in body: [UInt8]) throws(QueryError) -> [FluxTable] {
        var reader = FluxReader(body)
        var tables: [FluxTable] = []
        do throws(FluxReadingError) {
            while !Task.isCancelled {
                switch try reader.advance(recordsMax: Self.recordsBetweenLooks) {
                case .table(let table): tables.append(table)
                case .unfinished: continue
                case .end: return tables
                }
            }
        } catch {
            throw switch error {
            case .server: failed(error.description)
            case .malformed: unreadable(error.description)
            }
        }
        throw Self.cancelled
    }

    /// Some milliseconds of reading.
    static let recordsBetweenLooks = 4_096
    static let cancelled = QueryError(.unavailable, "the query was cancelled while its answer was read")

    /// A text of the server, safe to show.
    func clean(_ text: String) -> String {
        ServerText.clean(text, hiding: hiddenTexts)
    }

    func unreadable(_ reason: String) -> QueryError {
        QueryError(.unreadable, "\(origin) answered a query with something that cannot be read: \(clean(reason))")
    }

    func failed(_ message: String) -> QueryError {
        QueryError(.failed, "\(origin) failed at the query: \(clean(message))")
    }

    private func kind(of status: Int, _ text: ServerText) -> QueryError.Kind {
        switch status {
        case 400: badRequest(text.full)
        case 401: .unauthorized
        case 403: .forbidden
        case 404, 405: isMissingPath(text) ? .noQueries : .notFound
        case 429, 503: .overloaded
        case 408, 499, 500..<600: .failed
        default: .noQueries
        }
    }

    private func badRequest(_ text: String) -> QueryError.Kind {
        if text.contains("queue length exceeded") { return .overloaded }
        if text.contains("unsupported path requested") { return .noQueries }
        let isMissing = text.contains("either orgID or org") || text.hasPrefix("organization")
        return isMissing ? .notFound : .rejected
    }

    private func isMissingPath(_ text: ServerText) -> Bool {
        let full = text.full.lowercased()
        return text.isHTML || full.contains("path not found") || full.contains("page not found")
            || !text.isOfDatabase
    }

    private func sentence(_ kind: QueryError.Kind) -> String {
        switch kind {
        case .unauthorized:
            hasToken
                ? "\(origin) does not know \(api == .v1 ? "user and password" : "the token")"
                : "\(origin) asks who reads, and nothing is set for that"
        case .forbidden: "\(api == .v1 ? "this user" : "the token") may not read"
        case .notFound:
            api == .v2
                ? "the bucket or the organisation does not exist, or the token may not read it"
                : "the database does not exist"
        case .noQueries: "\(origin) takes no queries at \(path)"
        case .rejected: "\(origin) does not understand the query"
        case .failed, .unavailable, .tooLarge, .unreadable: "\(origin) failed at the query"
        case .overloaded: "\(origin) has no room for a query at this moment"
        }
    }
}
