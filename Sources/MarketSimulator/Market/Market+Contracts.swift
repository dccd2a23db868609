extension Market {
    /// Contracts that wrap a coin lead to the coin itself.
    private static let wellKnownContracts = [
        "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2": "ETH", "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599": "BTC",
        "0x9f9c8ec3534c3ce16f928381372bfbfbfd9f4d24": "GLQ", "0xdac17f958d2ee523a2206206994597c13d831ec7": "USDT",
    ]

    /// The code of the coin behind a contract; nil where there is none. Upper and lower case are the same.
    func code(ofContract address: String, on platform: String) -> String? {
        let address = address.lowercased()
        switch platform {
        case "ETH": return Self.wellKnownContracts[address] ?? generatedCode(address, platform)
        case "BSC", "MATIC": return generatedCode(address, platform)
        default: return nil
        }
    }

    /// An address that leads to a coin, on `ETH`, `BSC` and `MATIC`.
    public func contractAddress(of code: String, on platform: String) -> String {
        let stream = Noise.stream(of: "\(platform) \(code)")
        let digits = (Int64(0)..<3).map { index in
            let text = String(noise.bits(stream, index), radix: 16)
            return String(repeating: "0", count: 16 - text.utf8.count) + text
        }
        return "0x" + String(digits.joined().prefix(40))
    }

    private func generatedCode(_ address: String, _ platform: String) -> String? {
        coins.first { contractAddress(of: $0.code, on: platform) == address }?.code
    }
}
