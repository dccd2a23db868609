import CoinlineFiles

/// What waits in an outbox, for who only looks: nothing is touched, whoever delivers meanwhile.
public struct OutboxSummary: Sendable, Hashable {
    /// What waits for one bucket.
    public struct Pending: Sendable, Hashable {
        /// For which it waits.
        public let bucket: Bucket
        /// How many files.
        public let batches: Int
        /// How many points, as the names of the files tell.
        public let lines: Int
        /// Of the files.
        public let bytes: Int
        /// When the batch that waits longest was sealed.
        public let oldest: Timestamp
    }

    /// The buckets for which something waits, by name.
    public let buckets: [Pending]
    /// Whether a process delivers at this moment. False, too, where the lock is of another user, who alone can tell.
    public let isOwned: Bool

    /// Of all buckets.
    public var batches: Int { buckets.reduce(0) { $0 + $1.batches } }
    /// Of all buckets.
    public var lines: Int { buckets.reduce(0) { $0 + $1.lines } }
    /// Of all buckets.
    public var bytes: Int { buckets.reduce(0) { $0 + $1.bytes } }
    /// Nil where nothing waits.
    public var oldest: Timestamp? { buckets.map(\.oldest).min { $0.nanoseconds < $1.nanoseconds } }

    /// Takes a look. A folder that is not there is an empty outbox.
    public static func read(_ layout: OutboxLayout) throws(OutboxError) -> OutboxSummary {
        let reader = OutboxReader(layout)
        var buckets: [Pending] = []
        for bucket in try reader.buckets() {
            if let pending = try reader.pending(in: bucket) { buckets.append(pending) }
        }
        do throws(FileError) {
            return OutboxSummary(buckets: buckets, isOwned: try FileLock.isHeld(layout.lockPath))
        } catch {
            guard error.isForbidden else { throw OutboxError(error) }
            return OutboxSummary(buckets: buckets, isOwned: false)
        }
    }
}

extension OutboxLayout {
    /// Every destination for which something waits, or waited once, or was refused; by name.
    public static func all(in dataFolder: String) throws(OutboxError) -> [OutboxLayout] {
        var names: Set<String> = []
        for folder in ["outbox", "dead-letters"] {
            do throws(FileError) {
                try Files.forEachEntry(in: "\(dataFolder)/\(folder)") { name, kind in
                    if kind == .folder, isDestination(name) { names.insert(name) }
                }
            } catch {
                guard error.isMissing else { throw OutboxError(error) }
            }
        }
        return names.sorted().map { OutboxLayout(dataFolder: dataFolder, destination: $0) }
    }
}
