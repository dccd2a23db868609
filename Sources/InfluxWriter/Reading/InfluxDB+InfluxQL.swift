extension InfluxDB {
    /// Runs one statement of InfluxQL in the database of a bucket (`db` or `db/rp`) and returns its series.
    ///
    /// For the API `.v1`. Nothing is retried. What the server says of the statement inside an answer with status 200,
    /// and an answer that it cut short, are thrown. A statement is a program: nothing from outside belongs
    /// into its text. VictoriaMetrics takes such a request as well and answers whatever is asked with a list of
    /// databases: look at the columns.
    public func influxQL(
        _ statement: String, in bucket: Bucket, within limits: QueryLimits = QueryLimits()
    ) async throws(QueryError) -> [InfluxQLSeries] {
        guard requests.api == .v1 else {
            throw QueryError(.noQueries, "InfluxQL is asked of the API v1 only, and this is \(requests.api.rawValue)")
        }
        let reply = queryReply(path: WriteRequests.influxQLPath)
        let body = try await bodyOfAnswer(to: requests.influxQL(statement, in: bucket, limits), reply)
        do throws(InfluxQLReader.Problem) {
            return try InfluxQLReader.series(in: body, bytesMax: limits.answerBytesMax)
        } catch {
            switch error {
            case .server(let text):
                let isMissing = text.hasPrefix("database not found") || text.hasPrefix("retention policy not found")
                throw isMissing
                    ? QueryError(
                        .notFound, "the database or its retention policy does not exist (\(reply.clean(text)))")
                    : reply.failed(text)
            case .malformed(let reason): throw reply.unreadable(reason)
            case .cancelled: throw QueryReply.cancelled
            }
        }
    }
}
