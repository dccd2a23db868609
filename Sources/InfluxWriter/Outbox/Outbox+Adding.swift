import CoinlineFiles

extension Outbox {
    /// What became of a new batch.
    enum Appended: Sendable, Equatable {
        /// It waits: accepted.
        case stored(PendingFile)
        /// `dropNewest` took it away at once: counted as accepted and dropped.
        case dropped(OutboxCapacity.Shortage)
    }

    /// Writes a batch, synced as the policy says. Throws and has changed nothing where there is no room, or where the
    /// disk does not take it.
    ///
    /// A process that is not the owner never drops what waits, since the owner may be sending it: where its policy is
    /// `dropOldest` it waits as under `block`. Its totals are those of the last `rescan`.
    func append(_ batch: BatchFile, to bucket: Bucket) throws(OutboxError) -> Appended {
        guard bucket.isValid else { throw .bucket(bucket.name) }
        ownWriters.insert(batch.name.writer)
        if let shortage = try makeRoom(for: batch) {
            atOnce {
                count(batch.lines, as: \.appended, of: batch.name)
                count(batch.lines, as: \.dropped, of: batch.name)
            }
            let totals = PendingTotals(batches: 1, lines: batch.lines, bytes: batch.body.count)
            configuration.observe(.dropped(totals, .room(shortage)))
            return .dropped(shortage)
        }
        if unsynced.count >= Self.unsyncedMax { try syncAppended() }
        var state = state(of: bucket)
        let isSynced = configuration.sync == .everyBatch
        do throws(OutboxError) {
            try writing(in: bucket) { () throws(FileError) in
                try state.folder.write(batch, syncing: isSynced ? .everything : .nothing)
            }
        } catch {
            // Where only the folder could not be synced, the file is there, and must not be: it was not accepted.
            takeBack([batch.name], &state)
            if !state.leftovers.isEmpty { buckets[bucket] = state }
            throw error
        }
        let file = PendingFile(bucket: bucket, name: batch.name, bytes: batch.body.count)
        state.add(file)
        atOnce {
            buckets[bucket] = state
            count(batch.lines, as: \.appended, of: batch.name)
        }
        if case .interval = configuration.sync { unsynced.append(file) }
        return .stored(file)
    }

    /// Takes lines that are not to be sent: accepted, and dead letters at once. Throws and has taken none of them where
    /// the disk does not take all.
    ///
    /// - Parameter name: of no file; it gives the letters their names.
    func append(_ letters: [DeadLetter], as name: BatchName) throws(OutboxError) {
        precondition(letters.count == name.lines, "a letter a line")
        ownWriters.insert(name.writer)
        let written = letters.enumerated().map { (DeadLetterName(name, line: $0.offset + 1), $0.element) }
        try put(written)
        atOnce {
            count(letters.count, as: \.appended, of: name)
            count(letters.count, as: \.deadLettered, of: name)
        }
        if isOwner { noteLetters(written.map(\.0), bytes: letters.reduce(0) { $0 + $1.text.count }) }
    }

    /// Names that are held in memory between two timers; more are synced before the next batch is taken.
    private static let unsyncedMax = 4_096

    /// Under `SyncPolicy.interval`: brings what was appended since the last call to the disk. For the caller's timer,
    /// and before closing.
    func syncAppended() throws(OutboxError) {
        let files = unsynced
        guard !files.isEmpty else { return }
        try writing { () throws(FileError) in
            for file in files {
                // One that is not there was sent and deleted by now.
                try unlessMissing { () throws(FileError) in
                    try Files.sync(layout.folder(of: file.bucket) + "/" + file.name.fileName)
                }
            }
            for bucket in Set(files.map(\.bucket)) {
                // Somebody took it away by hand, with all that was in it.
                try unlessMissing { () throws(FileError) in try Files.syncFolder(layout.folder(of: bucket)) }
            }
        }
        unsynced.removeAll()
    }

    private func unlessMissing(_ body: () throws(FileError) -> Void) throws(FileError) {
        do throws(FileError) { try body() } catch { guard error.isMissing else { throw error } }
    }

    /// Returns what is short where the batch itself must go.
    private func makeRoom(for batch: BatchFile) throws(OutboxError) -> OutboxCapacity.Shortage? {
        var dropped = PendingTotals()
        var reason = OutboxCapacity.Shortage.bytes
        defer { if dropped.batches > 0 { configuration.observe(.dropped(dropped, .room(reason))) } }
        while true {
            let room = capacity.room(
                forBytes: batch.body.count, pendingBytes: totals.bytes,
                freeBytes: configuration.freeBytes(layout.folder), droppedBytes: dropped.bytes,
                oldest: mayDrop ? try oldest(limit: configuration.windowMax) : [])
            switch room {
            case .take: return nil
            case .dropNew(let shortage): return shortage
            case .wait(let shortage, let duration): throw .noRoom(shortage, wait: duration)
            case .refuse(let shortage): throw .noRoom(shortage, wait: nil)
            case .drop(let files, let shortage):
                reason = shortage
                for file in files {
                    try drop(file)
                    dropped.add(file.name, bytes: file.bytes)
                }
            }
        }
    }

    private var mayDrop: Bool { isOwner && configuration.capacity.whenFull == .dropOldest }

    /// Who may not drop waits for the owner to make room.
    private var capacity: OutboxCapacity {
        var capacity = configuration.capacity
        if !isOwner, capacity.whenFull == .dropOldest { capacity.whenFull = .block(for: OutboxCapacity.waitMax) }
        return capacity
    }

    /// Takes away what has waited too long.
    func dropExpired() throws(OutboxError) {
        guard configuration.capacity.ageMax != nil else { return }
        let now = configuration.now()
        var dropped = PendingTotals()
        defer { if dropped.batches > 0 { configuration.observe(.dropped(dropped, .age)) } }
        while true {
            let expired = try oldest(limit: configuration.windowMax).prefix {
                configuration.capacity.isExpired($0.name, at: now)
            }
            if expired.isEmpty { return }
            for file in expired {
                try drop(file)
                dropped.add(file.name, bytes: file.bytes)
            }
        }
    }

    private func drop(_ file: PendingFile) throws(OutboxError) {
        guard var state = buckets[file.bucket] else { return }
        let isAwaited = !ownWriters.contains(file.name.writer)
        do throws(OutboxError) {
            try writing { () throws(FileError) in try state.folder.drop(file.name, leavesMark: isAwaited) }
        } catch {
            // Somebody took it away by hand, or the mark is there but could not be emptied, which is done later.
            guard !Files.exists(state.folder.path(of: file.name)) else { throw error }
        }
        state.remove(file, isDeleted: true)
        atOnce {
            buckets[file.bucket] = state
            count(file.name.lines, as: \.dropped, of: file.name)
        }
    }
}
