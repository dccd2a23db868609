/// Which coins there are.
///
/// The default tracked coins come first, then the awkward ones, then well-known names, then generated ones: a market of
/// fewer coins is the beginning of a bigger one. Prices and supplies are only roughly those of the real coins; nothing
/// here is market data.
enum Catalogue {
    static let coinsMax = 1_000
    /// The record that has a wrong shape in lists. Its capitalisation keeps it on the first page.
    static let malformedCode = "ODD"

    static func coins(_ count: Int, seed: UInt64) -> [CoinTraits] {
        let count = min(max(count, tracked.count), coinsMax)
        let named = Array((tracked + awkward + known).prefix(count))
        return named + generated(count - named.count, noise: Noise(seed: seed), taken: Set(named.map(\.code)))
    }

    /// What the program follows unless told otherwise.
    static let tracked = [
        CoinTraits(
            "BTC", "Bitcoin", "₿", price: 64_000, supply: 19_720_343, total: 19_720_343, max: 21_000_000,
            born: "2009-01-03", volatility: 0.7),
        CoinTraits(
            "ETH", "Ethereum", "Ξ", price: 3_100, supply: 120_250_583, total: 120_250_583, born: "2015-07-30",
            volatility: 0.8, .categoriesMissing),
        CoinTraits(
            "GLQ", "GraphLinq Chain", price: 0.0289, supply: 340_000_000, total: 500_000_000, max: 500_000_000,
            born: "2021-03-23", volatility: 1.4, turnover: 0.02),
    ]

    /// Every way in which a record of the service has been seen, or may be expected, to surprise a reader.
    static let awkward = [
        CoinTraits("COMMA", "Comma, Separated", price: 4.2, supply: 900_000_000),
        CoinTraits("EQUAL", "Equals=Sign = Coin", price: 1.7, supply: 1_900_000_000),
        CoinTraits("QUOTE", "\"Quoted\" 'Coin'", price: 12.5, supply: 240_000_000, .symbolMissing),
        CoinTraits("BSLASH", #"Back\slash \n Coin"#, price: 0.91, supply: 2_800_000_000),
        CoinTraits("TRAIL", #"Trailing Backslash\"#, price: 7.4, supply: 310_000_000),
        CoinTraits("EMOJI", "Rocket 🚀 Crew 👩‍🚀", "🚀", price: 0.33, supply: 6_100_000_000),
        CoinTraits("RTL", "عملة رقمية שקל", "﷼", price: 2.6, supply: 700_000_000),
        CoinTraits("LINES", "Two\nLines", price: 0.58, supply: 3_300_000_000),
        CoinTraits("TABBED", "Tab\tand\rReturn\u{1}", price: 5.1, supply: 350_000_000),
        CoinTraits("PADDED", "  Padded Name  ", "", price: 3.9, supply: 420_000_000),
        CoinTraits("_STX", "Stacks", price: 1.9, supply: 1_470_000_000, born: "2019-10-24"),
        CoinTraits("__GMX", "GMX", price: 27, supply: 9_800_000, born: "2021-09-06", .rankMissing),
        CoinTraits("$DOG", "Dog (Runes)", price: 0.0031, supply: 100_000_000_000, born: "2024-04-24"),
        CoinTraits("1INCH", "1inch", price: 0.29, supply: 1_380_000_000, max: 1_500_000_000, born: "2020-12-25"),
        CoinTraits("币安人生", "币安人生", price: 0.21, supply: 1_000_000_000, born: "2025-05-04", volatility: 2.2),
        CoinTraits(
            "PICO", "Pico Penny", price: 1.07e-12, supply: 420_690_000_000_000_000_000, volatility: 0.1, .plainRate),
        CoinTraits("FEMTO", "Femto Farthing", price: 8.3e-14, supply: 9_007_199_254_740_996_194_304, volatility: 0.5),
        CoinTraits("BABY", "Baby Supply", price: 1.5e-9, supply: 204_000_000_000_000_000, max: 420_000_000_000_000_000),
        CoinTraits("NONAME", "Nameless", price: 11, supply: 88_000_000, [.nameMissing, .rankNull, .symbolMissing]),
        CoinTraits(
            "NULLS", "Nothing Known", price: 0.74, supply: 1_100_000_000,
            [.nameNull, .rankNull, .ageNull, .supplyNull, .categoriesMissing, .linksMissing]),
        CoinTraits("NOCAP", "Uncounted", price: 1.2, supply: 760_000_000, .supplyNull),
        CoinTraits("FRESH", "Fresh Launch", price: 1.35, supply: 1_275_000_000, total: 10_000_000_000, age: 21),
        CoinTraits("STILL", "No Changes Known", price: 9.6, supply: 71_000_000, .deltasNull),
        CoinTraits("HOURLY", "Hour Unknown", price: 0.44, supply: 1_600_000_000, [.hourNull, .ageNull]),
        CoinTraits("NODELTA", "No Delta at All", price: 6.6, supply: 99_000_000, .deltaMissing),
        CoinTraits("DEAD", "Dead Coin", price: 0.002, supply: 310_000_000_000, [.rateNull, .supplyNull, .deltasNull]),
        CoinTraits("FLAT", "Flat Dollar", "$", price: 1, supply: 1_500_000_000, volatility: 0, turnover: 0.3),
        CoinTraits("WILD", "Wild Ride", price: 0.9, supply: 1_300_000_000, volatility: 4, turnover: 0.5),
        CoinTraits(malformedCode, "Odd One Out", price: 1.5, supply: 4_000_000_000, volatility: 0.3, .malformed),
    ]

    static let known = [
        CoinTraits(
            "USDT", "Tether", price: 1.0004, supply: 112_000_000_000, born: "2014-07-06", volatility: 0.002,
            turnover: 0.4),
        CoinTraits(
            "BNB", "BNB", price: 560, supply: 147_580_000, max: 200_000_000, born: "2017-07-08", volatility: 0.7),
        CoinTraits("SOL", "Solana", "◎", price: 145, supply: 462_000_000, total: 580_000_000, born: "2020-03-16"),
        CoinTraits(
            "USDC", "USD Coin", price: 0.9998, supply: 32_500_000_000, born: "2018-09-26", volatility: 0.002,
            turnover: 0.2),
        CoinTraits(
            "XRP", "XRP", price: 0.61, supply: 55_800_000_000, total: 99_987_000_000, max: 100_000_000_000,
            born: "2012-01-01", .symbolMissing),
        CoinTraits("DOGE", "Dogecoin", "Ð", price: 0.124, supply: 144_800_000_000, born: "2013-12-06", volatility: 1.3),
        CoinTraits("TRX", "TRON", price: 0.128, supply: 87_200_000_000, born: "2017-08-28", volatility: 0.6),
        CoinTraits("ADA", "Cardano", "₳", price: 0.41, supply: 35_800_000_000, max: 45_000_000_000, born: "2017-10-01"),
        CoinTraits("AVAX", "Avalanche", price: 27, supply: 394_000_000, max: 720_000_000, born: "2020-09-21"),
        CoinTraits(
            "SHIB", "Shiba Inu", price: 0.0000178, supply: 589_270_000_000_000, born: "2020-08-01", volatility: 1.4),
        CoinTraits("DOT", "Polkadot", price: 6.2, supply: 1_440_000_000, born: "2020-08-18"),
        CoinTraits("LINK", "Chainlink", price: 13.1, supply: 608_000_000, max: 1_000_000_000, born: "2017-09-16"),
        CoinTraits("BCH", "Bitcoin Cash", price: 380, supply: 19_730_000, max: 21_000_000, born: "2017-08-01"),
        CoinTraits("NEAR", "NEAR Protocol", price: 5.4, supply: 1_100_000_000, born: "2020-10-13"),
        CoinTraits(
            "LTC", "Litecoin", "Ł", price: 71, supply: 74_700_000, max: 84_000_000, born: "2011-10-07",
            volatility: 0.8),
        CoinTraits("MATIC", "Polygon", price: 0.52, supply: 9_900_000_000, max: 10_000_000_000, born: "2019-04-26"),
        CoinTraits("UNI", "Uniswap", price: 7.9, supply: 600_000_000, max: 1_000_000_000, born: "2020-09-17"),
        CoinTraits("ICP", "Internet Computer", price: 9.4, supply: 467_000_000, born: "2021-05-10"),
        CoinTraits("PEPE", "Pepe", price: 0.0000111, supply: 420_690_000_000_000, born: "2023-04-14", volatility: 1.8),
        CoinTraits("XMR", "Monero", "ɱ", price: 158, supply: 18_450_000, born: "2014-04-18", volatility: 0.6),
        CoinTraits("ETC", "Ethereum Classic", price: 22, supply: 148_000_000, max: 210_700_000, born: "2016-07-20"),
        CoinTraits("XLM", "Stellar", price: 0.1, supply: 29_400_000_000, max: 50_001_806_812, born: "2014-07-31"),
        CoinTraits("OKB", "OKB", price: 40, supply: 60_000_000, max: 300_000_000, born: "2018-05-01", volatility: 0.6),
        CoinTraits("ATOM", "Cosmos", price: 6.3, supply: 391_000_000, born: "2019-03-13"),
        CoinTraits("FIL", "Filecoin", price: 4.1, supply: 570_000_000, born: "2020-10-15"),
        CoinTraits(
            "HBAR", "Hedera", "ℏ", price: 0.068, supply: 35_900_000_000, max: 50_000_000_000, born: "2019-09-16"),
        CoinTraits("APT", "Aptos", price: 6.7, supply: 470_000_000, born: "2022-10-19"),
        CoinTraits("ARB", "Arbitrum", price: 0.72, supply: 3_200_000_000, max: 10_000_000_000, born: "2023-03-23"),
        CoinTraits("OP", "Optimism", price: 1.7, supply: 1_150_000_000, max: 4_294_967_296, born: "2022-05-31"),
        CoinTraits("MKR", "Maker", price: 2_500, supply: 930_000, max: 1_005_577, born: "2017-12-18"),
        CoinTraits("GRT", "The Graph", price: 0.19, supply: 9_500_000_000, born: "2020-12-17"),
        CoinTraits("AAVE", "Aave", price: 95, supply: 14_900_000, max: 16_000_000, born: "2020-10-02"),
        CoinTraits("ALGO", "Algorand", price: 0.14, supply: 8_200_000_000, max: 10_000_000_000, born: "2019-06-21"),
        CoinTraits(
            "BSV", "Bitcoin SV", price: 47, supply: 19_720_000, max: 21_000_000, born: "2018-11-15", .linksMissing),
        CoinTraits("WBT", "WhiteBIT Token", price: 10.2, supply: 144_100_000, max: 400_000_000, .ageNull),
        CoinTraits("AXS", "Axie Infinity", price: 5.9, supply: 147_000_000, max: 270_000_000, born: "2020-11-04"),
        CoinTraits("CFX", "Conflux Token", price: 0.16, supply: 4_100_000_000, born: "2020-10-29", volatility: 2),
        CoinTraits(
            "XEC", "eCash", price: 0.0000353, supply: 19_740_000_000_000, max: 21_000_000_000_000, born: "2021-07-01"),
        CoinTraits("GRIN", "Grin", "ツ", price: 0.031, supply: 192_000_000, born: "2019-01-15", turnover: 0.002),
    ]
}
