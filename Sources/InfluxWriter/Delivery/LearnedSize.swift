/// The most bytes a request of one destination may have: what its refusals taught, raised again with care.
///
/// In compressed bytes, as sent. A server that counts after decompression is met as well, since the lines of one
/// program compress alike.
struct LearnedSize: Sendable, Equatable {
    /// A limit below this would cut batches into crumbs; no server has one on purpose.
    static let bytesMin = 4 << 10
    private static let successesMin = 32
    private static let successesMax = 4_096

    /// What the settings allow.
    let bytesMax: Int
    /// Nil until a request was refused as too large.
    private(set) var learned: Int?

    private var successes = 0
    /// As many requests that come near the limit must pass before it is raised; more after each refusal.
    private var successesNeeded = Self.successesMin

    init(bytesMax: Int) {
        precondition(bytesMax >= Self.bytesMin, "a request needs room for some lines")
        self.bytesMax = bytesMax
    }

    /// What may be joined into one request. A batch that is larger by itself is sent all the same: only the server
    /// knows.
    var limit: Int { min(learned ?? bytesMax, bytesMax) }

    /// A request of this size was refused.
    mutating func refused(bytes: Int) {
        if learned != nil { successesNeeded = min(successesNeeded * 2, Self.successesMax) }
        learned = max(Self.bytesMin, min(limit, bytes) / 2)
        successes = 0
    }

    /// A request of this size was taken.
    mutating func taken(bytes: Int) {
        guard let learned else { return }
        if bytes > learned { self.learned = min(bytes, bytesMax) }
        guard bytes > limit / 2 else { return }
        successes += 1
        guard successes >= successesNeeded else { return }
        successes = 0
        let raised = limit + limit / 4
        self.learned = raised >= bytesMax ? nil : raised
    }
}
