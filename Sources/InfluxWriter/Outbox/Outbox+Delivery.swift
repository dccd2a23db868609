import CoinlineFiles

extension Outbox {
    /// The oldest batches that nobody has in hand, oldest first, over all buckets.
    ///
    /// - Parameters:
    ///   - limit: 1 to the size of the window.
    ///   - excluded: those that must wait; a bounded number, since all of them are kept in memory. What is behind them
    ///     has its turn.
    ///   - held: buckets that are left out.
    func oldest(
        limit: Int, excluding excluded: Set<BatchName> = [], without held: Set<Bucket> = []
    ) throws(OutboxError) -> [PendingFile] {
        var found: [PendingFile] = []
        for bucket in buckets.keys where !held.contains(bucket) {
            found += try oldest(in: bucket, limit: limit, excluding: excluded)
        }
        return Array(found.sorted().prefix(limit))
    }

    private func oldest(
        in bucket: Bucket, limit: Int, excluding excluded: Set<BatchName>
    ) throws(OutboxError) -> [PendingFile] {
        // As long as nothing can be deleted, nothing more is sent: what was sent would have to be remembered.
        guard var state = buckets[bucket], state.leftovers.count < Self.leftoversMax else { return [] }
        func free() -> ArraySlice<PendingFile> {
            state.window.lazy.filter { state.taken[$0.name] == nil && !excluded.contains($0.name) }.prefix(limit)[...]
        }
        var found = free()
        // Again, where a whole window of them must wait.
        while found.isEmpty && !state.isWindowWhole {
            do throws(FileError) {
                let known = state.leftovers.union(state.window.map(\.name))
                state.extend(by: try state.folder.oldest(bucket, max: configuration.windowMax, besides: known))
            } catch {
                throw OutboxError(error)
            }
            buckets[bucket] = state
            found = free()
        }
        return Array(found)
    }

    private static let leftoversMax = 1_024

    /// Reads a batch and puts it into the caller's hands until he says what became of it: `acknowledge`, `split`,
    /// `excise`, `setAside` or `release`.
    ///
    /// One of another process is verified first. Nil where there is nothing to send after all: it no longer waits, the
    /// file is gone, or it was damaged and is a dead letter now.
    func take(_ file: PendingFile) throws(OutboxError) -> BatchFile? {
        try requireOwner()
        guard var state = buckets[file.bucket], state.taken[file.name] == nil, isPending(file, state) else {
            return nil
        }
        let batch: BatchFile?
        do throws(FileError) {
            batch = try state.folder.read(file.name)
        } catch {
            guard error.isTooLarge else { throw OutboxError(error) }
            try setAside(file, .tooLarge(bytesMax: BucketFolder.batchBytesMax))
            return nil
        }
        guard let batch else {
            noteVanished(file)
            return nil
        }
        if !ownWriters.contains(file.name.writer) && !state.verified.contains(file.name) {
            if let damage = BatchVerification.damage(in: batch) {
                try setAside(file, damage)
                return nil
            }
            state.verified.insert(file.name)
        }
        state.taken[file.name] = file
        buckets[file.bucket] = state
        return batch
    }

    /// Puts it back: it waits as before.
    func release(_ file: PendingFile) {
        buckets[file.bucket]?.taken[file.name] = nil
    }

    /// The destination has it: it is deleted. Where that fails it is no longer sent all the same, and deleted later.
    func acknowledge(_ file: PendingFile) {
        guard buckets[file.bucket]?.taken[file.name] != nil else { return }
        atOnce {
            counts.steps += 1
            count(file.name.lines, as: \.acknowledged, of: file.name)
            remove(file)
        }
    }

    /// Puts pieces that hold all of it in its place, to be sent one by one. After an error it is still in hand, whole.
    func split(_ file: PendingFile, into pieces: [BatchFile]) throws(OutboxError) -> [PendingFile] {
        let lines = pieces.reduce(0) { $0 + $1.lines }
        guard pieces.count > 1, lines == file.name.lines, pieces.allSatisfy({ $0.name.isDescendant(of: file.name) })
        else { throw .pieces(file.name.id) }
        return try replace(file, with: pieces)
    }

    /// Makes some of its lines dead letters and puts what is left to be sent in its place; the lines that are neither
    /// count as acknowledged. After an error it is still in hand, whole.
    ///
    /// - Parameters:
    ///   - refused: the lines, each with its number in the batch from 1, at most once.
    ///   - rest: the batch's `.1of1`; nil where nothing is left to be sent.
    func excise(
        _ file: PendingFile, refused: [(line: Int, letter: DeadLetter)], rest: BatchFile?
    ) throws(OutboxError) -> PendingFile? {
        try atOnce { () throws(OutboxError) in try cut(file, refused, rest) }
    }

    private func cut(
        _ file: PendingFile, _ refused: [(line: Int, letter: DeadLetter)], _ rest: BatchFile?
    ) throws(OutboxError) -> PendingFile? {
        try requireTaken(file)
        let numbers = Set(refused.map(\.line))
        let acknowledged = file.name.lines - refused.count - (rest?.lines ?? 0)
        guard numbers.count == refused.count, numbers.allSatisfy({ (1...file.name.lines).contains($0) }),
            acknowledged >= 0, rest.map({ $0.name.isDescendant(of: file.name) }) ?? true
        else { throw .pieces(file.name.id) }
        let written = refused.map { (name: DeadLetterName(file.name, line: $0.line), letter: $0.letter) }
        var left: PendingFile?
        do throws(OutboxError) {
            try put(written)
            KillPoint.pass("between-dead-letter-and-rest")
            left = try rest.map { (rest) throws(OutboxError) in try replace(file, with: [rest]) }?.first
        } catch {
            takeBack(written.map(\.name))
            throw error
        }
        if rest == nil { remove(file) }
        counts.steps += 1
        count(refused.count, as: \.deadLettered, of: file.name)
        count(acknowledged, as: \.acknowledged, of: file.name)
        noteLetters(written.map(\.name), bytes: written.reduce(0) { $0 + $1.letter.text.count })
        return left
    }

    /// Damaged. Nobody asked for it, so it is told.
    private func setAside(_ file: PendingFile, _ damage: BatchDamage) throws(OutboxError) {
        guard try setAside(file, reason: "\(damage)") else { return }
        configuration.observe(.setAside(file, reason: "\(damage)"))
    }

    /// Makes the whole batch a dead letter, its bytes untouched. Needs no room on the disk but for the letter. False
    /// where it no longer waits, or its file is gone.
    @discardableResult
    func setAside(_ file: PendingFile, reason: String, answer: String = "") throws(OutboxError) -> Bool {
        try requireOwner()
        guard var state = buckets[file.bucket], isPending(file, state) else { return false }
        let letter = DeadLetter(
            reason: reason, answer: answer, time: configuration.now(), bucket: file.bucket,
            precision: file.name.precision, content: .batch(fileName: file.name.fileName, lines: file.name.lines))
        guard try move(file, state.folder, letter) else {
            noteVanished(file)
            return false
        }
        state.remove(file, isDeleted: true)
        atOnce {
            counts.steps += 1
            buckets[file.bucket] = state
            count(file.name.lines, as: \.deadLettered, of: file.name)
        }
        noteLetters([DeadLetterName(file.name, line: 0)], bytes: file.bytes + letter.text.count)
        return true
    }

    /// Moves a batch beside a letter about it. False where its file is gone.
    private func move(
        _ file: PendingFile, _ folder: BucketFolder, _ letter: DeadLetter
    ) throws(OutboxError) -> Bool {
        let name = DeadLetterName(file.name, line: 0)
        vainLetters.remove(name)
        do throws(OutboxError) {
            return try writing { () throws(FileError) in try letters.setAside(file.name, from: folder, letter) }
        } catch {
            // Moved, and only a sync failed: should a loss of power bring the batch back, its letter goes.
            if !Files.exists(folder.path(of: file.name)), Files.exists("\(letters.folder)/\(file.name.fileName)") {
                return true
            }
            takeBack([name])
            throw error
        }
    }

    // MARK: Steps

    /// Whether it still waits, and no policy took it since the caller was told of it. Beyond the window only the disk
    /// tells.
    private func isPending(_ file: PendingFile, _ state: BucketState) -> Bool {
        if state.taken[file.name] != nil || state.window.contains(where: { $0.name == file.name }) { return true }
        return !state.isWindowWhole && !state.leftovers.contains(file.name)
            && Files.exists(state.folder.path(of: file.name))
    }

    /// Somebody took the file away by hand.
    private func noteVanished(_ file: PendingFile) {
        atOnce {
            counts.steps += 1
            buckets[file.bucket]?.remove(file, isDeleted: true)
            count(file.name.lines, as: \.vanished, of: file.name)
        }
        let gone = PendingTotals(batches: 1, lines: file.name.lines, bytes: file.bytes)
        configuration.observe(.vanished(file.bucket, gone))
    }

    private func requireTaken(_ file: PendingFile) throws(OutboxError) {
        try requireOwner()
        precondition(buckets[file.bucket]?.taken[file.name] != nil, "only a batch in hand is split or cut")
    }

    private func replace(_ file: PendingFile, with pieces: [BatchFile]) throws(OutboxError) -> [PendingFile] {
        try requireTaken(file)
        var state = state(of: file.bucket)
        let added = pieces.map { PendingFile(bucket: file.bucket, name: $0.name, bytes: $0.body.count) }
        do throws(OutboxError) {
            try writing { () throws(FileError) in try state.folder.replace(file.name, with: pieces) }
        } catch {
            // With the parent gone the pieces are what waits; only the last sync failed, and should a loss of power
            // bring the parent back, one of the two goes at the next start.
            guard !Files.exists(state.folder.path(of: file.name)) else {
                takeBack(pieces.map(\.name), &state)
                buckets[file.bucket] = state
                throw error
            }
        }
        state.remove(file, isDeleted: true)
        for piece in added { state.add(piece) }
        buckets[file.bucket] = state
        counts.steps += 1
        return added
    }

    /// Files that were written in vain: nobody may count or send them.
    func takeBack(_ names: [BatchName], _ state: inout BucketState) {
        for name in names where Files.exists(state.folder.path(of: name)) {
            do throws(FileError) {
                try state.folder.remove(name)
                state.forget(leftover: name)
            } catch {
                state.addLeftover(name)
            }
        }
    }

    /// Writes letters, all or none.
    func put(_ written: [(name: DeadLetterName, letter: DeadLetter)]) throws(OutboxError) {
        vainLetters.subtract(written.map(\.name))
        do throws(OutboxError) {
            try writing { () throws(FileError) in try letters.put(written) }
        } catch {
            takeBack(written.map(\.name))
            throw error
        }
    }

    /// Letters that were written in vain: nobody accepted what they are about, or it waits as before. What cannot be
    /// removed now is removed at a later look, unless it is written again.
    func takeBack(_ names: some Sequence<DeadLetterName>) {
        for name in names {
            vainLetters.remove(name)
            guard Files.exists(letters.path(of: name)) else { continue }
            do throws(FileError) {
                try letters.delete(name)
            } catch {
                vainLetters.insert(name)
                note(DiskState(error))
            }
        }
    }

    private func remove(_ file: PendingFile) {
        guard var state = buckets[file.bucket] else { return }
        var isDeleted = true
        do throws(FileError) {
            try state.folder.remove(file.name)
        } catch {
            isDeleted = false
            note(DiskState(error))
        }
        state.remove(file, isDeleted: isDeleted)
        buckets[file.bucket] = state
    }

    /// Counts letters along, so that the folder is looked through only where there may be too many.
    func noteLetters(_ names: [DeadLetterName], bytes: Int) {
        knownLetters = knownLetters.map { ($0.letters + names.count, $0.bytes + bytes) }
        let capacity = configuration.letters
        if let known = knownLetters, known.letters <= capacity.lettersMax, known.bytes <= capacity.bytesMax { return }
        do throws(FileError) {
            let (removed, left) = try letters.trim(to: capacity, besides: Set(names))
            knownLetters = left
            guard !removed.isEmpty else { return }
            discardedLetters += removed.count
            configuration.observe(.lettersDiscarded(removed.count))
        } catch {
            note(DiskState(error))
        }
    }
}
