import CoinlineBase
import CoinlineJSON
import MarketData

extension LiveCoinWatchContract {
    enum ExchangeSort: String, CaseIterable { case volume, liquidity, code, name, visitors }

    func writeExchange(_ parameters: RequestParameters, _ time: UTCTime, to writer: inout JSONWriter)
        throws(ServiceError)
    {
        let quote = try quote(parameters)
        let code = try parameters.required("code")
        guard let traits = market.exchanges.first(where: { $0.code == code }) else {
            throw .notFound("there is no such exchange")
        }
        let isFull = try parameters.boolean("meta")
        write(market.exchange(traits, at: time, in: quote), isFull: isFull, to: &writer)
    }

    func writeExchangeList(
        _ parameters: RequestParameters, _ time: UTCTime, to writer: inout JSONWriter
    ) throws(ServiceError) {
        let quote = try quote(parameters)
        let sort = try parameters.word("sort", default: ExchangeSort.volume)
        let order = try ListOrder(parameters, limitDefault: 50)
        let isFull = try parameters.boolean("meta")
        let all = market.exchanges.map { market.exchange($0, at: time, in: quote) }
        writer.beginArray()
        for exchange in page(of: all, order, sort) { write(exchange, isFull: isFull, to: &writer) }
        writer.endArray()
    }

    private func page(of exchanges: [Exchange], _ order: ListOrder, _ sort: ExchangeSort) -> [Exchange] {
        let code: (Exchange) -> String = { $0.code }
        return switch sort {
        case .volume: order.page(of: exchanges, code: code) { $0.volume }
        case .liquidity: order.page(of: exchanges, code: code) { $0.depth }
        case .code: order.page(of: exchanges, code: code) { $0.code }
        case .name: order.page(of: exchanges, code: code) { $0.name }
        case .visitors: order.page(of: exchanges, code: code) { $0.visitors }
        }
    }

    private static let images = "https://lcw.nyc3.cdn.digitaloceanspaces.com/production/exchanges"

    private func write(_ exchange: Exchange, isFull: Bool, to writer: inout JSONWriter) {
        writer.beginObject()
        if isFull {
            writer.text("name", exchange.name)
            for (key, kind, size) in [
                ("png64", "png", 64), ("png128", "png", 128), ("webp64", "webp", 64), ("webp128", "webp", 128),
            ] {
                writer.member(key, "\(Self.images)/\(size)/\(exchange.code).\(kind)")
            }
            writer.member("centralized", exchange.isCentralized ?? false)
            writer.member("usCompliant", exchange.isUSCompliant ?? false)
        }
        writer.member("code", exchange.code)
        writer.number("markets", exchange.markets)
        writer.number("volume", exchange.volume)
        writer.number("bidTotal", exchange.bidTotal)
        writer.number("askTotal", exchange.askTotal)
        writer.number("depth", exchange.depth)
        writer.number("visitors", exchange.visitors)
        writer.number("volumePerVisitor", exchange.volumePerVisitor)
        writer.endObject()
    }
}
