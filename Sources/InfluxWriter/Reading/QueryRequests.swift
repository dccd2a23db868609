import CoinlineHTTP
import CoinlineJSON

extension WriteRequests {
    static let fluxPath = "/api/v2/query"
    static let influxQLPath = "/query"

    /// A Flux query, with all annotations asked for: without them an answer is nothing but strings.
    func flux(_ text: String, now: String?, _ limits: InfluxDB.QueryLimits) -> HTTPRequest {
        let organization = organization.map { "?org=\(TextEncodings.query($0))" } ?? ""
        var request = HTTPRequest(method: "POST", url: address.base + Self.fluxPath + organization)
        request.headers = [HTTPHeader("Content-Type", "application/json"), HTTPHeader("Accept", "application/csv")]
        request.body = Self.fluxBody(text, now: now)
        finish(&request, limits)
        return request
    }

    /// An InfluxQL query, with times as whole nanoseconds.
    func influxQL(_ text: String, in bucket: Bucket, _ limits: InfluxDB.QueryLimits) -> HTTPRequest {
        let (database, policy) = Self.database(of: bucket)
        var form = [("db", database), ("epoch", "ns"), ("q", text)]
        if let policy { form.append(("rp", policy)) }
        var request = HTTPRequest(method: "POST", url: address.base + Self.influxQLPath)
        request.headers = [
            HTTPHeader("Content-Type", "application/x-www-form-urlencoded"), HTTPHeader("Accept", "application/json"),
        ]
        request.body = Array(form.map { "\($0)=\(TextEncodings.query($1))" }.joined(separator: "&").utf8)
        finish(&request, limits)
        return request
    }

    private func finish(_ request: inout HTTPRequest, _ limits: InfluxDB.QueryLimits) {
        if let header = authorization { request.headers.append(header) }
        request.deadline = limits.deadline ?? deadline
        request.answerBytesMax = limits.answerBytesMax
        // Part of an answer would be a wrong one.
        request.answerOverflow = .refuse
    }

    private static func fluxBody(_ text: String, now: String?) -> [UInt8] {
        JSONWriter.object { out in
            out.member("query", text)
            out.member("type", "flux")
            if let now { out.member("now", now) }
            out.object("dialect") { out in
                out.member("header", true)
                out.member("delimiter", ",")
                out.member("annotations", ["datatype", "group", "default"])
                out.member("dateTimeFormat", "RFC3339Nano")
            }
        }.bytes
    }
}
