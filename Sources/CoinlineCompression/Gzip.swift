/// Compresses to gzip with one deflate state, which is made once and reused for every member.
///
/// Either whole members with `compress`, or piece by piece with `begin`, `append` and `finish`. Members can be
/// concatenated: together they are gzip of the joined content. The header carries no name and no time, so the same
/// bytes give the same result.
public struct Gzip: ~Copyable, Sendable {
    /// Room for the output of one step; zlib itself works in windows of 32 KiB.
    private static let chunkBytes = 16 << 10

    private var state: ZlibState
    private var isOpen = false

    /// - Parameter level: 0 (stored) over 1 (fast) to 9 (small).
    public init(level: Int = 1) throws(CompressionError) {
        try self.init(level: level, pieceBytesMax: ZlibState.pieceBytesMax)
    }

    init(level: Int, pieceBytesMax: Int) throws(CompressionError) {
        guard (0...9).contains(level) else { throw .level(level) }
        state = try ZlibState(.deflate(level: level), pieceBytesMax: pieceBytesMax)
    }

    /// One whole member that holds `bytes`. Not between `begin` and `finish`.
    public mutating func compress(_ bytes: borrowing [UInt8]) throws(CompressionError) -> [UInt8] {
        precondition(!isOpen, "a member is being written piece by piece: finish it first")
        try state.reset()
        // The bound makes one step enough for all but inputs that zlib cannot take in one piece.
        let bound = state.bound(of: bytes.count)
        var out: [UInt8] = []
        out.reserveCapacity(bound)
        var position = 0
        while try state.step(bytes, from: &position, isLast: true, room: bound, to: &out) != .memberEnd {}
        // Batches wait in memory, so one that compressed well does not keep the room that a bad one needs.
        if out.count >= bound / 2 { return out }
        var exact: [UInt8] = []
        exact.reserveCapacity(out.count)
        exact.append(contentsOf: out)
        return exact
    }

    /// Starts a member. One that was not finished is given up.
    public mutating func begin() throws(CompressionError) {
        try state.reset()
        isOpen = true
    }

    /// Compresses `bytes` as the next part of the member; what is ready is appended to `out`.
    public mutating func append(_ bytes: [UInt8], to out: inout [UInt8]) throws(CompressionError) {
        precondition(isOpen, "no member was begun")
        var position = 0
        while position < bytes.count {
            reserveRoom(Self.chunkBytes, in: &out, bytesMax: Int.max)
            _ = try state.step(bytes, from: &position, isLast: false, room: Self.chunkBytes, to: &out)
        }
    }

    /// Ends the member and appends what is left of it to `out`.
    public mutating func finish(to out: inout [UInt8]) throws(CompressionError) {
        precondition(isOpen, "no member was begun")
        isOpen = false
        var outcome = ZlibState.Outcome.more
        while outcome != .memberEnd {
            var position = 0
            reserveRoom(Self.chunkBytes, in: &out, bytesMax: Int.max)
            outcome = try state.step([], from: &position, isLast: true, room: Self.chunkBytes, to: &out)
        }
    }
}
