import Foundation
import Glibc
import Testing

/// The other end of one connection, moved by hand: for what a server does in the midst of a request or a handshake.
final class PlainPeer: Sendable {
    let port: UInt16
    private let listener: Int32

    var url: String { "http://127.0.0.1:\(port)" }
    var secureURL: String { "https://127.0.0.1:\(port)" }

    init() {
        (listener, port) = RawServer.listenOnLoopback()
        limitWaiting(listener)
    }

    deinit {
        close(listener)
    }

    /// The next connection.
    func connection() async -> Connection {
        let descriptor = await onItsOwnThread { [listener] in accept(listener, nil, nil) }
        if descriptor < 0 { Issue.record("nobody connects to the peer") }
        limitWaiting(descriptor)
        return Connection(descriptor: descriptor)
    }

    /// Closed when it is released.
    final class Connection: Sendable {
        private let descriptor: Int32

        fileprivate init(descriptor: Int32) {
            self.descriptor = descriptor
        }

        deinit {
            close(descriptor)
        }

        /// Reads at least so many bytes, unless the connection ends before.
        @discardableResult
        func read(atLeast count: Int) async -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < count, let piece = await next() { bytes += piece }
            return bytes
        }

        /// Reads until the other side has closed, and returns how many bytes came.
        func readToEnd() async -> Int {
            var count = 0
            while let piece = await next() { count += piece.count }
            return count
        }

        func send(_ text: String) {
            let bytes = Array(text.utf8)
            _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }

        /// Says that nothing more will come, as a server does that ends in order.
        func end() {
            shutdown(descriptor, Int32(SHUT_WR))
        }

        /// Makes the end a reset, whatever has not been read.
        func resetWhenReleased() {
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
        }

        private func next() async -> ArraySlice<UInt8>? {
            let (piece, isOverdue): (ArraySlice<UInt8>?, Bool) = await onItsOwnThread { [self] in
                var piece = [UInt8](repeating: 0, count: 1 << 16)
                let count = recv(descriptor, &piece, piece.count, 0)
                return (count > 0 ? piece.prefix(count) : nil, count < 0 && errno == EAGAIN)
            }
            if isOverdue { Issue.record("nothing comes from the other side, and no end") }
            return piece
        }
    }
}

/// What nobody answers fails in time to tell which wait it was.
private func limitWaiting(_ descriptor: Int32) {
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
}

private func onItsOwnThread<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: body()) }
    }
}

/// A port whose queue of connections is full, so that the system leaves every further one without an answer, as a host
/// does that is switched off or behind a firewall.
final class DeafPort {
    let port: UInt16
    private let descriptors: [Int32]

    init() {
        let (listener, port) = RawServer.listenOnLoopback(backlog: 0)
        self.port = port
        var open = [listener]
        // Nobody accepts; what the system queues on its own account is taken up by these.
        for _ in 0..<4 {
            let caller = socket(
                AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    _ = connect(caller, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            open.append(caller)
        }
        descriptors = open
    }

    deinit {
        for descriptor in descriptors { close(descriptor) }
    }
}
