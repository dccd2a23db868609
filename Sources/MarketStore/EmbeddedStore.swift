public import CoinlineBase
import CoinlineFiles
public import InfluxWriter

/// The embedded destination: one SQLite file with a table a measurement.
///
/// Guarantees:
/// - A delivery is one transaction. Acknowledged means committed and synced (`synchronous=FULL`): neither `kill -9` nor
///   a power cut takes it back, and a delivery that is not acknowledged left nothing behind.
/// - A point of a series and time that are there already merges its fields into them; the last value wins. A repeated
///   delivery changes nothing.
/// - A line that cannot be stored (not line protocol, another type than its field has, outside the retention, beyond a
///   limit of SQLite) is refused with its number and the reason, and all others are stored.
/// - The file can be read by any number of processes meanwhile, and written by several: each delivery waits for its
///   turn, up to ``busyTimeout``.
///
/// The store knows no buckets: whatever bucket is named, the points go into the one file. The file's form is described
/// in `docs/store.md`.
public final class EmbeddedStore: Destination, Sendable {
    /// How long a delivery waits for another process that writes.
    public static let busyTimeout: Duration = .milliseconds(Int64(StoreLimit.busyTimeoutMs))

    /// The file.
    public let path: String

    private let writer: StoreWriter
    // Owner: the lock. The mark as it was read when the store was opened, or set since.
    private let knownOrigin: Locked<StoreOrigin?>
    private let isClosed = Locked(false)

    /// Opens the store, or makes it with mode 600; the folder must be there. Blocks for as long as the disk takes.
    ///
    /// - Parameters:
    ///   - retention: points older than this are refused, and removed at most once an hour; nil keeps all. One that is
    ///     not longer than nothing is a mistake of the caller and ends the program.
    ///   - now: the wall clock, for lines without a time and for the retention.
    public init(path: String, retention: Duration? = nil, now: @escaping @Sendable () -> UTCTime) throws(StoreError) {
        precondition(retention.map { $0 > .zero } ?? true, "a retention is longer than nothing")
        let session = try StoreSession(path: path, retention: retention, now: now)
        let origin = try session.origin()
        let thread: FileThread
        do throws(FileError) {
            thread = try FileThread(name: "store")
        } catch {
            throw StoreError(path: path, reason: .system("no thread for it (\(error.reason))"))
        }
        self.path = path
        knownOrigin = Locked(origin)
        writer = StoreWriter(session: session, thread: thread)
    }

    /// Stores batches in one transaction. After `.unavailable` nothing of them is stored, and a repeat may pass.
    public func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        await writer.deliver(batches)
    }

    /// Proves that the store can be written, without storing anything.
    public func check(_ bucket: Bucket) async -> Reply {
        await writer.check()
    }

    /// Whose data the store holds, as far as this process knows; nil when it was never marked.
    public func origin() throws(StoreError) -> StoreOrigin? {
        guard !isClosed.withLock({ $0 }) else { throw StoreError(path: path, reason: .closed) }
        return knownOrigin.withLock { $0 }
    }

    /// Marks the store for good, synced when this returns. An error where it carries the other mark, also one that
    /// another process set meanwhile.
    public func setOrigin(_ origin: StoreOrigin) async throws(StoreError) {
        try await writer.setOrigin(origin)
        knownOrigin.withLock { $0 = origin }
    }

    /// Ends what is under way and closes the file; later calls are told that it is closed. Idempotent.
    public func close() async {
        isClosed.withLock { $0 = true }
        await writer.close()
    }
}
