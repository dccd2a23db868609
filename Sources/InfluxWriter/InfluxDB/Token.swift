import CoinlineBase

/// What proves who writes: an API token of InfluxDB 2, or `user:password` of InfluxDB 1. No description shows it.
public struct Token: Sendable, Hashable {
    let secret: Secret

    /// A token from its text.
    public init(_ text: String) {
        secret = Secret(text)
    }
}

extension Token: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Not the token.
    public var description: String { secret.description }
    /// Not the token.
    public var debugDescription: String { secret.debugDescription }
    /// Nothing, so that `dump` does not show the token.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
