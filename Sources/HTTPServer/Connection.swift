import CMicrohttpd
import Glibc

/// One connection of a peer. Belongs to the server's thread alone.
@safe
final class Connection {
    /// What the connection is doing; each phase has its own deadline.
    enum Phase {
        case idle, head, body, working, answer, stream
    }

    let number: UInt64
    let fd: Int32
    let peer: String
    /// The library's own object: valid until its closing notice, at which this one is let go too.
    let handle: OpaquePointer

    /// The target of the request whose head is being read.
    var target = ""
    /// The request under way.
    var exchange: Exchange?
    /// Who takes the connection over once the head of an answer is out that gives it away.
    var upgrade: ServerResponse.UpgradeHandler?
    /// An answer was given before the handler was asked; the rest of the request is not looked at.
    var isRefused = false
    private(set) var isSuspended = false
    private(set) var hasPeerLeft = false
    private(set) var isBrokenOff = false
    /// It belongs to another protocol now; the library is about to forget it.
    private(set) var isHandedOver = false
    private var phase = Phase.head
    private var since: ContinuousClock.Instant
    private var heldSince: ContinuousClock.Instant?

    init(number: UInt64, handle: OpaquePointer, now: ContinuousClock.Instant) {
        unsafe (self.number, self.handle, self.since) = (number, handle, now)
        fd = unsafe mhd_connection_fd(handle)
        peer = unsafe describe(mhd_peer_address(handle))
    }

    /// Whether an answer is owed or on its way.
    var isBusy: Bool { exchange != nil || isRefused }

    /// Begins `phase`, or marks progress in it.
    func enter(_ phase: Phase, at now: ContinuousClock.Instant) {
        (self.phase, since) = (phase, now)
    }

    /// Whether a handler is at work, on the answer or on its stream.
    var isHandled: Bool { phase == .working || phase == .stream }

    /// Of a peer that has ended its sending: whether the request under way can never be complete.
    var isCutShort: Bool {
        guard !isSuspended, phase == .idle || phase == .head || phase == .body else { return false }
        var byte: UInt8 = 0
        return unsafe recv(fd, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 0
    }

    func suspend(at now: ContinuousClock.Instant) {
        guard !isSuspended else { return }
        (isSuspended, heldSince) = (true, now)
        unsafe MHD_suspend_connection(handle)
    }

    /// The time of holding the peer back is not the peer's.
    func resume(at now: ContinuousClock.Instant) {
        guard isSuspended, let held = heldSince else { return }
        since += now - held
        (isSuspended, heldSince) = (false, nil)
        unsafe MHD_resume_connection(handle)
    }

    /// Tells the handler that the other side has ended its sending.
    func notePeerLeft() {
        hasPeerLeft = true
        exchange?.cancel()
    }

    /// Lets the library find the connection closed. What the kernel has taken for sending still goes out.
    func breakOff(at now: ContinuousClock.Instant) {
        guard !isBrokenOff, !isHandedOver else { return }
        isBrokenOff = true
        exchange?.close()
        resume(at: now)
        _ = shutdown(fd, Int32(SHUT_RDWR))
    }

    /// From here on nothing may touch the descriptor: shut down here, it would be shut down for its new owner as well.
    func handOver() -> ServerResponse.UpgradeHandler? {
        defer { upgrade = nil }
        isHandedOver = true
        return upgrade
    }

    func endExchange(at now: ContinuousClock.Instant) {
        exchange?.close()
        (exchange, upgrade, isRefused) = (nil, nil, false)
        enter(.idle, at: now)
    }

    func isOverdue(at now: ContinuousClock.Instant, limits: ServerConfiguration) -> Bool {
        guard !isSuspended else { return false }
        let limit: Duration? =
            switch phase {
            case .idle: limits.idleTimeout
            case .head: limits.headTimeout
            case .body: limits.bodyTimeout
            case .answer: limits.answerTimeout
            case .stream: exchange?.isOwedToPeer == true ? limits.answerTimeout : nil
            case .working: nil
            }
        return limit.map { now - since > $0 } ?? false
    }
}

/// The numeric address; an IPv4 peer of an IPv6 socket is written as IPv4.
private func describe(_ address: UnsafePointer<sockaddr>?) -> String {
    guard let address = unsafe address else { return "?" }
    let size: Int
    switch unsafe Int32(address.pointee.sa_family) {
    case AF_INET: size = MemoryLayout<sockaddr_in>.size
    case AF_INET6: size = MemoryLayout<sockaddr_in6>.size
    default: return "unix"
    }
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    guard
        unsafe getnameinfo(address, socklen_t(size), &host, socklen_t(host.count), nil, 0, NI_NUMERICHOST) == 0
    else { return "?" }
    let text = String(decoding: host.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.hasPrefix("::ffff:") ? String(text.dropFirst(7)) : text
}

extension Connection {
    /// The headers of the request, all of them and in order.
    func headers() -> [(name: String, value: String)] {
        var list: [(name: String, value: String)] = []
        unsafe withUnsafeMutablePointer(to: &list) { pointer in
            _ = unsafe MHD_get_connection_values_n(
                handle, .HEADER_KIND,
                { context, _, name, nameCount, value, valueCount in
                    guard let context = unsafe context else { return .NO }
                    let list = unsafe context.assumingMemoryBound(to: [(name: String, value: String)].self)
                    unsafe list.pointee.append((text(name, nameCount), text(value, valueCount)))
                    return .YES
                }, pointer)
        }
        return list
    }
}

private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count), as: UTF8.self)
}
