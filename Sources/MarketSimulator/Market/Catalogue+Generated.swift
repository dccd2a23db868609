extension Catalogue {
    private static let firstWords = [
        "Amber", "Basalt", "Cobalt", "Delta", "Ember", "Falcon", "Granite", "Harbor", "Indigo", "Juniper", "Kestrel",
        "Lumen", "Meridian", "Nimbus", "Onyx", "Polar", "Quartz", "Raven", "Summit", "Tundra", "Umbra", "Velvet",
        "Willow", "Xenon", "Yonder", "Zephyr",
    ]

    private static let secondWords = [
        "Chain", "Coin", "Finance", "Protocol", "Token", "Network", "Swap", "Dollar", "Bridge", "Labs", "Index", "Cash",
        "Vault", "Link", "Pay", "DAO", "Games", "Cloud", "Oracle", "Staked Ether",
    ]

    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ")

    /// As many coins as are still wanted, smaller and smaller.
    static func generated(_ count: Int, noise: Noise, taken: Set<String>) -> [CoinTraits] {
        var taken = taken
        var coins: [CoinTraits] = []
        var attempt: Int64 = 0
        while coins.count < count {
            let coin = generated(number: coins.count, attempt: attempt, noise: noise, taken: taken)
            attempt += 1
            if taken.insert(coin.code).inserted { coins.append(coin) }
        }
        return coins
    }

    private static func generated(number: Int, attempt: Int64, noise: Noise, taken: Set<String>) -> CoinTraits {
        let stream = Noise.stream(of: "coin \(attempt)")
        func choice(_ position: Int64, _ count: Int) -> Int { Int(noise.bits(stream, position) % UInt64(count)) }

        let first = firstWords[choice(0, firstWords.count)]
        let second = secondWords[choice(1, secondWords.count)]
        var code = first.prefix(2).uppercased() + second.prefix(1).uppercased()
        if noise.unit(stream, 2) < 0.7 { code.append(letters[choice(3, letters.count)]) }
        // The service tells coins of one ticker apart by underscores in front.
        while taken.contains(code), code.utf8.count < 6 { code = "_" + code }

        let cap = 4e9 / (1 + Double(number) * 0.35) * noise.number(stream, 4, in: 0.8...1.25)
        let price = powerOfTen(noise.unit(stream, 5) * 7 - 4)
        let supply = (cap / price).rounded(.up)
        var coin = CoinTraits(
            code, "\(first) \(second)", price: price, supply: supply,
            born: date(year: 2013 + choice(6, 12), month: 1 + choice(7, 12), day: 1 + choice(8, 28)),
            volatility: noise.number(stream, 9, in: 0.5...1.8), turnover: noise.number(stream, 10, in: 0.002...0.15))
        if choice(11, 3) == 0 { coin.totalSupply = (supply * noise.number(stream, 12, in: 1...3)).rounded() }
        if choice(13, 4) == 0 { coin.maxSupply = (supply * noise.number(stream, 14, in: 3...10)).rounded() }
        if choice(15, 2) == 0 { coin.quirks.insert(.symbolMissing) }
        if choice(16, 3) == 0 { coin.quirks.insert(.categoriesMissing) }
        if choice(17, 3) == 0 { coin.quirks.insert(.linksMissing) }
        if choice(18, 25) == 0 { coin.quirks.insert(.ageNull) }
        if choice(19, 25) == 0 { coin.quirks.insert(.supplyNull) }
        return coin
    }

    /// 10 to a power that is no whole number, smooth enough for choosing a price.
    private static func powerOfTen(_ exponent: Double) -> Double {
        let whole = exponent.rounded(.down)
        var power = 1 + 9 * (exponent - whole)
        for _ in 0..<Int(whole.magnitude) { power = whole < 0 ? power / 10 : power * 10 }
        return power
    }

    private static func date(year: Int, month: Int, day: Int) -> String {
        "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}
