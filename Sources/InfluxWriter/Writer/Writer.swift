package import CoinlineBase
public import LineProtocol

/// Brings points to a destination and loses none of them.
///
/// ```swift
/// let writer = try Writer(.init(dataFolder: folder), to: database)
/// let receipt = try await writer.write(points, to: Bucket("home"))
/// let report = await writer.close(within: .seconds(10))
/// print(receipt.accepted, "accepted,", report.status.own.acknowledged, "acknowledged")
/// ```
///
/// ```text
/// 3 accepted, 3 acknowledged
/// ```
///
/// Points are encoded on the caller's task, sealed into batches, compressed, and *accepted* when their batch is synced
/// in the outbox, a folder of files. From there they are sent, oldest first, until the destination acknowledged them:
/// for ever, over restarts, and past whatever is wrong with some of them, which become dead letters with a reason. At
/// every moment `accepted = acknowledged + pending + deadLettered + dropped + removed` (``Status/total``).
///
/// One writer has one destination and one outbox, for any number of buckets and precisions. Several writers of one
/// outbox may run at once, in one process or in several: one of them sends, the others add and wait for it. Dropped
/// without ``close(within:)``, a writer ends its work as if the process had died: nothing accepted is lost.
public final class Writer: Sendable {
    let core: WriterCore
    private let configuration: Configuration

    /// What an application would log. For one consumer; the newest ``eventsMax`` wait for it. Ends with the writer.
    public let events: AsyncStream<Event>
    /// Events that wait; of more, the oldest go.
    public static let eventsMax = 256

    /// Begins to send what waits in the outbox from earlier.
    ///
    /// - Throws: where the folder has field types that cannot be read, or no thread can be made. That the folder cannot
    ///   be written is a state (``Status/disk``) and no error.
    public convenience init(_ configuration: Configuration, to destination: any Destination) throws(WriteError) {
        try self.init(configuration, to: destination, timing: .system)
    }

    /// - Parameters:
    ///   - timing: of all waits.
    ///   - random: of the jitter in them, from 0 up to but not including 1.
    package init(
        _ configuration: Configuration, to destination: any Destination, timing: Timing,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) throws(WriteError) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.eventsMax))
        events = stream
        var configuration = configuration
        configuration.limits = configuration.limits.bounded
        self.configuration = configuration
        core = try WriterCore(configuration, destination, timing, random) {
            continuation.yield($0)
        } finish: {
            continuation.finish()
        }
        core.start()
    }

    deinit { core.stop() }

    /// What the server reads, for points that are written from now on.
    public var dialect: Dialect { core.loop.dialect }

    /// For a caller who found out what the server is.
    public func use(_ dialect: Dialect) {
        core.loop.use(dialect)
    }

    /// Returns when all points are accepted: on disk, synced as the policy says.
    ///
    /// A point that no line can hold is refused and named in the receipt, and one whose field has another type than is
    /// known becomes a dead letter; the others go on. Where the outbox has no room, or the disk takes nothing, it waits
    /// as the policy says and then throws; what was accepted until then is, and the error tells how much that was. A
    /// cancelled task ends such a wait, and nothing else.
    public func write(
        _ points: some Sequence<Point>, to bucket: Bucket, precision: Precision? = nil
    ) async throws(WriteError) -> Receipt {
        try await take(points, bucket, precision, isAwaited: true)
    }

    /// Returns when all points are in memory, whose bound it waits for. They are accepted a moment later:
    /// ``flush(within:)`` waits for that, and ``Status/held`` tells how many are not yet.
    public func enqueue(
        _ points: some Sequence<Point>, to bucket: Bucket, precision: Precision? = nil
    ) async throws(WriteError) -> Receipt {
        try await take(points, bucket, precision, isAwaited: false)
    }

    /// Returns when everything offered so far is accepted. Throws where it is not within the time, and once where some
    /// of what was enqueued could not be accepted at all.
    public func flush(within limit: Duration) async throws(WriteError) {
        try await core.flush(within: limit)
    }

    /// Waits until nothing waits for the destination any more, or until waiting is of no use: nothing was sent or done
    /// about it for `patience`, whatever is added meanwhile, or all that is left waits for the operator.
    public func drain(givingUpAfter patience: Duration) async -> Report {
        await core.drain(patience: patience)
        return Report(status: status)
    }

    /// Takes no more points, seals and syncs what is in memory, goes on sending until the deadline, and ends. What then
    /// waits is on disk, for the next writer of this outbox; what the disk did not take until then is lost and stays
    /// in ``Status/held``. A second call waits for the first.
    public func close(within limit: Duration) async -> Report {
        // In a task of its own: a caller who is cancelled closes all the more.
        await Task { [core] in await core.close(within: limit) }.value
        return Report(status: status)
    }

    /// Where the points are, at this moment.
    public var status: Status { core.status }
}

extension Batcher.Limits {
    /// What the next process verifies before it sends a batch, and lines that memory is not wasted on.
    fileprivate var bounded: Batcher.Limits {
        var limits = self
        limits.bytesMax = min(max(1, bytesMax), BatchVerification.contentBytesMax)
        limits.linesMax = min(max(1, linesMax), 1_000_000)
        return limits
    }
}

extension Writer {
    private func take(
        _ points: some Sequence<Point>, _ bucket: Bucket, _ precision: Precision?, isAwaited: Bool
    ) async throws(WriteError) -> Receipt {
        guard bucket.isValid else { throw WriteError(reason: .bucket(bucket.name)) }
        let lane = Lane(bucket: bucket, precision: precision ?? configuration.precision, isAwaited: isAwaited)
        let call = try await core.begin(bucket)
        var intake = Intake(lane, configuration, dialect, guard: core.typesNow)
        var failure: WriteError.Reason?
        do throws(WriteError.Reason) {
            for point in points {
                guard let portion = intake.add(point) else { continue }
                try await core.add(portion, lane, call)
            }
            try await core.add(intake.finish(), lane, call)
        } catch {
            failure = error
        }
        let outcome = await core.finish(call, lane)
        let receipt = intake.receipt(outcome, isAwaited: isAwaited)
        // What was enqueued and then refused is told by `flush`.
        guard let reason = failure ?? (isAwaited ? outcome.failure : nil) else { return receipt }
        let done = isAwaited ? outcome.stored + outcome.deadLettered : outcome.taken
        throw WriteError(reason: reason, receipt: receipt, notAccepted: intake.taken - done)
    }
}
