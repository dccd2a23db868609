import CLinux
import Glibc

/// An eventfd that ends the wait of the server's thread.
final class Wake: Sendable {
    /// -1 when the system had none left.
    let fd = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))

    deinit {
        if fd >= 0 { close(fd) }
    }

    /// Never waits: a full counter means that the thread is woken already.
    func signal() {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(fd, &one, MemoryLayout.size(ofValue: one))
    }

    func clear() {
        var count: UInt64 = 0
        _ = unsafe Glibc.read(fd, &count, MemoryLayout.size(ofValue: count))
    }
}
