import Foundation

/// A client's end of a connection, byte by byte: blocking, with a time limit on each step. Sends whatever it is told, right or
/// wrong. For one thread at a time; use it within `onThread`.
public final class RawConnection: Sendable {
    public let fd: Int32

    /// `from` is the address that the other side sees; the system chooses it when nil.
    public init(
        port: UInt16, host: String = "127.0.0.1", from: String? = nil, timeout: Duration = .seconds(90)
    ) throws {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = list else {
            throw TestKitError("\(host) is not a numeric address")
        }
        defer { freeaddrinfo(first) }
        fd = socket(first.pointee.ai_family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if let from {
            var list: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(from, "0", &hints, &list) == 0, let own = list else {
                throw TestKitError("\(from) is not a numeric address")
            }
            defer { freeaddrinfo(own) }
            guard bind(fd, own.pointee.ai_addr, own.pointee.ai_addrlen) == 0 else {
                throw TestKitError("cannot connect from \(from)")
            }
        }
        try finish(connect(fd, first.pointee.ai_addr, first.pointee.ai_addrlen), timeout)
        var one: Int32 = 1
        setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    }

    public init(unixPath: String, timeout: Duration = .seconds(90)) throws {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: unixPath.utf8) }
        fd = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(fd, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try finish(result, timeout)
    }

    deinit {
        close(fd)
    }

    private func finish(_ result: Int32, _ timeout: Duration) throws {
        guard fd >= 0, result == 0 else { throw TestKitError("cannot connect: \(String(cString: strerror(errno)))") }
        setTimeout(timeout)
    }

    /// For each receive and each send from now on.
    public func setTimeout(_ timeout: Duration) {
        let parts = timeout.components
        var value = timeval()
        value.tv_sec = Int(parts.seconds)
        value.tv_usec = Int(parts.attoseconds / 1_000_000_000_000)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &value, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &value, socklen_t(MemoryLayout<timeval>.size))
    }

    public func send(_ text: String) throws {
        try send(Array(text.utf8))
    }

    public func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { throw TestKitError("cannot send: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(count)
        }
    }

    /// What has come; empty at the end. A reset is an end, too.
    public func receive(_ countMax: Int = 64 << 10) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: countMax)
        let count = bytes.withUnsafeMutableBytes { recv(fd, $0.baseAddress, $0.count, 0) }
        if count >= 0 { return Array(bytes.prefix(count)) }
        if errno == ECONNRESET { return [] }
        throw TestKitError(errno == EAGAIN ? "nothing came in time" : "cannot receive: \(errno)")
    }

    /// Everything up to the end of the connection.
    public func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let bytes = try receive()
            if bytes.isEmpty { return all }
            all += bytes
        }
    }

    /// Whether the connection ends without another byte.
    public func isClosed() throws -> Bool {
        try receive().isEmpty
    }

    /// Says that nothing more will be sent.
    public func endSending() {
        shutdown(fd, Int32(SHUT_WR))
    }

    /// Breaks the connection without a goodbye: the other side is told of a reset. Of TCP only.
    public func reset() {
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        connect(fd, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// Ends both directions; the other side sees the end though the object lives on.
    public func disconnect() {
        shutdown(fd, Int32(SHUT_RDWR))
    }
}
