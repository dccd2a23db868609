import CoinlineBase

/// What proves who writes: an API token of InfluxDB 2, or `user:password` of InfluxDB 1. No description shows it.
public struct Token: Sendable, Hashable {
    let secret: Secret

    public init(_ text: String) {
        secret = Secret(text)
    }
}

extension Token: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { secret.description }
    public var debugDescription: String { secret.debugDescription }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
