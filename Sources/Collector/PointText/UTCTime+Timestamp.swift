public import CoinlineBase
public import LineProtocol

extension UTCTime {
    /// The same moment.
    public init(_ time: Timestamp) {
        self.init(nanoseconds: time.nanoseconds)
    }
}
