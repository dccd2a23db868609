import CoinlineJSON
import LineProtocol
import MarketData

extension LiveCoinWatchAnswers {
    static func coins(_ root: JSONCursor) throws(JSONError) -> Decoded<[Coin]> {
        try list(root) { record, skips in coin(record, code: nil, &skips) }
    }

    static func coin(_ root: JSONCursor, code: String?) throws(JSONError) -> Decoded<Coin> {
        try one(root, { record, skips in coin(record, code: code, &skips) }, orElse: "code")
    }

    /// A coin; nil where it has no code.
    private static func coin(_ record: RecordReader, code asked: String?, _ skips: inout Skips) -> Coin? {
        guard let code = (asked ?? code(of: record, &skips)).flatMap(TagText.code) else { return nil }
        var coin = Coin(code: code)
        coin.name = record.text("name", &skips)
        coin.symbol = record.text("symbol", &skips)
        coin.rate = record.number("rate", &skips)
        coin.volume = record.number("volume", &skips)
        coin.marketCap = record.number("cap", &skips)
        coin.liquidity = record.number("liquidity", &skips)
        coin.allTimeHighUSD = record.number("allTimeHighUSD", &skips)
        coin.rank = record.rank("rank", &skips)
        coin.circulatingSupply = record.number("circulatingSupply", &skips)
        coin.totalSupply = record.number("totalSupply", &skips)
        coin.maxSupply = record.number("maxSupply", &skips)
        coin.ageDays = record.count("age", &skips)
        coin.exchanges = record.count("exchanges", &skips)
        coin.markets = record.count("markets", &skips)
        coin.pairs = record.count("pairs", &skips)
        if let delta = record.record("delta", &skips) { coin.delta = deltas(delta, &skips) }
        return coin
    }

    private static func deltas(_ record: RecordReader, _ skips: inout Skips) -> Deltas {
        var deltas = Deltas()
        deltas.hour = record.number("hour", &skips)
        deltas.day = record.number("day", &skips)
        deltas.week = record.number("week", &skips)
        deltas.month = record.number("month", &skips)
        deltas.quarter = record.number("quarter", &skips)
        deltas.year = record.number("year", &skips)
        return deltas
    }

    static func coinHistory(_ root: JSONCursor, code: String) throws(JSONError) -> Decoded<CoinHistory> {
        var skips = Skips()
        let rows = try root.requiredMember("history")
        let entries = try list(rows) { record, skips in historyEntry(record, &skips) }
        skips.add(entries)
        let name = RecordReader(root, skips: &skips)?.text("name", &skips)
        let history = CoinHistory(code: TagText.code(code) ?? code, name: name, entries: entries.value)
        return Decoded(history, skips, recordCount: entries.recordCount)
    }

    private static func historyEntry(_ record: RecordReader, _ skips: inout Skips) -> CoinHistoryEntry? {
        guard let time = time(of: record, &skips) else { return nil }
        var entry = CoinHistoryEntry(time: time)
        entry.rate = record.number("rate", &skips)
        entry.volume = record.number("volume", &skips)
        entry.marketCap = record.number("cap", &skips)
        entry.liquidity = record.number("liquidity", &skips)
        return entry
    }

    /// The time of a history row, in whole milliseconds after 1970; nil notes the row as left out.
    static func time(of record: RecordReader, _ skips: inout Skips) -> Timestamp? {
        guard let value = record.value("date") else {
            record.leaveOut(because: .missingMember("date"), &skips)
            return nil
        }
        // One bad time costs one row and is one note, whatever is wrong with the number.
        var details = Skips()
        guard let milliseconds = record.integer("date", &details), milliseconds > 0,
            let time = Timestamp(milliseconds, precision: .milliseconds)
        else {
            skips.add(value, "expected a time in milliseconds", isRecord: true)
            return nil
        }
        return time
    }
}
