/// What a handler has written of a streamed answer and the peer has not taken yet. Decides; moves nothing.
struct Outbox {
    /// As much as a socket's buffer takes at a time; a writer waits above it.
    static let highWaterBytes = 64 << 10

    enum Fill: Equatable {
        case bytes(Int)
        case wait
        case end
        case broken
    }

    /// What the announced length still allows; nil when none was announced.
    private var room: Int?
    private var bytes: [UInt8] = []
    private var position = 0
    private var isEnded = false
    private var isAborted = false

    init(length: Int?) {
        room = length
    }

    var waitingCount: Int { bytes.count - position }
    /// Whether the peer has still something to take: what waits here, or the last bytes, which the library has already.
    var isOwed: Bool { waitingCount > 0 || isEnded || isAborted }
    var isFull: Bool { waitingCount > Self.highWaterBytes }
    /// Whether bytes written now would be sent.
    var isOpen: Bool { !isEnded && !isAborted && room != 0 }

    mutating func append(_ more: [UInt8]) {
        guard isOpen else { return }
        if position >= Self.highWaterBytes {  // or a peer that is never quite done would make it grow for ever
            bytes.removeFirst(position)
            position = 0
        }
        if let room {
            bytes += more.prefix(room)
            self.room = max(0, room - more.count)
        } else {
            bytes += more
        }
    }

    mutating func end() {
        isEnded = true
    }

    mutating func abort() {
        isAborted = true
    }

    /// Takes at most `count` bytes through `copy`. What was written before an abort still goes out.
    mutating func take(_ count: Int, copy: (ArraySlice<UInt8>) -> Void) -> Fill {
        let taken = min(count, waitingCount)
        guard taken == 0 else {
            copy(bytes[position..<position + taken])
            position += taken
            if position == bytes.count {
                bytes.removeAll(keepingCapacity: bytes.count <= 2 * Self.highWaterBytes)
                position = 0
            }
            return .bytes(taken)
        }
        if isAborted { return .broken }
        if !isEnded { return .wait }
        return room ?? 0 == 0 ? .end : .broken
    }
}
