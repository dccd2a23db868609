import CLinux
import Glibc

/// The upgraded connections of a server, and the descriptor on which the system tells of changes in any of them. Belongs to the
/// server's thread alone.
@safe
final class UpgradedConnections {
    /// To be polled for reading; -1 when the system had none left.
    let fd = epoll_create1(Int32(EPOLL_CLOEXEC))
    private var connections: [UInt64: UpgradedConnection] = [:]
    private var changes = [coinline_change](repeating: coinline_change(), count: 64)

    var count: Int { connections.count }

    deinit {
        if fd >= 0 { close(fd) }
    }

    /// False when the system has no room for another.
    func add(_ connection: UpgradedConnection, number: UInt64) -> Bool {
        guard coinline_epoll_add(fd, connection.fd, number) == 0 else { return false }
        connections[number] = connection
        return true
    }

    func remove(_ number: UInt64) {
        guard let connection = connections.removeValue(forKey: number) else { return }
        _ = coinline_epoll_remove(fd, connection.fd)
    }

    /// Passes on what has changed.
    func deliver() {
        let count = unsafe coinline_epoll_take(fd, &changes, Int32(changes.count))
        for change in changes.prefix(max(0, Int(count))) {
            connections[change.number]?.note(
                isReadable: change.is_readable, isWritable: change.is_writable, isBroken: change.is_broken)
        }
    }

    func wakeOverdue(at now: ContinuousClock.Instant) {
        for connection in connections.values { connection.wakeOverdue(at: now) }
    }

    func cancelAll() {
        for connection in connections.values { connection.cancel() }
    }

    /// Breaks all of them. Their handlers learn it at their next step, and let go of the last reference.
    func breakAll() {
        for (number, connection) in connections {
            connection.cancel()
            connection.close()
            remove(number)
        }
    }
}
