/// What is known in memory about one bucket's folder: the totals, kept by counting, and a window of the oldest names.
/// However long the backlog, this stays small.
struct BucketState {
    let bucket: Bucket
    let folder: BucketFolder
    private(set) var totals = PendingTotals()
    /// Oldest first. Grows beyond `windowMax` only by names that the caller holds back.
    private(set) var window: [PendingFile] = []
    /// Whether all that is pending is in the window.
    private(set) var isWindowWhole = true
    private(set) var newest: BatchName?
    /// In the caller's hands: being sent, split or looked at.
    var taken: [BatchName: PendingFile] = [:]
    /// No longer pending, but the file could not be deleted yet.
    var leftovers: Set<BatchName> = []
    /// Of earlier processes, and found whole.
    var verified: Set<BatchName> = []
    /// Files in the folder that end as batches do.
    private(set) var candidates = 0
    private let windowMax: Int

    init(_ bucket: Bucket, folder: BucketFolder, windowMax: Int) {
        self.bucket = bucket
        self.folder = folder
        self.windowMax = windowMax
    }

    /// Takes over what a look at the whole folder found.
    mutating func set(_ scan: FolderScan) {
        totals = scan.totals
        candidates = scan.candidates
        window = scan.oldest
        isWindowWhole = window.count == totals.batches
        newest = [newest, scan.newest].compactMap { $0 }.max()
    }

    /// Sets right what a look at the folder could not know: a batch that is in somebody's hands though its file is
    /// gone.
    mutating func keep(_ file: PendingFile) {
        guard !window.contains(where: { $0.name == file.name }) else { return }
        totals.add(file.name, bytes: file.bytes)
        insert(file)
    }

    /// A file was written.
    mutating func add(_ file: PendingFile) {
        totals.add(file.name, bytes: file.bytes)
        newest = max(newest ?? file.name, file.name)
        // Written over a leftover it is the same file.
        if leftovers.remove(file.name) == nil { candidates += 1 }
        insert(file)
    }

    /// A batch is no longer pending.
    ///
    /// - Parameter isDeleted: whether its file is gone; else it is left to be deleted later.
    mutating func remove(_ file: PendingFile, isDeleted: Bool) {
        totals.remove(file.name, bytes: file.bytes)
        taken[file.name] = nil
        verified.remove(file.name)
        if isDeleted { candidates -= 1 } else { leftovers.insert(file.name) }
        if let place = window.firstIndex(where: { $0.name == file.name }) { window.remove(at: place) }
        if totals.batches == 0 { isWindowWhole = true }
    }

    /// Files that were no longer pending are gone now.
    mutating func forget(leftover name: BatchName) {
        if leftovers.remove(name) != nil { candidates -= 1 }
    }

    /// A file that is not pending lies there.
    mutating func addLeftover(_ name: BatchName) {
        if leftovers.insert(name).inserted { candidates += 1 }
    }

    /// More names, older than all that are not in the window.
    mutating func extend(by files: [PendingFile]) {
        window = (window + files).sorted()
        isWindowWhole = files.count < windowMax || window.count >= totals.batches
    }

    private mutating func insert(_ file: PendingFile) {
        guard isWindowWhole && window.count < windowMax || !window.isEmpty && file < window[window.count - 1] else {
            isWindowWhole = false
            return
        }
        window.insert(file, at: window.firstIndex { file < $0 } ?? window.count)
        // Pieces are older than what is behind them, and so always in; only then can it get longer than that.
        if window.count > 2 * windowMax {
            window.removeLast()
            isWindowWhole = false
        }
    }
}
