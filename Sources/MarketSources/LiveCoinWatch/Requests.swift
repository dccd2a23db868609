import CoinlineBase
import CoinlineJSON

/// What a list of coins is sorted by. A window of `delta` is not among it.
public enum CoinSort: String, Sendable, CaseIterable {
    case rank, price, volume, code, name, age
}

/// What a list of exchanges is sorted by; `visitors` is undocumented, used by the vendor's own example, and works.
public enum ExchangeSort: String, Sendable, CaseIterable {
    case volume, liquidity, code, name, visitors
}

public enum SortOrder: String, Sendable, CaseIterable {
    case ascending, descending
}

/// The calls of the service as data: path and JSON body of each.
///
/// Every call is a POST with an object, also where nothing is asked (`{}`). `meta` is always true: without it an answer
/// has neither name nor rank, and one coin would become two series. So no names need to be remembered, either.
struct LiveCoinWatchRequests: Sendable {
    /// More than this is not documented to work (refused or cut), so it is never asked for.
    static let limitMax = 100

    /// Quote currency of all money in the answers, which do not repeat it.
    let currency: String

    var status: UpstreamCall {
        UpstreamCall(endpoint: "/status", body: Array("{}".utf8), answerName: "status", isBilled: false)
    }

    var credits: UpstreamCall { bare("/credits", "credits") }
    var fiats: UpstreamCall { bare("/fiats/all", "fiats") }
    var platforms: UpstreamCall { bare("/platforms/all", "platforms") }

    var overview: UpstreamCall {
        call("/overview", "overview") { $0.member("currency", currency) }
    }

    func overviewHistory(start: UTCTime, end: UTCTime) -> UpstreamCall {
        call("/overview/history", "overviews") { body in
            body.member("currency", currency)
            write(start, end, to: &body)
        }
    }

    func coin(code: String) -> UpstreamCall {
        call("/coins/single", "coin") { body in
            body.member("currency", currency)
            body.member("code", code)
            body.member("meta", true)
        }
    }

    func coin(platform: String, address: String) -> UpstreamCall {
        call("/coins/contract", "coin") { body in
            body.member("currency", currency)
            body.member("platform", platform)
            body.member("address", address)
            body.member("meta", true)
        }
    }

    func coinHistory(code: String, start: UTCTime, end: UTCTime) -> UpstreamCall {
        call("/coins/single/history", "coin") { body in
            body.member("currency", currency)
            body.member("code", code)
            write(start, end, to: &body)
            body.member("meta", true)
        }
    }

    func coins(offset: Int, limit: Int, sort: CoinSort, order: SortOrder) -> UpstreamCall {
        call("/coins/list", "coins") { body in
            write(sort.rawValue, order, offset: max(0, offset), limit: Self.clamped(limit), to: &body)
        }
    }

    /// At most `limitMax` codes; a limit of 0 means as many as there are codes.
    func coins(codes: [String]) -> UpstreamCall {
        precondition((1...Self.limitMax).contains(codes.count), "one call maps 1 to \(Self.limitMax) codes")
        return call("/coins/map", "coins") { body in
            body.member("codes", codes)
            write(CoinSort.rank.rawValue, .ascending, offset: 0, limit: 0, to: &body)
        }
    }

    func exchanges(offset: Int, limit: Int, sort: ExchangeSort, order: SortOrder) -> UpstreamCall {
        call("/exchanges/list", "exchanges") { body in
            write(sort.rawValue, order, offset: max(0, offset), limit: Self.clamped(limit), to: &body)
        }
    }

    func exchange(code: String) -> UpstreamCall {
        call("/exchanges/single", "exchange") { body in
            body.member("currency", currency)
            body.member("code", code)
            body.member("meta", true)
        }
    }

    static func clamped(_ limit: Int) -> Int {
        min(max(1, limit), limitMax)
    }

    /// Milliseconds: seconds would mean January 1970 and bring an empty answer, not an error.
    private func write(_ start: UTCTime, _ end: UTCTime, to body: inout JSONWriter) {
        body.member("start", start.milliseconds)
        body.member("end", end.milliseconds)
    }

    /// What part of a list.
    private func write(_ sort: String, _ order: SortOrder, offset: Int, limit: Int, to body: inout JSONWriter) {
        body.member("currency", currency)
        body.member("sort", sort)
        body.member("order", order.rawValue)
        body.member("offset", offset)
        body.member("limit", limit)
        body.member("meta", true)
    }

    private func bare(_ endpoint: String, _ answerName: String) -> UpstreamCall {
        call(endpoint, answerName) { _ in }
    }

    private func call(_ endpoint: String, _ answerName: String, _ write: (inout JSONWriter) -> Void) -> UpstreamCall {
        UpstreamCall(endpoint: endpoint, body: JSONWriter.object(write).bytes, answerName: answerName)
    }
}
