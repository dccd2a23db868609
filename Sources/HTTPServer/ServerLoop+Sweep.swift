import CLinux
import Glibc

/// Deadlines, and peers that leave while the library does not look at them.
extension ServerLoop {
    func sweep(_ now: ContinuousClock.Instant) {
        sweptAt = now
        for connection in connections.values where connection.isOverdue(at: now, limits: configuration) {
            connection.breakOff(at: now)
        }
        upgraded.wakeOverdue(at: now)
        findLeftPeers(now)
    }

    /// The library does not watch a suspended connection, and misses an end that came together with the last bytes (it
    /// waits for an edge that was already there): a handler would work on for a peer that has gone, and half a request
    /// would wait for its deadline.
    private func findLeftPeers(_ now: ContinuousClock.Instant) {
        let candidates = connections.values.filter { !$0.hasPeerLeft && !$0.isBrokenOff && !$0.isHandedOver }
        guard !candidates.isEmpty else { return }
        var sources = candidates.map { pollfd(fd: $0.fd, events: Int16(COINLINE_POLLRDHUP), revents: 0) }
        guard unsafe poll(&sources, nfds_t(sources.count), 0) > 0 else { return }
        for (connection, source) in zip(candidates, sources) where source.revents != 0 {
            if Int32(source.revents) & (POLLHUP | POLLERR) != 0 || connection.isCutShort {
                connection.breakOff(at: now)
            } else if connection.isHandled {
                connection.notePeerLeft()
            }
        }
    }
}
