public import CoinlineBase
public import CoinlineHTTP
import CoinlineJSON
public import MarketData

/// The Live Coin Watch service: each of its calls, asked for with the currency and key of the configuration.
///
/// One instance in a process, since it holds the pace, the circuit breaker and the count of credits. Every call but
/// `status` costs one credit an attempt. Answers are never kept: what is written under a new time was asked for anew.
public final class LiveCoinWatch: Sendable {
    public struct Configuration: Sendable {
        public static let defaultBaseURL = "https://api.livecoinwatch.com"

        /// Slashes at its end are dropped.
        public var baseURL = defaultBaseURL
        /// Travels in the header `x-api-key` only.
        public var key: Secret
        /// Quote currency of all money: a state's currency or a coin's code.
        public var currency = "USD"
        /// Below 1 counts as 1.
        public var requestsPerMinute = 60
        /// For one request; real time.
        public var requestDeadline: Duration = .seconds(30)
        /// For a call with its repeats and the waits between them; real time.
        public var callDeadline: Duration = .seconds(90)
        /// The program as it introduces itself (`coinline/1.0`); nil leaves that to the HTTP client.
        public var userAgent: String?

        public init(key: Secret) {
            self.key = key
        }
    }

    public static let service = UpstreamService(
        id: "livecoinwatch", name: "Live Coin Watch", keySetting: "LCW_API_KEY", addressSetting: "LCW_BASE_URL",
        rateSetting: "REQUESTS_PER_MINUTE", renewal: "00:00 UTC")

    /// As it is sent and as it belongs into tags: upper case.
    public let currency: String
    let requests: LiveCoinWatchRequests
    private let builder: LiveCoinWatchRequestBuilder
    private let client: UpstreamClient
    let observe: @Sendable (UpstreamEvent) -> Void

    /// - Parameters:
    ///   - random: from 0 up to but not including 1; spreads the waits before repeats.
    ///   - observe: told of everything that happens, on whichever thread that is; must not wait.
    public convenience init(
        _ configuration: Configuration, timing: Timing, http: HTTPClient,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        observe: @escaping @Sendable (UpstreamEvent) -> Void = { _ in }
    ) {
        self.init(configuration, timing: timing, random: random, observe: observe) { request in
            Reply(try await http.send(request))
        }
    }

    init(
        _ configuration: Configuration, timing: Timing, random: @escaping @Sendable () -> Double,
        observe: @escaping @Sendable (UpstreamEvent) -> Void, send: @escaping Sending
    ) {
        currency = TagText.code(configuration.currency) ?? "USD"
        requests = LiveCoinWatchRequests(currency: currency)
        builder = LiveCoinWatchRequestBuilder(configuration)
        self.observe = observe
        var settings = UpstreamClient.Configuration()
        settings.requestsPerMinute = configuration.requestsPerMinute
        settings.requestDeadline = configuration.requestDeadline
        settings.callDeadline = configuration.callDeadline
        let errors = LiveCoinWatchErrors(key: configuration.key)
        client = UpstreamClient(
            service: Self.service, configuration: settings, timing: timing, random: random, observe: observe,
            send: send,
            read: { reply, name in errors.read(reply, name: name) })
    }

    /// Requests sent since the start that cost a credit, repeats included.
    public var requestsMade: Int { client.requestsMade }

    /// What is left of the day's credits as counted here since `credits` last told; nil before that.
    public var creditsRemaining: Int64? { client.creditsRemaining }

    // MARK: Calls

    /// Whether the service is up. Needs no key, costs nothing, and so proves nothing about the key.
    @discardableResult
    public func status() async throws(UpstreamError) -> Fetched<Void> {
        try await fetch(requests.status) { root throws(JSONError) in
            _ = try root.members()
            return Decoded(())
        }
    }

    /// What is left of the day's credits. A wrong key shows here.
    public func credits() async throws(UpstreamError) -> Fetched<Credits> {
        let credits = try await fetch(requests.credits) { root throws(JSONError) in
            try LiveCoinWatchAnswers.credits(root)
        }
        client.learn(credits.value)
        return credits
    }

    public func overview() async throws(UpstreamError) -> Fetched<MarketOverview> {
        try await fetch(requests.overview) { root throws(JSONError) in try LiveCoinWatchAnswers.overview(root) }
    }

    /// The whole market from `start` to `end`, both included, on the service's own grid.
    public func overviewHistory(
        start: UTCTime, end: UTCTime
    ) async throws(UpstreamError) -> Fetched<[MarketOverviewEntry]> {
        try await fetch(requests.overviewHistory(start: start, end: end)) { root throws(JSONError) in
            try LiveCoinWatchAnswers.overviewHistory(root)
        }
    }

    /// One coin, with its liquidity, which lists do not have. The code may be written in any case.
    public func coin(_ code: String) async throws(UpstreamError) -> Fetched<Coin> {
        let code = TagText.code(code) ?? code
        return try await fetch(requests.coin(code: code)) { root throws(JSONError) in
            try LiveCoinWatchAnswers.coin(root, code: code)
        }
    }

    /// The coin behind a contract: a wrapped token brings the coin that it stands for.
    public func coinByContract(
        platform: String, address: String
    ) async throws(UpstreamError) -> Fetched<Coin> {
        try await fetch(requests.coin(platform: platform, address: address)) { root throws(JSONError) in
            try LiveCoinWatchAnswers.coin(root, code: nil)
        }
    }

    /// A coin from `start` to `end`, both included, on the service's own grid: 5 minutes, coarser for long ranges.
    public func coinHistory(
        code: String, start: UTCTime, end: UTCTime
    ) async throws(UpstreamError) -> Fetched<CoinHistory> {
        let code = TagText.code(code) ?? code
        return try await fetch(requests.coinHistory(code: code, start: start, end: end)) { root throws(JSONError) in
            try LiveCoinWatchAnswers.coinHistory(root, code: code)
        }
    }

    /// One page of the list of coins; a limit outside 1...100 counts as the nearer end. See `sweep` for more.
    public func coinsPage(
        offset: Int, limit: Int, sort: CoinSort = .rank, order: SortOrder = .ascending
    ) async throws(UpstreamError) -> Fetched<[Coin]> {
        try await fetch(requests.coins(offset: offset, limit: limit, sort: sort, order: order)) {
            root throws(JSONError) in
            try LiveCoinWatchAnswers.coins(root)
        }
    }

    /// Chosen coins in one call: 1 to 100 codes. Unknown ones are silently missing, and the order is that of the ranks.
    /// See `chosen` for more.
    public func coinMap(_ codes: [String]) async throws(UpstreamError) -> Fetched<[Coin]> {
        try await fetch(requests.coins(codes: codes.map { TagText.code($0) ?? $0 })) { root throws(JSONError) in
            try LiveCoinWatchAnswers.coins(root)
        }
    }

    /// One page of the list of exchanges; a limit outside 1...100 counts as the nearer end.
    public func exchanges(
        limit: Int, offset: Int = 0, sort: ExchangeSort = .visitors, order: SortOrder = .descending
    ) async throws(UpstreamError) -> Fetched<[Exchange]> {
        try await fetch(requests.exchanges(offset: offset, limit: limit, sort: sort, order: order)) {
            root throws(JSONError) in
            try LiveCoinWatchAnswers.exchanges(root)
        }
    }

    /// One exchange. The code may be written in any case; the service's own is lower case.
    public func exchange(_ code: String) async throws(UpstreamError) -> Fetched<Exchange> {
        try await fetch(requests.exchange(code: TagText.trim(code).lowercased())) { root throws(JSONError) in
            try LiveCoinWatchAnswers.exchange(root)
        }
    }

    /// The states' currencies that prices can be asked in.
    public func fiats() async throws(UpstreamError) -> Fetched<[Fiat]> {
        try await fetch(requests.fiats) { root throws(JSONError) in try LiveCoinWatchAnswers.fiats(root) }
    }

    /// The chains whose contracts can be asked for.
    public func platforms() async throws(UpstreamError) -> Fetched<[Platform]> {
        try await fetch(requests.platforms) { root throws(JSONError) in try LiveCoinWatchAnswers.platforms(root) }
    }

    // MARK: The one way of all calls

    private func fetch<Value: Sendable>(
        _ call: UpstreamCall, _ decode: (JSONCursor) throws(JSONError) -> Decoded<Value>
    ) async throws(UpstreamError) -> Fetched<Value> {
        let builder = builder
        let answer = try await client.answer(to: call) { builder.request(for: $0) }
        let decoded: Decoded<Value>
        do throws(JSONError) {
            decoded = try decode(answer.root)
        } catch {
            throw client.error(.malformed(error), call)
        }
        for skip in decoded.skipped { observe(.skipped(endpoint: call.endpoint, skip)) }
        return Fetched(
            value: decoded.value, skipped: decoded.skipped, skippedCount: decoded.skippedCount,
            recordCount: decoded.recordCount, sentAt: answer.sentAt, receivedAt: answer.receivedAt,
            upstreamDate: answer.upstreamDate, simulation: answer.simulation)
    }
}

/// Makes the HTTP request of a call; the only place that handles the key.
struct LiveCoinWatchRequestBuilder: Sendable {
    private let baseURL: String
    private let key: Secret
    private let userAgent: String?

    init(_ configuration: LiveCoinWatch.Configuration) {
        var base = Substring(TagText.trim(configuration.baseURL))
        while base.last == "/" { base.removeLast() }
        baseURL = String(base)
        key = configuration.key
        userAgent = configuration.userAgent
    }

    func request(for call: UpstreamCall) -> HTTPRequest {
        var request = HTTPRequest(method: "POST", url: baseURL + call.endpoint)
        request.headers = [
            HTTPHeader("Content-Type", "application/json"),
            HTTPHeader("Accept", "application/json"),
        ]
        if let userAgent { request.headers.append(HTTPHeader("User-Agent", userAgent)) }
        // What costs nothing needs no key, and a key that is not sent cannot leak.
        if call.isBilled, !key.isEmpty { request.headers.append(HTTPHeader("x-api-key", secret: key)) }
        request.body = call.body
        request.answerBytesMax = LiveCoinWatchErrors.limits.bytesMax
        return request
    }
}
