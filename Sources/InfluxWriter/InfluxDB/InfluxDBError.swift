/// Why a client for a server cannot be made.
public enum InfluxDBError: Error, Equatable, CustomStringConvertible {
    /// The address cannot be used, and why.
    case url(reason: String)
    /// The token holds control characters, as one does that was read with its line end.
    case token
    /// The HTTP client could not start, or refuses an option.
    case client(reason: String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .url(let reason): "the address of InfluxDB cannot be used: \(reason)"
        case .token: "the token holds control characters, perhaps a line end: give it as one plain line"
        case .client(let reason): "the HTTP client for InfluxDB cannot start: \(reason)"
        }
    }
}
