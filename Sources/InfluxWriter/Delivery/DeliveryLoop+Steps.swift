import CoinlineBase
import CoinlineFiles
import LineProtocol

/// What the plan says, done on disk. Each step ends with every batch acknowledged, replaced, a dead letter, or released:
/// where the disk fails, a batch is released and waits by itself, and nothing is lost or counted twice.
extension DeliveryLoop {
    func carryOut(_ step: DeliveryPlan.Step, _ items: [Item], _ answer: Answer) async {
        switch step {
        case .forget: await forget(items, answer)
        case .retry(let after, let reason):
            if answer.reply.isOfThisBody { tell(.retry(after: after, reason: reason)) }
            await wait(items, after)
        case .holdDestination(let message):
            hold(.destination, message, for: answer.parcel.bucket)
            await release(items)
        case .holdBucket(let message):
            let isLimit = if case .limited = answer.reply { true } else { false }
            hold(.bucket(answer.parcel.bucket), message, for: answer.parcel.bucket, isProbedWithBatch: isLimit)
            await release(items)
        case .separate: await separate(items)
        case .split(let reason): await halve(items, reason, answer)
        case .bisect(let reason):
            for item in items { tell(.bisecting(item.file, reason: reason)) }
            await halve(items, reason, answer)
        case .excise(let lines, let text): await excise(lines, text, items, answer)
        case .verify(let next): await verify(items, next, answer)
        case .settle(let named, let count, let text): await settle(named, count, text, items, answer)
        case .setAside(let after, let reason):
            for item in items { tell(.setAside(item.file, reason: reason)) }
            await wait(items, after)
        case .deadLetter(let reason):
            for item in items { await bury(item, reason, answer.reply.text) }
        }
    }

    // MARK: Waiting

    private func release(_ items: [Item]) async {
        for item in items { await release(item) }
    }

    private func wait(_ items: [Item], _ duration: Duration) async {
        for item in items { records[item.file].notBefore = uptime + duration }
        await release(items)
    }

    /// Each goes alone from now on.
    private func separate(_ items: [Item]) async {
        for item in items { records[item.file].isAlone = true }
        await release(items)
    }

    /// The disk failed at it: it waits by itself.
    func postpone(_ file: PendingFile, _ reason: String) {
        var record = records[file]
        let bound = configuration.diskBackoff.bound(attempt: record.diskFailures)
        let wait = bound / 2 + bound / 2 * configuration.random()
        record.diskFailures += 1
        record.notBefore = uptime + wait
        records[file] = record
        noteFailure(reason)
        tell(.retry(after: wait, reason: reason))
    }

    /// Does something on disk that puts an end to the batch as it is. False where the disk failed.
    @discardableResult
    private func finish(_ item: Item, _ body: () async throws(OutboxError) -> Void) async -> Bool {
        do throws(OutboxError) {
            try await body()
            records.forget(item.file)
            _ = news.take(item.file.name)
            return true
        } catch {
            // Another time its pieces would not add up either.
            if case .pieces = error {
                await buryWhole(item, "\(error)", "")
            } else {
                postpone(item.file, "\(error)")
                await release(item)
            }
            return false
        }
    }

    // MARK: Stored

    private func forget(_ items: [Item], _ answer: Answer) async {
        KillPoint.pass("after-204")
        let unread = learnTold(items)
        for item in items {
            await outbox.acknowledge(item.file)
            records.forget(item.file)
        }
        if !answer.parcel.isOfBacklog { await learn(from: unread, in: answer.parcel.bucket) }
    }

    /// Stored but for some lines: these become dead letters. A server tells one reason only, and counts one shard only:
    /// where others may have been left out too, what is left is sent again, which stores over itself what is there, and
    /// brings the next reason.
    private func settle(
        _ named: [RejectedLine], _ count: RefusedCount, _ text: String, _ items: [Item], _ answer: Answer
    ) async {
        let bucket = answer.parcel.bucket
        let settlement = await Settlement.find(
            in: items.map(\.batch), named, count, types: schema.withLock { $0.types }, bucket: bucket, now: now,
            // InfluxDB 1 stores what it can read of a batch, and says nothing of other lines where one of them conflicts.
            losesUnreadable: dialect == .influx1)
        // Which of them it was shows when each goes alone.
        guard let settlement, items.count == 1 || settlement.isSure else {
            guard items.count == 1 else { return await separate(items) }
            return await buryWhole(items[0], text, text)
        }
        if let told = settlement.told { schema.withLock { $0.learn(told, in: bucket) } }
        if settlement.isSure { note(settlement.stored, in: bucket) }
        for (item, refused) in zip(items, settlement.refused) {
            if refused.isEmpty && items.count == 1 {
                for doubt in settlement.doubts { tell(.doubt("\(doubt)", bucket)) }
                await buryWhole(item, settlement.doubts.first.map { "\(text): \($0)" } ?? text, text)
            } else if settlement.isSure {
                await settle(item, refused, text)
            } else {
                let lines = refused.map { line in
                    RejectedLine(line: RejectedLine.excerpt(of: line.bytes), number: line.number, reason: line.reason)
                }
                await excise(lines, text, item, answer)
            }
        }
    }

    private func settle(_ item: Item, _ refused: [BatchSurgery.CutLine], _ text: String) async {
        let letters = refused.map { ($0.number, letter($0, text, item.file)) }
        await finish(item) { () throws(OutboxError) in
            if refused.isEmpty { return await outbox.acknowledge(item.file) }
            _ = try await outbox.excise(item.file, refused: letters, rest: nil)
            tell(.deadLettered(lines: refused.count, item.file.bucket, reason: refused[0].reason))
        }
    }

    // MARK: Taking apart

    private func excise(_ lines: [RejectedLine], _ text: String, _ items: [Item], _ answer: Answer) async {
        guard let assigned = JoinedLines.assign(lines, counts: items.map(\.batch.lines)) else {
            return items.count > 1 ? await separate(items) : await lineless(items[0], answer)
        }
        for (item, lines) in zip(items, assigned) {
            if lines.isEmpty { await release(item) } else { await excise(lines, text, item, answer) }
        }
    }

    private func excise(_ lines: [RejectedLine], _ text: String, _ item: Item, _ answer: Answer) async {
        let excision: BatchSurgery.Excision
        do throws(BatchSurgeryError) {
            excision = try await BatchBytes.excise(lines, from: item.batch)
        } catch {
            switch error {
            case .otherLine: return answer.attempt.batches > 1 ? await separate([item]) : await lineless(item, answer)
            case .unreadable: return await buryWhole(item, "\(error)", text)
            }
        }
        if answer.attempt.batches > 1 {
            records[item.file].history.note(
                answer.reply, .excise(lines, answer: text), in: answer.attempt.bucket)
        }
        let left = excision.rest.map { [$0.lines] } ?? []
        guard let names = Self.pieceNames(of: item.file.name, lines: left),
            excision.cut.count + left.reduce(0, +) == item.batch.lines
        else { return await buryWhole(item, text, text) }
        let rest = zip(names, [excision.rest].compactMap { $0 }).map { BatchFile(name: $0, body: $1.body) }
        let letters = excision.cut.map { ($0.number, letter($0, text, item.file)) }
        await replace(item, with: rest, isAlone: false) { () throws(OutboxError) in
            _ = try await outbox.excise(item.file, refused: letters, rest: rest.first)
            guard let first = excision.cut.first else { return }
            tell(.deadLettered(lines: excision.cut.count, item.file.bucket, reason: first.reason))
        }
    }

    /// The lines that are named are not in the batch: as if none were.
    private func lineless(_ item: Item, _ answer: Answer) async {
        let text = answer.reply.text
        let reply = Reply.rejected(lines: [], message: text)
        let step = configuration.plan.step(after: reply, for: answer.attempt, random: configuration.random())
        await carryOut(step, [item], Answer(reply: reply, attempt: answer.attempt, parcel: answer.parcel))
    }

    private func halve(_ items: [Item], _ reason: String, _ answer: Answer) async {
        for item in items { await halve(item, reason, answer) }
    }

    private func halve(_ item: Item, _ reason: String, _ answer: Answer) async {
        let pieces: [BatchSurgery.Piece]?
        do throws(BatchSurgeryError) {
            pieces = try await BatchBytes.halves(of: item.batch)
        } catch {
            return await buryWhole(item, "\(error)", reason)
        }
        guard let pieces, let names = Self.pieceNames(of: item.file.name, lines: pieces.map(\.lines)) else {
            // One line, as the server sees it.
            var attempt = answer.attempt
            attempt.canSplit = false
            records[item.file].canSplit = false
            let step = configuration.plan.step(after: answer.reply, for: attempt, random: configuration.random())
            let next = Answer(reply: answer.reply, attempt: attempt, parcel: answer.parcel)
            return await carryOut(step, [item], next)
        }
        let batches = zip(names, pieces).map { BatchFile(name: $0, body: $1.body) }
        await replace(item, with: batches, isAlone: true) { () throws(OutboxError) in
            _ = try await outbox.split(item.file, into: batches)
        }
    }

    /// Puts pieces in the place of a batch, known for what they are before anybody can pick them.
    private func replace(
        _ item: Item, with pieces: [BatchFile], isAlone: Bool, _ body: () async throws(OutboxError) -> Void
    ) async {
        let files = pieces.map { PendingFile(bucket: item.file.bucket, name: $0.name, bytes: $0.body.count) }
        let history = records[item.file].history.ofPiece
        for file in files { records[file] = BatchRecords.Record(history: history, isAlone: isAlone) }
        guard await !finish(item, body) else { return }
        for file in files { records.forget(file) }
    }

    /// The names of pieces of so many lines; nil where there is no room for them.
    static func pieceNames(of name: BatchName, lines: [Int]) -> [BatchName]? {
        var names: [BatchName] = []
        for (index, count) in lines.enumerated() {
            guard let piece = BatchName.Piece(index + 1, of: lines.count),
                let name = name.piece(piece, lines: count)
            else { return nil }
            names.append(name)
        }
        return names
    }

    // MARK: Giving up

    private func verify(_ items: [Item], _ next: DeliveryPlan.Step, _ answer: Answer) async {
        var sound: [Item] = []
        for item in items {
            if let damage = await BatchBytes.damage(in: item.batch) {
                await buryWhole(item, "\(damage)", answer.reply.text)
            } else {
                records[item.file].history.isVerified = true
                sound.append(item)
            }
        }
        if !sound.isEmpty { await carryOut(next, sound, answer) }
    }

    /// One line as a letter that can be read; more of them with their file.
    private func bury(_ item: Item, _ reason: String, _ text: String) async {
        guard let line = await BatchBytes.onlyLine(of: item.batch) else { return await buryWhole(item, reason, text) }
        await settle(item, [BatchSurgery.CutLine(number: 1, bytes: line, reason: reason)], text)
    }

    private func buryWhole(_ item: Item, _ reason: String, _ text: String) async {
        await finish(item) { () throws(OutboxError) in
            guard try await outbox.setAside(item.file, reason: reason, answer: text) else { return }
            tell(.deadLettered(lines: item.batch.lines, item.file.bucket, reason: reason))
        }
    }

    private func letter(_ line: BatchSurgery.CutLine, _ answer: String, _ file: PendingFile) -> DeadLetter {
        DeadLetter(
            reason: line.reason, answer: answer, time: now, bucket: file.bucket, precision: file.name.precision,
            content: .line(line.bytes))
    }
}
