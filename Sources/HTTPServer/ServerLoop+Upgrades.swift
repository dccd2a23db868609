import CMicrohttpd
import Glibc

/// From HTTP to another protocol.
///
/// The library hands over its descriptor once the head of the answer is out. It is doubled and the library's part closed at
/// once: then the library forgets the connection, and the copy is ours, in whatever order the two end. The library's answer
/// for an upgrade has no callback that would free a context, so what belongs to it is kept with the connection.
extension ServerLoop {
    /// An answer that gives the connection away; nil when there is no room, or when it would have to end at once.
    func makeUpgrade(_ handler: @escaping ServerResponse.UpgradeHandler, on connection: Connection) -> OpaquePointer? {
        let promisedCount = connections.values.count { $0.upgrade != nil }
        guard !isStopping, upgraded.count + promisedCount < configuration.upgradedConnectionsMax else { return nil }
        connection.upgrade = handler
        // The loop outlives the library, which holds the answer.
        return unsafe MHD_create_response_for_upgrade(
            { context, handle, _, early, count, _, ticket in
                unsafe upgradeCame(context, handle, early, count)
                _ = unsafe mhd_upgrade_close(ticket)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Takes over the connection, of which the library has read `early` too much. While stopping, the handler gets it already
    /// cancelled; when even that is over nobody does, and it closes.
    func adopt(_ connection: Connection, early: [UInt8]) {
        guard let handler = connection.handOver(), !isFinishing else { return }
        let fd = fcntl(connection.fd, F_DUPFD_CLOEXEC, 3)
        guard fd >= 0 else { return }
        // The library has told the system to collect small writes. Of no meaning for a Unix socket, which says so.
        var one: Int32 = 1
        _ = unsafe setsockopt(fd, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let number = connection.number
        let copy = UpgradedConnection(fd: fd, peer: connection.peer, early: early)
        guard upgraded.add(copy, number: number) else { return }
        copy.start(handler) { [mailbox] in mailbox.post(.upgradeEnded(number)) }
        if isStopping { copy.cancel() }
    }
}

private func upgradeCame(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ early: UnsafePointer<CChar>?, _ count: Int
) {
    guard let connection = unsafe connection(handle) else { return }
    let bytes = unsafe UnsafeRawBufferPointer(start: early, count: early == nil ? 0 : count)
    unsafe loop(context).adopt(connection, early: [UInt8](bytes))
}
