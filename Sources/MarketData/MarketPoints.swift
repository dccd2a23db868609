public import LineProtocol

/// Turns market data into points.
///
/// Names and types come from the tables behind `Schema` only; fields are sorted by key. A missing value makes no field,
/// a NaN or an infinity counts as missing, and a rank below 1 drops the rank. A blank code makes no point: the caller
/// counts those.
public enum MarketPoints {
    /// A coin at the time it was received; nil where its code is blank or it has no value at all.
    public static func point(_ coin: Coin, currency: String, time: Timestamp) -> Point? {
        Tables.coins.point(of: Quoted(value: coin, currency: currency), time: time)
    }

    /// Past moments of a coin, each at its own time and with what the upstream gave for that time only.
    ///
    /// An entry without a value makes no point, so there may be fewer points than entries.
    public static func points(_ history: CoinHistory, currency: String) -> [Point] {
        history.entries.compactMap { entry in
            var coin = Coin(code: history.code)
            coin.name = history.name
            coin.rate = entry.rate
            coin.volume = entry.volume
            coin.marketCap = entry.marketCap
            coin.liquidity = entry.liquidity
            return point(coin, currency: currency, time: entry.time)
        }
    }

    /// An exchange at the time it was received; nil where its code is blank.
    public static func point(_ exchange: Exchange, currency: String, time: Timestamp) -> Point? {
        Tables.exchanges.point(of: Quoted(value: exchange, currency: currency), time: time)
    }

    /// The whole market at the time it was received; nil where the currency is blank.
    public static func point(_ overview: MarketOverview, currency: String, time: Timestamp) -> Point? {
        Tables.overviews.point(of: Quoted(value: overview, currency: currency), time: time)
    }

    /// Past moments of the whole market, each at its own time.
    public static func points(_ history: [MarketOverviewEntry], currency: String) -> [Point] {
        history.compactMap { point($0.overview, currency: currency, time: $0.time) }
    }

    /// What is left of an account's credits; nil where the source is blank.
    public static func point(_ credits: Credits, source: String, time: Timestamp) -> Point? {
        Tables.credits.point(of: Sourced(value: credits, source: source), time: time)
    }
}
