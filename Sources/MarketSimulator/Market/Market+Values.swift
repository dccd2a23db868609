import CoinlineBase
import MarketData

/// A currency to give money in.
enum Quote: Sendable {
    case fiat(Fiat)
    case coin(CoinTraits)

    /// Money in currencies of states comes in whole units.
    func rounded(_ amount: Double) -> Double {
        switch self {
        case .fiat: amount.rounded()
        case .coin: amount
        }
    }
}

extension Market {
    /// Any currency of states or coin that is traded; nil for others.
    func quote(_ currency: String) -> Quote? {
        if let fiat = Fiat.byCode[currency] { return .fiat(fiat) }
        guard let coin = traits(of: currency), !coin.quirks.contains(.rateNull) else { return nil }
        return .coin(coin)
    }

    /// US dollars that one unit of a currency is worth.
    func dollars(of quote: Quote, at moment: Int64) -> Double {
        switch quote {
        case .coin(let coin): return rate(of: coin, at: moment)
        case .fiat(let fiat):
            if fiat.code == "USD" { return 1 }
            let stream = Noise.stream(of: "fiat " + fiat.code)
            return fiat.dollars * (1 + 0.02 * noise.wave(stream, at: moment, period: Self.day * 30))
        }
    }

    static let hour: Int64 = 3_600_000
    static let day: Int64 = 24 * hour

    /// Waves of the price, from minutes to years, and how far each goes for a coin of volatility 1.
    private static let waves: [(period: Int64, height: Double)] = [
        (hour / 6, 0.0015), (hour, 0.004), (6 * hour, 0.009), (day, 0.018), (7 * day, 0.05), (30 * day, 0.1),
        (180 * day, 0.22), (730 * day, 0.3),
    ]

    /// The price in US dollars.
    func rate(of coin: CoinTraits, at moment: Int64) -> Double {
        var rate = coin.price
        for (index, wave) in Self.waves.enumerated() {
            let height = min(0.9, wave.height * coin.volatility)
            rate *= 1 + height * noise.wave(coin.stream &+ UInt64(index), at: moment, period: wave.period)
        }
        return rate
    }

    /// Above every price that the waves can reach.
    func allTimeHigh(of coin: CoinTraits) -> Double {
        let highest = Self.waves.reduce(coin.price) { $0 * (1 + min(0.9, $1.height * coin.volatility)) }
        return highest * noise.number(coin.stream, -1, in: 1...1.5)
    }

    func marketCap(of coin: CoinTraits, at moment: Int64) -> Double { rate(of: coin, at: moment) * coin.supply }

    func volume(of coin: CoinTraits, at moment: Int64) -> Double {
        if coin.quirks.contains(.rateNull) { return 0 }
        return coin.price * coin.supply * coin.turnover * swing(coin.stream &+ 100, at: moment)
    }

    func liquidity(of coin: CoinTraits, at moment: Int64) -> Double {
        if coin.quirks.contains(.rateNull) { return 0 }
        return coin.price * coin.supply * coin.turnover * 0.06 * swing(coin.stream &+ 200, at: moment)
    }

    /// A factor around 1 that moves with the hours.
    func swing(_ stream: UInt64, at moment: Int64) -> Double {
        1 + 0.3 * noise.wave(stream, at: moment, period: 8 * Self.hour)
            + 0.05 * noise.wave(stream &+ 1, at: moment, period: Self.hour / 4)
    }

    /// The whole market; a coin without a known supply adds nothing to the capitalisation.
    func overview(at moment: Int64, in quote: Quote) -> MarketOverview {
        var cap = 0.0
        var volume = 0.0
        var liquidity = 0.0
        var bitcoin = 0.0
        for coin in coins {
            let coinCap = coin.quirks.contains(.supplyNull) ? 0 : marketCap(of: coin, at: moment)
            if coin.code == "BTC" { bitcoin = coinCap }
            cap += coinCap
            volume += self.volume(of: coin, at: moment)
            liquidity += self.liquidity(of: coin, at: moment)
        }
        let dollars = dollars(of: quote, at: moment)
        return MarketOverview(
            marketCap: quote.rounded(cap / dollars), volume: quote.rounded(volume / dollars),
            liquidity: quote.rounded(liquidity / dollars), btcDominance: bitcoin / cap)
    }

    func exchange(_ traits: ExchangeTraits, at time: UTCTime, in quote: Quote) -> Exchange {
        let moment = moment(time)
        let dollars = dollars(of: quote, at: moment)
        let visitors = max(1, (traits.visitors * swing(traits.stream &+ 2, at: moment)).rounded())
        var exchange = Exchange(code: traits.code)
        exchange.name = traits.name
        exchange.isCentralized = traits.isCentralized
        exchange.isUSCompliant = traits.isUSCompliant
        exchange.markets = traits.markets
        exchange.visitors = Int64(visitors)
        let volume = quote.rounded(traits.volume * swing(traits.stream, at: moment) / dollars)
        exchange.volume = volume
        exchange.volumePerVisitor = volume / visitors
        exchange.depth = 0
        if traits.isCentralized {
            let bid = traits.volume * 0.012 * swing(traits.stream &+ 4, at: moment) / dollars
            let ask = traits.volume * 0.012 * swing(traits.stream &+ 6, at: moment) / dollars
            exchange.bidTotal = bid
            exchange.askTotal = ask
            exchange.depth = bid + ask
        }
        return exchange
    }
}
