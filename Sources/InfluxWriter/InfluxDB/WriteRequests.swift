import CoinlineBase
import CoinlineCompression
import CoinlineHTTP

/// Builds the requests to one server. Pure: knows no clock and no connection.
struct WriteRequests: Sendable {
    /// Answers to writes are short. A refusal names every bad line though, and VictoriaMetrics quotes the rest of the
    /// batch.
    static let answerBytesMax = 64 << 10
    /// InfluxDB 3 takes some 200 bytes for a bad line, whose text it cuts: room for 20,000 of them.
    static let reportBytesMax = 4 << 20
    /// Batches are decompressed only to be joined, and never larger than servers take them.
    static let joinedBytesMax = 64 << 20
    /// A measurement without fields: every parser of line protocol refuses it.
    private static let unreadableLine = Array("coinline-check\n".utf8)

    let address: ServerAddress
    let api: InfluxDB.API
    let organization: String?
    let token: Token?
    let deadline: Duration
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
        api != .v1 || precision != .microseconds
    }

    /// Why batches cannot be one request.
    enum JoiningError: Error {
        /// More than this many bytes come out of them together.
        case tooLarge(bytesMax: Int)
        case damaged(BatchName, CompressionError)
        case failed(CompressionError)

        init(_ error: CompressionError, _ name: BatchName, bytesMax: Int) {
            self =
                switch error {
                case .tooLarge: .tooLarge(bytesMax: bytesMax)
                case .damaged, .truncated, .trailingBytes: .damaged(name, error)
                case .level, .zlib: .failed(error)
                }
        }
    }

    /// The gzip bodies of batches as the body of one request.
    ///
    /// One behind the other they are one text for every server but older builds of InfluxDB 3: those read the first and
    /// acknowledge the whole. There they are joined into one member.
    /// - Parameter bytesMax: the most bytes that may come out of the batches together, where they are joined.
    func body(of batches: [BatchFile], bytesMax: Int = joinedBytesMax) throws(JoiningError) -> [UInt8] {
        if batches.count == 1 { return batches[0].body }
        guard api == .v3 else { return batches.flatMap(\.body) }
        var text: [UInt8] = []
        for batch in batches {
            do throws(CompressionError) {
                text += try Gunzip.decompress(batch.body, outputBytesMax: bytesMax - text.count)
            } catch {
                throw JoiningError(error, batch.name, bytesMax: bytesMax)
            }
        }
        do throws(CompressionError) {
            var gzip = try Gzip()
            return try gzip.compress(text)
        } catch {
            throw .failed(error)
        }
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

    /// A write of one line that cannot be read, not to be stored in part: InfluxDB 3 looks at the token, the name and
    /// the line, in that order, and gives up before it makes a database or stores anything.
    func unreadableWrite(to bucket: Bucket) -> HTTPRequest {
        post(Self.unreadableLine, to: bucket, precision: .nanoseconds, isPartAccepted: false)
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
        case .v3: "/api/v3/write_lp"
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

    /// - Parameter isPartAccepted: whether the good lines are stored where others are bad. Asked by `v3` only.
    private func post(
        _ body: [UInt8], to bucket: Bucket, precision: Precision, isPartAccepted: Bool = true
    ) -> HTTPRequest {
        var request = HTTPRequest(method: "POST", url: url(bucket, precision, isPartAccepted))
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
        request.answerBytesMax = api == .v3 ? Self.reportBytesMax : Self.answerBytesMax
        request.answerOverflow = .cut
    }

    private static func longName(of precision: Precision) -> String {
        switch precision {
        case .nanoseconds: "nanosecond"
        case .microseconds: "microsecond"
        case .milliseconds: "millisecond"
        case .seconds: "second"
        }
    }

    var authorization: HTTPHeader? {
        guard let token else { return nil }
        let text = token.secret.reveal()
        guard api == .v1, text.contains(":") else {
            return HTTPHeader("Authorization", secret: token.secret, prefix: api == .v3 ? "Bearer " : "Token ")
        }
        return HTTPHeader("Authorization", secret: Secret(TextEncodings.base64(text)), prefix: "Basic ")
    }

    private func url(_ bucket: Bucket, _ precision: Precision, _ isPartAccepted: Bool) -> String {
        var query: [(String, String)] = []
        switch api {
        case .v1:
            let (name, policy) = Self.database(of: bucket)
            query.append(("db", name))
            if let policy { query.append(("rp", policy)) }
            query.append(("precision", precision.rawValue))
        case .v2:
            if let organization { query.append(("org", organization)) }
            query.append(("bucket", bucket.name))
            query.append(("precision", precision.rawValue))
        case .v3:
            query.append(("db", bucket.name))
            query.append(("precision", Self.longName(of: precision)))
            query.append(("accept_partial", isPartAccepted ? "true" : "false"))
            query.append(("no_sync", "false"))
        }
        let text = query.map { "\($0)=\(TextEncodings.query($1))" }.joined(separator: "&")
        return "\(address.base)\(path)?\(text)"
    }
}
