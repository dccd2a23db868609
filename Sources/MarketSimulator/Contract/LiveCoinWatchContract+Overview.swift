import CoinlineBase
import CoinlineJSON
import MarketData

extension LiveCoinWatchContract {
    func writeOverview(_ parameters: RequestParameters, _ time: UTCTime, to writer: inout JSONWriter)
        throws(ServiceError)
    {
        let overview = market.overview(at: market.moment(time), in: try quote(parameters))
        writer.beginObject()
        write(overview, to: &writer)
        writer.endObject()
    }

    /// A bare array, unlike a coin's history.
    func writeOverviewHistory(
        _ parameters: RequestParameters, _ time: UTCTime, to writer: inout JSONWriter
    ) throws(ServiceError) {
        _ = try quote(parameters)
        let start = try parameters.requiredInteger("start")
        let end = try parameters.requiredInteger("end")
        let currency = try parameters.string("currency") ?? "USD"
        let history = market.overviewHistory(from: start, through: end, askedAt: time, currency: currency) ?? []
        writer.beginArray()
        for (date, overview) in history {
            writer.beginObject()
            writer.member("date", date.milliseconds)
            write(overview, to: &writer)
            writer.endObject()
        }
        writer.endArray()
    }

    private func write(_ overview: MarketOverview, to writer: inout JSONWriter) {
        writer.number("cap", overview.marketCap)
        writer.number("volume", overview.volume)
        writer.number("liquidity", overview.liquidity)
        writer.number("btcDominance", overview.btcDominance)
    }

    func writeFiats(to writer: inout JSONWriter) {
        writer.beginArray()
        for fiat in Fiat.all {
            writer.beginObject()
            writer.member("code", fiat.code)
            writer.key("countries")
            writer.beginArray()
            for country in fiat.countries { writer.value(country) }
            writer.endArray()
            writer.member("flag", fiat.countries.first ?? "")
            writer.member("name", fiat.name)
            writer.member("symbol", fiat.symbol)
            writer.endObject()
        }
        writer.endArray()
    }

    /// Code and name, as `/platforms/all` gives them.
    static let platforms = [
        ("BSC", "BNB Smart Chain"), ("ETH", "Ethereum"), ("BC", "BNB Beacon Chain"), ("MATIC", "Polygon"),
        ("SOL", "Solana"), ("TRX", "Tron (TRC20)"), ("FTM", "Fantom"), ("AVAX", "Avalanche C-Chain"),
        ("HECO", "Huobi Eco Chain"),
    ]

    func writePlatforms(to writer: inout JSONWriter) {
        writer.beginArray()
        for (index, platform) in Self.platforms.enumerated() {
            writer.beginObject()
            // The order of the two varies in the recorded answer.
            if index == 0 { writer.member("code", platform.0) }
            writer.member("name", platform.1)
            if index > 0 { writer.member("code", platform.0) }
            writer.endObject()
        }
        writer.endArray()
    }
}

extension JSONWriter {
    /// A number or null. Whole numbers are written without an exponent however big they are, as the service does.
    mutating func number(_ key: String, _ value: Double?) {
        self.key(key)
        guard let value, value.isFinite else { return null() }
        if let whole = Int128(exactly: value), value.magnitude < 1e24 {
            rawNumber("\(whole)")
        } else {
            self.value(value)
        }
    }

    mutating func number(_ key: String, _ value: Int64?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }

    mutating func text(_ key: String, _ value: String?) {
        self.key(key)
        if let value { self.value(value) } else { null() }
    }
}
