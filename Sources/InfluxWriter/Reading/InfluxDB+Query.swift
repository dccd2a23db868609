import CoinlineBase
import CoinlineHTTP

extension InfluxDB {
    /// What a query may cost.
    public struct QueryLimits: Sendable {
        /// From the call to the last byte of the answer; ``Configuration/deadline`` when nil.
        public var deadline: Duration?
        /// Counted after decompression. Tables in memory take some times as much.
        public var answerBytesMax = 16 << 20

        /// The deadline of the client, and 16 MiB.
        public init() {}
    }

    /// Runs a Flux query and returns all of its tables.
    ///
    /// For InfluxDB 2, and 1.8 where Flux is switched on. Nothing is retried. A failure that the server tells in the
    /// middle of an answer is thrown like any other, so no part of an answer is ever taken for the whole.
    ///
    /// A query is a program: build it from fixed text, and put values in with ``fluxLiteral(_:)`` only.
    ///
    /// - Parameters:
    ///   - flux: the whole query.
    ///   - now: what `now()`, and with it every relative range, means in the query.
    ///   - limits: what it may cost.
    public func query(
        _ flux: String, now: Timestamp? = nil, within limits: QueryLimits = QueryLimits()
    ) async throws(QueryError) -> [FluxTable] {
        guard requests.api == .v2 else {
            throw QueryError(.noQueries, "Flux is asked of the API v2 only, and this is \(requests.api.rawValue)")
        }
        let time = now.map { UTCTime(nanoseconds: $0.nanoseconds).rfc3339(fractionDigits: 9) }
        let reply = queryReply(path: WriteRequests.fluxPath)
        let body = try await bodyOfAnswer(to: requests.flux(flux, now: time, limits), reply)
        return try reply.tables(in: body)
    }

    /// A text as a literal of Flux, quotes included: nothing in it can end the literal, or be taken for an expression.
    public static func fluxLiteral(_ text: String) -> String {
        var literal = "\""
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"", "\\": literal += "\\" + String(scalar)
            // Together they begin an expression inside a literal.
            case "$" where rest.first == "{": literal += "\\$"
            case "\n": literal += "\\n"
            case "\r": literal += "\\r"
            case "\t": literal += "\\t"
            default: literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    func queryReply(path: String) -> QueryReply {
        QueryReply(
            api: requests.api, origin: requests.address.origin, path: path, hasToken: requests.token != nil,
            hiddenTexts: requests.hiddenTexts)
    }

    func bodyOfAnswer(to request: HTTPRequest, _ reply: QueryReply) async throws(QueryError) -> [UInt8] {
        let answer: HTTPAnswer
        do { answer = try await client.send(request) } catch let error as HTTPError {
            throw QueryError(error)
        } catch {
            throw QueryError(.unavailable, "the query was cancelled before an answer came")
        }
        return try reply.body(
            of: WriteReply.Answer(status: answer.status, headers: answer.headers, body: answer.body))
    }
}

extension QueryError {
    init(_ error: HTTPError) {
        switch error.kind {
        case .tooLarge: self.init(.tooLarge, "the answer to the query is too large: \(error.detail)")
        case .badRequest: self.init(.rejected, error.detail)
        case .timeout, .resolve, .connect, .tls, .closed, .transfer: self.init(.unavailable, error.detail)
        }
    }
}
