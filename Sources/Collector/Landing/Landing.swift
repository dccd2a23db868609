public import CoinlineBase
public import InfluxWriter

/// What happens to points on their way to the destination, for a person who watches.
public enum LandingEvent: Sendable {
    case delivering(lines: Int)
    case retrying(after: Duration, attempt: Int, reason: String)
    case kept(KeptFile)
    case refused(line: String, reason: String)
}

/// Brings points to the destination of one command: batches them, delivers each batch with a few retries, and writes to disk
/// what cannot be delivered. Counts every point exactly once.
///
/// Owner of the batcher and the counts. A dry run prints lines in place of delivering them.
public actor Landing {
    /// What a landing is told once.
    public struct Configuration: Sendable {
        public var target: Target
        public var dataFolder: String
        public var gzipLevel: Int
        public var timing: Timing
        /// Lines go here instead of to the destination.
        public var printing: (@Sendable ([UInt8]) -> Void)?
        public var random: @Sendable () -> Double
        public var observe: @Sendable (LandingEvent) -> Void

        public init(
            target: Target, dataFolder: String, gzipLevel: Int = 1, timing: Timing = .system,
            printing: (@Sendable ([UInt8]) -> Void)? = nil,
            random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
            observe: @escaping @Sendable (LandingEvent) -> Void = { _ in }
        ) {
            self.target = target
            self.dataFolder = dataFolder
            self.gzipLevel = gzipLevel
            self.timing = timing
            self.printing = printing
            self.random = random
            self.observe = observe
        }
    }

    private struct Loss {
        let detail: String
        var lines = 0
    }

    let configuration: Configuration
    private let keptBatches: KeptBatches
    private let keeper: OriginKeeper
    private var batcher: Batcher
    private var seenRefusals = 0
    private let precision: Precision
    private let text: TextPolicy
    /// False while it is open whether the server is one that reads some texts otherwise.
    private var isDialectSettled: Bool
    /// The server was asked and gave no answer; it is asked again once a batch was delivered, not for every point.
    private var isDialectUnanswered = false
    /// What an earlier batcher, of another dialect, changed and left out.
    private var earlierCounts = LandingCounts()
    private(set) var counts = LandingCounts()
    private(set) var keptFiles: [KeptFile] = []
    private(set) var refusals: [String] = []
    private(set) var problems: [String] = []
    /// What could neither be delivered nor kept, by the reason of the one and with the first reason of the other.
    private var losses: [String: Loss] = [:]
    /// Set once an answer made further tries pointless: what is wrong.
    private var blockedBy: String?
    private var claimed: Origin?
    /// Set once batches cannot be made any more: every further point is lost.
    private var hasFailed = false

    /// - Parameters:
    ///   - precision: of the batches; the collector's points are whole milliseconds.
    ///   - text: `.replace` for names that come from an upstream, `.refuse` for a user's own line protocol.
    public init(
        _ configuration: Configuration, precision: Precision = .milliseconds, text: TextPolicy = .replace
    ) throws(BatchingError) {
        self.configuration = configuration
        let target = configuration.target
        let kept = KeptBatches(dataFolder: configuration.dataFolder, destination: target.name)
        keptBatches = kept
        keeper = OriginKeeper(target: target, dataFolder: configuration.dataFolder)
        batcher = try Self.batcher(configuration, kept, precision, target.dialect, text)
        self.precision = precision
        self.text = text
        // Only the APIs of InfluxDB 1 and 2 are also spoken by VictoriaMetrics and InfluxDB 3.
        isDialectSettled = target.store != nil || configuration.printing != nil || target.dialect == .influx3
    }

    /// Takes the destination for data of this origin, or finds that it holds the other. To be called before the first point;
    /// again is free. Nothing is taken in a dry run.
    public func claim(_ origin: Origin) async throws(OriginError) {
        guard configuration.printing == nil, claimed != origin else { return }
        try await keeper.claim(origin)
        claimed = origin
    }

    /// Adds points and delivers each batch that they fill.
    public func add(_ points: some Sequence<Point> & Sendable) async {
        for point in points {
            counts.offered += 1
            guard !hasFailed else {
                counts.lost += 1
                continue
            }
            do throws(BatchingError) {
                if isDialectOpen, point.isReadDifferently { try await settleDialect() }
                let sealed = try batcher.add(point)
                noteRefusals()
                if let sealed { await deliver(sealed) }
            } catch {
                fail(error)
            }
        }
    }

    /// Delivers what is left and gives the counts of everything since the start.
    @discardableResult
    public func flush() async -> LandingCounts {
        guard !hasFailed else { return counts }
        do throws(BatchingError) {
            if let sealed = try batcher.seal() { await deliver(sealed) }
        } catch {
            fail(error)
        }
        return counts
    }

    /// The destination takes no more in this run.
    var isBlocked: Bool { blockedBy != nil }

    /// The summary with what happened here.
    func completed(_ summary: RunSummary) -> RunSummary {
        var summary = summary
        summary.landing = completedCounts
        summary.keptFiles = keptFiles
        summary.refusals = refusals
        for problem in problems + lossProblems { summary.note(problem: problem) }
        return summary
    }

    /// The outcome of a file with what happened here.
    func completed(_ outcome: FileLoad.Outcome) -> FileLoad.Outcome {
        var outcome = outcome
        outcome.landing = completedCounts
        outcome.keptFiles = keptFiles
        outcome.refusals = refusals
        outcome.problems += problems + lossProblems
        outcome.isBlocked = isBlocked
        return outcome
    }
}

extension Landing {
    /// With what the encoders did.
    private var completedCounts: LandingCounts {
        var completed = counts
        completed.textsReplaced = earlierCounts.textsReplaced + batcher.counts.replacedTexts
        completed.fieldsDropped = earlierCounts.fieldsDropped + batcher.counts.droppedFields
        completed.tagsDropped = earlierCounts.tagsDropped + batcher.counts.droppedTags
        return completed
    }

    /// Finds out, before the first point for which it matters, whether the server behind the API of InfluxDB 1 or 2 is
    /// another one: VictoriaMetrics acknowledges whatever it is sent, a bucket that cannot exist among it, and drops what it
    /// cannot read without a word; InfluxDB 3 rejects a write of nothing, and reads other texts than were sent.
    private func settleDialect() async throws(BatchingError) {
        let target = configuration.target
        let dialect: Dialect
        switch await target.destination.check(target.bucket) {
        case .unavailable, .overloaded, .unexpected:
            isDialectUnanswered = true
            return
        case .unproved: dialect = .victoriaMetrics
        case .rejected: dialect = .influx3
        case .acknowledged, .partial, .unauthorized, .forbidden, .notFound, .tooLarge: dialect = target.dialect
        }
        isDialectSettled = true
        guard dialect != target.dialect else { return }
        if let sealed = try batcher.seal() { await deliver(sealed) }
        earlierCounts = completedCounts
        seenRefusals = 0
        batcher = try Self.batcher(configuration, keptBatches, precision, dialect, text)
    }

    private static func batcher(
        _ configuration: Configuration, _ kept: KeptBatches, _ precision: Precision, _ dialect: Dialect,
        _ text: TextPolicy
    ) throws(BatchingError) -> Batcher {
        // A folder that cannot be listed says so when a batch has to be kept; names need only be new.
        let newest = (try? kept.names(in: configuration.target.bucket))?.last
        let now = configuration.timing.now
        return try Batcher(
            namer: BatchNamer(newest: newest) { Timestamp(nanoseconds: now().nanoseconds) },
            precision: precision, dialect: dialect, text: text, gzipLevel: configuration.gzipLevel)
    }

    private var lossProblems: [String] {
        losses.map { "\(Plural.pointsAre($1.lines)) lost: \($0); and \($1.detail)" }.sorted()
    }

    private var isDialectOpen: Bool { !isDialectSettled && !isDialectUnanswered && blockedBy == nil }

    private func deliver(_ batch: BatchFile) async {
        isDialectUnanswered = false
        if let printing = configuration.printing { return printLines(of: batch, with: printing) }
        if let blockedBy { return keep(batch, because: blockedBy) }
        switch await Delivery(configuration: configuration).send(batch) {
        case .landed(let refused, let count, let message):
            counts.note(landed: batch.lines, refused: count)
            for line in refused { note(refusal: line.line, reason: line.reason) }
            if refused.isEmpty, let message { remember(refusal: message) }
        case .failed(let reason, let isFinal):
            if isFinal { blockedBy = reason }
            keep(batch, because: reason)
        }
    }

    private func keep(_ batch: BatchFile, because reason: String) {
        do throws(KeptBatchError) {
            let path = try keptBatches.keep(batch, for: configuration.target.bucket)
            let file = KeptFile(path: path, lines: batch.lines, reason: reason)
            counts.kept += batch.lines
            keptFiles.append(file)
            configuration.observe(.kept(file))
        } catch {
            counts.lost += batch.lines
            losses[reason, default: Loss(detail: error.description)].lines += batch.lines
        }
    }

    /// The encoder's refusals since the last look.
    private func noteRefusals() {
        while seenRefusals < batcher.refusedCount {
            counts.refused += 1
            if seenRefusals < batcher.refusals.count {
                let refusal = batcher.refusals[seenRefusals]
                note(refusal: refusal.measurement, reason: refusal.reason)
            }
            seenRefusals += 1
        }
    }

    private func note(refusal line: String, reason: String) {
        configuration.observe(.refused(line: line, reason: reason))
        remember(refusal: RefusalText.text(line, reason))
    }

    private func remember(refusal: String) {
        if refusals.count < RunSummary.Limit.refusalsShown { refusals.append(refusal) }
    }

    private func printLines(of batch: BatchFile, with printing: @Sendable ([UInt8]) -> Void) {
        do {
            printing(try batch.lineProtocol())
            counts.acknowledged += batch.lines
        } catch {
            counts.lost += batch.lines
            problems.append("a batch cannot be printed: \(error)")
        }
    }

    /// Compressing failed, which a later point does not mend: what is not accounted for is lost.
    private func fail(_ error: BatchingError) {
        hasFailed = true
        counts.lost = counts.offered - counts.acknowledged - counts.refused - counts.kept
        problems.append(error.description)
    }
}
