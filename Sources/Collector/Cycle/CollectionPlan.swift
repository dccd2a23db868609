import CoinlineBase
public import Settings

/// What a run asks for.
public struct CollectionPlan: Sendable, Equatable {
    /// Coins of the ranking wanted by a full fetch.
    public var coins: Int
    /// Coins of one request; the upstream takes at most 100.
    public var coinsPerRequest: Int
    public var trackedCoins: [String]
    /// The user named them, so a missing one is a failure and not only a warning.
    public var areTrackedCoinsNamed: Bool
    /// Exchanges of a full fetch, by visitors.
    public var exchanges = 20
    /// How far back the history goes that a full fetch adds for each tracked coin.
    public private(set) var historyReach = Duration.seconds(24 * 3_600)
    public var currency: String

    enum Limit {
        static let coinsPerRequest = 100
        /// A point on the edge of a store's retention would be over it when it gets there.
        static let retentionMargin = Duration.seconds(300)
    }

    public init(
        coins: Int, coinsPerRequest: Int, trackedCoins: [String], areTrackedCoinsNamed: Bool, currency: String
    ) {
        self.coins = coins
        self.coinsPerRequest = min(coinsPerRequest, Limit.coinsPerRequest)
        self.trackedCoins = trackedCoins
        self.areTrackedCoinsNamed = areTrackedCoinsNamed
        self.currency = currency
    }

    /// Leaves out history that the destination would refuse as too old.
    public mutating func limitHistory(to retention: Duration) {
        historyReach = max(.zero, min(historyReach, retention - Limit.retentionMargin))
    }

    public init(_ settings: Settings) {
        self.init(
            coins: settings.coinsListPages * settings.coinsPerPage, coinsPerRequest: settings.coinsPerPage,
            trackedCoins: settings.trackedCoins, areTrackedCoinsNamed: settings.areTrackedCoinsSet,
            currency: settings.currency)
    }
}
