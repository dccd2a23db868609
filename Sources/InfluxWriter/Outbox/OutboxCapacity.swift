/// How much may wait on disk, and what happens to a batch for which there is no room.
public struct OutboxCapacity: Sendable, Hashable {
    /// The named policies.
    public enum WhenFull: Sendable, Hashable {
        /// The writer waits for room, at most so long, and then refuses: nothing is accepted. Loses nothing.
        case block(for: Duration)
        /// The oldest batches go, so that what is new is kept. A process that does not deliver drops nothing: it waits
        /// for room as under `block`, 10 s.
        case dropOldest
        /// The new batch goes, so that what is old is kept.
        case dropNewest
    }

    /// What is short.
    public enum Shortage: Sendable, Hashable {
        /// All that may wait waits already.
        case bytes
        /// The disk has less room than must stay free.
        case freeBytes
        /// The batch is bigger than all that may wait.
        case batch
    }

    /// All files of a destination together.
    public var bytesMax = 2 << 30
    /// What stays free on the disk, for everything else that lives there.
    public var freeBytesMin = 512 << 20
    /// Older batches are dropped, whether or not there is room; nil keeps them for ever. Ages are told by the wall clock:
    /// one that jumps forward, as at the first synchronization after a start, makes all that waits that much older.
    public var ageMax: Duration?
    /// What happens to a batch for which there is no room.
    public var whenFull = WhenFull.block(for: waitMax)

    /// Long enough for a few requests, and short enough for a caller.
    static let waitMax = Duration.seconds(10)

    /// The defaults of a command; a process that never stops rather takes `dropOldest`.
    public init() {}
}

extension OutboxCapacity {
    /// What is to be done with a new batch.
    enum Room: Equatable {
        case take
        /// These go first; then ask again.
        case drop([PendingFile], OutboxCapacity.Shortage)
        case dropNew(Shortage)
        case wait(Shortage, atMost: Duration)
        /// Nothing that this policy allows makes room.
        case refuse(Shortage)
    }

    /// - Parameters:
    ///   - bytes: of the new batch.
    ///   - pendingBytes: of all that wait.
    ///   - freeBytes: of the disk; nil where it does not say.
    ///   - droppedBytes: of what went for this batch already.
    ///   - oldest: the oldest that may be dropped, oldest first: not those being sent. Some of them are enough.
    func room(
        forBytes bytes: Int, pendingBytes: Int, freeBytes: Int?, droppedBytes: Int = 0, oldest: [PendingFile]
    ) -> Room {
        let (missing, shortage) = missingBytes(
            for: bytes, pendingBytes: pendingBytes, freeBytes: freeBytes, droppedBytes: droppedBytes)
        guard missing > 0 else { return .take }
        guard bytes <= bytesMax else { return .refuse(.batch) }
        switch whenFull {
        case .block(let duration): return .wait(shortage, atMost: duration)
        case .dropNewest: return .dropNew(shortage)
        case .dropOldest:
            let victims = Self.first(oldest, withBytes: missing)
            return victims.isEmpty ? .refuse(shortage) : .drop(victims, shortage)
        }
    }

    /// How much must go before the batch fits; 0 or less when it does.
    private func missingBytes(
        for bytes: Int, pendingBytes: Int, freeBytes: Int?, droppedBytes: Int
    ) -> (Int, Shortage) {
        let overCap = pendingBytes + bytes - bytesMax
        guard let freeBytes else { return (overCap, .bytes) }
        // Never more than the batch itself: where others filled the disk, the outbox stops growing, but what waits in
        // it does not go for the sake of a number.
        let underMinimum = min(freeBytesMin + bytes - freeBytes, bytes - droppedBytes)
        return overCap >= underMinimum ? (overCap, .bytes) : (underMinimum, .freeBytes)
    }

    private static func first(_ files: [PendingFile], withBytes bytes: Int) -> [PendingFile] {
        var taken: [PendingFile] = []
        var sum = 0
        for file in files where sum < bytes {
            taken.append(file)
            sum += file.bytes
        }
        return taken
    }

    /// Whether a batch has waited longer than any may. One from the future, after a clock was set back, has not.
    func isExpired(_ name: BatchName, at now: Timestamp) -> Bool {
        guard let ageMax else { return false }
        let microseconds = Int128(now.value(in: .microseconds)) - Int128(name.sealedMicroseconds)
        return microseconds * 1_000_000_000_000 > ageMax.attoseconds
    }
}

/// A batch that waits.
struct PendingFile: Sendable, Hashable, Comparable {
    let bucket: Bucket
    let name: BatchName
    /// Of the file.
    let bytes: Int

    /// By age.
    static func < (left: PendingFile, right: PendingFile) -> Bool {
        left.name == right.name ? left.bucket.name < right.bucket.name : left.name < right.name
    }
}
