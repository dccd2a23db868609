/// The tables of all measurements: what `docs/schema.md` shows and what points are made from.
///
/// Tags of `cryptocurrency_data`, `exchange_data` and `market_overview` are exactly LCW-Fetch's: one more would split
/// every series that a user already has. Fields may be added.
enum Tables {
    static let coins = Table<Quoted<Coin>>(
        name: "cryptocurrency_data",
        purpose: "One coin at one moment.",
        time: "time of receipt; for history the upstream's own time",
        tags: [
            .required("code", "coin code, upper case") { TagText.code($0.value.code) },
            .optional("name", "full name; left out when unknown") { TagText.name($0.value.name) },
            .required("currency", "quote currency, upper case") { TagText.code($0.currency) },
        ],
        fields: coinMoney + coinNumbers + coinDeltas)

    static let exchanges = Table<Quoted<Exchange>>(
        name: "exchange_data",
        purpose: "One exchange at one moment.",
        time: "time of receipt",
        tags: [
            .required("code", "exchange code, upper case") { TagText.code($0.value.code) },
            .optional("name", "full name; left out when unknown") { TagText.name($0.value.name) },
            .required("currency", "quote currency, upper case") { TagText.code($0.currency) },
        ],
        fields: [
            .integer("record_count", unit: "1", "always 1, for counting") { _ in 1 },
            .float("volume", unit: "currency", "traded in 24 hours") { $0.value.volume },
            .integer("visitors", unit: "people a day", "estimated visitors") { $0.value.visitors },
            .float("volume_per_visitor", unit: "currency", "volume / visitors") { $0.value.volumePerVisitor },
            .integer("rank", unit: "rank", "rank from 1, if the upstream sends one") { aboveZero($0.value.rank) },
            .float("bid_total", unit: "currency", "bids within 2 % of the price", from: .added) { $0.value.bidTotal },
            .float("ask_total", unit: "currency", "asks within 2 % of the price", from: .added) { $0.value.askTotal },
            .float("depth", unit: "currency", "bids and asks within 2 %", from: .added) { $0.value.depth },
            .integer("markets", unit: "count", "active markets", from: .added) { $0.value.markets },
        ])

    static let overviews = Table<Quoted<MarketOverview>>(
        name: "market_overview",
        purpose: "The whole market at one moment.",
        time: "time of receipt; for history the upstream's own time",
        tags: [.required("currency", "quote currency, upper case") { TagText.code($0.currency) }],
        fields: [
            .integer("record_count", unit: "1", "always 1, for counting") { _ in 1 },
            .float("total_market_cap", unit: "currency", "all coins together") { $0.value.marketCap },
            .float("total_volume", unit: "currency", "traded in 24 hours") { $0.value.volume },
            .float("total_liquidity", unit: "currency", "order-book depth within 2 %") { $0.value.liquidity },
            .float("btc_dominance", unit: "fraction 0…1", "Bitcoin's part of the market capitalisation") {
                $0.value.btcDominance
            },
        ])

    static let credits = Table<Sourced<Credits>>(
        name: "api_usage",
        purpose: "Credits of an upstream account.",
        time: "time of receipt",
        tags: [.required("source", "upstream service, e.g. `livecoinwatch`") { TagText.name($0.source) }],
        fields: [
            .integer("requests_made", unit: "requests", "spent today: limit − remaining", from: .added) {
                $0.value.made
            },
            .integer("requests_remaining", unit: "requests", "left today", from: .added) { $0.value.remaining },
            .integer("requests_limit", unit: "requests", "given for a day", from: .added) { $0.value.limit },
        ])

    private static let coinMoney: [FieldColumn<Quoted<Coin>>] = [
        .float("rate", unit: "currency", "price of one coin") { $0.value.rate },
        .float("volume", unit: "currency", "traded in 24 hours") { $0.value.volume },
        .float("market_cap", unit: "currency", "market capitalisation") { $0.value.marketCap },
        .float("liquidity", unit: "currency", "order-book depth within 2 %") { $0.value.liquidity },
        .float("all_time_high_usd", unit: "USD", "highest price ever, in dollars always", from: .added) {
            $0.value.allTimeHighUSD
        },
    ]

    private static let coinNumbers: [FieldColumn<Quoted<Coin>>] = [
        .integer("rank", unit: "rank", "rank by market capitalisation, from 1") { aboveZero($0.value.rank) },
        .float("circulating_supply", unit: "coins", "coins in circulation") { $0.value.circulatingSupply },
        .float("total_supply", unit: "coins", "minted, including locked ones", from: .added) { $0.value.totalSupply },
        .float("max_supply", unit: "coins", "most that there can be", from: .added) { $0.value.maxSupply },
        .integer("age_days", unit: "days", "age of the coin", from: .added) { $0.value.ageDays },
        .integer("exchanges", unit: "count", "exchanges that trade it", from: .added) { $0.value.exchanges },
        .integer("markets", unit: "count", "markets that trade it", from: .added) { $0.value.markets },
        .integer("pairs", unit: "count", "pairs that trade it", from: .added) { $0.value.pairs },
    ]

    private static let coinDeltas: [FieldColumn<Quoted<Coin>>] = [
        .float("delta_1h", unit: ratio, "price against 1 hour ago") { $0.value.delta.hour },
        .float("delta_24h", unit: ratio, "price against 24 hours ago") { $0.value.delta.day },
        .float("delta_7d", unit: ratio, "price against 7 days ago") { $0.value.delta.week },
        .float("delta_30d", unit: ratio, "price against 30 days ago") { $0.value.delta.month },
        .float("delta_90d", unit: ratio, "price against 90 days ago", from: .added) { $0.value.delta.quarter },
        .float("delta_1y", unit: ratio, "price against 365 days ago", from: .added) { $0.value.delta.year },
    ]

    private static let ratio = "ratio, 1 = unchanged"

    /// A rank from 1; anything below is no rank, and costs this field only.
    private static func aboveZero(_ rank: Int64?) -> Int64? {
        guard let rank, rank >= 1 else { return nil }
        return rank
    }
}

/// A record together with the currency that its money is in.
struct Quoted<Value: Sendable>: Sendable {
    let value: Value
    let currency: String
}

/// A record together with the upstream that it speaks of.
struct Sourced<Value: Sendable>: Sendable {
    let value: Value
    let source: String
}
