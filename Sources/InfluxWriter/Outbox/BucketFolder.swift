import CoinlineFiles

/// The files of one bucket, and what is done with them. Every call waits for the disk.
///
/// What is in the folder is pending: there is no index that could disagree with it, and nothing else to be repaired
/// after a crash than what `OutboxRecovery` knows.
struct BucketFolder: Sendable {
    let path: String

    /// Our own batches hold 4 MiB before compression; another writer's may be bigger.
    static let batchBytesMax = 64 << 20

    func path(of name: BatchName) -> String { "\(path)/\(name.fileName)" }

    /// Makes the folder, with those above it, synced.
    func make() throws(FileError) {
        try Files.makeFolders(path)
    }

    /// Writes a batch, whole or not at all. A folder that is missing is made.
    func write(_ batch: BatchFile, syncing: DurableFile.Syncing) throws(FileError) {
        do {
            try DurableFile.write(batch.body, to: batch.name.fileName, in: path, syncing: syncing)
        } catch let error where error.isMissing {
            try make()
            try DurableFile.write(batch.body, to: batch.name.fileName, in: path, syncing: syncing)
        }
    }

    /// Nil where it is not there.
    func read(_ name: BatchName) throws(FileError) -> BatchFile? {
        do {
            return BatchFile(name: name, body: try Files.read(path(of: name), bytesMax: Self.batchBytesMax))
        } catch let error where error.isMissing {
            return nil
        }
    }

    /// Deletes a batch. Not synced: one that comes back after a loss of power is sent again, which changes nothing.
    func remove(_ name: BatchName) throws(FileError) {
        try Files.remove(path(of: name))
    }

    /// Puts pieces in the place of a batch. When it returns, they and only they survive a loss of power, and may be
    /// sent; when the process dies on the way, `OutboxRecovery` sees which of the two is whole.
    ///
    /// On an error the batch is still there, and so may be pieces.
    func replace(_ parent: BatchName, with pieces: [BatchFile]) throws(FileError) {
        precondition(pieces.allSatisfy { $0.name.isDescendant(of: parent) }, "a batch is replaced by pieces of it")
        for (index, piece) in pieces.enumerated() {
            if index > 0 { KillPoint.pass("between-pieces") }
            try write(piece, syncing: .everything)
        }
        try remove(parent)
        try Files.syncFolder(path)
    }

    /// Takes a batch away by policy.
    ///
    /// - Parameter leavesMark: for the writer that waits for it: an empty file of the same name and `.dropped`. Made by
    ///   renaming and truncating, which needs no room on a full disk.
    func drop(_ name: BatchName, leavesMark: Bool) throws(FileError) {
        guard leavesMark else { return try remove(name) }
        let mark = path(of: name) + OutboxEntry.droppedEnding
        do {
            try Files.rename(path(of: name), to: mark)
        } catch let error where error.isMissing {
            // Taken away by hand.
            return
        }
        try Files.empty(mark)
    }

    /// Does what a recovery asks for. Synced once at the end.
    func perform(_ steps: [OutboxRecovery.Step]) throws(FileError) {
        guard !steps.isEmpty else { return }
        for step in steps {
            for name in step.names { try remove(name) }
        }
        try Files.syncFolder(path)
    }

    /// Removes marks that nobody can wait for any more, and the content of those whose maker died before he could.
    func tidy(_ marks: [BatchName]) throws(FileError) {
        for name in marks {
            let mark = path(of: name) + OutboxEntry.droppedEnding
            guard let facts = try Files.facts(of: mark) else { continue }
            if facts.age > Self.markAgeMax {
                try Files.remove(mark)
            } else if facts.bytes > 0 {
                try Files.empty(mark)
            }
        }
    }

    /// A writer that waits looks every second.
    static let markAgeMax = Duration.seconds(3_600)

    /// Removes temporaries that no living process works on, and says how many.
    func sweep(_ temporaries: [String]) throws(FileError) -> Int {
        var count = 0
        for name in temporaries where try DurableFile.sweepTemporary(name, in: path) { count += 1 }
        return count
    }
}
