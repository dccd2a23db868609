import LineProtocol
import MarketData
import TestKit

/// Random market data from a seed, hostile values included.
struct RandomMarket: RandomNumberGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func next() -> UInt64 {
        generator.next()
    }

    mutating func number() -> Double? {
        switch Int.random(in: 0..<8, using: &self) {
        case 0: nil
        case 1:
            [Double.nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, 1e-12, 0x1p53].randomElement(
                using: &self)
        default: Double(bitPattern: next())
        }
    }

    mutating func integer() -> Int64? {
        switch Int.random(in: 0..<6, using: &self) {
        case 0: nil
        case 1: [Int64.min, -1, 0, 1, .max].randomElement(using: &self)
        default: Int64.random(in: 0...5_000, using: &self)
        }
    }

    mutating func text() -> String {
        ["BTC", " btc ", "_STX", "", "  ", "a, b=c", "🚀 ش", "a\nb", "\u{0}", "ß", "\\"].randomElement(using: &self)
            ?? ""
    }

    mutating func name() -> String? {
        Bool.random(using: &self) ? text() : nil
    }

    mutating func time() -> Timestamp {
        Timestamp(nanoseconds: Int64.random(in: 0...2_000_000_000_000_000_000, using: &self))
    }

    mutating func coin() -> Coin {
        var coin = Coin(code: text())
        coin.name = name()
        coin.symbol = name()
        coin.rate = number()
        coin.volume = number()
        coin.marketCap = number()
        coin.liquidity = number()
        coin.allTimeHighUSD = number()
        coin.rank = integer()
        coin.circulatingSupply = number()
        coin.totalSupply = number()
        coin.maxSupply = number()
        coin.ageDays = integer()
        coin.exchanges = integer()
        coin.markets = integer()
        coin.pairs = integer()
        coin.delta.hour = number()
        coin.delta.day = number()
        coin.delta.week = number()
        coin.delta.month = number()
        coin.delta.quarter = number()
        coin.delta.year = number()
        return coin
    }

    mutating func history() -> CoinHistory {
        let entries = (0..<3).map { _ in
            var entry = CoinHistoryEntry(time: time())
            entry.rate = number()
            entry.volume = number()
            entry.marketCap = number()
            entry.liquidity = number()
            return entry
        }
        return CoinHistory(code: text(), name: name(), entries: entries)
    }

    mutating func exchange() -> Exchange {
        var exchange = Exchange(code: text())
        exchange.name = name()
        exchange.volume = number()
        exchange.visitors = integer()
        exchange.volumePerVisitor = number()
        exchange.rank = integer()
        exchange.bidTotal = number()
        exchange.askTotal = number()
        exchange.depth = number()
        exchange.markets = integer()
        return exchange
    }

    mutating func overview() -> MarketOverview {
        MarketOverview(marketCap: number(), volume: number(), liquidity: number(), btcDominance: number())
    }

    mutating func credits() -> Credits {
        Credits(remaining: integer() ?? 0, limit: integer() ?? 0)
    }

    /// One point of each kind, where the values make one.
    mutating func points() -> [Point] {
        var points = [
            MarketPoints.point(coin(), currency: text(), time: time()),
            MarketPoints.point(exchange(), currency: text(), time: time()),
            MarketPoints.point(overview(), currency: text(), time: time()),
            MarketPoints.point(credits(), source: text(), time: time()),
        ].compactMap { $0 }
        points += MarketPoints.points(history(), currency: text())
        points += MarketPoints.points([MarketOverviewEntry(time: time(), overview: overview())], currency: text())
        return points
    }
}
