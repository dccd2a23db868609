import CoinlineBase
public import HTTPServer

/// Stands for an InfluxDB 2.7.12: takes line protocol as that server does, holds it, and answers the queries that a
/// test registers.
///
/// What it answers is computed; none of it was recorded. A test holds it against the recorded answers of the real
/// server.
///
/// - Writing: `/api/v2/write` and the 1.x `/write`, whole: see `LineReader` (a line) and `BucketStore` (types by shard,
///   partial writes, retention).
/// - Reading: `POST /api/v2/query` for the texts of `register`, to each other text 400. See
///   `FakeInfluxDB2+Query.swift`.
/// - `/health`, `/ready`, `/ping`.
///
/// Lives as long as it is referenced; `stop` ends it in order.
public final class FakeInfluxDB2: Sendable {
    /// What came, with the status it was answered with; 0 for a connection that was dropped.
    public struct ServedRequest: Sendable {
        public let method: String
        /// With the query.
        public let target: String
        public let headers: [(name: String, value: String)]
        /// As sent: compressed where it came so.
        public let body: [UInt8]
        public let status: Int
    }

    public typealias Intercept = @Sendable (ServerRequest, Int) async -> ServerResponse?

    struct State {
        var buckets: [String: BucketStore] = [:]
        var queries: [String: RegisteredQuery] = [:]
        var requests: [ServedRequest] = []
        var requestCount = 0
        var intercept: Intercept?
        var inactiveTokens: Set<String> = []
    }

    /// What the handler needs: the server keeps this alive, and not the fake itself.
    final class Core: Sendable {
        let configuration: Configuration
        let state = Locked(State())
        let started: UTCTime

        init(_ configuration: Configuration) {
            self.configuration = configuration
            started = configuration.now()
            state.withLock { state in
                for bucket in configuration.buckets { state.buckets[bucket.id] = BucketStore(bucket) }
            }
        }
    }

    let core: Core
    private let server: HTTPServer

    public init(_ configuration: Configuration = .standard) throws {
        let core = Core(configuration)
        self.core = core
        var listening = ServerConfiguration()
        // The real one has no limit; what `bodyBytesMax` says holds after unpacking.
        listening.bodyBytesMax = 1 << 30
        server = try HTTPServer(listening, now: configuration.now) { await core.answer($0) }
    }

    /// `http://127.0.0.1:4711`
    public var url: String { server.baseURL }
    public var port: UInt16 { server.port }

    public func stop() async { await server.stop(grace: .seconds(1)) }

    /// All that a bucket holds, merged by series and time: of each field the value that came last.
    public func points(in bucket: String) -> [StoredPoint] { rawPoints(in: bucket).map(\.point) }

    public func rawPoints(in bucket: String) -> [RawPoint] { core.read(bucket) { $0.points } ?? [] }

    /// How many values of a measurement a bucket holds, in all its series and fields.
    public func valueCount(of measurement: String, in bucket: String) -> Int {
        core.read(bucket) { $0.valueCount(of: Array(measurement.utf8)) } ?? 0
    }

    /// What a query of the bucket over `times` finds, which may be less than is stored: see `BucketStore`.
    public func readablePoints(
        in bucket: String, times: ClosedRange<Int64> = Int64.min...Int64.max
    ) -> [RawPoint] {
        core.read(bucket) { $0.readablePoints(in: times) } ?? []
    }

    /// All that came, in the order in which it was answered.
    public var requests: [ServedRequest] { core.state.withLock { $0.requests } }

    /// Is asked first about each request, with its number from 1, and may answer in place of the fake; nil lets the
    /// fake answer. It must leave the body of a request that it lets through unread.
    public var intercept: Intercept? {
        get { core.state.withLock { $0.intercept } }
        set { core.state.withLock { $0.intercept = newValue } }
    }

    /// Turns a token off, or on again.
    public func setActive(_ isActive: Bool, token: String) {
        core.state.withLock { state in
            if isActive { state.inactiveTokens.remove(token) } else { state.inactiveTokens.insert(token) }
        }
    }
}

extension FakeInfluxDB2.Core {
    /// Nil where there is no bucket of that name.
    func read<Result: Sendable>(_ name: String, _ body: @Sendable (BucketStore) -> Result) -> Result? {
        guard let bucket = configuration.buckets.first(where: { $0.name == name }) else { return nil }
        return state.withLock { $0.buckets[bucket.id].map(body) }
    }

    func answer(_ request: ServerRequest) async -> ServerResponse {
        let (number, intercept) = state.withLock { state in
            state.requestCount += 1
            return (state.requestCount, state.intercept)
        }
        if let response = await intercept?(request, number) {
            note(request, body: [], response)
            return response
        }
        guard let body = try? await request.body.collect() else {
            let response = ServerResponse(500, body: .drop)
            note(request, body: [], response)
            return response
        }
        var response: ServerResponse
        do throws(InfluxDB2Error) {
            response = try respond(to: request, body: body)
        } catch {
            response = error.response
        }
        response.headers += [("X-Influxdb-Build", "OSS"), ("X-Influxdb-Version", FakeInfluxDB2.version)]
        note(request, body: body, response)
        return response
    }

    private func note(_ request: ServerRequest, body: [UInt8], _ response: ServerResponse) {
        let isDropped = if case .drop = response.body { true } else { false }
        let served = FakeInfluxDB2.ServedRequest(
            method: request.method, target: request.target, headers: request.headers, body: body,
            status: isDropped ? 0 : response.status)
        state.withLock { $0.requests.append(served) }
    }

    private func respond(to request: ServerRequest, body: [UInt8]) throws(InfluxDB2Error) -> ServerResponse {
        switch request.path {
        case "/health": return health
        case "/ready": return ready
        case "/ping": return ServerResponse(204)
        case "/write":
            let token = try tokenOfVersion1(request)
            guard request.method == "POST" else { throw .methodNotAllowed }
            return try writeAsVersion1(request, body: body, token)
        default: break
        }
        let token = try token(request)
        guard request.path == "/api/v2/write" || request.path == "/api/v2/query" else { throw .pathNotFound }
        guard request.method == "POST" else { throw .methodNotAllowed }
        return request.path == "/api/v2/write"
            ? try write(request, body: body, token) : try query(request, body: body, token)
    }

    private var health: ServerResponse {
        let text = """
            {"name":"influxdb", "message":"ready for queries and writes", "status":"pass", "checks":[], \
            "version": "\(FakeInfluxDB2.version)", "commit": "ec9dcde5d6"}

            """
        return .influxDB2(status: 200, json: Array(text.utf8))
    }

    private var ready: ServerResponse {
        let up = started.duration(to: configuration.now())
        let text = """
            {
                "status": "ready",
                "started": "\(GoText.time(started.nanoseconds))",
                "up": "\(up.secondsDouble)s"
            }

            """
        return .influxDB2(status: 200, json: Array(text.utf8))
    }
}

extension FakeInfluxDB2 {
    static let version = "v2.7.12"
}
