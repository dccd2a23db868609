import CMicrohttpd
import Glibc

/// The library's callbacks. All of them run within `MHD_run` or `MHD_stop_daemon`, on the server's thread.
extension ServerLoop {
    /// Nil when the library refuses. It keeps the pointer to this object and uses it until `MHD_stop_daemon` returns; the
    /// thread holds this object until then.
    func startLibrary(_ listener: Listener) -> OpaquePointer? {
        var config = unsafe mhd_config()
        unsafe config.listen_fd = listener.fd
        unsafe config.connections_max = UInt32(clamping: max(1, configuration.connectionsMax))
        unsafe config.connections_per_address_max = UInt32(clamping: max(0, configuration.connectionsPerAddressMax))
        unsafe config.connection_memory = max(1 << 10, configuration.headBytesMax)
        unsafe config.cls = Unmanaged.passUnretained(self).toOpaque()
        unsafe config.connection = { unsafe connectionChanged($0, $1, $2, $3) }
        unsafe config.target = { unsafe targetCame($0, $1, $2) }
        unsafe config.handler = { context, handle, _, method, version, data, size, _ in
            unsafe requestAdvanced(context, handle, method, version, data, size)
        }
        unsafe config.completed = { _, handle, _, _ in unsafe requestCompleted(handle) }
        return unsafe mhd_start(&config)
    }
}

/// The server that `startLibrary` gave the library as context, never nil, which comes back with every call as it was.
func loop(_ context: UnsafeMutableRawPointer?) -> ServerLoop {
    guard let context = unsafe context else { preconditionFailure("the library gives back what it was given") }
    return unsafe Unmanaged<ServerLoop>.fromOpaque(context).takeUnretainedValue()
}

/// The connection that `connectionChanged` put into the socket's context.
func connection(_ handle: OpaquePointer?) -> Connection? {
    guard let handle = unsafe handle, let context = unsafe mhd_socket_context(handle) else { return nil }
    return unsafe Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue()
}

/// A connection was opened, or is about to be closed. The closing notice comes before the descriptor is closed: the connection
/// is forgotten here, or the sweep would shut down a number that belongs to somebody else by then.
private func connectionChanged(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ slot: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let slot = unsafe slot else { return }
    let loop = unsafe loop(context)
    if code == .CONNECTION_NOTIFY_STARTED {
        guard let handle = unsafe handle else { return }
        unsafe slot.pointee = Unmanaged.passRetained(loop.add(handle)).toOpaque()
    } else if let known = unsafe slot.pointee {
        unsafe slot.pointee = nil
        let connection = unsafe Unmanaged<Connection>.fromOpaque(known).takeRetainedValue()
        connection.endExchange(at: .now)
        loop.remove(connection)
    }
}

/// A request line is whole. The result would become the request's own pointer, of which there is no need.
private func targetCame(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let target = unsafe target, let connection = unsafe connection(handle) else { return nil }
    unsafe connection.target = String(cString: target)
    connection.enter(.head, at: .now)
    return nil
}

/// A head is whole, or bytes of the body came (`size` above 0), or the body is complete. Called again after each resume.
private func requestAdvanced(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ method: UnsafePointer<CChar>?,
    _ version: UnsafePointer<CChar>?, _ data: UnsafePointer<CChar>?, _ size: UnsafeMutablePointer<Int>?
) -> MHD_Result {
    guard let connection = unsafe connection(handle), let size = unsafe size else { return .NO }
    let loop = unsafe loop(context)
    if connection.isRefused {
        unsafe size.pointee = 0
        return .YES
    }
    guard let exchange = connection.exchange else {
        guard let method = unsafe method, let version = unsafe version else { return .NO }
        return unsafe loop.begin(connection, method: String(cString: method), version: String(cString: version))
    }
    guard unsafe size.pointee > 0 else { return loop.perform(exchange.receivedAll(), on: connection) }
    let bytes = unsafe UnsafeRawBufferPointer(start: data, count: size.pointee)
    let step = exchange.receive(bytes.count) { unsafe [UInt8](bytes) }
    if case .goOn = step { unsafe size.pointee = 0 }
    return loop.perform(step, on: connection)
}

private func requestCompleted(_ handle: OpaquePointer?) {
    unsafe connection(handle)?.endExchange(at: .now)
}
