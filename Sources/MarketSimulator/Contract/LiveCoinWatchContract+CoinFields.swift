import CoinlineJSON
import MarketData

/// The fields of one coin, in the order of recorded answers.
extension LiveCoinWatchContract {
    private static let images = "https://lcw.nyc3.cdn.digitaloceanspaces.com/production/currencies"

    private static let linkNames = [
        "website", "whitepaper", "twitter", "reddit", "telegram", "discord", "medium", "instagram", "tiktok", "youtube",
        "linkedin", "twitch", "spotify", "naver", "wechat", "soundcloud",
    ]

    private static let categories = ["smart_contract_platforms", "ecommerce", "stablecoins", "memes", "gaming", "defi"]

    /// What `meta: true` adds.
    func writeDescription(of coin: Coin, _ traits: CoinTraits, to writer: inout JSONWriter) {
        let quirks = traits.quirks
        if !quirks.contains(.nameMissing) { writer.text("name", coin.name) }
        if !quirks.contains(.symbolMissing) { writer.text("symbol", coin.symbol) }
        if !quirks.contains(.rankMissing) { writer.number("rank", coin.rank) }
        writer.number("age", coin.ageDays)
        writer.member("color", color(of: traits))
        for (key, kind, size) in [
            ("png32", "png", 32), ("png64", "png", 64), ("webp32", "webp", 32), ("webp64", "webp", 64),
        ] {
            writer.member(key, "\(Self.images)/\(size)/\(coin.code.lowercased()).\(kind)")
        }
        writer.number("exchanges", coin.exchanges)
        writer.number("markets", coin.markets)
        writer.number("pairs", coin.pairs)
        if !quirks.contains(.categoriesMissing) { writeCategories(of: traits, to: &writer) }
        writer.number("allTimeHighUSD", coin.allTimeHighUSD)
        writer.number("circulatingSupply", coin.circulatingSupply)
        writer.number("totalSupply", coin.totalSupply)
        writer.number("maxSupply", coin.maxSupply)
        if !quirks.contains(.linksMissing) { writeLinks(of: traits, to: &writer) }
    }

    func writeMoney(of coin: Coin, _ traits: CoinTraits, hasLiquidity: Bool, to writer: inout JSONWriter) {
        writeRate(coin.rate, traits, to: &writer)
        writer.number("volume", coin.volume)
        writer.number("cap", coin.marketCap)
        if hasLiquidity { writer.number("liquidity", coin.liquidity) }
        if traits.quirks.contains(.deltaMissing) { return }
        writer.key("delta")
        writer.beginObject()
        writer.number("hour", coin.delta.hour)
        writer.number("day", coin.delta.day)
        writer.number("week", coin.delta.week)
        writer.number("month", coin.delta.month)
        writer.number("quarter", coin.delta.quarter)
        writer.number("year", coin.delta.year)
        writer.endObject()
    }

    /// The one record of a wrong shape: a price that is an object, and changes in a list.
    func writeOddOne(_ coin: Coin, to writer: inout JSONWriter) {
        writer.key("rate")
        writer.beginObject()
        writer.number("value", coin.rate)
        writer.endObject()
        writer.number("volume", coin.volume)
        writer.number("cap", coin.marketCap)
        writer.key("delta")
        writer.beginArray()
        writer.endArray()
    }

    /// Some services write small prices with an exponent and some without: here both occur.
    func writeRate(_ rate: Double?, _ traits: CoinTraits, to writer: inout JSONWriter) {
        guard let rate, traits.quirks.contains(.plainRate), rate < 1e-4 else { return writer.number("rate", rate) }
        writer.key("rate")
        writer.rawNumber(Self.withoutExponent("\(rate)"))
    }

    /// `1.07e-12` as `0.00000000000107`; text without a negative exponent comes back as it is.
    static func withoutExponent(_ text: String) -> String {
        let parts = text.split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]), exponent < 0 else { return text }
        let digits = parts[0].filter { $0 != "." && $0 != "-" }
        let sign = text.hasPrefix("-") ? "-" : ""
        return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }

    private func color(of traits: CoinTraits) -> String {
        let digits = String(market.noise.bits(traits.stream, -10) & 0xFFFFFF, radix: 16)
        return "#" + String(repeating: "0", count: 6 - digits.utf8.count) + digits
    }

    private func writeCategories(of traits: CoinTraits, to writer: inout JSONWriter) {
        let count = Int(market.noise.bits(traits.stream, -11) % 3)
        writer.key("categories")
        writer.beginArray()
        for index in 0..<count {
            let choice = market.noise.bits(traits.stream, -12 - Int64(index)) % UInt64(Self.categories.count)
            writer.value(Self.categories[Int(choice)])
        }
        writer.endArray()
    }

    private func writeLinks(of traits: CoinTraits, to writer: inout JSONWriter) {
        writer.key("links")
        writer.beginObject()
        for (index, name) in Self.linkNames.enumerated() {
            let isKnown = index == 0 || market.noise.unit(traits.stream, -20 - Int64(index)) < 0.3
            writer.text(name, isKnown ? "https://\(name).example/\(traits.stream % 1_000_000)" : nil)
        }
        writer.endObject()
    }
}
