import CoinlineBase
import CoinlineJSON

/// What a Live Coin Watch client may see, as pure functions: a request and a time become an answer.
///
/// Where the real service's behaviour is not known, the choice here is the one that finds mistakes of a client: a limit
/// above 100 is an error, codes are taken as written, an unknown coin is 404, a body of another content type is 400.
struct LiveCoinWatchContract: Sendable {
    let market: Market
    /// The one key that is right; nil accepts any.
    let key: String?

    struct Request {
        let method: String
        let accept: String?
        let contentType: String?
        let key: String?
        let body: [UInt8]
    }

    /// What is decided before a credit is taken: method, format and key.
    func refusal(of request: Request, to endpoint: Endpoint) -> ServiceError? {
        guard request.method == "POST" else { return .wrongMethod }
        guard Self.acceptsJSON(request.accept) else { return .notAcceptable }
        if endpoint == .status { return nil }
        guard let given = request.key, !given.isEmpty else { return .missingKey }
        return key == nil || key == given ? nil : .wrongKey
    }

    /// The answer to a request that was not refused.
    func answer(_ request: Request, to endpoint: Endpoint, credits: CreditState, at time: UTCTime) -> ContractAnswer {
        do throws(ServiceError) {
            if !request.body.isEmpty, !Self.isJSON(request.contentType) {
                throw .badRequest("the content type of the request must be application/json")
            }
            var writer = JSONWriter()
            try write(endpoint, RequestParameters(request.body), credits, time, to: &writer)
            return ContractAnswer(body: writer.bytes)
        } catch {
            return error.answer()
        }
    }

    struct CreditState {
        let remaining: Int
        let limit: Int
    }

    private func write(
        _ endpoint: Endpoint, _ parameters: RequestParameters, _ credits: CreditState, _ time: UTCTime,
        to writer: inout JSONWriter
    ) throws(ServiceError) {
        switch endpoint {
        case .status:
            writer.beginObject()
            writer.endObject()
        case .credits:
            writer.beginObject()
            writer.member("dailyCreditsRemaining", credits.remaining)
            writer.member("dailyCreditsLimit", credits.limit)
            writer.endObject()
        case .overview: try writeOverview(parameters, time, to: &writer)
        case .overviewHistory: try writeOverviewHistory(parameters, time, to: &writer)
        case .coinsSingle: try writeCoin(parameters, time, to: &writer)
        case .coinsSingleHistory: try writeCoinHistory(parameters, time, to: &writer)
        case .coinsList: try writeCoinList(parameters, time, to: &writer)
        case .coinsMap: try writeCoinMap(parameters, time, to: &writer)
        case .coinsContract: try writeContract(parameters, time, to: &writer)
        case .fiatsAll: writeFiats(to: &writer)
        case .platformsAll: writePlatforms(to: &writer)
        case .exchangesSingle: try writeExchange(parameters, time, to: &writer)
        case .exchangesList: try writeExchangeList(parameters, time, to: &writer)
        }
    }

    /// The currency of a request: US dollars unless it says otherwise.
    func quote(_ parameters: RequestParameters) throws(ServiceError) -> Quote {
        let currency = try parameters.string("currency") ?? "USD"
        guard let quote = market.quote(currency) else { throw .badRequest("the currency is unknown") }
        return quote
    }

    private static func acceptsJSON(_ accept: String?) -> Bool {
        guard let accept, !accept.isEmpty else { return true }
        return accept.split(separator: ",").contains { range in
            let type = range.split(separator: ";").first?.filter { $0 != " " }.lowercased()
            return type == "*/*" || type == "application/*" || type == "application/json"
        }
    }

    private static func isJSON(_ contentType: String?) -> Bool {
        let type = contentType?.split(separator: ";").first?.filter { $0 != " " }
        return type?.lowercased() == "application/json"
    }
}
