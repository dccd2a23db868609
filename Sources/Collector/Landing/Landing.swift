public import CoinlineBase
public import InfluxWriter
import MarketStore

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

    let configuration: Configuration
    private let keptBatches: KeptBatches
    private var batcher: Batcher
    private var seenRefusals = 0
    private(set) var counts = LandingCounts()
    private(set) var keptFiles: [KeptFile] = []
    private(set) var refusals: [String] = []
    private(set) var problems: [String] = []
    /// Set once an answer made further tries pointless: what is wrong.
    private var blockedBy: String?

    /// - Parameters:
    ///   - precision: of the batches; the collector's points are whole milliseconds.
    ///   - text: `.replace` for names that come from an upstream, `.refuse` for a user's own line protocol.
    public init(
        _ configuration: Configuration, precision: Precision = .milliseconds, text: TextPolicy = .replace
    ) throws(BatchingError) {
        self.configuration = configuration
        let kept = KeptBatches(dataFolder: configuration.dataFolder, destination: configuration.target.name)
        keptBatches = kept
        // A folder that cannot be listed says so when a batch has to be kept; names need only be new.
        let newest = (try? kept.names(in: configuration.target.bucket))?.last
        let now = configuration.timing.now
        batcher = try Batcher(
            namer: BatchNamer(newest: newest) { Timestamp(nanoseconds: now().nanoseconds) },
            precision: precision, dialect: configuration.target.dialect, text: text,
            gzipLevel: configuration.gzipLevel)
    }

    /// Takes the destination for data of this origin, or finds that it holds the other. Nothing is taken in a dry run.
    public func claim(_ origin: Origin) async throws(OriginError) {
        guard configuration.printing == nil else { return }
        let target = configuration.target
        guard let store = target.store else {
            return try OriginMark(folder: keptBatches.folder(of: target.bucket)).claim(origin)
        }
        do throws(StoreError) {
            try await store.setOrigin(origin == .real ? .real : .simulated)
        } catch {
            if case .otherOrigin = error.reason {
                throw .mixed(marked: origin.other, offered: origin, place: target.label)
            }
            throw .unreadable(place: target.label, reason: error.description)
        }
    }

    /// The mark that the destination carries, if any.
    public func origin() throws(OriginError) -> Origin? {
        let target = configuration.target
        guard let store = target.store else {
            return try OriginMark(folder: keptBatches.folder(of: target.bucket)).read()
        }
        do throws(StoreError) {
            return try store.origin().map { $0 == .real ? .real : .simulated }
        } catch {
            throw .unreadable(place: target.label, reason: error.description)
        }
    }

    /// Adds points and delivers each batch that they fill.
    public func add(_ points: some Sequence<Point> & Sendable) async {
        for point in points {
            counts.offered += 1
            do throws(BatchingError) {
                let sealed = try batcher.add(point)
                noteRefusals()
                if let sealed { await deliver(sealed) }
            } catch {
                return fail(error)
            }
        }
    }

    /// Delivers what is left and gives the counts of everything since the start.
    @discardableResult
    public func flush() async -> LandingCounts {
        do throws(BatchingError) {
            if let sealed = try batcher.seal() { await deliver(sealed) }
        } catch {
            fail(error)
        }
        return counts
    }

    /// Delivers a batch that was sealed elsewhere; its lines count as offered.
    public func deliver(sealed batch: BatchFile) async {
        counts.offered += batch.lines
        await deliver(batch)
    }

    /// The summary with what happened here.
    func completed(_ summary: RunSummary) -> RunSummary {
        var summary = summary
        summary.landing = counts
        summary.keptFiles = keptFiles
        summary.refusals = refusals
        for problem in problems { summary.note(problem: problem) }
        return summary
    }
}

extension Landing {
    private func deliver(_ batch: BatchFile) async {
        if let printing = configuration.printing {
            printLines(of: batch, with: printing)
            return
        }
        if let blockedBy { return keep(batch, because: blockedBy) }
        configuration.observe(.delivering(lines: batch.lines))
        var attempt = 0
        while true {
            attempt += 1
            let reply = await configuration.target.destination.deliver([batch], to: configuration.target.bucket)
            switch DeliveryDecision.step(after: reply, attempt: attempt, random: configuration.random()) {
            case .landed(let refused, let atLeast, let message):
                return land(batch, refused: refused, atLeast: atLeast, message: message)
            case .keep(let reason, let isFinal):
                if isFinal { blockedBy = reason }
                return keep(batch, because: reason)
            case .retry(let wait):
                configuration.observe(.retrying(after: wait, attempt: attempt, reason: Self.reason(of: reply)))
                do { try await configuration.timing.sleep(wait) } catch {
                    return keep(batch, because: "stopped while waiting to send it again")
                }
            }
        }
    }

    private func land(_ batch: BatchFile, refused: [RejectedLine], atLeast: Int, message: String?) {
        let refusedCount = min(atLeast, batch.lines)
        counts.acknowledged += batch.lines - refusedCount
        counts.refused += refusedCount
        for line in refused {
            configuration.observe(.refused(line: line.line, reason: line.reason))
            note(refusal: "\(line.line): \(line.reason)")
        }
        if refused.isEmpty, let message { note(refusal: message) }
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
            problems.append("\(batch.lines) points are lost: \(reason); and \(error)")
        }
    }

    /// The encoder's refusals since the last look.
    private func noteRefusals() {
        while seenRefusals < batcher.refusedCount {
            counts.refused += 1
            if seenRefusals < batcher.refusals.count {
                let refusal = batcher.refusals[seenRefusals]
                configuration.observe(.refused(line: refusal.measurement, reason: refusal.reason))
                note(refusal: "\(refusal.measurement): \(refusal.reason)")
            }
            seenRefusals += 1
        }
    }

    private func note(refusal: String) {
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
        counts.lost = counts.offered - counts.acknowledged - counts.refused - counts.kept
        problems.append(error.description)
    }

    private static func reason(of reply: Reply) -> String {
        switch reply {
        case .overloaded(_, let message), .unavailable(let message): message
        default: "\(reply)"
        }
    }
}

extension Landing {
    /// The destination takes no more in this run.
    var isBlocked: Bool { blockedBy != nil }

    /// The outcome of a file with what happened here.
    func completed(_ outcome: FileLoad.Outcome) -> FileLoad.Outcome {
        var outcome = outcome
        outcome.landing = counts
        outcome.keptFiles = keptFiles
        outcome.refusals = refusals
        outcome.problems += problems
        return outcome
    }
}
