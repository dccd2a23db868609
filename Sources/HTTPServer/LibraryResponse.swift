import CMicrohttpd
import Glibc

/// Keeps the bytes of an answer while the library sends them, so that big answers are not copied for each request.
private final class HeldBytes {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// An answer over `bytes`.
func makeResponse(_ bytes: [UInt8]) -> OpaquePointer? {
    let held = unsafe Unmanaged.passRetained(HeldBytes(bytes))
    // An array's elements are part of one object on the heap, which neither moves nor changes while it is held here. The
    // library only reads them, and calls the free callback once, when the last connection is done with the answer.
    let made = unsafe held.takeUnretainedValue().bytes.withUnsafeBytes { buffer in
        unsafe MHD_create_response_from_buffer_with_free_callback_cls(
            buffer.count, UnsafeMutableRawPointer(mutating: buffer.baseAddress),
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<HeldBytes>.fromOpaque(context).release()
            }, held.toOpaque())
    }
    if unsafe made == nil { unsafe held.release() }
    return unsafe made
}

/// What the library calls for more of a streamed answer; freed with the answer.
private final class StreamFeed {
    let connection: Connection
    let exchange: Exchange

    init(_ connection: Connection, _ exchange: Exchange) {
        (self.connection, self.exchange) = (connection, exchange)
    }

    /// Bytes put into `room`, 0 when the connection was suspended, or one of the library's two negative ends.
    func fill(_ room: UnsafeMutableRawBufferPointer) -> Int {
        let fill = exchange.fill(room.count) { bytes in unsafe room.copyBytes(from: bytes) }
        switch fill {
        case .bytes(let count):
            connection.enter(.stream, at: .now)
            return count
        case .suspend:
            connection.suspend(at: .now)
            return 0
        case .end: return -1  // MHD_CONTENT_READER_END_OF_STREAM, a cast that Swift does not import
        case .broken: return -2  // MHD_CONTENT_READER_END_WITH_ERROR
        }
    }
}

/// As much as the library asks for at a time.
private let blockBytes = 16 << 10

/// An answer that the exchange of `connection` writes as it goes; nil where there is none.
func makeResponse(streamedBy connection: Connection, length: Int?) -> OpaquePointer? {
    guard let exchange = connection.exchange else { return nil }
    let feed = unsafe Unmanaged.passRetained(StreamFeed(connection, exchange))
    let made = unsafe MHD_create_response_from_callback(
        length.map { UInt64(max(0, $0)) } ?? UInt64.max, blockBytes,
        { context, _, room, count in
            guard let context = unsafe context else { return -2 }
            let feed = unsafe Unmanaged<StreamFeed>.fromOpaque(context).takeUnretainedValue()
            return unsafe feed.fill(UnsafeMutableRawBufferPointer(start: room, count: count))
        }, feed.toOpaque(),
        { context in
            guard let context = unsafe context else { return }
            unsafe Unmanaged<StreamFeed>.fromOpaque(context).release()
        })
    if unsafe made == nil { unsafe feed.release() }
    return unsafe made
}
