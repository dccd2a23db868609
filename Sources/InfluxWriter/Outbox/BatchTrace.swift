import CoinlineFiles

/// What can be seen of a batch by the process that added it while another one delivers.
struct BatchTrace: Sendable, Equatable {
    /// Lines that are in the folder, in it or in what came out of it.
    var pending = 0
    /// The files that these are in.
    var files = 0
    /// Lines that a policy dropped, by the marks.
    var dropped = 0
    var deadLettered = 0

    var isPending: Bool { pending > 0 }
}

extension Outbox {
    /// One look at what became of batches of one bucket. First the folder, then the dead letters, which are written
    /// before a batch goes.
    func traces(of names: [BatchName], in bucket: Bucket) throws(OutboxError) -> [BatchName: BatchTrace] {
        let folder = state(of: bucket).folder
        do throws(FileError) {
            var traces = try folder.traces(of: names)
            for (name, lines) in try letters.lines(of: names) { traces[name]?.deadLettered = lines }
            return traces
        } catch {
            throw OutboxError(error)
        }
    }

    /// Counts what became of a batch of this process while another one delivered. For one that owns what waits by now
    /// only among its own: the count of all began without it.
    func count(_ fate: AwaitedBatches.Fate, of name: BatchName) {
        var counts = counts
        if !isOwner { counts.all.add(fate) }
        counts.own.add(fate)
        self.counts = counts
    }

    /// Field types as they were saved; nil where none are.
    nonisolated func savedTypes() throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try Files.read(layout.schemaPath, bytesMax: FieldTypes.jsonBytesMax)
        } catch {
            guard error.isMissing else { throw error }
            return nil
        }
    }

    /// Saves the field types, for the next process. Only the owner does.
    func save(_ types: FieldTypes) throws(OutboxError) {
        try requireOwner()
        let folder = layout.schemaFolder
        try writing { () throws(FileError) in
            try Files.makeFolders(folder)
            try DurableFile.write(types.json(), to: "\(layout.destination).json", in: folder)
        }
    }
}

extension BucketFolder {
    func traces(of names: [BatchName]) throws(FileError) -> [BatchName: BatchTrace] {
        let byFamily = Dictionary(grouping: names, by: \.family)
        var traces = Dictionary(names.map { ($0, BatchTrace()) }) { first, _ in first }
        try forEachEntry { (name, kind) throws(FileError) in
            guard kind == .file else { return }
            switch OutboxEntry(name) {
            case .batch(let found):
                for batch in byFamily[found.family] ?? [] where found.continues(batch) {
                    traces[batch]?.pending += found.lines
                    traces[batch]?.files += 1
                }
            case .dropped(let found):
                for batch in byFamily[found.family] ?? [] where found.continues(batch) {
                    traces[batch]?.dropped += found.lines
                }
            case .temporary, .origin, .foreign: break
            }
        }
        return traces
    }
}

extension BatchName {
    /// Whether it is that batch, or came out of it.
    fileprivate func continues(_ other: BatchName) -> Bool {
        id == other.id || isDescendant(of: other)
    }
}

/// Batches that this process added and another one delivers.
///
/// A file can be renamed or replaced while a folder is being read, and then be in it under neither name: so a batch is
/// finished only when two looks in a row find nothing of it. What is then neither among the dead letters nor among the
/// marks of drops is acknowledged.
struct AwaitedBatches: Sendable {
    /// What became of a batch, in lines.
    struct Fate: Sendable, Equatable {
        let acknowledged: Int
        let deadLettered: Int
        let dropped: Int
    }

    /// What the last look found of each.
    private var seen: [BatchName: BatchTrace] = [:]
    /// How often a look found something else than the one before.
    private(set) var changes = 0

    var names: [BatchName] { seen.keys.sorted() }
    var isEmpty: Bool { seen.isEmpty }
    var lines: Int { seen.keys.reduce(0) { $0 + $1.lines } }

    mutating func add(_ name: BatchName) {
        seen[name] = BatchTrace(pending: name.lines, files: 1)
    }

    /// Waits no longer for these.
    mutating func remove(_ names: [BatchName]) {
        for name in names { seen[name] = nil }
    }

    /// Takes a look, and gives the batches that are finished with it, which are awaited no longer.
    mutating func note(_ traces: [BatchName: BatchTrace]) -> [BatchName: Fate] {
        var finished: [BatchName: Fate] = [:]
        for (name, trace) in traces {
            guard let last = seen[name] else { continue }
            if trace != last { changes += 1 }
            if trace.isPending || last.isPending {
                seen[name] = trace
            } else {
                finished[name] = Self.fate(of: name, trace)
                seen[name] = nil
            }
        }
        return finished
    }

    /// What became of a batch so far, where nobody delivers in this moment.
    static func fate(of name: BatchName, _ trace: BatchTrace) -> Fate {
        // A letter and a mark about one line cannot be; should they, the batch still has no more lines than it has.
        let done = name.lines - min(trace.pending, name.lines)
        let deadLettered = min(trace.deadLettered, done)
        let dropped = min(trace.dropped, done - deadLettered)
        return Fate(acknowledged: done - deadLettered - dropped, deadLettered: deadLettered, dropped: dropped)
    }
}

extension OutboxTally {
    fileprivate mutating func add(_ fate: AwaitedBatches.Fate) {
        acknowledged += fate.acknowledged
        deadLettered += fate.deadLettered
        dropped += fate.dropped
    }
}
