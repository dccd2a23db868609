import CoinlineFiles

/// What a name in a bucket's folder stands for.
enum OutboxEntry: Equatable {
    case batch(BatchName)
    /// What is left of a batch that a policy dropped, for the writer that waits for it.
    case dropped(BatchName)
    /// A file that somebody writes, or wrote when he died.
    case temporary
    /// The mark of real or simulated data, which others look after.
    case origin
    /// Nothing of ours: left alone.
    case foreign

    static let droppedEnding = ".dropped"
    static let originName = ".origin"

    init(_ name: String) {
        if let batch = BatchName(parsing: name) {
            self = .batch(batch)
        } else if name.hasPrefix(DurableFile.temporaryPrefix) {
            self = .temporary
        } else if name == Self.originName {
            self = .origin
        } else if let batch = Self.droppedBatch(name) {
            self = .dropped(batch)
        } else {
            self = .foreign
        }
    }

    private static func droppedBatch(_ name: String) -> BatchName? {
        name.hasSuffix(droppedEnding) ? BatchName(parsing: String(name.dropLast(droppedEnding.utf8.count))) : nil
    }
}
