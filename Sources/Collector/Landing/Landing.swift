public import CoinlineBase
public import InfluxWriter

/// What happens to points on their way to a destination, for a person who watches.
public enum LandingEvent: Sendable {
    /// The writer of the destination of that name says something.
    case writer(String, Event)
    /// The destination of that name answers again, and what had kept it from that.
    case recovered(String, String)
    /// No line can hold the point.
    case refused(line: String, reason: String)
    /// So many points wait to be acknowledged, and are waited for; why the destination is not reached, if it is not.
    case sending(points: Int, unreached: String?)
}

/// Brings the points of one command to its destinations: each gets all of them, through an outbox and a writer of its
/// own, so that a slow or failing one holds up no other. Counts every point exactly once at each.
///
/// A dry run prints lines in place of writing them.
public actor Landing {
    /// What a landing is told once.
    public struct Configuration: Sendable {
        /// The main destination.
        public var target: Target
        /// Those that get every point as well.
        public var others: [Target] = []
        public var dataFolder: String
        public var gzipLevel: Int
        public var outbox = OutboxTerms()
        public var timing: Timing
        /// How long an answer is waited for that does not come.
        public var patience: Duration
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
            // A database lives in real time, however fast a simulated clock runs.
            patience = max(.seconds(10), Duration.seconds(10).scaled(by: timing.speed))
            self.printing = printing
            self.random = random
            self.observe = observe
        }

        /// All destinations, the main one first.
        var targets: [Target] { [target] + others }
    }

    nonisolated let configuration: Configuration
    private let text: TextPolicy
    /// One a destination, in that order; empty until they are opened, and in a dry run.
    private var writers: [TargetWriter] = []
    private var printer: LinePrinter?
    private var printed = LandingCounts()
    private var printRefusals: [String] = []
    private var claimed: Origin?
    /// Why a destination of that name takes nothing, found before it was opened.
    private var obstacles: [String: Obstacle] = [:]
    /// Something may wait that nobody waited for yet.
    private var hasNews = true
    /// Waiting was of no use.
    private var hasGivenUp = false
    private var isFinished = false

    /// - Parameter text: `.replace` for names that come from an upstream, `.refuse` for a user's own line protocol.
    public init(_ configuration: Configuration, text: TextPolicy = .replace) {
        self.configuration = configuration
        self.text = text
        if let output = configuration.printing {
            printer = LinePrinter(dialect: configuration.target.dialect, text: text, output: output)
        }
    }

    private var isPrinting: Bool { configuration.printing != nil }

    /// Opens the outboxes, so that what waits there from earlier is sent; the first points would open them as well. One
    /// that cannot be opened keeps no other from its points: they count as lost there, with the reason.
    ///
    /// - Throws: where none of them can be.
    public func open() async throws(Obstacle) {
        guard writers.isEmpty, !isPrinting else { return }
        writers = configuration.targets.map { TargetWriter($0, configuration, text: text) }
        for writer in writers {
            await writer.listen()
            if let obstacle = obstacles[writer.target.name] { await writer.refuse(obstacle) }
        }
        if await isShut, let obstacle = await writers.first?.obstacle { throw obstacle }
    }

    /// Takes the destinations for data of this origin, or finds that one holds the other, and then takes none. One whose
    /// mark cannot be used takes no points, and keeps no other from them. To be called before the first point; again is
    /// free. Nothing is taken in a dry run.
    ///
    /// - Throws: where one holds the other, or the marks of all of them cannot be used.
    public func claim(_ origin: Origin) async throws(OriginError) {
        guard !isPrinting, claimed != origin else { return }
        var unusable: [String: OriginError] = [:]
        for isMarking in [false, true] {
            for target in configuration.targets where unusable[target.name] == nil {
                let keeper = OriginKeeper(target: target, dataFolder: configuration.dataFolder)
                do throws(OriginError) {
                    if isMarking { try await keeper.claim(origin) } else { try keeper.check(origin) }
                } catch {
                    guard !error.isMixed else { throw error }
                    unusable[target.name] = error
                }
            }
        }
        if unusable.count == configuration.targets.count, let error = unusable[configuration.target.name] {
            throw error
        }
        for (name, error) in unusable { await refuse(name, Obstacle(error)) }
        claimed = origin
    }

    private func refuse(_ name: String, _ obstacle: Obstacle) async {
        obstacles[name] = obstacle
        for writer in writers where writer.target.name == name { await writer.refuse(obstacle) }
    }

    /// Returns when the points are safe on disk for every destination, or once it is clear that they are not.
    ///
    /// - Parameter precision: of the batches; the collector's points are whole milliseconds.
    public func add(_ points: [Point], precision: Precision = .milliseconds) async {
        guard !points.isEmpty else { return }
        guard !isPrinting else { return show(points) }
        // Each destination that cannot be opened counts them as lost, and says why.
        try? await open()
        hasNews = true
        await forEachWriter { await $0.add(points, precision) }
    }

    /// Waits until everything is acknowledged or waiting is of no use. Once it was of no use, only ``finish()`` waits
    /// again.
    public func settle() async {
        if !hasGivenUp { await drain() }
    }

    /// Ends: gives what waits a last chance to be sent, unless the task is cancelled, and leaves the rest on disk. Again
    /// is free.
    public func finish() async {
        guard !isFinished else { return }
        printer?.flush()
        await drain()
        await forEachWriter { await $0.close() }
        isFinished = true
    }

    private func drain() async {
        guard hasNews, !Task.isCancelled else { return }
        let patience = configuration.patience
        await forEachWriter { await $0.drain(givingUpAfter: patience) }
        hasNews = false
        for writer in writers where await writer.counts.pending > 0 { hasGivenUp = true }
    }

    private func forEachWriter(_ body: @escaping @Sendable (TargetWriter) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for writer in writers { group.addTask { await body(writer) } }
        }
    }
}

// MARK: - Accounts

extension Landing {
    /// Of the main destination.
    public var counts: LandingCounts {
        get async {
            if isPrinting { return printedCounts }
            return await writers.first?.counts ?? LandingCounts()
        }
    }

    /// No destination takes any more points in this run.
    var isShut: Bool {
        get async {
            for writer in writers where await !writer.hasFailed { return false }
            return !writers.isEmpty
        }
    }

    /// What became of everything, the main destination first. Reasons are given once: here, or before that by
    /// `takeReasons`.
    public func accounts() async -> [DestinationAccount] {
        var accounts: [DestinationAccount] = []
        for writer in writers { accounts.append(await writer.account()) }
        guard accounts.isEmpty else { return accounts }
        return configuration.targets.map { target in
            var account = DestinationAccount(name: target.name, label: target.label)
            account.counts = isPrinting ? printedCounts : LandingCounts()
            account.refusals = printRefusals
            return account
        }
    }

    /// The reasons of refusals and dead letters of the main destination that were not told yet.
    func takeReasons() async -> (refusals: [String], deadLetters: [String]) {
        await writers.first?.takeReasons() ?? ([], [])
    }

    /// Why points of a bucket wait at the destination of that name.
    func pendingReason(of name: String, in bucket: Bucket) async -> String {
        for writer in writers where writer.target.name == name { return await writer.pendingReason(in: bucket) }
        return "it was not asked"
    }

    /// Why batches were dropped at the destination of that name.
    func droppedReason(of name: String) async -> String {
        for writer in writers where writer.target.name == name { return await writer.droppedReason }
        return ""
    }

    /// How many dead letters of the destination of that name went, because there were too many.
    func discardedLetters(of name: String) async -> Int {
        for writer in writers where writer.target.name == name { return await writer.discardedLetters }
        return 0
    }

    /// How far one of the destinations is.
    struct Share {
        let name: String
        let counts: LandingCounts
        /// Why it takes nothing more, if it does not.
        let obstacle: Obstacle?
    }

    /// Of each destination, the main one first.
    var shares: [Share] {
        get async {
            guard !writers.isEmpty else {
                let counts = isPrinting ? printedCounts : LandingCounts()
                return configuration.targets.map { Share(name: $0.name, counts: counts, obstacle: nil) }
            }
            var shares: [Share] = []
            for writer in writers {
                shares.append(
                    Share(name: writer.target.name, counts: await writer.counts, obstacle: await writer.obstacle))
            }
            return shares
        }
    }
}

// MARK: - Dry run

extension Landing {
    private func show(_ points: [Point]) {
        for point in points {
            printed.offered += 1
            do throws(LineEncodingError) {
                try printer?.add(point)
                printed.acknowledged += 1
            } catch {
                printed.refused += 1
                configuration.observe(.refused(line: point.measurement, reason: error.description))
                guard printRefusals.count < RunSummary.Limit.refusalsShown else { continue }
                printRefusals.append(RefusalText.text(point.measurement, error.description))
            }
        }
    }

    private var printedCounts: LandingCounts {
        var counts = printed
        counts.textsReplaced = printer?.counts.replacedTexts ?? 0
        counts.fieldsDropped = printer?.counts.droppedFields ?? 0
        counts.tagsDropped = printer?.counts.droppedTags ?? 0
        return counts
    }
}
