import Glibc

/// A listening socket of ours; closes it, and removes a Unix socket's file, in `deinit`.
final class Listener: Sendable {
    let fd: Int32
    /// The real one; 0 for a Unix socket.
    let port: UInt16
    private let file: SocketFile?

    init(_ address: ListenAddress, backlog: Int32 = 1024) throws(HTTPServerError) {
        switch address {
        case .tcp(let host, let port): fd = try Self.bindTCP(host: host, port: port, address: address)
        case .unix(let path): fd = try Self.bindUnix(path: path, address: address)
        }
        file = if case .unix(let path) = address { SocketFile(path: path) } else { nil }
        guard listen(fd, backlog) == 0 else {
            let code = errno
            close(fd)
            throw Self.failure("listen at", address, code)
        }
        port = if case .tcp = address { Self.boundPort(fd) } else { 0 }
    }

    deinit {
        close(fd)
        file?.removeIfStillOurs()
    }

    /// Whoever tries to connect from now on is refused, and not left in a queue that nobody serves.
    func refuseNewConnections() {
        _ = shutdown(fd, Int32(SHUT_RD))
    }

    private static func open(_ family: Int32, _ address: ListenAddress) throws(HTTPServerError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let fd = socket(family, type, 0)
        guard fd >= 0 else { throw .system(operation: "make a socket for", address: address, code: errno) }
        return fd
    }

    private static func bindTCP(host: String, port: UInt16, address: ListenAddress) throws(HTTPServerError) -> Int32 {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0, let first = unsafe list else {
            throw .badAddress(address)
        }
        defer { unsafe freeaddrinfo(first) }
        let fd = try open(unsafe first.pointee.ai_family, address)
        set(fd, SOL_SOCKET, SO_REUSEADDR, 1)
        if unsafe first.pointee.ai_family == AF_INET6 { set(fd, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        guard unsafe bind(fd, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 else {
            let code = errno
            close(fd)
            throw failure("listen at", address, code)
        }
        return fd
    }

    private static func bindUnix(path: String, address: ListenAddress) throws(HTTPServerError) -> Int32 {
        guard let name = SocketFile.socketAddress(path) else { throw .badAddress(address) }
        let fd = try open(AF_UNIX, address)
        do throws(HTTPServerError) {
            try SocketFile.removeStale(path: path, address: address)
            // On Linux the file takes the mode of the socket, so it never exists with a wider one.
            guard fchmod(fd, 0o600) == 0 else { throw failure("set the mode of", address, errno) }
            guard unsafe SocketFile.withPointer(to: name, { unsafe bind(fd, $0, $1) }) == 0 else {
                throw failure("listen at", address, errno)
            }
            return fd
        } catch {
            close(fd)
            throw error
        }
    }

    private static func failure(_ operation: String, _ address: ListenAddress, _ code: Int32) -> HTTPServerError {
        code == EADDRINUSE ? .inUse(address) : .system(operation: operation, address: address, code: code)
    }

    private static func set(_ fd: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        // A refusal leaves the system's default, which `bind` then judges.
        _ = unsafe setsockopt(fd, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func boundPort(_ fd: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard unsafe getsockname(fd, $0, &size) == 0 else { return 0 }
                // The IPv4 and the IPv6 form have the port in the same two bytes, in network order.
                return unsafe UnsafeRawPointer($0).load(fromByteOffset: 2, as: UInt16.self).bigEndian
            }
        }
    }
}
