import CCoinlineZlib

/// A `z_stream` with all that zlib allocated for it, and the one place that hands pointers to zlib.
///
/// The stream is on the heap because zlib keeps its address and refuses to work when it has moved.
///
/// Unchecked because of the pointer: only this value knows it, what changes the stream is `mutating` and so alone,
/// `bound` only reads, and zlib ties nothing to a thread.
@safe struct ZlibState: ~Copyable, @unchecked Sendable {
    enum Direction {
        case deflate(level: Int)
        case inflate
    }

    /// Why a step ended.
    enum Outcome {
        /// The input is used up or the room is full.
        case more
        /// A member is complete.
        case memberEnd
    }

    /// zlib counts in 32 bits, so that a bigger input or room is worked through in pieces.
    static let pieceBytesMax = 1 << 30

    private let stream: UnsafeMutablePointer<z_stream>
    private let direction: Direction
    private let pieceBytesMax: Int

    /// - Parameter pieceBytesMax: what zlib is given at once; smaller only in tests.
    init(_ direction: Direction, pieceBytesMax: Int) throws(CompressionError) {
        self.direction = direction
        self.pieceBytesMax = pieceBytesMax
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let code =
            switch direction {
            case .deflate(let level): unsafe coinline_deflate_gzip_init(stream, Int32(level))
            case .inflate: unsafe coinline_inflate_gzip_init(stream)
            }
        if code != Z_OK {
            // `deinit` does not run for a value that was never made; what failed to start needs no end.
            unsafe stream.deinitialize(count: 1)
            unsafe stream.deallocate()
            throw .zlib(code: code)
        }
    }

    deinit {
        switch direction {
        case .deflate: unsafe deflateEnd(stream)
        case .inflate: unsafe inflateEnd(stream)
        }
        unsafe stream.deinitialize(count: 1)
        unsafe stream.deallocate()
    }

    /// Back to the start of a member, without allocating.
    mutating func reset() throws(CompressionError) {
        let code =
            switch direction {
            case .deflate: unsafe deflateReset(stream)
            case .inflate: unsafe inflateReset(stream)
            }
        guard code == Z_OK else { throw .zlib(code: code) }
    }

    /// The most that one member of `byteCount` bytes can become.
    func bound(of byteCount: Int) -> Int {
        Int(unsafe deflateBound(stream, UInt(byteCount)))
    }

    /// Works on `input` from `position`, which moves on, and appends at most `room` bytes to `out`.
    ///
    /// - Parameter isLast: the end of `input` is the end of the member (when compressing).
    mutating func step(
        _ input: borrowing [UInt8], from position: inout Int, isLast: Bool, room: Int, to out: inout [UInt8]
    ) throws(CompressionError) -> Outcome {
        let count = min(input.count - position, pieceBytesMax)
        let flush = isLast && position + count == input.count ? Z_FINISH : Z_NO_FLUSH
        let start = position
        let room = min(room, pieceBytesMax)
        var code = Z_OK
        unsafe input.withUnsafeBufferPointer { source in
            // zlib only reads through this pointer, and only during `run`: both are taken back below.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress?.advanced(by: start))
            unsafe stream.pointee.avail_in = UInt32(count)
            out.append(addingCapacity: room) { span in
                unsafe span.withUnsafeMutableBufferPointer { buffer, initializedCount in
                    unsafe stream.pointee.next_out = buffer.baseAddress?.advanced(by: initializedCount)
                    unsafe stream.pointee.avail_out = UInt32(room)
                    code = run(flush)
                    initializedCount += unsafe room - Int(stream.pointee.avail_out)
                }
            }
        }
        position += unsafe count - Int(stream.pointee.avail_in)
        unsafe stream.pointee.next_in = nil
        unsafe stream.pointee.avail_in = 0
        unsafe stream.pointee.next_out = nil
        unsafe stream.pointee.avail_out = 0
        return try outcome(of: code)
    }

    private func run(_ flush: Int32) -> Int32 {
        switch direction {
        case .deflate: unsafe deflate(stream, flush)
        case .inflate: unsafe inflate(stream, flush)
        }
    }

    private func outcome(of code: Int32) throws(CompressionError) -> Outcome {
        switch code {
        // Z_BUF_ERROR says that nothing could be done without more input or room, which is no error.
        case Z_OK, Z_BUF_ERROR: return .more
        case Z_STREAM_END: return .memberEnd
        case Z_DATA_ERROR, Z_NEED_DICT: throw .damaged
        default: throw .zlib(code: code)
        }
    }
}

/// Grows as arrays do, but never beyond what `bytesMax` more bytes need, so that a cap on the content is one on the
/// memory.
func reserveRoom(_ room: Int, in out: inout [UInt8], bytesMax: Int) {
    guard out.capacity - out.count < room else { return }
    let doubled = max(out.capacity * 2, out.count + room)
    let cap = out.count.addingReportingOverflow(bytesMax)
    out.reserveCapacity(cap.overflow ? doubled : min(doubled, max(cap.partialValue, out.count + room)))
}
