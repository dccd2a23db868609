import InfluxWriter

/// What became of the lines of one delivery so far. Counts add up: stored + refused = lines.
struct Delivery {
    private(set) var storedCount = 0
    private(set) var refused: [RejectedLine] = []
    /// The number of the next batch's first line: batches count as one text, as they do when they are posted joined.
    private(set) var nextLine = 1

    var isHopeless: Bool { refused.count >= StoreLimit.refusedLinesMax }

    mutating func noteStored() {
        storedCount += 1
    }

    mutating func noteRefused(_ line: ArraySlice<UInt8>, number: Int, reason: String) {
        refused.append(RejectedLine(line: RejectedLine.excerpt(of: line), number: number, reason: reason))
    }

    mutating func noteEnd(of bytes: [UInt8]) {
        nextLine += bytes.count { $0 == newline }
        if let last = bytes.last, last != newline { nextLine += 1 }
    }

    /// The answer once all that was stored is committed.
    var reply: Reply {
        guard !refused.isEmpty else { return .acknowledged }
        let total = storedCount + refused.count
        guard storedCount > 0 else {
            return .rejected(
                lines: refused, message: "the store refused all \(total) lines; first: \(refused[0].reason)")
        }
        return .partial(
            refused: refused, count: RefusedCount(lines: refused.count, isAtLeast: false),
            message:
                "the store refused \(refused.count) of \(total) lines and has the others; first: \(refused[0].reason)")
    }
}

private let newline = UInt8(ascii: "\n")
