public import CoinlineBase

/// How a simulated Live Coin Watch is set up.
public struct SimulatorConfiguration: Sendable {
    /// A numeric address.
    public var host = "127.0.0.1"
    /// 0 takes a free one.
    public var port: UInt16 = 0
    /// Everything in the market follows from it.
    public var seed: UInt64 = 1
    /// 3 to 1,000; BTC, ETH and GLQ are always among them.
    public var coins = 300
    public var exchanges = 60
    /// Requests a day that the account may make.
    public var credits = 10_000
    /// The one key that is right; nil accepts any that is not empty.
    public var key: String?
    /// The time of the market, of the credits and of the `Date` header.
    public var timing = Timing.system
    public var faults: [Fault] = []

    public init() {}
}
