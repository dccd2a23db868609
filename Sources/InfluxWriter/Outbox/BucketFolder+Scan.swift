import CoinlineFiles

/// What a look at a bucket's folder found. However many files there are, it holds a bounded number of names.
struct FolderScan {
    /// The oldest batches; in a scan without sizes, too, these have theirs.
    var oldest: [PendingFile] = []
    /// All batches. Lines and bytes are counted only in a scan with sizes.
    var totals = PendingTotals()
    /// Files that end as batches do: those in `totals` and foreign ones.
    var candidates = 0
    var newest: BatchName?
    /// Whether some batch came out of another one, and `OutboxRecovery` must look.
    var hasPieces = false
    var temporaries: [String] = []
    var dropped: [BatchName] = []
    var foreign: [String] = []

    /// Of temporaries, marks and foreign names; what is over it is found the next time.
    static let othersMax = 1_000
}

/// How much waits.
struct PendingTotals: Sendable, Hashable {
    var batches = 0
    var lines = 0
    /// Of the files.
    var bytes = 0

    mutating func add(_ name: BatchName, bytes: Int) {
        batches += 1
        lines += name.lines
        self.bytes += bytes
    }

    mutating func remove(_ name: BatchName, bytes: Int) {
        batches -= 1
        lines -= name.lines
        self.bytes -= bytes
    }

    static func + (left: PendingTotals, right: PendingTotals) -> PendingTotals {
        PendingTotals(
            batches: left.batches + right.batches, lines: left.lines + right.lines, bytes: left.bytes + right.bytes)
    }

    static func - (left: PendingTotals, right: PendingTotals) -> PendingTotals {
        PendingTotals(
            batches: left.batches - right.batches, lines: left.lines - right.lines, bytes: left.bytes - right.bytes)
    }
}

extension BucketFolder {
    /// Everything about the folder; an absent one is an empty one.
    ///
    /// - Parameters:
    ///   - oldestMax: how many of the oldest batches are named.
    ///   - ignored: files that are no longer pending, and only could not be deleted yet.
    func scan(_ bucket: Bucket, oldestMax: Int, ignoring ignored: Set<BatchName> = []) throws(FileError) -> FolderScan {
        var scan = FolderScan()
        var oldest = OldestNames(max: oldestMax)
        try forEachEntry { (name, kind) throws(FileError) in
            switch kind == .file ? OutboxEntry(name) : .foreign {
            case .batch(let batch):
                scan.candidates += 1
                guard !ignored.contains(batch), let facts = try Files.facts(of: path + "/" + name) else { return }
                scan.totals.add(batch, bytes: facts.bytes)
                scan.newest = max(scan.newest ?? batch, batch)
                if !batch.pieces.isEmpty { scan.hasPieces = true }
                oldest.add(batch, name)
            case .dropped(let batch): scan.dropped.append(batch, upTo: FolderScan.othersMax)
            case .temporary: scan.temporaries.append(name, upTo: FolderScan.othersMax)
            case .origin: break
            case .foreign:
                if kind == .file && Self.isCandidate(name) { scan.candidates += 1 }
                scan.foreign.append(name, upTo: FolderScan.othersMax)
            }
        }
        scan.oldest = try files(oldest.names, of: bucket)
        return scan
    }

    /// The next oldest batches, besides those that are known: names are compared as they come, and only those that are
    /// old enough are looked at closer.
    func oldest(_ bucket: Bucket, max: Int, besides known: Set<BatchName>) throws(FileError) -> [PendingFile] {
        var oldest = OldestNames(max: max)
        try forEachEntry { (name, kind) throws(FileError) in
            guard kind == .file, Self.isCandidate(name), oldest.mayTake(name), let batch = BatchName(parsing: name),
                !known.contains(batch)
            else { return }
            oldest.add(batch, name)
        }
        return try files(oldest.names, of: bucket)
    }

    /// How many files end as batches do: the cheap way to see whether another process added some.
    func countCandidates() throws(FileError) -> Int {
        var count = 0
        try forEachEntry { (name, kind) throws(FileError) in
            if kind == .file && Self.isCandidate(name) { count += 1 }
        }
        return count
    }

    /// All batches for which this holds, oldest first.
    func names(where isWanted: (BatchName) -> Bool) throws(FileError) -> [BatchName] {
        var names: [BatchName] = []
        try forEachEntry { (name, kind) throws(FileError) in
            guard kind == .file, let batch = BatchName(parsing: name), isWanted(batch) else { return }
            names.append(batch)
        }
        return names.sorted()
    }

    /// Removes what a crash left there twice, and says what it did. Two looks at the folder where there are pieces:
    /// only they and their parents are held in memory.
    func recover() throws(FileError) -> [OutboxRecovery.Step] {
        let steps = OutboxRecovery.steps(for: try piecesAndParents()) { isWhole($0) }
        try perform(steps)
        return steps
    }

    /// All that came out of a batch, and the batches that something there came out of.
    func piecesAndParents() throws(FileError) -> [BatchName] {
        let pieces = try names { !$0.pieces.isEmpty }
        guard !pieces.isEmpty else { return [] }
        let families = Set(pieces.map(\.family))
        return pieces + (try names { $0.pieces.isEmpty && families.contains($0.family) })
    }

    /// Whether the file of a batch can be read and is undamaged.
    private func isWhole(_ name: BatchName) -> Bool {
        do throws(FileError) {
            guard let batch = try read(name) else { return false }
            return BatchVerification.damage(in: batch) == nil
        } catch {
            // What cannot be read holds nothing for sure, so its parent stays.
            return false
        }
    }

    /// An absent folder is an empty one.
    func forEachEntry(_ take: (String, FileKind) throws(FileError) -> Void) throws(FileError) {
        do {
            try Files.forEachEntry(in: path, take)
        } catch let error where error.isMissing && !Files.exists(path) {
            return
        }
    }

    private static func isCandidate(_ name: String) -> Bool { name.hasSuffix(BatchName.ending) }

    private func files(_ names: [BatchName], of bucket: Bucket) throws(FileError) -> [PendingFile] {
        var files: [PendingFile] = []
        for name in names {
            guard let facts = try Files.facts(of: path(of: name)) else { continue }
            files.append(PendingFile(bucket: bucket, name: name, bytes: facts.bytes))
        }
        return files
    }
}

extension BatchName {
    /// The same for a batch and everything that came out of it.
    struct Family: Hashable {
        let sealedMicroseconds: UInt64
        let writer: UInt32
        let number: UInt32
    }

    var family: Family { Family(sealedMicroseconds: sealedMicroseconds, writer: writer, number: number) }
}

/// The smallest of any number of names, in the room of twice as many as are wanted.
private struct OldestNames {
    let max: Int
    private var found: [(name: BatchName, text: String)] = []
    /// From here on nothing is taken any more.
    private var cutOff: String?

    init(max: Int) {
        self.max = max
    }

    func mayTake(_ text: String) -> Bool {
        guard let cutOff else { return true }
        return text < cutOff
    }

    mutating func add(_ name: BatchName, _ text: String) {
        guard mayTake(text) else { return }
        found.append((name, text))
        if found.count >= 2 * max { cut() }
    }

    private mutating func cut() {
        // By the text, which is plain ASCII: the same order as that of the names, and faster.
        found.sort { $0.text < $1.text }
        guard found.count > max else { return }
        found.removeLast(found.count - max)
        cutOff = found.last?.text
    }

    var names: [BatchName] {
        var copy = self
        copy.cut()
        return copy.found.map(\.name)
    }
}

extension [String] {
    fileprivate mutating func append(_ name: String, upTo max: Int) {
        if count < max { append(name) }
    }
}

extension [BatchName] {
    fileprivate mutating func append(_ name: BatchName, upTo max: Int) {
        if count < max { append(name) }
    }
}
