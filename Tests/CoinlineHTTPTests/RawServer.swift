import Foundation
import Glibc

/// A server of a few lines over plain sockets, for answers that no proper server would give. One thread a connection.
final class RawServer: @unchecked Sendable {
    struct Request: Sendable {
        let line: String
        let headers: [String: String]  // names in lower case
        let body: [UInt8]
        /// Which connection of this server it came over, from 0.
        let connection: Int
    }

    enum Reply: Sendable {
        /// These bytes, and the connection stays open.
        case send([UInt8])
        /// These bytes, then the end of the connection.
        case sendAndClose([UInt8])
        /// These bytes, then nothing until the client goes.
        case sendAndHang([UInt8])
        /// Each piece when the one before is out and the client had a moment.
        case drip([[UInt8]])
        /// The connection is reset.
        case reset
    }

    enum Event: Sendable {
        case request(Request)
        case ended(connection: Int)
    }

    let host: String
    let port: UInt16
    let events: AsyncStream<Event>
    private let listener: Int32
    private let handler: @Sendable (Request) -> Reply
    private let report: AsyncStream<Event>.Continuation
    private let lock = NSLock()
    private var open: Set<Int32> = []
    private var connections = 0
    private var isStopping = false

    var url: String { "http://\(host):\(port)" }
    var connectionCount: Int { lock.withLock { connections } }

    init(unixPath: String? = nil, host: String = "127.0.0.1", handler: @escaping @Sendable (Request) -> Reply) {
        (self.host, self.handler) = (host, handler)
        (events, report) = AsyncStream.makeStream()
        (listener, port) = unixPath.map { (Self.listen(onSocketFile: $0), 0) } ?? Self.listenOnLoopback(host: host)
        Thread.detachNewThread { [self] in accept() }
    }

    func stop() {
        lock.withLock {
            isStopping = true
            shutdown(listener, Int32(SHUT_RDWR))
            for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    static func answer(_ status: String = "200 OK", _ headers: [String] = [], body: String = "") -> [UInt8] {
        answer(status, headers, bytes: Array(body.utf8))
    }

    static func answer(_ status: String = "200 OK", _ headers: [String] = [], bytes: [UInt8]) -> [UInt8] {
        let head = (["HTTP/1.1 \(status)", "Content-Length: \(bytes.count)"] + headers).joined(separator: "\r\n")
        return Array((head + "\r\n\r\n").utf8) + bytes
    }

    // MARK: Sockets

    static func listenOnLoopback(
        host: String = "127.0.0.1", backlog: Int32 = 512
    ) -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr(host)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                precondition(bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, backlog) == 0)
                precondition(getsockname(descriptor, $0, &size) == 0)
            }
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private static func listen(onSocketFile path: String) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                let size = socklen_t(MemoryLayout<sockaddr_un>.size)
                precondition(bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, 16) == 0)
            }
        }
        return descriptor
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            let number = lock.withLock {
                open.insert(descriptor)
                if isStopping { shutdown(descriptor, Int32(SHUT_RDWR)) }
                connections += 1
                return connections - 1
            }
            Thread.detachNewThread { [self] in serve(descriptor, number) }
        }
        Glibc.close(listener)
        report.finish()
    }

    private func serve(_ descriptor: Int32, _ number: Int) {
        var isKept = true
        var unread: [UInt8] = []
        while isKept, let request = read(descriptor, number, &unread) {
            report.yield(.request(request))
            isKept = perform(handler(request), on: descriptor)
        }
        lock.withLock { _ = open.remove(descriptor) }
        Glibc.close(descriptor)
        report.yield(.ended(connection: number))
    }

    private func perform(_ reply: Reply, on descriptor: Int32) -> Bool {
        switch reply {
        case .send(let bytes): return write(bytes, to: descriptor)
        case .sendAndClose(let bytes):
            _ = write(bytes, to: descriptor)
            return false
        case .sendAndHang(let bytes):
            _ = write(bytes, to: descriptor)
            waitForEnd(descriptor)
            return false
        case .drip(let pieces):
            for piece in pieces where !write(piece, to: descriptor) || isGone(descriptor) { return false }
            return true
        case .reset:
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
            return false
        }
    }

    private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func waitForEnd(_ descriptor: Int32) {
        var sink = [UInt8](repeating: 0, count: 1 << 16)
        while recv(descriptor, &sink, sink.count, 0) > 0 {}
    }

    /// Waits 20 ms for the client to go.
    private func isGone(_ descriptor: Int32) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 20) > 0
    }

    private func read(_ descriptor: Int32, _ number: Int, _ unread: inout [UInt8]) -> Request? {
        let end = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            headEnd = unread.firstRange(of: end)?.upperBound
            if headEnd == nil, !receive(descriptor, &unread) { return nil }
        }
        let lines = String(decoding: unread.prefix(headEnd! - 4), as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            headers[parts[0].lowercased()] = parts.dropFirst().first.map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while unread.count < headEnd! + length { if !receive(descriptor, &unread) { return nil } }
        let body = Array(unread[headEnd!..<(headEnd! + length)])
        unread.removeFirst(headEnd! + length)
        return Request(line: lines[0], headers: headers, body: body, connection: number)
    }

    private func receive(_ descriptor: Int32, _ unread: inout [UInt8]) -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { return false }
        unread += piece.prefix(count)
        return true
    }
}
