import CoinlineBase
import CoinlineHTTP

/// Builds the requests to one server. Pure: knows no clock and no connection.
struct WriteRequests: Sendable {
    /// Answers to writes are short. A refusal names every bad line though, and VictoriaMetrics quotes the rest of the
    /// batch.
    static let answerBytesMax = 64 << 10

    let address: ServerAddress
    let api: InfluxDB.API
    let organization: String?
    let token: Token?
    private let deadline: Duration
    private let minimumBytesPerSecond: Int

    init(_ configuration: InfluxDB.Configuration) throws(InfluxDBError) {
        address = try ServerAddress(configuration.url)
        api = configuration.api
        let organization = configuration.organization
        self.organization = organization?.isEmpty == true ? nil : organization
        token = configuration.token?.secret.isEmpty == true ? nil : configuration.token
        guard token?.secret.reveal().utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) != false else { throw .token }
        deadline = configuration.deadline
        minimumBytesPerSecond = max(1, configuration.minimumBytesPerSecond)
    }

    /// On the 1.x path only `ns`, `ms` and `s` mean the same to every server: InfluxDB 1 knows microseconds as `u`, and
    /// the same path of InfluxDB 2 takes an unknown unit for nanoseconds, which puts points into 1970.
    func takes(_ precision: Precision) -> Bool {
        api == .v2 || precision != .microseconds
    }

    /// A write of one or more gzip members.
    func write(_ body: [UInt8], precision: Precision, to bucket: Bucket) -> HTTPRequest {
        var request = post(body, to: bucket, precision: precision)
        request.headers.append(HTTPHeader("Content-Encoding", "gzip"))
        return request
    }

    /// A write of nothing, which a server checks like any other. Not gzip: nothing at all under that name is an error.
    func emptyWrite(to bucket: Bucket) -> HTTPRequest {
        post([], to: bucket, precision: .nanoseconds)
    }

    func ping() -> HTTPRequest {
        var request = HTTPRequest(url: address.base + "/ping")
        finish(&request)
        return request
    }

    /// The API's own path, for messages too.
    var path: String {
        switch api {
        case .v1: "/write"
        case .v2: "/api/v2/write"
        }
    }

    /// Texts that a message must not repeat, should a server send them back.
    var hiddenTexts: [String] {
        guard let text = token?.secret.reveal() else { return [] }
        let password = text.firstIndex(of: ":").map { String(text[text.index(after: $0)...]) }
        return [text, TextEncodings.base64(text)] + (password.map { [$0] } ?? [])
    }

    /// The database of a bucket on the 1.x API, and its retention policy if the name has one.
    static func database(of bucket: Bucket) -> (name: String, policy: String?) {
        guard let slash = bucket.name.firstIndex(of: "/") else { return (bucket.name, nil) }
        return (String(bucket.name[..<slash]), String(bucket.name[bucket.name.index(after: slash)...]))
    }

    private func post(_ body: [UInt8], to bucket: Bucket, precision: Precision) -> HTTPRequest {
        var request = HTTPRequest(method: "POST", url: url(bucket, precision))
        request.body = body
        request.headers = [
            HTTPHeader("Content-Type", "text/plain; charset=utf-8"), HTTPHeader("Accept", "application/json"),
        ]
        finish(&request)
        request.deadline = deadline + .milliseconds(Int64(body.count) * 1000 / Int64(minimumBytesPerSecond))
        return request
    }

    private func finish(_ request: inout HTTPRequest) {
        if let header = authorization { request.headers.append(header) }
        request.deadline = deadline
        request.answerBytesMax = Self.answerBytesMax
        request.answerOverflow = .cut
    }

    private var authorization: HTTPHeader? {
        guard let token else { return nil }
        let text = token.secret.reveal()
        guard api == .v1, text.contains(":") else {
            return HTTPHeader("Authorization", secret: token.secret, prefix: "Token ")
        }
        return HTTPHeader("Authorization", secret: Secret(TextEncodings.base64(text)), prefix: "Basic ")
    }

    private func url(_ bucket: Bucket, _ precision: Precision) -> String {
        var query: [(String, String)] = []
        switch api {
        case .v1:
            let (name, policy) = Self.database(of: bucket)
            query.append(("db", name))
            if let policy { query.append(("rp", policy)) }
        case .v2:
            if let organization { query.append(("org", organization)) }
            query.append(("bucket", bucket.name))
        }
        query.append(("precision", precision.rawValue))
        let text = query.map { "\($0)=\(TextEncodings.query($1))" }.joined(separator: "&")
        return "\(address.base)\(path)?\(text)"
    }
}
