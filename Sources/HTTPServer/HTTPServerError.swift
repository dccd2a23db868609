import Glibc

/// Why a server could not start.
public enum HTTPServerError: Error, Equatable, Sendable {
    /// Not a numeric address, or a socket path that is empty or too long for the system.
    case badAddress(ListenAddress)
    /// Another program listens there.
    case inUse(ListenAddress)
    /// A file that is no socket stands where the socket should be.
    case notASocket(path: String)
    /// A system call failed with `code`.
    case system(operation: String, address: ListenAddress, code: Int32)
    /// The HTTP library or the thread for it did not start.
    case notStarted(String)
}

extension HTTPServerError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badAddress(.tcp(let host, _)): "\"\(host)\" is not a numeric IPv4 or IPv6 address"
        case .badAddress(.unix(let path)): "\"\(path)\" cannot name a socket: give 1 to 107 bytes"
        case .inUse(let address): "\(address) is in use by another program"
        case .notASocket(let path): "\(path) exists and is not a socket"
        case .system(let operation, let address, let code):
            "cannot \(operation) \(address): \(unsafe String(cString: strerror(code)))"
        case .notStarted(let reason): "the HTTP server did not start: \(reason)"
        }
    }
}
