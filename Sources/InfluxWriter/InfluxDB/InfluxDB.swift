import CoinlineBase
import CoinlineCompression
import CoinlineHTTP

/// A server that takes line protocol over HTTP: InfluxDB 2 (and 1.8) through its own API, InfluxDB 1 through the older
/// one, VictoriaMetrics through either, InfluxDB 3 through a third.
///
/// Each delivery is one request. Its body is the batches' gzip bodies one behind the other, which every such server
/// reads as one text, but for older builds of InfluxDB 3: there it is one gzip member. Nothing is retried here: what to
/// do with a reply is decided by who holds the batches.
public struct InfluxDB: Destination {
    /// How a write is addressed.
    public enum API: String, Sendable, CaseIterable {
        /// `/write?db=…&rp=…`: a bucket is `db` or `db/rp`, and a token `user:password` is sent as Basic
        /// authentication.
        case v1
        /// `/api/v2/write?org=…&bucket=…`.
        case v2
        /// `/api/v3/write_lp?db=…` of InfluxDB 3: a bucket is a database, which the first write makes.
        ///
        /// Lines are stored in part (`accept_partial=true`): the server keeps the good lines and names each bad one
        /// with its number, so one request settles a delivery, and a repeat after a lost answer stores the same points
        /// over themselves. Refused as a whole instead, a delivery would need a request for every bad line, since then
        /// only the first is named. The answer waits until the lines are on disk (`no_sync=false`).
        ///
        /// Written after the source and the documentation of InfluxDB 3 Core, and tried on no server.
        case v3
    }

    /// Where the server is, and how it is spoken to.
    public struct Configuration: Sendable {
        /// "http://localhost:8086", with or without a path in front of the API's own. Never with user and password.
        public var url: String
        /// A server without authentication needs none.
        public var token: Token?
        /// InfluxDB 2 needs one, by name or id; the others ignore it.
        public var organization: String?
        /// Which of its interfaces is used.
        public var api: API = .v2
        /// For a small request. A delivery gets more: see ``minimumBytesPerSecond``.
        public var deadline: Duration = .seconds(30)
        /// A delivery that is slower than this is given up. 100 KiB/s is a slow line, and a server that takes less than
        /// that for long is better left alone for a while.
        public var minimumBytesPerSecond = 100 << 10
        /// Certificates (PEM) that are trusted instead of the system's.
        public var caFile: String?
        /// Off means that anybody in between can read and change everything, the token included.
        public var isVerifyingTLS = true

        /// A server at an address, over the API of InfluxDB 2 and without a token.
        public init(url: String) {
            self.url = url
        }
    }

    /// How writes are addressed.
    public var api: API { requests.api }

    let requests: WriteRequests
    let client: HTTPClient
    private let now: @Sendable () -> UTCTime

    /// Fails when the address or the token cannot be used; contacts nobody.
    public init(_ configuration: Configuration) throws(InfluxDBError) {
        try self.init(configuration, now: Timing.system.now)
    }

    init(_ configuration: Configuration, now: @escaping @Sendable () -> UTCTime) throws(InfluxDBError) {
        requests = try WriteRequests(configuration)
        self.now = now
        var options = HTTPClient.Configuration()
        options.caFile = configuration.caFile
        options.isVerifyingTLS = configuration.isVerifyingTLS
        do {
            client = try HTTPClient(options)
        } catch {
            throw .client(reason: error.detail)
        }
    }

    /// Sends the batches as one request. All must have one precision; anything else is a mistake of the caller and ends
    /// the program.
    ///
    /// Numbers of rejected lines count through all batches together. Batches in microseconds are refused by `.v1`
    /// before anything is sent: InfluxDB 1 knows that unit under a name that InfluxDB 2 reads as nanoseconds, on the
    /// same path.
    public func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        guard let precision = batches.first?.precision else { return .acknowledged }
        precondition(batches.allSatisfy { $0.precision == precision }, "batches of one delivery have one precision")
        guard requests.takes(precision) else {
            return .unexpected(
                status: 0,
                "times in microseconds cannot be written over the 1.x API: seal batches in ms, s or ns, or use v2")
        }
        let body: [UInt8]
        do throws(WriteRequests.JoiningError) { body = try requests.body(of: batches) } catch {
            return Self.reply(to: error)
        }
        return await send(requests.write(body, precision: precision, to: bucket), bucket, delivered: body)
    }

    /// Nothing was sent. Delivered alone, the good batches pass and a damaged one is seen by the server.
    private static func reply(to error: WriteRequests.JoiningError) -> Reply {
        switch error {
        case .tooLarge(let bytesMax):
            .tooLarge("nothing was sent: the batches hold more than \(bytesMax) bytes: smaller deliveries may pass")
        case .damaged(let name, let error):
            .rejected(
                lines: [],
                message:
                    "nothing was sent: the batch \(name) is damaged (\(error)), the others of the delivery are not "
                    + "at fault")
        case .failed(let error): .unexpected(status: 0, "nothing was sent: the batches cannot be joined: \(error)")
        }
    }

    /// Ends requests under way and frees connections and thread. Otherwise that happens when the last copy is released.
    public func close() {
        client.close()
    }

    func send(_ request: HTTPRequest, _ bucket: Bucket, delivered body: [UInt8]? = nil) async -> Reply {
        switch await answer(to: request) {
        case .success(let answer): WriteReply.reply(to: answer, context(bucket), delivered: body)
        case .failure(let failure): failure.reply
        }
    }

    func context(_ bucket: Bucket) -> WriteReply.Context {
        WriteReply.Context(requests: requests, bucket: bucket, now: now())
    }

    func answer(to request: HTTPRequest) async -> Result<WriteReply.Answer, NoAnswer> {
        do {
            let answer = try await client.send(request)
            return .success(
                WriteReply.Answer(
                    status: answer.status, headers: answer.headers, body: answer.body, isBodyCut: answer.isCut))
        } catch let error as HTTPError {
            return .failure(NoAnswer(error))
        } catch {
            return .failure(.cancelled)
        }
    }
}

/// A request that got no answer, as a reply.
struct NoAnswer: Error {
    let reply: Reply

    static let cancelled = NoAnswer(reply: .unavailable("the delivery was cancelled before an answer came"))

    private init(reply: Reply) {
        self.reply = reply
    }

    init(_ error: HTTPError) {
        reply =
            switch error.kind {
            case .connect: .unavailable("\(error.detail): is the server running, and the address right?")
            case .resolve: .unavailable("\(error.detail): is the address right?")
            case .tls:
                .unavailable(
                    "\(error.detail): is this a port with TLS (else http://)? An authority of your own needs its file")
            case .timeout, .transfer, .closed: .unavailable(error.detail)
            case .tooLarge, .badRequest: .unexpected(status: 0, error.detail)
            }
    }
}
