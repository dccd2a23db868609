/// Decompresses gzip piece by piece, all members of it, with a cap on what comes out in total.
///
/// Name, time and comment of a member's header are ignored; checksums and lengths are checked. The cap holds while
/// decompressing: a bomb is stopped when it is reached, before memory for more is taken. After an error every further
/// call throws the same one until `reset`.
public struct Gunzip: ~Copyable, Sendable {
    private static let chunkBytes = 64 << 10
    private static let magic: [UInt8] = [0x1F, 0x8B]

    private let outputBytesMax: Int
    private var state: ZlibState
    private var outputBytes = 0
    private var failure: CompressionError?
    /// Whole members so far, and the bytes taken of the one that is not.
    private var members = 0
    private var memberInputBytes = 0

    /// - Parameter outputBytesMax: the most bytes that may come out of all members together, until `reset`.
    public init(outputBytesMax: Int) throws(CompressionError) {
        try self.init(outputBytesMax: outputBytesMax, pieceBytesMax: ZlibState.pieceBytesMax)
    }

    init(outputBytesMax: Int, pieceBytesMax: Int) throws(CompressionError) {
        precondition(outputBytesMax >= 0, "a cap is not negative")
        self.outputBytesMax = outputBytesMax
        state = try ZlibState(.inflate, pieceBytesMax: pieceBytesMax)
    }

    /// Decompresses the next part of the input and appends what came out to `out`, which an error leaves with all that
    /// was good (but whose checksum may not have been seen yet).
    public mutating func append(_ bytes: [UInt8], to out: inout [UInt8]) throws(CompressionError) {
        if let failure { throw failure }
        do throws(CompressionError) {
            try decompress(bytes, to: &out)
        } catch {
            failure = error
            throw error
        }
    }

    /// Says that the input is over. Throws `truncated` where it may not end.
    public mutating func finish() throws(CompressionError) {
        if let failure { throw failure }
        guard members > 0, memberInputBytes == 0 else {
            failure = .truncated
            throw .truncated
        }
    }

    /// Ready for another input, with the cap as at the start.
    public mutating func reset() {
        outputBytes = 0
        members = 0
        memberInputBytes = 0
        failure = nil
    }

    /// The content of `bytes`, which must be whole.
    public static func decompress(_ bytes: [UInt8], outputBytesMax: Int) throws(CompressionError) -> [UInt8] {
        var gunzip = try Gunzip(outputBytesMax: outputBytesMax)
        var out: [UInt8] = []
        try gunzip.append(bytes, to: &out)
        try gunzip.finish()
        return out
    }
}

extension Gunzip {
    private mutating func decompress(_ bytes: [UInt8], to out: inout [UInt8]) throws(CompressionError) {
        var position = 0
        while position < bytes.count {
            if memberInputBytes == 0 { try state.reset() }
            try checkMagic(bytes[position...])
            try inflateMember(bytes, from: &position, to: &out)
        }
    }

    /// The first two bytes of a member tell damage inside a member from bytes that should not be there at all. They may
    /// come in two pieces.
    private func checkMagic(_ bytes: ArraySlice<UInt8>) throws(CompressionError) {
        guard memberInputBytes < Self.magic.count else { return }
        for (byte, expected) in zip(bytes, Self.magic[memberInputBytes...]) where byte != expected {
            throw members > 0 ? .trailingBytes : .damaged
        }
    }

    /// To the end of the member or of `bytes`.
    private mutating func inflateMember(
        _ bytes: [UInt8], from position: inout Int, to out: inout [UInt8]
    ) throws(CompressionError) {
        while true {
            // One byte more than allowed, or the end of a member that fills the cap would not be told from one that
            // breaks it.
            let left = outputBytesMax - outputBytes
            let room = left < Self.chunkBytes ? left + 1 : Self.chunkBytes
            reserveRoom(room, in: &out, bytesMax: left)
            let (start, length) = (position, out.count)
            let outcome: ZlibState.Outcome
            do throws(CompressionError) {
                outcome = try state.step(bytes, from: &position, isLast: false, room: room, to: &out)
            } catch {
                // The step that finds the damage may have gone over the cap first.
                try keepCap(left: left, from: length, in: &out)
                throw error
            }
            memberInputBytes += position - start
            try keepCap(left: left, from: length, in: &out)
            let produced = out.count - length
            outputBytes += produced
            if outcome == .memberEnd {
                members += 1
                memberInputBytes = 0
                return
            }
            // A full room may mean that more waits inside zlib even though the input is used up.
            if position == bytes.count && produced < room { return }
        }
    }

    /// Takes back what is over the cap, and throws.
    private func keepCap(left: Int, from start: Int, in out: inout [UInt8]) throws(CompressionError) {
        let excess = out.count - start - left
        guard excess > 0 else { return }
        out.removeLast(excess)
        throw .tooLarge(bytesMax: outputBytesMax)
    }
}
