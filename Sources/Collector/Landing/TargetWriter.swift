import CoinlineBase
import InfluxWriter

/// The way to one destination: its writer, and what became of what was offered to it.
///
/// Owner of the counts. The writer owns everything that is on disk or on its way.
actor TargetWriter {
    private enum Limit {
        /// Enough to see a pattern; the counts say how many there were.
        static let reasonsTold = RunSummary.Limit.refusalsShown
        /// Dead letters that are opened in search of reasons; those of one cause lie side by side.
        static let lettersRead = 100
    }

    nonisolated let target: Target
    private let configuration: Landing.Configuration
    /// Nil where there is no way to it in this run: its folder cannot be used.
    private let writer: Writer?
    private let letters: DeadLetters
    /// Letters that were there before, or were told already.
    private var knownLetters: Set<DeadLetterName>
    private var offered = 0
    private var refused = 0
    private var encoding = EncodingCounts()
    private var refusals: [String] = []
    private var dialect: DialectQuestion
    /// Why nothing more is tried.
    private var failure: Obstacle?
    /// Each once.
    private var droppedReasons: [String] = []
    /// Nil while the destination answers, as far as is known.
    private var unreachedReason: String?
    private var isClosed = false
    /// Ends when the writer is closed.
    private var listening: Task<Void, Never>?

    init(_ target: Target, _ configuration: Landing.Configuration, text: TextPolicy) {
        self.target = target
        self.configuration = configuration
        dialect = DialectQuestion(of: target)
        letters = DeadLetters(OutboxLayout(dataFolder: configuration.dataFolder, destination: target.name))
        // A folder that cannot be read now is read when there is something to tell.
        knownLetters = Set((try? letters.names()) ?? [])
        do throws(WriteError) {
            let destination = target.deliverable(gzipLevel: configuration.gzipLevel)
            writer = try Writer(
                configuration.ofWriter(target, text: text), to: destination, timing: configuration.timing,
                random: configuration.random)
        } catch {
            writer = nil
            failure = Obstacle(error)
        }
    }

    private var status: Status { writer?.status ?? Status() }

    /// Hears what the writer has to tell until it is closed.
    func listen() {
        guard let events = writer?.events else { return }
        listening = Task { for await event in events { hear(event) } }
    }

    private func hear(_ event: Event) {
        configuration.observe(.writer(target.name, event))
        switch event {
        case .dropped(_, _, let reason):
            let text = OutboxAdvice.text(reason)
            if !droppedReasons.contains(text) { droppedReasons.append(text) }
        case .unreachable(let reason): unreachedReason = reason
        case .reachable:
            configuration.observe(.recovered(target.name, unreachedReason ?? ""))
            unreachedReason = nil
        default: break
        }
    }

    /// Takes no points from here on; what waits from earlier is sent all the same.
    func refuse(_ obstacle: Obstacle) {
        failure = failure ?? obstacle
    }

    /// Whether nothing more would be accepted.
    var hasFailed: Bool { failure != nil }

    /// Why not, if that is so.
    var obstacle: Obstacle? { failure }

    /// Dead letters that went because there were too many: what they were about is not known any more.
    var discardedLetters: Int { status.discardedDeadLetters }

    /// Why batches were dropped.
    var droppedReason: String { droppedReasons.joined(separator: "; ") }

    /// Returns when the points are accepted, or once it is clear that they are not.
    func add(_ points: [Point], _ precision: Precision) async {
        offered += points.count
        guard failure == nil, let writer else { return }
        if points.contains(where: \.isReadDifferently) { await settleDialect() }
        do throws(WriteError) {
            note(try await writer.write(points, to: target.bucket, precision: target.batchPrecision(for: precision)))
        } catch {
            note(error.receipt)
            failure = Obstacle(error)
        }
    }

    private func note(_ receipt: Receipt) {
        refused += receipt.refusedCount
        encoding += receipt.counts
        for refusal in receipt.refused {
            configuration.observe(.refused(line: refusal.measurement, reason: refusal.reason))
            guard refusals.count < Limit.reasonsTold else { continue }
            refusals.append(RefusalText.text(refusal.measurement, refusal.reason))
        }
    }

    /// Finds out, before the first point for which it matters, which server it is.
    private func settleDialect() async {
        let status = self.status
        guard dialect.isToBeAsked(status) else { return }
        let reply = await check()
        dialect.note(reply, answered: status.total.acknowledged)
        if let found = dialect.found { writer?.use(found) }
    }

    /// Asks the destination, for as long as an answer is waited for.
    private func check() async -> Reply {
        let (target, timing, patience) = (target, configuration.timing, configuration.patience)
        return await withTaskGroup(of: Reply.self) { group in
            group.addTask { await target.destination.check(target.bucket) }
            group.addTask {
                // Cancelled as soon as there is an answer.
                try? await timing.sleep(patience)
                return .unavailable("it gave no answer in time")
            }
            defer { group.cancelAll() }
            return await group.next() ?? .unavailable("it was not asked")
        }
    }

    /// Waits until nothing waits any more, or waiting is of no use; a cancelled task does not wait.
    func drain(givingUpAfter patience: Duration) async {
        let pending = status.pendingBatches
        if pending > 0 {
            configuration.observe(.sending(points: status.total.pending, unreached: unreachedReason))
        }
        _ = await writer?.drain(givingUpAfter: patience)
    }

    /// Ends: what is not sent waits on disk.
    func close() async {
        _ = await writer?.close(within: .zero)
        await listening?.value
        isClosed = true
    }
}

// MARK: - Accounts

extension TargetWriter {
    var counts: LandingCounts {
        let status = self.status
        var counts = LandingCounts()
        counts.offered = offered
        counts.refused = refused
        counts.acknowledged = status.own.acknowledged
        counts.pending = status.own.pending
        counts.deadLettered = status.own.deadLettered
        counts.dropped = status.own.dropped
        counts.removed = status.own.removed
        counts.lost = max(0, offered - refused - status.own.accepted - (isClosed ? 0 : status.held))
        counts.textsReplaced = encoding.replacedTexts
        counts.fieldsDropped = encoding.droppedFields
        counts.tagsDropped = encoding.droppedTags
        return counts
    }

    /// The reasons that were not told yet.
    func takeReasons() -> (refusals: [String], deadLetters: [String]) {
        defer { refusals = [] }
        return (refusals, takeDeadLetters())
    }

    private func takeDeadLetters() -> [String] {
        guard status.total.deadLettered > 0 else { return [] }
        // What cannot be read is counted all the same, and the command that lists them says why.
        let new = ((try? letters.names()) ?? []).filter { knownLetters.insert($0).inserted }
        var told: [String] = []
        var answers: [String] = []
        for name in new.prefix(Limit.lettersRead) where told.count < Limit.reasonsTold {
            guard let letter = try? letters.read(name) else { continue }
            told.append(letter.told)
            // What was worked out here has other words than the destination.
            let (reason, answer) = (letter.reason, letter.answer)
            guard !reason.contains(answer), !answer.contains(reason), !answers.contains(answer) else { continue }
            answers.append(answer)
        }
        return told + answers.map { "the answer was: \($0)" }
    }

    func account() -> DestinationAccount {
        let status = self.status
        var account = DestinationAccount(name: target.name, label: target.label)
        account.counts = counts
        account.earlier.acknowledged = max(0, status.total.acknowledged - status.own.acknowledged)
        account.earlier.deadLettered = max(0, status.total.deadLettered - status.own.deadLettered)
        account.earlier.pending = max(0, status.total.pending - status.own.pending)
        account.earlier.dropped = max(0, status.total.dropped - status.own.dropped)
        account.earlier.removed = max(0, status.total.removed - status.own.removed)
        account.pendingReason = pendingReason(in: target.bucket)
        account.droppedReason = droppedReason
        account.lossReason = failure?.description ?? "the outbox did not take them in time"
        (account.refusals, account.deadLetters) = takeReasons()
        return account
    }

    /// Why points of a bucket wait.
    func pendingReason(in bucket: Bucket) -> String {
        if writer == nil, let failure { return failure.description }
        let status = self.status
        if let hold = status.holds.first(where: { $0.bucket == nil || $0.bucket == bucket }) { return hold.message }
        if let obstacle = status.obstacle { return obstacle }
        if let error = status.lastError { return error }
        if Task.isCancelled { return "the command was stopped before they were acknowledged" }
        if !status.delivers {
            return "another process delivers, and has not come to them yet" + (lastWordsElsewhere ?? "")
        }
        return "no answer from \(target.label) in time"
    }

    /// What the destination said last to the process that delivers.
    private var lastWordsElsewhere: String? {
        let layout = OutboxLayout(dataFolder: configuration.dataFolder, destination: target.name)
        guard let last = LastError.read(layout) else { return nil }
        return "; what it heard last, at \(UTCTime(last.time)): \(last.message)"
    }
}

extension DeadLetter {
    /// Its line's beginning, or its file, and why it became one.
    fileprivate var told: String {
        switch content {
        case .line(let bytes): RefusalText.text(RejectedLine.excerpt(of: bytes), reason)
        case .batch(let fileName, _): "\(fileName): \(reason)"
        }
    }
}
