import CoinlineBase
import LineProtocol

extension Writer.Configuration {
    static let machineClock: @Sendable () -> Timestamp = {
        Timestamp(nanoseconds: Timing.system.now().nanoseconds)
    }
}
