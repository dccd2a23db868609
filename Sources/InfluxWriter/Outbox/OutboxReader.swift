import CoinlineFiles

/// The batches that wait in an outbox, for who only looks: to count or to copy them. However many there are, one is in
/// memory at a time.
///
/// What a process that delivers takes away meanwhile is there or not; what a crash left twice is there once. Calls wait
/// for the disk.
public struct OutboxReader: Sendable {
    private let layout: OutboxLayout

    /// A reader of the layout's outbox.
    public init(_ layout: OutboxLayout) {
        self.layout = layout
    }

    /// The buckets that have a folder, by name; none where there is no outbox.
    public func buckets() throws(OutboxError) -> [Bucket] {
        var buckets: [Bucket] = []
        do throws(FileError) {
            try Files.forEachEntry(in: layout.folder) { name, kind in
                if kind == .folder, let bucket = Bucket(folderName: name) { buckets.append(bucket) }
            }
        } catch {
            guard error.isMissing else { throw OutboxError(error) }
        }
        return buckets.sorted { $0.name < $1.name }
    }

    /// Calls with the name of every batch of a bucket, in no order.
    public func forEachBatch(in bucket: Bucket, _ take: (BatchName) -> Void) throws(OutboxError) {
        let folder = folder(of: bucket)
        try guarded { () throws(FileError) in
            let doubled = try folder.doubled()
            try folder.forEachEntry { name, kind in
                guard kind == .file, let batch = BatchName(parsing: name), !doubled.contains(batch) else { return }
                take(batch)
            }
        }
    }

    /// The batch as it lies there; nil where it is gone.
    public func read(_ name: BatchName, in bucket: Bucket) throws(OutboxError) -> BatchFile? {
        try guarded { () throws(FileError) in try folder(of: bucket).read(name) }
    }

    /// Nil where nothing waits.
    func pending(in bucket: Bucket) throws(OutboxError) -> OutboxSummary.Pending? {
        let folder = folder(of: bucket)
        let scan = try guarded { () throws(FileError) in
            let scan = try folder.scan(bucket, oldestMax: 1)
            return scan.hasPieces ? try folder.scan(bucket, oldestMax: 1, ignoring: try folder.doubled()) : scan
        }
        guard let oldest = scan.oldest.first?.name else { return nil }
        return OutboxSummary.Pending(
            bucket: bucket, batches: scan.totals.batches, lines: scan.totals.lines, bytes: scan.totals.bytes,
            oldest: oldest.sealed)
    }

    private func folder(of bucket: Bucket) -> BucketFolder { BucketFolder(path: layout.folder(of: bucket)) }

    private func guarded<Result>(_ body: () throws(FileError) -> Result) throws(OutboxError) -> Result {
        do throws(FileError) { return try body() } catch { throw OutboxError(error) }
    }
}

extension BatchName {
    /// When the batch was sealed. Stops at the end of time, for a planted name.
    var sealed: Timestamp {
        Timestamp(nanoseconds: Int64(clamping: Int128(sealedMicroseconds) * 1_000))
    }
}

extension BucketFolder {
    /// What a crash left there twice, and who delivers will remove: a batch beside all its pieces, or some pieces
    /// beside it.
    fileprivate func doubled() throws(FileError) -> Set<BatchName> {
        Set(OutboxRecovery.steps(for: try piecesAndParents()).flatMap(\.names))
    }
}
