import CoinlineJSON
import LineProtocol
import MarketData

extension LiveCoinWatchAnswers {
    // MARK: Exchanges

    static func exchanges(_ root: JSONCursor) throws(JSONError) -> Decoded<[Exchange]> {
        try list(root) { record, skips in exchange(record, &skips) }
    }

    static func exchange(_ root: JSONCursor) throws(JSONError) -> Decoded<Exchange> {
        try one(root, { record, skips in exchange(record, &skips) }, orElse: "code")
    }

    private static func exchange(_ record: RecordReader, _ skips: inout Skips) -> Exchange? {
        guard let code = code(of: record, &skips) else { return nil }
        var exchange = Exchange(code: code)
        exchange.name = record.text("name", &skips)
        exchange.volume = record.number("volume", &skips)
        exchange.visitors = record.count("visitors", &skips)
        exchange.volumePerVisitor = record.number("volumePerVisitor", &skips)
        exchange.rank = record.rank("rank", &skips)
        exchange.bidTotal = record.number("bidTotal", &skips)
        exchange.askTotal = record.number("askTotal", &skips)
        exchange.depth = record.number("depth", &skips)
        exchange.markets = record.count("markets", &skips)
        exchange.isCentralized = record.boolean("centralized", &skips)
        exchange.isUSCompliant = record.boolean("usCompliant", &skips)
        return exchange
    }

    // MARK: The whole market

    static func overview(_ root: JSONCursor) throws(JSONError) -> Decoded<MarketOverview> {
        var root = root
        if root.kind == .array, let first = try root.elements().first { root = first }
        return try one(root, { record, skips in overview(record, &skips) }, orElse: "cap")
    }

    static func overviewHistory(_ root: JSONCursor) throws(JSONError) -> Decoded<[MarketOverviewEntry]> {
        try list(root) { record, skips in
            guard let time = time(of: record, &skips) else { return nil }
            guard let overview = overview(record, &skips) else {
                record.leaveOut(because: .missingMember("cap"), &skips)
                return nil
            }
            return MarketOverviewEntry(time: time, overview: overview)
        }
    }

    /// Nil where none of its values is there: a point of it would count a record that says nothing.
    private static func overview(_ record: RecordReader, _ skips: inout Skips) -> MarketOverview? {
        let overview = MarketOverview(
            marketCap: record.number("cap", &skips), volume: record.number("volume", &skips),
            liquidity: record.number("liquidity", &skips), btcDominance: record.number("btcDominance", &skips))
        return overview == MarketOverview() ? nil : overview
    }

    // MARK: The account and the lists of names

    static func credits(_ root: JSONCursor) throws(JSONError) -> Decoded<Credits> {
        // Both are what the answer is for, so here a bad value is an error.
        let remaining = try count(root, "dailyCreditsRemaining")
        let limit = try count(root, "dailyCreditsLimit")
        return Decoded(Credits(remaining: remaining, limit: limit))
    }

    private static func count(_ root: JSONCursor, _ name: String) throws(JSONError) -> Int64 {
        let value = try root.requiredMember(name)
        var skips = Skips()
        guard let record = RecordReader(root, skips: &skips), let number = record.count(name, &skips) else {
            throw value.error(.wrongKind(expected: .number, found: value.kind))
        }
        return number
    }

    static func fiats(_ root: JSONCursor) throws(JSONError) -> Decoded<[Fiat]> {
        try list(root) { record, skips in
            guard let code = code(of: record, &skips) else { return nil }
            var fiat = Fiat(code: code)
            fiat.name = record.text("name", &skips)
            fiat.symbol = record.text("symbol", &skips)
            fiat.flag = record.text("flag", &skips)
            fiat.countries = record.texts("countries", &skips)
            return fiat
        }
    }

    static func platforms(_ root: JSONCursor) throws(JSONError) -> Decoded<[Platform]> {
        try list(root) { record, skips in
            guard let code = code(of: record, &skips) else { return nil }
            return Platform(code: code, name: record.text("name", &skips))
        }
    }
}
