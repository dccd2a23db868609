import CoinlineBase
import CoinlineFiles

extension Outbox {
    /// Those of which there is no file any more.
    fileprivate func gone(of files: [PendingFile]) -> [PendingFile] {
        files.filter { !Files.exists("\(layout.folder(of: $0.bucket))/\($0.name.fileName)") }
    }

    /// Of one bucket.
    fileprivate func oldest(of bucket: Bucket, excluding excluded: Set<BatchName>) throws(OutboxError) -> PendingFile? {
        try oldest(limit: 1, excluding: excluded, without: Set(buckets.keys).subtracting([bucket])).first
    }
}

extension DeliveryLoop {
    /// A batch that is being delivered.
    struct Item: Sendable {
        let file: PendingFile
        let batch: BatchFile
    }

    /// What goes out in one request.
    struct Parcel: Sendable {
        let bucket: Bucket
        let items: [Item]
        let ticket: Circuit.Ticket
        /// Whether more waits than is in it.
        let isOfBacklog: Bool
        /// The hold that it tries.
        var probeOf: Holds.Target?

        var bytes: Int { items.reduce(0) { $0 + $1.batch.body.count } }
        var lines: Int { items.reduce(0) { $0 + $1.batch.lines } }
    }

    enum Work: Sendable {
        case probe(Holds.Target, Circuit.Ticket)
        case delivery(Parcel)
    }

    /// As many are looked at for one request: what an outbox names at once.
    private static let candidatesMax = 256

    /// What may begin now, counted as begun.
    func nextWork() async -> Work? {
        if uptime >= lastLook + Self.lookUnderLoadEvery { await lookAround() }
        if let work = await nextStartable() { return work }
        guard uptime >= lastLook + Self.lookEvery else { return nil }
        await lookAround()
        return await nextStartable()
    }

    private func nextStartable() async -> Work? {
        if let probe = await nextProbe() { return probe }
        return await nextParcel().map { .delivery($0) }
    }

    /// What other processes did to the folders.
    private func lookAround() async {
        lastLook = uptime
        do throws(OutboxError) {
            try await outbox.rescan()
        } catch {
            noteFailure("\(error)")
        }
        // A policy or somebody's hand took them away.
        let known = records.all.keys.filter { !inHand.contains($0) }
        for file in await outbox.gone(of: known) where !inHand.contains(file) { records.forget(file) }
    }

    private func isLetThrough(_ now: Duration) -> Bool {
        circuit.isClosed || circuit.nextTry.map { now >= $0 } ?? false
    }

    private func nextProbe() async -> Work? {
        let now = uptime
        guard !isProbing, isLetThrough(now), let target = holds.takeDueProbe(now: now) else { return nil }
        guard case .allowed(let ticket) = circuit.permit(now: now) else { return nil }
        isProbing = true
        guard let bucket = target.bucket, holds.all[target]?.isProbedWithBatch == true else {
            return .probe(target, ticket)
        }
        if let item = await takeOne(of: bucket) {
            deliveries += 1
            return .delivery(
                Parcel(bucket: bucket, items: [item], ticket: ticket, isOfBacklog: true, probeOf: target))
        }
        _ = circuit.record(.abandoned, of: ticket, now: now, random: 0)
        noteProbe(target, nil)
        return nil
    }

    /// One that was not tried yet, so that none delays those behind it, or else the least suspected.
    private func takeOne(of bucket: Bucket) async -> Item? {
        let standingBack = records.standingBack(uptime)
        var file: PendingFile?
        if standingBack.count < configuration.asidesMax {
            do throws(OutboxError) {
                file = try await outbox.oldest(of: bucket, excluding: standingBack)
            } catch {
                noteFailure("\(error)")
            }
        }
        guard let file = file ?? records.leastSuspected(where: { $0.bucket == bucket && !inHand.contains($0) }) else {
            return nil
        }
        inHand.insert(file)
        if let batch = await take(file) { return Item(file: file, batch: batch) }
        inHand.remove(file)
        return nil
    }

    // MARK: Deliveries

    private func nextParcel() async -> Parcel? {
        guard let choice = await choose() else { return nil }
        inHand.formUnion(choice.files)
        var items: [Item] = []
        for file in choice.files {
            if let batch = await take(file) { items.append(Item(file: file, batch: batch)) }
        }
        // Since the look at the folder an answer may have come.
        guard let first = items.first, holds.hold(of: first.file.bucket) == nil,
            case .allowed(let ticket) = circuit.permit(now: uptime)
        else {
            for item in items { await release(item) }
            inHand.subtract(choice.files)
            // There may be others.
            if items.isEmpty { wake() }
            return nil
        }
        deliveries += 1
        return Parcel(bucket: first.file.bucket, items: items, ticket: ticket, isOfBacklog: choice.isOfBacklog)
    }

    /// The batches that go next, and whether more wait than one request ever holds.
    private func choose() async -> (files: [PendingFile], isOfBacklog: Bool)? {
        let now = uptime
        isAnythingPending = await outbox.totals.batches > 0
        guard deliveries < (pace.allowsSeveral ? configuration.requestsMax : 1), isLetThrough(now) else { return nil }
        let standingBack = records.standingBack(now)
        let isFull = standingBack.count >= configuration.asidesMax
        let hasNoRoom = isFull && nextToBury == nil
        let isFeeler = hasNoRoom && now >= lastFeeler + configuration.feelerEvery
        let stuck = hasNoRoom && !isFeeler ? records.bucketsStandingBack(now) : []
        let free = await oldest(limit: Self.candidatesMax, excluding: standingBack, without: stuck)
        isAnythingFree = !free.isEmpty
        guard holds.all[.destination] == nil else { return nil }
        // What came of others meanwhile counts.
        let candidates = free.filter { !records[$0].standsBack(now) && !isHeld($0.bucket) }
        if isFull, !hasNoRoom, !candidates.isEmpty { isAnythingFree = await makeRoom() }
        guard isAnythingFree, !candidates.isEmpty else {
            guard deliveries == 0, let suspect = records.nextSuspect(now, where: mayGo) else { return nil }
            return ([suspect], false)
        }
        if isFeeler {
            lastFeeler = now
            return ([candidates[0]], false)
        }
        let (linesMax, bytesMax) = (configuration.requestLinesMax, size.limit)
        let files = joinable(candidates, lines: min(linesMax, pace.lines), bytes: min(bytesMax, pace.bytes))
        // A second request is for a backlog only; else what comes meanwhile goes together in the next.
        guard deliveries == 0 || candidates.count > files.count else { return nil }
        return (files, candidates.count > joinable(candidates, lines: linesMax, bytes: bytesMax).count)
    }

    private func mayGo(_ file: PendingFile) -> Bool {
        !isHeld(file.bucket) && !inHand.contains(file)
    }

    private func oldest(
        limit: Int, excluding standingBack: Set<BatchName>, without stuck: Set<Bucket>
    ) async -> [PendingFile] {
        let held = Set(holds.all.keys.compactMap(\.bucket))
        do throws(OutboxError) {
            return try await outbox.oldest(limit: limit, excluding: standingBack, without: held.union(stuck))
        } catch {
            noteFailure("\(error)")
            return []
        }
    }

    /// The oldest and those next to it that go with it: of one bucket and precision, small enough together, and not to
    /// be sent alone. Members of gzip bodies are put one behind the other as they are.
    private func joinable(_ candidates: [PendingFile], lines linesMax: Int, bytes bytesMax: Int) -> [PendingFile] {
        let first = candidates[0]
        // What tries whether the destination is there at all is small.
        guard circuit.isClosed, !records[first].isAlone else { return [first] }
        var (files, bytes, lines) = ([first], first.bytes, first.name.lines)
        for file in candidates.dropFirst() where file.bucket == first.bucket {
            bytes += file.bytes
            lines += file.name.lines
            guard file.name.precision == first.name.precision, !records[file].isAlone, bytes <= bytesMax,
                lines <= linesMax
            else { break }
            files.append(file)
        }
        return files
    }

    /// Nil where there is nothing to send, or the disk does not give it.
    private func take(_ file: PendingFile) async -> BatchFile? {
        do throws(OutboxError) {
            if let batch = try await outbox.take(file) { return batch }
            records.forget(file)
        } catch {
            postpone(file, "\(error)")
        }
        return nil
    }

    func release(_ item: Item) async {
        await outbox.release(item.file)
    }

    /// The oldest that was set aside and has nothing to hope for.
    private var nextToBury: PendingFile? {
        records.oldest { file, history in
            !inHand.contains(file) && history.isProven(acknowledged: buckets[file.bucket]?.acknowledged ?? 0)
        }
    }

    /// For the batches that stand back: one becomes a dead letter. False where there is none for that, or the disk does
    /// not take it.
    private func makeRoom() async -> Bool {
        guard let file = nextToBury else { return false }
        let reason = "more than \(configuration.asidesMax) batches are refused again and again, and this is the oldest"
        do throws(OutboxError) {
            let isBuried = try await outbox.setAside(file, reason: reason)
            records.forget(file)
            if isBuried { tell(.deadLettered(lines: file.name.lines, file.bucket, reason: reason)) }
            return true
        } catch {
            noteFailure("\(error)")
            return false
        }
    }
}
