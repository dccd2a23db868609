import CoinlineFiles

/// What can be seen of a batch by the process that added it while another one delivers.
struct BatchTrace: Sendable, Equatable {
    /// It is in the folder, or something that came out of it.
    var isPending = false
    /// Lines that a policy dropped, by the marks.
    var dropped = 0
    var deadLettered = 0
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
                    traces[batch]?.isPending = true
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

    /// Whether each was missing at the last look.
    private var wasMissing: [BatchName: Bool] = [:]

    var names: [BatchName] { wasMissing.keys.sorted() }
    var isEmpty: Bool { wasMissing.isEmpty }
    var lines: Int { wasMissing.keys.reduce(0) { $0 + $1.lines } }

    mutating func add(_ name: BatchName) {
        wasMissing[name] = false
    }

    /// Takes a look, and gives the batches that are finished with it, which are awaited no longer.
    mutating func note(_ traces: [BatchName: BatchTrace]) -> [BatchName: Fate] {
        var finished: [BatchName: Fate] = [:]
        for (name, trace) in traces {
            guard let wasMissing = wasMissing[name] else { continue }
            if !trace.isPending && wasMissing {
                finished[name] = Self.fate(of: name, trace)
                self.wasMissing[name] = nil
            } else {
                self.wasMissing[name] = !trace.isPending
            }
        }
        return finished
    }

    private static func fate(of name: BatchName, _ trace: BatchTrace) -> Fate {
        // A letter and a mark about one line cannot be; should they, the batch still has no more lines than it has.
        let deadLettered = min(trace.deadLettered, name.lines)
        let dropped = min(trace.dropped, name.lines - deadLettered)
        return Fate(acknowledged: name.lines - deadLettered - dropped, deadLettered: deadLettered, dropped: dropped)
    }
}
