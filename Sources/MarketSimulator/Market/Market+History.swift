public import CoinlineBase
public import MarketData

/// The times at which history has points: multiples of a step that grows with the length of the range asked for.
enum HistoryGrid {
    /// The step, in milliseconds. Five minutes is the service's own; the others are coarser as its are.
    static func step(from start: Int64, through end: Int64) -> Int64 {
        let (length, hasOverflowed) = end.subtractingReportingOverflow(start)
        switch hasOverflowed ? Int64.max : length {
        case ...Market.day: return Market.hour / 12
        case ...(7 * Market.day): return Market.hour / 4
        case ...(30 * Market.day): return Market.hour
        case ...(365 * Market.day): return 6 * Market.hour
        default: return Market.day
        }
    }

    /// All times from `start` through `end`, both included, but none before `first` or after `last`.
    static func times(from start: Int64, through end: Int64, first: Int64, last: Int64) -> [Int64] {
        let step = step(from: start, through: end)
        let (start, end) = (max(start, first), min(end, last))
        // Between known times from here on, so that no sum can overflow whatever a client asked for.
        guard start <= end else { return [] }
        var time = floorDivide(start, by: step) * step
        if time < start { time += step }
        var times: [Int64] = []
        while time <= end {
            times.append(time)
            time += step
        }
        return times
    }
}

extension Market {
    /// Nothing is known of any coin or of the market before this day.
    static let beginning = UTCTime(rfc3339: "2013-04-28T00:00:00Z") ?? UTCTime(seconds: 0)

    /// When a point of history may be corrected, counted from its time.
    public static let restatementDelay = Duration.seconds(3_600)

    /// What somebody who asks at `asked` is told of a coin's past, both ends included; milliseconds since 1970.
    /// Nil for an unknown code or currency.
    public func history(
        _ code: String, from start: Int64, through end: Int64, askedAt asked: UTCTime, currency: String = "USD"
    ) -> [CoinMoment]? {
        guard let traits = traits(of: code), let quote = quote(currency) else { return nil }
        let first = max(traits.birth(askedAt: asked), Self.beginning).milliseconds
        return HistoryGrid.times(from: start, through: end, first: first, last: asked.milliseconds).map { time in
            var values = values(of: traits, at: time, in: quote)
            if code != currency, let factor = restatement(traits.stream, of: time, askedAt: asked) {
                values.rate = values.rate.map { $0 * factor }
                values.volume = values.volume.map { quote.rounded($0 * factor) }
                values.marketCap = values.marketCap.map { quote.rounded($0 * factor) }
                values.liquidity = values.liquidity.map { quote.rounded($0 * factor) }
            }
            return values
        }
    }

    /// What somebody who asks at `asked` is told of the whole market's past. Nil for an unknown currency.
    public func overviewHistory(
        from start: Int64, through end: Int64, askedAt asked: UTCTime, currency: String = "USD"
    ) -> [(time: UTCTime, overview: MarketOverview)]? {
        guard let quote = quote(currency) else { return nil }
        let stream = Noise.stream(of: "overview")
        let first = Self.beginning.milliseconds
        return HistoryGrid.times(from: start, through: end, first: first, last: asked.milliseconds).map { time in
            var overview = overview(at: time, in: quote)
            if let factor = restatement(stream, of: time, askedAt: asked) {
                overview.marketCap = overview.marketCap.map { quote.rounded($0 * factor) }
                overview.volume = overview.volume.map { quote.rounded($0 * factor) }
                overview.liquidity = overview.liquidity.map { quote.rounded($0 * factor) }
                overview.btcDominance = overview.btcDominance.map { $0 / factor }
            }
            return (UTCTime(milliseconds: time), overview)
        }
    }

    /// By what a point of history is corrected; nil where it is not, or not yet.
    private func restatement(_ stream: UInt64, of time: Int64, askedAt asked: UTCTime) -> Double? {
        let position = time / (Self.hour / 12)
        guard asked.milliseconds - time >= Self.restatementDelay.milliseconds,
            noise.bits(stream &+ 300, position) % 12 == 0
        else { return nil }
        return noise.number(stream &+ 301, position, in: 0.998...1.002)
    }
}
