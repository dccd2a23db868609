import CoinlineBase
import CoinlineFiles

/// The batches of one destination on disk, from being accepted to being acknowledged, dead-lettered or dropped.
///
/// A folder for each bucket, a file for each batch; its name says everything but the content (`BatchName`). What is in
/// the folder is pending: no index could disagree with it, and totals in memory are only counted along.
///
/// What happens at each failure:
/// - The process dies at any moment: a batch is there whole or not at all; where a batch was being replaced by pieces,
///   `OutboxRecovery` keeps the one or the others. What was sent but not yet deleted is sent again, which changes
///   nothing at the destination.
/// - The disk is full or read-only: `append` throws and nothing is accepted; `DiskState` shows it until a write
///   succeeds again, and what can be deleted only then is remembered and no longer sent.
/// - A file is damaged: it becomes a dead letter with its bytes, and the next one has its turn.
/// - A file is not ours: it is reported once and left alone.
///
/// One process at a time owns what waits (a lock that dies with it); the others add batches and watch them go. All work
/// is done on a thread of its own, so every call may wait for the disk.
actor Outbox {
    nonisolated let layout: OutboxLayout
    nonisolated let configuration: OutboxConfiguration
    nonisolated let letters: DeadLetters
    private let thread: FileThread

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private var lock: FileLock? { didSet { publish() } }
    /// Why this process could not try to become the owner; nil where only another one is.
    private var obstacle: String? {
        didSet {
            guard obstacle != oldValue else { return }
            publish()
            configuration.observe(.obstacle(obstacle))
        }
    }
    /// Whether the folder was there at the last trial.
    private var hasFolder = false
    var buckets = BucketStates() { didSet { publish() } }
    var counts = OutboxCounts() { didSet { publish() } }
    private(set) var disk = DiskState.usable { didSet { publish() } }
    /// What the last write met, but for those of which only a bucket's own folder took nothing.
    private var lastWrite = DiskState.usable
    private var unusable: [Bucket: DiskState] = [:]
    var discardedLetters = 0 { didSet { publish() } }
    private let published = Locked(OutboxStatus())
    private var isChanging = false
    /// Once closed, the last status stands.
    private var isOpen = true
    /// How many dead letters there are, counted along; nil until somebody looked.
    var knownLetters: (letters: Int, bytes: Int)?
    /// Looks since the letters were counted anew.
    var looksAtLetters = 0
    /// Letters that were written in vain, and could not be removed yet.
    var vainLetters: Set<DeadLetterName> = []
    /// The writers of this process: nobody else waits for their batches, and what they wrote needs no second look.
    var ownWriters: Set<UInt32> = []
    /// Written without being synced, under `SyncPolicy.interval`.
    var unsynced: [PendingFile] = []
    private var reportedPaths: Set<String> = []
    /// What was kept last of the destination's words; nil where that is not known.
    var keptError: LastError??

    init(_ layout: OutboxLayout, _ configuration: OutboxConfiguration) throws(OutboxError) {
        do throws(FileError) {
            thread = try FileThread(name: "outbox-\(layout.destination)")
        } catch {
            throw OutboxError(error)
        }
        self.layout = layout
        self.configuration = configuration
        letters = DeadLetters(layout)
    }

    var isOwner: Bool { lock != nil }

    /// Makes the folder, tries to become the owner and takes up what is there; says whether it is the owner.
    ///
    /// Once, before anything else; a process that is not the owner calls it again each second as long as it waits. The
    /// counts start anew when it becomes the owner. Where it cannot even try, the status has the obstacle.
    func open() throws(OutboxError) -> Bool {
        if isOwner { return true }
        isOpen = true
        do throws(OutboxError) {
            try makeFolder()
            if let lock = try takeLock() {
                try atOnce { () throws(OutboxError) in try own(lock) }
                obstacle = nil
                configuration.observe(.owned(totals))
                return true
            }
        } catch {
            obstacle = error.description
            throw error
        }
        try rescan()
        return false
    }

    /// The disk takes it or not; one that is there already says nothing about the disk.
    private func makeFolder() throws(OutboxError) {
        guard !hasFolder || !Files.exists(layout.folder) else { return }
        hasFolder = false
        try writing { () throws(FileError) in try Files.makeFolders(layout.folder) }
        hasFolder = true
    }

    /// Nil where another process has it, or where it cannot be taken: batches can be added all the same.
    private func takeLock() throws(OutboxError) -> FileLock? {
        do throws(FileError) {
            let lock = try FileLock.tryLock(layout.lockPath)
            if lock == nil { obstacle = nil }
            return lock
        } catch {
            obstacle = "the lock of the outbox cannot be taken, so nothing is sent from here: \(error)"
            return nil
        }
    }

    private func own(_ lock: FileLock) throws(OutboxError) {
        let found = try bucketFolders()
        buckets = BucketStates()
        self.lock = lock
        for bucket in found { takeOver(bucket) }
        sweep()
        counts = counts.atTakeOver(of: totals.lines)
    }

    /// What dead processes left besides batches. The folder of the field types is that of all destinations.
    private func sweep() {
        do throws(FileError) {
            for folder in [letters.folder, layout.folder, layout.schemaFolder] {
                try DurableFile.sweepTemporaries(in: folder)
            }
            try removeVainLetters()
        } catch {
            // Batches can be sent all the same.
            configuration.observe(.unusable(path: error.path, reason: error.description))
        }
    }

    /// Letters about a batch that waits whole are of a process that died between them and the cut. Cut again, its lines
    /// may stand in letters of its pieces.
    private func removeVainLetters() throws(FileError) {
        let byBatch = Dictionary(grouping: try letters.sizes().map(\.name), by: \.batchID)
        guard !byBatch.isEmpty else { return }
        for state in buckets.values {
            for batch in try state.folder.names(where: { byBatch[$0.id] != nil }) {
                for name in byBatch[batch.id] ?? [] { try letters.delete(name) }
            }
        }
    }

    /// Gives the ownership up, so that another process can deliver. What waits stays.
    func close() {
        isOpen = false
        lock = nil
        buckets = BucketStates()
    }

    var totals: PendingTotals { buckets.totals }

    var status: OutboxStatus {
        OutboxStatus(
            isOwner: isOwner, obstacle: obstacle, disk: disk, totals: totals, heads: buckets.heads, counts: counts,
            discardedLetters: discardedLetters)
    }

    /// The status after the last step, without a wait.
    nonisolated var lastStatus: OutboxStatus { published.withLock { $0 } }

    private func publish() {
        guard isOpen, !isChanging else { return }
        let status = status
        published.withLock { $0 = status }
    }

    /// Changes what waits and the counts together: nobody sees the one without the other.
    func atOnce<Result, Failure>(_ change: () throws(Failure) -> Result) throws(Failure) -> Result {
        let wasChanging = isChanging
        isChanging = true
        defer {
            isChanging = wasChanging
            publish()
        }
        return try change()
    }

    /// The newest name there is: names of new batches must be newer.
    var newest: BatchName? { buckets.newest }

    /// Likewise, in its bucket's folder.
    func newest(in bucket: Bucket) -> BatchName? { buckets[bucket]?.newest }

    /// Whether a bucket that has no folder could get one: where it could not, the disk itself is at fault.
    func takesFolders() -> Bool { Files.isWritable(folder: layout.folder) }

    // MARK: What the other parts need

    /// Counts lines of a batch, among all and, where this process wrote it, among its own.
    func count(_ lines: Int, as kind: WritableKeyPath<OutboxTally, Int>, of name: BatchName) {
        var counts = counts
        counts.all[keyPath: kind] += lines
        if ownWriters.contains(name.writer) { counts.own[keyPath: kind] += lines }
        self.counts = counts
    }

    /// Runs what changes something on the disk, and keeps `disk` up to date.
    ///
    /// - Parameter bucket: in whose folder it is. Where only that folder takes nothing, others do not hide it.
    func writing<Result>(
        in bucket: Bucket? = nil, _ body: () throws(FileError) -> Result
    ) throws(OutboxError) -> Result {
        do throws(FileError) {
            let result = try body()
            if let bucket { unusable[bucket] = nil }
            note(.usable)
            return result
        } catch {
            let failure = OutboxError(error)
            if let bucket, failure.isAbout(layout.folder(of: bucket)), !takesBatches(bucket) {
                unusable[bucket] = DiskState(error)
                tellDisk()
            } else {
                note(DiskState(error))
            }
            throw failure
        }
    }

    func note(_ state: DiskState) {
        lastWrite = state
        tellDisk()
    }

    /// Folders that took nothing, and may by now though nobody writes there.
    func lookAtUnusable() {
        unusable = unusable.filter { !takesBatches($0.key) }
        tellDisk()
    }

    private func tellDisk() {
        let worst = unusable.min { $0.key.name < $1.key.name }?.value ?? .usable
        let now = lastWrite == .usable ? worst : lastWrite
        guard now != disk else { return }
        disk = now
        configuration.observe(.disk(now))
    }

    private func takesBatches(_ bucket: Bucket) -> Bool {
        let folder = layout.folder(of: bucket)
        return Files.isWritable(folder: folder) || !Files.exists(folder) && takesFolders()
    }

    func requireOwner() throws(OutboxError) {
        guard isOwner else { throw .notOwner }
    }

    func state(of bucket: Bucket) -> BucketState {
        buckets[bucket]
            ?? BucketState(
                bucket, folder: BucketFolder(path: layout.folder(of: bucket)), windowMax: configuration.windowMax)
    }

    /// Once for a path; beyond a thousand of them nobody reads on.
    func reportOnce(_ path: String, _ event: OutboxEvent) {
        guard reportedPaths.count < 1_000, reportedPaths.insert(path).inserted else { return }
        configuration.observe(event)
    }
}

extension OutboxConfiguration {
    static func systemFreeBytes(at folder: String) -> Int? {
        do throws(FileError) {
            return Int(clamping: try Files.freeBytes(at: folder))
        } catch {
            // Not there yet, or it does not say: the write itself tells.
            return nil
        }
    }
}
