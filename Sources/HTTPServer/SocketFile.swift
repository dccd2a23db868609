import Glibc

/// The file of a Unix socket: recognised again by its inode, so that a server never removes its successor's.
struct SocketFile: Sendable {
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    /// Nil when there is no such file.
    init?(path: String) {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return nil }
        self.path = path
        (device, inode) = (UInt64(facts.st_dev), UInt64(facts.st_ino))
    }

    func removeIfStillOurs() {
        guard let now = SocketFile(path: path), now.device == device, now.inode == inode else { return }
        _ = unsafe unlink(path)
    }

    /// Removes the file of a server that has gone: a socket on which nobody answers.
    static func removeStale(path: String, address: ListenAddress) throws(HTTPServerError) {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return }
        guard facts.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        guard let name = socketAddress(path) else { throw .badAddress(address) }
        let probe = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard probe >= 0 else { throw .system(operation: "make a socket for", address: address, code: errno) }
        defer { close(probe) }
        let isRefused = unsafe withPointer(to: name) { unsafe connect(probe, $0, $1) != 0 && errno == ECONNREFUSED }
        guard isRefused else { throw .inUse(address) }
        guard unsafe unlink(path) == 0 || errno == ENOENT else {
            throw .system(operation: "replace", address: address, code: errno)
        }
    }

    /// Nil for a path that is empty, holds a NUL or does not fit with its end.
    static func socketAddress(_ path: String) -> sockaddr_un? {
        var name = sockaddr_un()
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, !bytes.contains(0), bytes.count < MemoryLayout.size(ofValue: name.sun_path) else {
            return nil
        }
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return name
    }

    static func withPointer<Result>(
        to name: sockaddr_un, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        unsafe withUnsafePointer(to: name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
