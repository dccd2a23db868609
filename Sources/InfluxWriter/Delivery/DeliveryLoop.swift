import CoinlineBase
import LineProtocol

/// Sends what waits in an outbox to its destination, oldest first, until its task is cancelled.
///
/// The thin shell around `DeliveryPlan`: it picks what goes next, asks the destination, and does on disk what the plan
/// says. What it remembers of single batches, of buckets and of the destination is in memory only: after a restart it
/// begins anew, which costs some requests and no line.
///
/// For the process that owns the outbox. One run at a time.
actor DeliveryLoop {
    struct Configuration: Sendable {
        /// At once, for a backlog: more than one request holds. Else one.
        var requestsMax = 2
        /// Of joined batches, compressed. A batch that is bigger by itself goes alone.
        var requestBytesMax = 8 << 20
        /// Of joined batches.
        var requestLinesMax = 20_000
        /// Batches that stand back from the others, because they failed by themselves. All of them are named in memory.
        /// When there are more, the oldest that was set aside, and failed again while others passed, becomes a dead
        /// letter; where there is none such, their buckets begin one other batch now and then, until there is room.
        var asidesMax = 1_000
        /// How often such a bucket begins another one, which may tell that it is not the bucket that is at fault.
        var feelerEvery = Duration.seconds(600)
        /// Within these bounds, as the answers come.
        var pace = RequestPace()
        var plan = DeliveryPlan()
        /// Waits after a failure of the disk.
        var diskBackoff = Backoff(base: .seconds(1), cap: .seconds(60))
        /// What the server reads, until `use` tells better.
        var dialect = Dialect.influx2
        /// The writer of this process, which tells of each batch what is new in it.
        var writer: UInt32?
        var timing: Timing
        /// From 0 up to but not including 1.
        var random: @Sendable () -> Double = { .random(in: 0..<1) }
        /// Called by the loop, so it must not take long.
        var observe: @Sendable (DeliveryEvent) -> Void = { _ in }
    }

    nonisolated let outbox: Outbox
    nonisolated let destination: any Destination
    nonisolated let schema: SharedSchema
    nonisolated let configuration: Configuration
    private nonisolated let signal = WakeSignal()
    private nonisolated let shown = Locked(DeliverySnapshot())
    private nonisolated let dialects: Locked<Dialect>

    var circuit = Circuit()
    var holds = Holds()
    var heldBy: [Holds.Target: HoldOrigin] = [:]
    var size: LearnedSize
    var pace: RequestPace
    var records = BatchRecords()
    var buckets: [Bucket: BucketHistory] = [:]
    var news: OfferedNews
    var reportedConflicts: Set<String> = []
    /// When the types of a bucket came into doubt last.
    var doubtedAt: [Bucket: Timestamp] = [:]
    /// Batches that are in a delivery.
    var inHand: Set<PendingFile> = []
    var deliveries = 0
    var isProbing = false
    var lastLook = Duration.zero
    var lastFeeler = Duration.zero
    /// What the last look found: how many batches wait, and whether one of them is free to go.
    var isAnythingPending = false
    var isAnythingFree = false
    var counts = DeliverySnapshot()
    /// What is known of a hold beside what `Holds` needs.
    struct HoldOrigin {
        /// Whose answer began it, which is asked for again.
        let bucket: Bucket
        let since: Timestamp
    }

    init(
        outbox: Outbox, destination: any Destination, schema: SharedSchema, _ configuration: Configuration
    ) {
        self.outbox = outbox
        self.destination = destination
        self.schema = schema
        self.configuration = configuration
        dialects = Locked(configuration.dialect)
        size = LearnedSize(bytesMax: configuration.requestBytesMax)
        pace = configuration.pace
        news = OfferedNews(writer: configuration.writer)
    }

    /// Returns when its task is cancelled. Requests under way are cancelled with it, and their batches wait as before.
    func run() async {
        lastLook = uptime
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                if let work = await nextWork() {
                    group.addTask { await self.perform(work) }
                } else {
                    await rest()
                }
            }
        }
        isAnythingPending = false
        show()
    }

    /// Something was appended, taken up or set free. Cheap, from anywhere, and never lost.
    nonisolated func wake() {
        shown.withLock { $0.isStuck = false }
        signal.wake()
    }

    /// How it stands, for a status.
    nonisolated var snapshot: DeliverySnapshot { shown.withLock { $0 } }

    /// Whether it waits for something to do.
    nonisolated var isResting: Bool { signal.isAwaited }

    /// What a batch brings that was not known; to be told before the batch is appended. Learned when it is acknowledged.
    func note(_ types: OfferedTypes, of batch: BatchName) {
        news.note(types, of: batch)
    }

    /// What the server reads.
    nonisolated var dialect: Dialect { dialects.withLock { $0 } }

    /// For who found out what the server is.
    nonisolated func use(_ dialect: Dialect) {
        dialects.withLock { $0 = dialect }
    }

    private func perform(_ work: Work) async {
        switch work {
        case .probe(let target, let ticket): await probe(target, ticket)
        case .delivery(let parcel): await deliver(parcel)
        }
        // Until the next look.
        isAnythingFree = true
        signal.wake()
        show()
    }

    /// Until somebody calls, something is due, or it is time to look at the folders.
    private func rest() async {
        show()
        let now = uptime
        let next = min(lastLook + Self.lookEvery, nextDue(now) ?? .seconds(Int64.max / 2))
        let (signal, sleep) = (signal, configuration.timing.sleep)
        await withDiscardingTaskGroup { group in
            group.addTask {
                do {
                    try await sleep(max(next - now, .milliseconds(1)))
                    signal.wake()
                } catch {
                    // Something else came first.
                }
            }
            await signal.wait()
            group.cancelAll()
        }
    }

    /// How often the folders are looked at for what others did, while there is nothing else to do, and under load.
    static let lookEvery = Duration.seconds(1)
    static let lookUnderLoadEvery = Duration.seconds(10)

    // MARK: What the other parts need

    var uptime: Duration { configuration.timing.uptime() }
    var now: Timestamp { Timestamp(nanoseconds: configuration.timing.now().nanoseconds) }

    func isHeld(_ bucket: Bucket) -> Bool { holds.hold(of: bucket) != nil }

    /// Publishes how it stands.
    func show() {
        var next = counts
        next.isCircuitOpen = !circuit.isClosed
        next.holds = shownHolds
        next.asides = records.asides
        next.inFlight = deliveries
        let isIdle = deliveries == 0 && isAnythingPending
        next.nextTry = isIdle && !isProbing ? nextDue(uptime) : nil
        // One who woke it since may have changed that.
        next.isStuck = isIdle && isStuck && !signal.isSet
        shown.withLock { $0 = next }
    }

    private var shownHolds: [DeliveryHold] {
        let shown = holds.all.map { target, hold in
            DeliveryHold(bucket: target.bucket, message: hold.message, since: heldBy[target]?.since ?? now)
        }
        return shown.sorted { ($0.bucket?.name ?? "") < ($1.bucket?.name ?? "") }
    }

    private var isStuck: Bool {
        if holds.all[.destination] != nil { return true }
        return !isAnythingFree && records.all.allSatisfy { $0.value.history.isAside || isHeld($0.key.bucket) }
    }

    /// When something can be tried; nil when nothing can.
    private func nextDue(_ now: Duration) -> Duration? {
        // Whoever tries wakes the loop when it is done, as does every delivery.
        guard circuit.isClosed || circuit.nextTry != nil else { return nil }
        var next: Duration?
        if holds.all[.destination] == nil, deliveries == 0 {
            next = isAnythingFree ? now : records.nextDue(now) { !isHeld($0.bucket) && !inHand.contains($0) }
        }
        let probe = isProbing ? nil : holds.nextProbe
        guard let due = [next, probe].compactMap({ $0 }).min() else { return nil }
        return max(due, circuit.nextTry ?? due)
    }
}

extension Holds.Target {
    var bucket: Bucket? { if case .bucket(let bucket) = self { bucket } else { nil } }
}
