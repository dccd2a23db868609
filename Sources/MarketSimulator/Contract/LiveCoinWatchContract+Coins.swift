import CoinlineBase
import CoinlineJSON
import MarketData

extension LiveCoinWatchContract {
    enum CoinSort: String, CaseIterable { case rank, price, volume, code, name, age }

    // MARK: One coin

    /// No code and no time in the answer: the client must remember what it asked for.
    func writeCoin(_ parameters: RequestParameters, _ time: UTCTime, to writer: inout JSONWriter) throws(ServiceError) {
        let traits = try coin(parameters)
        try writeSingle(traits, parameters, time, hasCode: false, to: &writer)
    }

    func writeContract(
        _ parameters: RequestParameters, _ time: UTCTime, to writer: inout JSONWriter
    ) throws(ServiceError) {
        let platform = try parameters.required("platform")
        let address = try parameters.required("address")
        guard let code = market.code(ofContract: address, on: platform), let traits = market.traits(of: code) else {
            throw .notFound("there is no such contract")
        }
        try writeSingle(traits, parameters, time, hasCode: true, to: &writer)
    }

    private func writeSingle(
        _ traits: CoinTraits, _ parameters: RequestParameters, _ time: UTCTime, hasCode: Bool,
        to writer: inout JSONWriter
    ) throws(ServiceError) {
        let quote = try quote(parameters)
        let isFull = try parameters.boolean("meta")
        let coin = market.coin(traits, rank: isFull ? market.ranks(at: time)[traits.code] : nil, at: time, in: quote)
        writer.beginObject()
        // Recorded so: the code comes first with the descriptive fields and last without them.
        if hasCode, isFull { writer.member("code", coin.code) }
        if isFull { writeDescription(of: coin, traits, to: &writer) }
        writeMoney(of: coin, traits, hasLiquidity: true, to: &writer)
        if hasCode, !isFull { writer.member("code", coin.code) }
        writer.endObject()
    }

    func writeCoinHistory(
        _ parameters: RequestParameters, _ time: UTCTime, to writer: inout JSONWriter
    ) throws(ServiceError) {
        let traits = try coin(parameters)
        let quote = try quote(parameters)
        let start = try parameters.requiredInteger("start")
        let end = try parameters.requiredInteger("end")
        let currency = try parameters.string("currency") ?? "USD"
        writer.beginObject()
        if try parameters.boolean("meta") {
            let coin = market.coin(traits, rank: market.ranks(at: time)[traits.code], at: time, in: quote)
            writer.member("code", coin.code)
            writeDescription(of: coin, traits, to: &writer)
        }
        writer.key("history")
        writer.beginArray()
        let history = market.history(traits.code, from: start, through: end, askedAt: time, currency: currency)
        for moment in history ?? [] {
            writer.beginObject()
            writer.member("date", moment.time.milliseconds)
            writeRate(moment.rate, traits, to: &writer)
            writer.number("volume", moment.volume)
            writer.number("cap", moment.marketCap)
            writer.number("liquidity", moment.liquidity)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }

    private func coin(_ parameters: RequestParameters) throws(ServiceError) -> CoinTraits {
        guard let traits = market.traits(of: try parameters.required("code")) else {
            throw .notFound("there is no such coin")
        }
        return traits
    }

    // MARK: Lists

    func writeCoinList(_ parameters: RequestParameters, _ time: UTCTime, to writer: inout JSONWriter)
        throws(ServiceError)
    {
        let order = try ListOrder(parameters, limitDefault: 10)
        try writePage(of: nil, order, parameters, time, hasOddOne: true, to: &writer)
    }

    /// Unknown codes are silently missing.
    func writeCoinMap(_ parameters: RequestParameters, _ time: UTCTime, to writer: inout JSONWriter)
        throws(ServiceError)
    {
        guard let codes = try parameters.strings("codes") else { throw .badRequest("codes is required") }
        guard codes.count <= ListOrder.limitMax else { throw .badRequest("at most \(ListOrder.limitMax) codes") }
        let order = try ListOrder(parameters, limitDefault: 0, isZeroAllowed: true)
        try writePage(of: Set(codes), order, parameters, time, hasOddOne: false, to: &writer)
    }

    /// - Parameter codes: which coins; nil for all.
    private func writePage(
        of codes: Set<String>?, _ order: ListOrder, _ parameters: RequestParameters, _ time: UTCTime, hasOddOne: Bool,
        to writer: inout JSONWriter
    ) throws(ServiceError) {
        let quote = try quote(parameters)
        let sort = try parameters.word("sort", default: CoinSort.rank)
        let isFull = try parameters.boolean("meta")
        var ranked = market.ranking(at: time).enumerated().map { (rank: Int64($0.offset + 1), coin: $0.element) }
        if let codes { ranked.removeAll { !codes.contains($0.coin.code) } }
        writer.beginArray()
        for (rank, traits) in page(of: ranked, order, sort, at: time) {
            let coin = market.coin(traits, rank: rank, at: time, in: quote)
            writer.beginObject()
            if isFull { writeDescription(of: coin, traits, to: &writer) }
            writer.member("code", coin.code)
            if hasOddOne, traits.quirks.contains(.malformed) {
                writeOddOne(coin, to: &writer)
            } else {
                writeMoney(of: coin, traits, hasLiquidity: false, to: &writer)
            }
            writer.endObject()
        }
        writer.endArray()
    }

    private typealias Ranked = (rank: Int64, coin: CoinTraits)

    private func page(of coins: [Ranked], _ order: ListOrder, _ sort: CoinSort, at time: UTCTime) -> [Ranked] {
        let moment = market.moment(time)
        let code: (Ranked) -> String = { $0.coin.code }
        return switch sort {
        case .rank: order.page(of: coins, code: code) { $0.rank }
        case .code: order.page(of: coins, code: code) { $0.coin.code }
        case .name:
            order.page(of: coins, code: code) {
                $0.coin.quirks.isDisjoint(with: [.nameNull, .nameMissing]) ? $0.coin.name : nil
            }
        case .price:
            order.page(of: coins, code: code) {
                $0.coin.quirks.contains(.rateNull) ? nil : market.rate(of: $0.coin, at: moment)
            }
        case .volume: order.page(of: coins, code: code) { market.volume(of: $0.coin, at: moment) }
        case .age:
            order.page(of: coins, code: code) {
                $0.coin.quirks.contains(.ageNull)
                    ? nil : time.milliseconds - $0.coin.birth(askedAt: time).milliseconds
            }
        }
    }
}
