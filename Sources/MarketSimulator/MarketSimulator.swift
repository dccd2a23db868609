import CoinlineBase
import HTTPServer

/// A server that speaks the Live Coin Watch contract over a simulated market.
///
/// Everything it says follows from the seed and the time it is given (`Market`); what a client may see is decided by
/// pure functions (`LiveCoinWatchContract`); faults come on demand (`Fault`). Every answer carries
/// `X-Coinline-Simulated: seed=<n>`, so that nobody takes it for real data.
///
/// A request costs a credit when it names a known endpoint other than `/status` with the right method and key and no
/// fault replaces its answer. `/credits` is answered even when none is left, or a client could not tell why it gets 429.
public final class MarketSimulator: Sendable {
    /// What its clients see, for comparing.
    public let market: Market
    /// Where it listens, without a slash at the end: `http://127.0.0.1:4711`.
    public var baseURL: String { server.baseURL }
    public var port: UInt16 { server.port }

    private let server: HTTPServer
    private let desk: Desk

    /// Listens from here on. Throws `HTTPServerError` where it cannot.
    public init(_ configuration: SimulatorConfiguration = SimulatorConfiguration()) throws {
        market = Market(seed: configuration.seed, coins: configuration.coins, exchanges: configuration.exchanges)
        let desk = Desk(configuration, market: market)
        self.desk = desk
        var serverConfiguration = ServerConfiguration()
        serverConfiguration.address = .tcp(host: configuration.host, port: configuration.port)
        serverConfiguration.bodyBytesMax = 1 << 20
        server = try HTTPServer(serverConfiguration, now: configuration.timing.now) { request in
            await desk.answer(request)
        }
    }

    /// Ends what is under way, then the server. May be called twice.
    public func stop() async {
        await server.stop(grace: .seconds(1))
    }

    /// Replaces all faults, and begins to count requests for them anew.
    public func setFaults(_ faults: [Fault]) { desk.setFaults(faults) }

    /// How often each endpoint was asked, whatever came of it.
    public var requestCounts: [Endpoint: Int] { desk.requestCounts }

    /// All requests to known endpoints.
    public var requestCount: Int { requestCounts.values.reduce(0, +) }

    /// Left of today's credits.
    public var creditsRemaining: Int { desk.creditsRemaining }
}

/// Takes requests from the server, asks the contract, and lets faults have their way. The lock guards counts, credits
/// and the progress of faults; answers are made outside it.
private final class Desk: Sendable {
    private struct State {
        var ledger: CreditLedger
        var plan: FaultPlan
        var counts: [Endpoint: Int] = [:]
    }

    private let state: Locked<State>
    private let contract: LiveCoinWatchContract
    private let timing: Timing
    private let mark: String

    init(_ configuration: SimulatorConfiguration, market: Market) {
        state = Locked(
            State(ledger: CreditLedger(limit: configuration.credits), plan: FaultPlan(configuration.faults)))
        contract = LiveCoinWatchContract(market: market, key: configuration.key)
        timing = configuration.timing
        mark = "seed=\(configuration.seed)"
    }

    func setFaults(_ faults: [Fault]) { state.withLock { $0.plan = FaultPlan(faults) } }

    var requestCounts: [Endpoint: Int] { state.withLock { $0.counts } }

    var creditsRemaining: Int {
        let now = timing.now()
        return state.withLock { $0.ledger.remaining(at: now) }
    }

    func answer(_ request: ServerRequest) async -> ServerResponse {
        let now = timing.now()
        guard let endpoint = Endpoint(rawValue: request.path) else {
            let error = ServiceError.notFound("The requested resource could not be found.")
            return response(error.answer(), ActiveFaults(), at: now)
        }
        let faults = state.withLock { state in
            state.counts[endpoint, default: 0] += 1
            return state.plan.take(for: endpoint)
        }
        if let replacement = faults.replacement {
            guard let answer = replacement.answer(at: now) else { return ServerResponse(body: .drop) }
            return response(answer, faults, at: now)
        }
        return response(await contractAnswer(request, to: endpoint, at: now), faults, at: now)
    }

    private func contractAnswer(
        _ request: ServerRequest, to endpoint: Endpoint, at time: UTCTime
    ) async -> ContractAnswer {
        // An empty answer to a body that could not be read: the client has gone, or is told 413 by the server.
        guard let body = try? await request.body.collect() else { return ContractAnswer(status: 400, body: []) }
        let asked = LiveCoinWatchContract.Request(
            method: request.method, accept: request.header("accept"), contentType: request.header("content-type"),
            key: request.header("x-api-key"), body: body)
        if let refusal = contract.refusal(of: asked, to: endpoint) { return refusal.answer() }
        guard let credits = charge(for: endpoint, at: time) else { return ServiceError.tooManyRequests.answer() }
        return contract.answer(asked, to: endpoint, credits: credits, at: time)
    }

    /// Takes a credit and says what is left; nil where none was left for it.
    private func charge(for endpoint: Endpoint, at time: UTCTime) -> LiveCoinWatchContract.CreditState? {
        state.withLock { state in
            let isFree = endpoint == .status
            guard isFree || state.ledger.charge(at: time) || endpoint == .credits else { return nil }
            return LiveCoinWatchContract.CreditState(
                remaining: state.ledger.remaining(at: time), limit: state.ledger.limit)
        }
    }

    private func response(_ answer: ContractAnswer, _ faults: ActiveFaults, at time: UTCTime) -> ServerResponse {
        var headers = [("Content-Type", answer.contentType), ("X-Coinline-Simulated", mark)]
        if let retryAfter = answer.retryAfter { headers.append(("Retry-After", retryAfter)) }
        // Without one the server writes the date of the clock it was given.
        if let skew = faults.skew { headers.append(("Date", time.advanced(by: skew).httpDate)) }
        let body = faults.body(of: answer.body, timing: timing)
        return ServerResponse(answer.status, headers: headers.map { (name: $0.0, value: $0.1) }, body: body)
    }
}
