/// A currency of states, as `/fiats/all` lists it.
struct Fiat: Sendable {
    let code: String
    let name: String
    let symbol: String
    let countries: [String]
    /// US dollars that one unit is worth, roughly.
    let dollars: Double

    private init(_ code: String, _ name: String, _ symbol: String, _ countries: [String], _ dollars: Double) {
        self.code = code
        self.name = name
        self.symbol = symbol
        self.countries = countries
        self.dollars = dollars
    }

    static let all = [
        Fiat("PAB", "Panamanian Balboa", "B/.", ["PAN"], 1.0),
        Fiat("AZN", "Azerbaijani Manat", "₼", ["AZE"], 0.588),
        Fiat("PKR", "Pakistani Rupee", "₨", ["PAK"], 0.0036),
        Fiat("ALL", "Albanian Lek", "Lek", ["ALB"], 0.0107),
        Fiat("HNL", "Honduran Lempira", "L", ["HND"], 0.0403),
        Fiat("USD", "United States Dollar", "$", ["USA", "PRI", "GUM", "ASM", "VIR"], 1.0),
        Fiat("EUR", "Euro", "€", ["DEU", "FRA", "ITA", "ESP", "NLD", "AUT", "BEL", "IRL"], 1.085),
        Fiat("GBP", "British Pound Sterling", "£", ["GBR", "IMN", "JEY", "GGY"], 1.272),
        Fiat("JPY", "Japanese Yen", "¥", ["JPN"], 0.0066),
        Fiat("CHF", "Swiss Franc", "Fr.", ["CHE", "LIE"], 1.121),
        Fiat("CNY", "Chinese Yuan", "¥", ["CHN"], 0.1385),
        Fiat("AUD", "Australian Dollar", "A$", ["AUS", "KIR", "NRU"], 0.662),
        Fiat("CAD", "Canadian Dollar", "C$", ["CAN"], 0.731),
        Fiat("INR", "Indian Rupee", "₹", ["IND", "BTN"], 0.012),
        Fiat("BRL", "Brazilian Real", "R$", ["BRA"], 0.19),
        Fiat("KRW", "South Korean Won", "₩", ["KOR"], 0.00073),
        Fiat("MXN", "Mexican Peso", "Mex$", ["MEX"], 0.056),
        Fiat("PLN", "Polish Zloty", "zł", ["POL"], 0.253),
        Fiat("SEK", "Swedish Krona", "kr", ["SWE"], 0.095),
        Fiat("TRY", "Turkish Lira", "₺", ["TUR"], 0.031),
        Fiat("ZAR", "South African Rand", "R", ["ZAF", "LSO", "NAM"], 0.054),
    ]

    static let byCode = Dictionary(all.map { ($0.code, $0) }) { first, _ in first }
}
