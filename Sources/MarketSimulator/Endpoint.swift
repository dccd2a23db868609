/// What the service can be asked.
public enum Endpoint: String, Sendable, CaseIterable {
    case status = "/status"
    case credits = "/credits"
    case overview = "/overview"
    case overviewHistory = "/overview/history"
    case coinsSingle = "/coins/single"
    case coinsSingleHistory = "/coins/single/history"
    case coinsList = "/coins/list"
    case coinsMap = "/coins/map"
    case coinsContract = "/coins/contract"
    case fiatsAll = "/fiats/all"
    case platformsAll = "/platforms/all"
    case exchangesSingle = "/exchanges/single"
    case exchangesList = "/exchanges/list"

    /// Without the slash in front, as faults name it: `coins/list`.
    public var name: String { String(rawValue.dropFirst()) }
}
