import LineProtocol

/// The input of the encoding cases: points of many coins with the 15 fields that a full fetch writes.
struct CoinInput {
    /// How the numbers look.
    enum Digits {
        /// Every price and amount has the 16 or 17 digits of a number that was computed: about 490 bytes a line.
        case long
        /// As the upstream sends them: prices with 15 to 17 digits, whole amounts, ratios with four decimals.
        case upstream
    }

    struct Sample {
        let coin: Int
        let fields: [Field]
        let time: Timestamp
    }

    let series: [Series]
    let tags: [[Tag]]
    let samples: [Sample]

    static let measurement = "cryptocurrency_data"

    /// `snapshots` points of each of `coins` coins, a minute apart, in the order in which a collector writes them.
    init(coins: Int, snapshots: Int, digits: Digits) throws {
        var random = SplitMix64(state: 20_260_101)
        var coinTags: [[Tag]] = []
        for coin in 0..<coins {
            let code = CoinInput.code(coin)
            coinTags.append([Tag("code", code), Tag("currency", "USD"), Tag("name", "\(code.lowercased()) Network")])
        }
        tags = coinTags
        series = try coinTags.map { try Series(measurement: CoinInput.measurement, tags: $0) }
        var samples: [Sample] = []
        samples.reserveCapacity(coins * snapshots)
        for snapshot in 0..<snapshots {
            let time = Timestamp(nanoseconds: 1_760_000_000_123_000_000 + Int64(snapshot) * 60_000_000_000)
            for coin in 0..<coins {
                let fields = CoinInput.fields(rank: coin + 1, digits: digits, random: &random)
                samples.append(Sample(coin: coin, fields: fields, time: time))
            }
        }
        self.samples = samples
    }

    /// Three or four letters that differ from coin to coin.
    private static func code(_ number: Int) -> String {
        var rest = number + 26 * 26
        var letters: [UInt8] = []
        while rest > 0 {
            letters.append(UInt8(0x41 + rest % 26))
            rest /= 26
        }
        return String(decoding: letters, as: UTF8.self)
    }

    private static func fields(rank: Int, digits: Digits, random: inout SplitMix64) -> [Field] {
        // Prices fall over nine decades with the rank, as they do on the market.
        let price = 100_000 / Double(rank * rank) * random.unit(0.5, 1.5)
        let supply = 1e7 * Double(rank) * random.unit(0.5, 1.5)
        func amount(_ value: Double) -> FieldValue { .float(digits == .long ? value : value.rounded()) }
        func ratio(_ value: Double) -> FieldValue {
            .float(digits == .long ? value : (value * 10_000).rounded() / 10_000)
        }
        return [
            Field("all_time_high_usd", .float(price * random.unit(1, 3))),
            Field("circulating_supply", amount(supply)),
            Field("delta_1h", ratio(random.unit(0.98, 1.02))),
            Field("delta_1y", ratio(random.unit(0.2, 3))),
            Field("delta_24h", ratio(random.unit(0.9, 1.1))),
            Field("delta_30d", ratio(random.unit(0.7, 1.4))),
            Field("delta_7d", ratio(random.unit(0.8, 1.2))),
            Field("delta_90d", ratio(random.unit(0.5, 1.8))),
            Field("liquidity", amount(price * supply * 0.0003)),
            Field("market_cap", amount(price * supply)),
            Field("max_supply", amount(supply * 1.3)),
            Field("rank", .integer(Int64(rank))),
            Field("rate", .float(price)),
            Field("total_supply", amount(supply * 1.1)),
            Field("volume", amount(price * supply * random.unit(0.01, 0.2))),
        ]
    }
}

/// The same numbers on every run and machine.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func unit(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * Double(next() >> 11) * 0x1p-53
    }
}
