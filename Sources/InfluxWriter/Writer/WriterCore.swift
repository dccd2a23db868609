import CoinlineBase
import LineProtocol

/// The state of a writer: lines in memory on their way into the outbox, in the order in which they came, and whoever
/// waits for them.
///
/// Lines lie in an open batch of their lane until it is sealed. Sealed batches are compressed, two at a time, and
/// stored one by one in their order. What cannot be stored stays at the head of the queue and is tried again; where only
/// the folder of its bucket takes nothing, those of other buckets pass. Memory is bounded, so that callers wait; who
/// waits for longer than `diskPatience`, or than the policy's own wait, is refused, and what was enqueued stays.
actor WriterCore {
    struct OpenBatch {
        /// Rises from batch to batch.
        let number: Int
        var chunk = Chunk()
        var news = OfferedTypes()
        /// Lines of each call.
        var calls: [Int: Int] = [:]
        /// Whether it is sealed as soon as nothing else is on its way to the disk.
        var isDue = false
    }

    struct SealedBatch {
        enum Content {
            case lines(Chunk)
            /// Its chunk is with a compressor.
            case compressing
            case compressed(CompressedBatch)
            /// Lines that are not to be sent.
            case letters([DeadLetter])
        }

        /// Rises along the queue.
        let number: Int
        let lane: Lane
        let lines: Int
        /// In memory.
        var bytes: Int
        var news = OfferedTypes()
        let calls: [Int: Int]
        let since: Duration
        var content: Content
        /// Under which it was tried to be stored.
        var name: BatchName?
    }

    nonisolated let configuration: Writer.Configuration
    nonisolated let timing: Timing
    nonisolated let outbox: Outbox
    nonisolated let loop: DeliveryLoop
    nonisolated let types: SharedSchema
    nonisolated let tell: @Sendable (Event) -> Void
    nonisolated let finishEvents: @Sendable () -> Void
    nonisolated let disk: DiskNews
    nonisolated let memory = Locked(MemoryCounts())
    nonisolated let work = Locked(Work())

    var open: [Lane: OpenBatch] = [:]
    var queue: [SealedBatch] = []
    private var calls: [Int: Call] = [:]
    private var spaceWaiters: [SpaceWaiter] = []
    private var lastCall = 0
    var lastOpened = 0
    var lastSealed = 0
    /// Of open and sealed batches, and of room that was given to a caller.
    var bytesInMemory = 0
    var compressors: [Compressor]
    var isStoring = false
    /// Since when the batch at the head cannot be stored, and why.
    var stuck: (since: Duration, reason: WriteError.Reason)? {
        didSet {
            let isFull = stuck?.reason == .noRoom(.bytes)
            memory.withLock { $0.isFull = isFull }
        }
    }
    /// What the last batch met that waited or was stored.
    var toldShortage: OutboxCapacity.Shortage?
    /// Buckets whose own folder takes nothing.
    var blocked: [Bucket: Blockade] = [:]
    /// What was enqueued and then refused, since a flush told of it.
    var refused: (lines: Int, reason: WriteError.Reason)?
    var namer: BatchNamer
    /// Set once the outbox was opened, or could not be for the first time.
    var isOutboxTried = false
    /// Set once this process owns the outbox and knows what became of its own batches before.
    var isDelivering = false {
        didSet { memory.withLock { $0.isDelivering = isDelivering } }
    }
    /// Batches that another process delivers.
    var awaited: [Bucket: AwaitedBatches] = [:]
    /// How often a look found something new of them.
    var awaitedChanges = 0
    var isClosing = false
    var isLifeOver = false
    var isEnded = false
    /// The revision that the file has.
    var savedTypes = 0
    /// Set once this process owns the outbox and could read the file.
    var savesTypes = false
    var watchers: [Int: CheckedContinuation<Void, Never>] = [:]
    var lastWatcher = 0

    init(
        _ configuration: Writer.Configuration, _ destination: any Destination, _ timing: Timing,
        _ random: @escaping @Sendable () -> Double, tell: @escaping @Sendable (Event) -> Void,
        finish: @escaping @Sendable () -> Void
    ) throws(WriteError) {
        self.configuration = configuration
        self.timing = timing
        self.tell = tell
        finishEvents = finish
        namer = BatchNamer(now: configuration.now)
        compressors = try Self.compressors(configuration.gzipLevel)
        let disk = DiskNews(tell: tell)
        self.disk = disk
        let outbox = try Self.outbox(configuration, disk, tell)
        self.outbox = outbox
        let guardNow = try Self.types(configuration, outbox)
        savedTypes = guardNow.types.revision
        types = SharedSchema(guardNow)
        var delivery = DeliveryLoop.Configuration(timing: timing)
        delivery.requestsMax = max(1, configuration.requestsMax)
        delivery.requestBytesMax = max(LearnedSize.bytesMin, configuration.requestBytesMax)
        delivery.dialect = configuration.dialect
        delivery.writer = namer.writer
        delivery.random = random
        delivery.observe = { event in if let told = event.forApplications { tell(told) } }
        loop = DeliveryLoop(outbox: outbox, destination: destination, schema: types, delivery)
    }

    nonisolated var typesNow: SchemaGuard { types.withLock { $0 } }

    // MARK: Calls

    private struct Call {
        let bucket: Bucket
        /// Lines in memory.
        var waiting = 0
        var outcome = CallOutcome()
        var isCancelled = false
        /// Set while the caller waits for the end.
        var end: CheckedContinuation<Void, Never>?
    }

    func begin(_ bucket: Bucket) throws(WriteError) -> Int {
        guard !isClosing else { throw WriteError(reason: .closed) }
        lastCall += 1
        calls[lastCall] = Call(bucket: bucket)
        return lastCall
    }

    /// Takes a portion, once there is room in memory.
    func add(_ portion: Portion, _ lane: Lane, _ call: Int) async throws(WriteError.Reason) {
        if !portion.letters.isEmpty {
            try await reserve(portion.letterBytes, lane, call)
            note(portion.letters.count, of: call)
            put(portion.letters, bytes: portion.letterBytes, lane, call)
        }
        guard portion.chunk.lines > 0 else { return }
        try await reserve(portion.chunk.bytes.count, lane, call)
        note(portion.chunk.lines, of: call)
        put(portion, lane, call)
    }

    private func note(_ lines: Int, of call: Int) {
        calls[call]?.waiting += lines
        calls[call]?.outcome.taken += lines
        memory.withLock { $0.held += lines }
    }

    /// The caller has handed over everything; those who asked for it wait until it is stored or refused.
    func finish(_ call: Int, _ lane: Lane) async -> CallOutcome {
        guard lane.isAwaited else { return end(call) }
        // Batches of several callers go together while another one is on its way to the disk.
        open[lane]?.isDue = true
        if isIdle { sealDue() }
        if let state = calls[call], state.waiting > 0 {
            await withTaskCancellationHandler {
                await withCheckedContinuation { calls[call]?.end = $0 }
            } onCancel: {
                Task { await self.cancel(call) }
            }
        }
        return end(call)
    }

    private func end(_ call: Int) -> CallOutcome {
        calls.removeValue(forKey: call)?.outcome ?? CallOutcome()
    }

    /// A wait that may be long ends; one that is only for the disk's usual time does not.
    private func cancel(_ call: Int) {
        calls[call]?.isCancelled = true
        refuseSpaceWaiters(.cancelled) { $0.call == call }
        releaseCancelled()
    }

    /// Lets go those who no longer want to wait, and would have to.
    func releaseCancelled() {
        for (call, state) in calls where state.isCancelled && (stuck != nil || blocked[state.bucket] != nil) {
            calls[call]?.outcome.failure = .cancelled
            resume(call)
        }
    }

    /// Lines of it left memory.
    func settle(_ lines: Int, of call: Int, _ note: (inout CallOutcome) -> Void) {
        guard var state = calls[call] else { return }
        state.waiting -= lines
        note(&state.outcome)
        calls[call] = state
        if state.waiting == 0 { resume(call) }
    }

    private func resume(_ call: Int) {
        guard let end = calls[call]?.end else { return }
        calls[call]?.end = nil
        end.resume()
    }

    // MARK: Room in memory

    private struct SpaceWaiter {
        let call: Int
        let bucket: Bucket
        let bytes: Int
        let since: Duration
        let continuation: CheckedContinuation<WriteError.Reason?, Never>
    }

    /// Returns when so many bytes are the caller's, in the order of the callers.
    private func reserve(_ bytes: Int, _ lane: Lane, _ call: Int) async throws(WriteError.Reason) {
        guard !isClosing else { throw .closed }
        if spaceWaiters.isEmpty, hasRoom(bytes) {
            bytesInMemory += bytes
            return
        }
        // What lies open waits for its timer, and nobody else would make room.
        sealAll()
        let reason = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                spaceWaiters.append(
                    SpaceWaiter(
                        call: call, bucket: lane.bucket, bytes: bytes, since: timing.uptime(),
                        continuation: continuation))
            }
        } onCancel: {
            Task { await self.cancel(call) }
        }
        if let reason { throw reason }
        guard isClosing else { return }
        // Let in at the last moment.
        release(bytes)
        throw .closed
    }

    /// A batch that is bigger than the bound goes through alone.
    private func hasRoom(_ bytes: Int) -> Bool {
        bytesInMemory == 0 || bytesInMemory + bytes <= configuration.memoryBytesMax
    }

    /// How many callers wait for room in memory.
    var waitingForRoom: Int { spaceWaiters.count }

    /// Bytes left memory: lets those in who have room now, in their order.
    func release(_ bytes: Int) {
        bytesInMemory -= bytes
        while let first = spaceWaiters.first, hasRoom(first.bytes) {
            spaceWaiters.removeFirst()
            bytesInMemory += first.bytes
            first.continuation.resume(returning: nil)
        }
    }

    /// - Parameter bucket: nil for all.
    func refuseSpaceWaiters(_ reason: WriteError.Reason, in bucket: Bucket? = nil, waitingSince latest: Duration) {
        refuseSpaceWaiters(reason) { $0.since <= latest && (bucket == nil || $0.bucket == bucket) }
    }

    /// Whether somebody waits for room in memory whose lines could be stored.
    var isRoomOfUse: Bool { spaceWaiters.contains { blocked[$0.bucket] == nil } }

    func refuseSpaceWaiters(_ reason: WriteError.Reason) {
        refuseSpaceWaiters(reason) { _ in true }
    }

    private func refuseSpaceWaiters(_ reason: WriteError.Reason, where isMeant: (SpaceWaiter) -> Bool) {
        let refused = spaceWaiters.filter(isMeant)
        spaceWaiters.removeAll(where: isMeant)
        for waiter in refused { waiter.continuation.resume(returning: reason) }
        // The one in front may have wanted more than those behind it.
        release(0)
    }
}

/// What became of a call's lines.
struct CallOutcome: Sendable {
    /// Into memory.
    var taken = 0
    /// Of these; the next ones likewise.
    var stored = 0
    var deadLettered = 0
    /// Of the stored ones, by `dropNewest`.
    var dropped = 0
    var failure: WriteError.Reason?
}

/// What the status tells of the writer itself.
struct MemoryCounts: Sendable {
    var isDelivering = false
    /// Whether the outbox is, so that lines wait in memory.
    var isFull = false
    /// Lines in memory.
    var held = 0
    /// Of those that were.
    var notAccepted = 0
    /// Points that overwrite others.
    var overwrites = 0
}

/// The tasks of a writer.
struct Work: Sendable {
    /// Opens the outbox and delivers.
    var life: Task<Void, Never>?
    /// Brings what is in memory to the disk.
    var storing: Task<Void, Never>?
    var isStopped = false

    mutating func stop() {
        isStopped = true
        life?.cancel()
        storing?.cancel()
    }
}
