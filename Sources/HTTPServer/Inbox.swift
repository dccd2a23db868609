/// What has come of a request's body and is not read yet. Decides; moves nothing.
struct Inbox {
    /// Enough for a reader to have the next piece at hand, small enough for many connections.
    static let highWaterBytes = 64 << 10

    enum Step: Equatable {
        case taken
        /// Nothing was taken: hold the peer back until the reader has caught up.
        case full
        /// Read and thrown away.
        case discarded
        /// More than anybody should send: break the connection.
        case excess
    }

    enum Next: Equatable {
        case chunk([UInt8])
        case end
        case wait
        case failed(RequestBodyError)
    }

    let bytesMax: Int
    private var bytes: [UInt8] = []
    private var receivedCount = 0
    private(set) var isEnded = false
    private(set) var isTooLarge = false
    private var isDiscarding = false

    /// Whether `next` would say `wait`.
    var isWaiting: Bool { bytes.isEmpty && !isTooLarge && !isDiscarding && !isEnded }

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The library takes an answer only before or after a body, so a body over the cap is read on to its end, but not
    /// for ever: at twice the cap the connection goes.
    mutating func receive(_ count: Int, bytes chunk: () -> [UInt8]) -> Step {
        let isKept = !isTooLarge && !isDiscarding && receivedCount + count <= bytesMax
        if isKept && bytes.count >= Self.highWaterBytes { return .full }
        receivedCount += count
        if isKept {
            if bytes.isEmpty { bytes = chunk() } else { bytes += chunk() }
            return .taken
        }
        if receivedCount > bytesMax { isTooLarge = true }
        return receivedCount > 2 * bytesMax ? .excess : .discarded
    }

    mutating func end() {
        isEnded = true
    }

    /// Nobody reads any more: frees what is held and throws away what is still to come.
    mutating func discard() {
        isDiscarding = true
        bytes = []
    }

    mutating func next() -> Next {
        if isTooLarge { return .failed(.tooLarge) }
        if !bytes.isEmpty {
            defer { bytes = [] }
            return .chunk(bytes)
        }
        if isDiscarding { return .failed(.closed) }
        return isEnded ? .end : .wait
    }
}
