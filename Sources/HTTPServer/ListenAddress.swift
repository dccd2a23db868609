/// Where a server listens.
public enum ListenAddress: Sendable, Hashable {
    /// A numeric IPv4 or IPv6 address ("127.0.0.1", "::1", "0.0.0.0", "::"); port 0 takes a free one. "::" serves IPv4 too.
    case tcp(host: String, port: UInt16)

    /// A Unix socket, made with mode 600. A file of that name left by a server that is gone is replaced; one that
    /// somebody answers on, or that is no socket, is an error.
    case unix(path: String)
}

extension ListenAddress: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}
