/// What does not change about a simulated exchange.
struct ExchangeTraits: Sendable {
    let code: String
    /// Nil where the service knows none.
    let name: String?
    let isCentralized: Bool
    let isUSCompliant: Bool
    /// US dollars a day.
    let volume: Double
    let visitors: Double
    let markets: Int64
    let stream: UInt64

    init(
        _ code: String, _ name: String?, volume: Double, visitors: Double, markets: Int64 = 300,
        isCentralized: Bool = true, isUSCompliant: Bool = false
    ) {
        self.code = code
        self.name = name
        self.volume = volume
        self.visitors = visitors
        self.markets = markets
        self.isCentralized = isCentralized
        self.isUSCompliant = isUSCompliant
        stream = Noise.stream(of: "exchange " + code)
    }
}

extension Catalogue {
    static let exchangesMax = 500

    static func exchanges(_ count: Int, seed: UInt64) -> [ExchangeTraits] {
        let count = min(max(count, 1), exchangesMax)
        let named = Array(knownExchanges.prefix(count))
        return named + (named.count..<count).map { generatedExchange($0, noise: Noise(seed: seed)) }
    }

    private static let knownExchanges = [
        ExchangeTraits("binance", "Binance", volume: 16.9e9, visitors: 1_303_774, markets: 1_302),
        ExchangeTraits(
            "coinbase", "Coinbase", volume: 2.4e9, visitors: 690_000, markets: 412, isUSCompliant: true),
        ExchangeTraits("kraken", "Kraken", volume: 0.9e9, visitors: 310_000, markets: 720, isUSCompliant: true),
        ExchangeTraits("kucoin", "KuCoin", volume: 1.4e9, visitors: 94_003, markets: 947),
        ExchangeTraits("bybit", "Bybit", volume: 3.8e9, visitors: 620_000, markets: 640),
        ExchangeTraits(
            "pancakeswapv2", "PancakeSwap (v2)", volume: 0.33e9, visitors: 501_047, markets: 3_416, isCentralized: false
        ),
        ExchangeTraits(
            "uniswapv3", "Uniswap (v3)", volume: 1.1e9, visitors: 280_000, markets: 1_210, isCentralized: false),
        ExchangeTraits("gemini", "Gemini", volume: 0.09e9, visitors: 31_738, markets: 43, isUSCompliant: true),
        ExchangeTraits("okx", "OKX", volume: 2.9e9, visitors: 410_000, markets: 733),
        ExchangeTraits("commaex", "Comma, Equals=Exchange", volume: 0.07e9, visitors: 12_000),
        ExchangeTraits("quoteex", #""Quoted" Back\slash Exchange 🏦"#, volume: 0.06e9, visitors: 11_000),
        ExchangeTraits("rtlex", "بورصة الصرف", volume: 0.05e9, visitors: 10_000),
        ExchangeTraits("linesex", "Two\nLines Exchange", volume: 0.04e9, visitors: 9_000),
        ExchangeTraits("nameless", nil, volume: 0.03e9, visitors: 8_000),
        ExchangeTraits("bitfinex", "Bitfinex", volume: 0.4e9, visitors: 66_000, markets: 410),
        ExchangeTraits("gateio", "Gate.io", volume: 1.8e9, visitors: 230_000, markets: 2_450),
        ExchangeTraits("huobi", "HTX", volume: 1.2e9, visitors: 120_000, markets: 812),
        ExchangeTraits("bitstamp", "Bitstamp", volume: 0.25e9, visitors: 52_000, markets: 180, isUSCompliant: true),
        ExchangeTraits("mexc", "MEXC", volume: 1.6e9, visitors: 260_000, markets: 2_300),
        ExchangeTraits("bitget", "Bitget", volume: 1.9e9, visitors: 240_000, markets: 880),
        ExchangeTraits("curve", "Curve Finance", volume: 0.18e9, visitors: 21_000, markets: 160, isCentralized: false),
    ]

    private static func generatedExchange(_ number: Int, noise: Noise) -> ExchangeTraits {
        let stream = Noise.stream(of: "exchange number \(number)")
        let isCentralized = noise.unit(stream, 0) < 0.6
        return ExchangeTraits(
            "sim\(isCentralized ? "cex" : "dex")\(number)",
            "Simulated \(isCentralized ? "Exchange" : "Swap") \(number)",
            volume: 4e9 / Double(number) * noise.number(stream, 1, in: 0.05...0.5),
            visitors: noise.number(stream, 2, in: 500...60_000).rounded(),
            markets: Int64(noise.number(stream, 3, in: 12...900)),
            isCentralized: isCentralized, isUSCompliant: isCentralized && noise.unit(stream, 4) < 0.3)
    }
}
