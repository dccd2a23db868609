import CMicrohttpd
import CoinlineBase
import Glibc

/// The server's thread: drives the library, and does between its rounds what else has to happen.
///
/// Everything here belongs to that one thread, the library's objects included; `init` and `start` run before it. So nothing
/// is locked, and quiescing, deadlines and stopping cannot race with the library (its own threads had such races).
///
/// The wait is ours, over the library's epoll descriptor and an eventfd: its own `MHD_run_wait` does not hear a message from
/// another thread and would let every answer wait for its timeout.
@safe
final class ServerLoop {
    let configuration: ServerConfiguration
    let handler: HTTPServer.Handler
    let mailbox: Mailbox
    var date: DateHeader
    /// Open connections by number; a message about a number that is no longer here is late and ignored.
    var connections: [UInt64: Connection] = [:]
    /// Those that left HTTP, under the same numbers.
    let upgraded = UpgradedConnections()
    private var lastNumber: UInt64 = 0
    private var hasRemoved = false
    private var listener: Listener?
    private var daemon: OpaquePointer?
    var sweptAt = ContinuousClock.now
    private(set) var stopDeadline: ContinuousClock.Instant?
    private(set) var isFinishing = false

    init(
        _ configuration: ServerConfiguration, listener: Listener, mailbox: Mailbox,
        now: @escaping @Sendable () -> UTCTime, handler: @escaping HTTPServer.Handler
    ) {
        (self.configuration, self.listener, self.mailbox, self.handler) = (configuration, listener, mailbox, handler)
        date = DateHeader(now: now)
    }

    /// Starts the library and the thread, which keeps this object until its end.
    func start() throws(HTTPServerError) {
        guard let listener, mailbox.wake.fd >= 0, upgraded.fd >= 0 else { throw .notStarted("no descriptors left") }
        unsafe daemon = startLibrary(listener)
        guard let daemon = unsafe daemon else { throw .notStarted("libmicrohttpd refused its settings") }
        // Given away: from here on this object is the thread's, or where none started, nobody has used it.
        nonisolated(unsafe) let me = self
        let code = SystemThread.start("http-server") { unsafe me.run() }
        guard code == 0 else {
            unsafe MHD_stop_daemon(daemon)
            throw .notStarted("no thread: error \(code)")
        }
    }

    func add(_ handle: OpaquePointer) -> Connection {
        lastNumber += 1
        let connection = unsafe Connection(number: lastNumber, handle: handle, now: .now)
        connections[lastNumber] = connection
        return connection
    }

    func remove(_ connection: Connection) {
        connections[connection.number] = nil
        hasRemoved = true
    }

    var isStopping: Bool { stopDeadline != nil }

    private func run() {
        guard let daemon = unsafe daemon else { return }
        while true {
            unsafe wait(for: daemon)
            for message in mailbox.take() { unsafe obey(message, daemon) }
            unsafe MHD_run(daemon)
            let now = ContinuousClock.now
            if now - sweptAt >= configuration.sweepInterval { sweep(now) }
            if let stopDeadline, now >= stopDeadline || isIdle { break }
        }
        unsafe finish(daemon)
    }

    /// Whether nothing is under way that a stop would wait for.
    private var isIdle: Bool {
        upgraded.count == 0 && !connections.values.contains(where: \.isBusy)
    }

    private func wait(for daemon: OpaquePointer) {
        var limit: UInt64 = 0
        var timeoutMs: Int64 =
            connections.isEmpty && upgraded.count == 0 ? -1 : configuration.sweepInterval.milliseconds
        // At its limit the library looks away from the listening socket, and back only in the round after a connection went.
        if unsafe MHD_get_timeout(daemon, &limit) == .YES || hasRemoved { timeoutMs = 0 }
        hasRemoved = false
        if let stopDeadline {
            let left = max(0, (stopDeadline - .now).milliseconds + 1)
            timeoutMs = timeoutMs < 0 ? left : min(timeoutMs, left)
        }
        var sources = [
            pollfd(fd: unsafe mhd_epoll_fd(daemon), events: Int16(POLLIN), revents: 0),
            pollfd(fd: mailbox.wake.fd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: upgraded.fd, events: Int16(POLLIN), revents: 0),
        ]
        _ = unsafe poll(&sources, nfds_t(sources.count), Int32(clamping: timeoutMs))
        if sources[1].revents != 0 { mailbox.wake.clear() }
        if sources[2].revents != 0 { upgraded.deliver() }
    }

    private func obey(_ message: Mailbox.Message, _ daemon: OpaquePointer) {
        switch message {
        case .resume(let exchange): connection(of: exchange)?.resume(at: .now)
        case .breakOff(let exchange): connection(of: exchange)?.breakOff(at: .now)
        case .upgradeEnded(let number): upgraded.remove(number)
        case .stop(let deadline):
            if stopDeadline == nil {
                // One more round takes in those who connected before: they are told 503 and not cut off.
                unsafe MHD_run(daemon)
                _ = unsafe MHD_quiesce_daemon(daemon)
                listener?.refuseNewConnections()
                upgraded.cancelAll()
            }
            stopDeadline = min(deadline, stopDeadline ?? deadline)
        }
    }

    /// The connection, if it still has to do with `exchange` and not with a later one.
    private func connection(of exchange: Exchange) -> Connection? {
        connections[exchange.connectionNumber].flatMap { $0.exchange === exchange ? $0 : nil }
    }

    /// Breaks what is left. The library aborts the process when it is stopped with a suspended connection, so every one is
    /// resumed first, and none can be suspended again: each exchange is closed.
    private func finish(_ daemon: OpaquePointer) {
        isFinishing = true
        for connection in connections.values { connection.breakOff(at: .now) }
        upgraded.breakAll()
        unsafe MHD_run(daemon)
        unsafe MHD_stop_daemon(daemon)
        connections = [:]
        // Only now: until here the library may look at the descriptor.
        listener = nil
        mailbox.finish()
    }
}
