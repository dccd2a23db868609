import CoinlineFiles

extension Outbox {
    /// Looks for what other processes did: batches that they added are taken up, marks and temporaries swept, batches
    /// that are too old dropped, and what could not be deleted before is deleted. To be called every second or so while
    /// there is nothing else to do; costs a look at the names.
    func rescan() throws(OutboxError) {
        for bucket in try bucketFolders() {
            do throws(FileError) {
                isOwner ? try takeUp(bucket) : try look(bucket)
            } catch {
                reportUnusable(layout.folder(of: bucket), error)
            }
        }
        lookAtUnusable()
        takeBack(vainLetters)
        guard isOwner else { return }
        lookAtLetters()
        try dropExpired()
    }

    /// About a minute.
    private static let looksPerCount = 60

    /// Other processes write letters, too, and people remove them; only the owner keeps their number in its bounds.
    private func lookAtLetters() {
        defer { looksAtLetters = (looksAtLetters + 1) % Self.looksPerCount }
        guard looksAtLetters == 0 else { return }
        do throws(FileError) {
            let count = try letters.count()
            guard count != knownLetters?.letters ?? 0 else { return }
            knownLetters = nil
            noteLetters([], bytes: 0)
        } catch {
            note(DiskState(error))
        }
    }

    /// The buckets that have a folder, and those known that have none any more.
    func bucketFolders() throws(OutboxError) -> [Bucket] {
        var found = Set(buckets.keys)
        do throws(FileError) {
            try Files.forEachEntry(in: layout.folder) { (name, kind) throws(FileError) in
                if kind == .folder, let bucket = Bucket(folderName: name) {
                    found.insert(bucket)
                } else if name != OutboxLayout.lockName, name != LastError.fileName,
                    !name.hasPrefix(DurableFile.temporaryPrefix)
                {
                    reportOnce("\(layout.folder)/\(name)", .foreign(path: "\(layout.folder)/\(name)"))
                }
            }
        } catch {
            guard error.isMissing else { throw OutboxError(error) }
        }
        return found.sorted { $0.name < $1.name }
    }

    /// Repairs what a crash left, and counts what waits.
    func takeOver(_ bucket: Bucket) {
        var state = state(of: bucket)
        do throws(FileError) {
            var scan = try state.folder.scan(bucket, oldestMax: configuration.windowMax)
            if scan.hasPieces {
                let steps = try state.folder.recover()
                if !steps.isEmpty {
                    configuration.observe(.recovered(bucket, steps))
                    scan = try state.folder.scan(bucket, oldestMax: configuration.windowMax)
                }
            }
            state.set(scan)
            buckets[bucket] = state
            tidy(scan, state)
        } catch {
            // The others must not wait for this one; it is tried again at each look.
            reportUnusable(state.folder.path, error)
        }
    }

    private func takeUp(_ bucket: Bucket) throws(FileError) {
        guard var state = buckets[bucket] else {
            atOnce {
                takeOver(bucket)
                if let totals = buckets[bucket]?.totals { noteChange(bucket, from: PendingTotals(), to: totals) }
            }
            return
        }
        if !state.leftovers.isEmpty {
            removeLeftovers(&state)
            buckets[bucket] = state
        }
        guard try state.folder.countCandidates() != state.candidates else { return }
        let before = state
        let scan = try state.folder.scan(bucket, oldestMax: configuration.windowMax, ignoring: state.leftovers)
        state.set(scan)
        // What somebody has in hand is his until he says what became of it, file or not.
        for file in before.taken.values {
            if try Files.facts(of: state.folder.path(of: file.name)) == nil { state.keep(file) }
        }
        atOnce {
            buckets[bucket] = state
            noteChange(bucket, from: before.totals, to: state.totals)
        }
        tidy(scan, state)
    }

    /// For a process that is not the owner: the totals, and nothing is touched.
    private func look(_ bucket: Bucket) throws(FileError) {
        var state = state(of: bucket)
        if buckets[bucket] != nil, try state.folder.countCandidates() == state.candidates { return }
        state.set(try state.folder.scan(bucket, oldestMax: configuration.windowMax))
        buckets[bucket] = state
    }

    private func noteChange(_ bucket: Bucket, from old: PendingTotals, to new: PendingTotals) {
        let change = new - old
        if change.lines > 0 {
            counts.takenUp += change.lines
            configuration.observe(.takenUp(bucket, change))
        } else if change.lines < 0 {
            counts.all.vanished -= change.lines
            let gone = PendingTotals(batches: -change.batches, lines: -change.lines, bytes: -change.bytes)
            configuration.observe(.vanished(bucket, gone))
        }
    }

    private func removeLeftovers(_ state: inout BucketState) {
        do throws(FileError) {
            for name in state.leftovers {
                try state.folder.remove(name)
                state.forget(leftover: name)
            }
        } catch {
            // Not yet, then.
            note(DiskState(error))
        }
    }

    /// What lies beside the batches, which can be sent whether or not this works.
    private func tidy(_ scan: FolderScan, _ state: BucketState) {
        for name in scan.foreign {
            let path = "\(state.folder.path)/\(name)"
            reportOnce(path, .foreign(path: path))
        }
        do throws(FileError) {
            let swept = try state.folder.sweep(scan.temporaries)
            if swept > 0 { configuration.observe(.swept(state.bucket, files: swept)) }
            try state.folder.tidy(scan.dropped)
        } catch {
            note(DiskState(error))
        }
    }

    private func reportUnusable(_ path: String, _ error: FileError) {
        reportOnce("unusable \(path)", .unusable(path: path, reason: error.description))
    }
}
