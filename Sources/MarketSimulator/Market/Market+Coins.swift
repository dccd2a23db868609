public import CoinlineBase
import MarketData

extension Market {
    /// All coins by capitalisation, the biggest first. One without a known supply stands where it would stand with it.
    func ranking(at time: UTCTime) -> [CoinTraits] {
        let moment = moment(time)
        let sized = coins.map { ($0, marketCap(of: $0, at: moment)) }
        return sized.sorted { $0.1 == $1.1 ? $0.0.code < $1.0.code : $0.1 > $1.1 }.map(\.0)
    }

    /// Each code's place in the ranking, from 1.
    func ranks(at time: UTCTime) -> [String: Int64] {
        var ranks: [String: Int64] = [:]
        for (index, coin) in ranking(at: time).enumerated() { ranks[coin.code] = Int64(index + 1) }
        return ranks
    }

    /// What the service would tell of a coin. What it would send as null or leave out is nil.
    func coin(_ traits: CoinTraits, rank: Int64?, at time: UTCTime, in quote: Quote) -> Coin {
        let moment = moment(time)
        let quirks = traits.quirks
        var coin = Coin(code: traits.code)
        coin.name = quirks.isDisjoint(with: [.nameNull, .nameMissing]) ? traits.name : nil
        coin.symbol = quirks.contains(.symbolMissing) ? nil : traits.symbol
        coin.rank = quirks.isDisjoint(with: [.rankNull, .rankMissing]) ? rank : nil
        coin.ageDays = quirks.contains(.ageNull) ? nil : age(of: traits, at: time)
        coin.allTimeHighUSD = allTimeHigh(of: traits)
        coin.circulatingSupply = quirks.contains(.supplyNull) ? nil : traits.supply
        coin.totalSupply = traits.totalSupply
        coin.maxSupply = traits.maxSupply
        (coin.exchanges, coin.markets, coin.pairs) = counts(of: traits)

        let values = values(of: traits, at: moment, in: quote)
        coin.rate = values.rate
        coin.volume = values.volume
        coin.marketCap = values.marketCap
        coin.liquidity = values.liquidity
        coin.delta = deltas(of: traits, at: time, in: quote)
        return coin
    }

    /// The money of a coin at one moment.
    func values(of traits: CoinTraits, at moment: Int64, in quote: Quote) -> CoinMoment {
        let dollars = dollars(of: quote, at: moment)
        let hasCap = traits.quirks.isDisjoint(with: [.supplyNull, .rateNull])
        return CoinMoment(
            time: UTCTime(milliseconds: moment),
            rate: traits.quirks.contains(.rateNull) ? nil : rate(of: traits, at: moment) / dollars,
            volume: quote.rounded(volume(of: traits, at: moment) / dollars),
            marketCap: hasCap ? quote.rounded(marketCap(of: traits, at: moment) / dollars) : nil,
            liquidity: quote.rounded(liquidity(of: traits, at: moment) / dollars))
    }

    private func age(of traits: CoinTraits, at time: UTCTime) -> Int64 {
        let milliseconds = time.milliseconds - traits.birth(askedAt: time).milliseconds
        return floorDivide(milliseconds, by: Self.day)
    }

    private func counts(of traits: CoinTraits) -> (exchanges: Int64, markets: Int64, pairs: Int64) {
        let exchanges = Int64(noise.number(traits.stream, -2, in: 1...190))
        let pairs = exchanges * Int64(noise.number(traits.stream, -3, in: 1...5))
        return (exchanges, pairs * Int64(noise.number(traits.stream, -4, in: 1...3)), pairs)
    }

    // MARK: Changes

    private func deltas(of traits: CoinTraits, at time: UTCTime, in quote: Quote) -> Deltas {
        var deltas = Deltas()
        guard traits.quirks.isDisjoint(with: [.deltasNull, .deltaMissing, .rateNull]) else { return deltas }
        let birth = traits.birth(askedAt: time).milliseconds
        func change(over window: Int64) -> Double? {
            let now = moment(time)
            guard now - window >= birth else { return nil }
            let before = rate(of: traits, at: now - window) / dollars(of: quote, at: now - window)
            let ratio = rate(of: traits, at: now) / dollars(of: quote, at: now) / before
            // Four decimals, as recorded.
            return (ratio * 10_000).rounded() / 10_000
        }
        deltas.hour = traits.quirks.contains(.hourNull) ? nil : change(over: Self.hour)
        deltas.day = change(over: Self.day)
        deltas.week = change(over: 7 * Self.day)
        deltas.month = change(over: 30 * Self.day)
        deltas.quarter = change(over: 90 * Self.day)
        deltas.year = change(over: 365 * Self.day)
        return deltas
    }
}

/// What a coin was worth at one moment, in the currency that was asked for.
public struct CoinMoment: Sendable, Equatable {
    public var time: UTCTime
    public var rate: Double?
    public var volume: Double?
    public var marketCap: Double?
    public var liquidity: Double?
}
