import CoinlineBase
import CoinlineFiles

extension DeliveryLoop {
    /// Asks the destination and does what follows from its answer.
    func deliver(_ parcel: Parcel) async {
        let began = uptime
        let reply = await reply(to: parcel)
        // A database lives in real time, however fast a simulated clock runs.
        notePace(reply, parcel, (uptime - began).scaled(by: 1 / configuration.timing.speed))
        if let reply {
            let (step, attempt) = note(reply, parcel)
            await carryOut(step, parcel.items, Answer(reply: reply, attempt: attempt, parcel: parcel))
        } else {
            _ = circuit.record(.abandoned, of: parcel.ticket, now: uptime, random: 0)
            for item in parcel.items { await release(item) }
        }
        if let target = parcel.probeOf { noteProbe(target, reply) }
        inHand.subtract(parcel.items.map(\.file))
        deliveries -= 1
    }

    /// Of a request that asked whether a hold can end; nil where it was cancelled, or nothing could be asked.
    func noteProbe(_ target: Holds.Target, _ reply: Reply?) {
        isProbing = false
        let random = reply == nil ? 0 : configuration.random()
        let outcome = holds.record(reply ?? .unavailable(""), ofProbe: target, now: uptime, random: random)
        if outcome == .released, heldBy.removeValue(forKey: target) != nil { tell(.released(target.bucket)) }
    }

    /// Nil where the request was cancelled before it came to an end.
    private func reply(to parcel: Parcel) async -> Reply? {
        guard !Task.isCancelled else { return nil }
        counts.requests += 1
        if parcel.items.contains(where: { records[$0.file].attempts > 0 }) { counts.retries += 1 }
        show()
        KillPoint.pass("in-request")
        let reply = await Self.ask(destination, parcel)
        return Task.isCancelled && !reply.isStored ? nil : reply
    }

    /// What the steps need of the answer that they follow.
    struct Answer: Sendable {
        let reply: Reply
        let attempt: DeliveryPlan.Attempt
        let parcel: Parcel
    }

    /// Away from the loop, which a body of many megabytes would hold up.
    @concurrent private static func ask(_ destination: any Destination, _ parcel: Parcel) async -> Reply {
        await destination.deliver(parcel.items.map(\.batch), to: parcel.bucket)
    }

    /// Notes what the answer tells of destination, bucket and batches, and decides what to do.
    private func note(_ reply: Reply, _ parcel: Parcel) -> (DeliveryPlan.Step, DeliveryPlan.Attempt) {
        let now = uptime
        noteCircuit(reply, parcel, now)
        noteSize(reply, parcel)
        let bucket = buckets[parcel.bucket] ?? BucketHistory()
        let first = parcel.items[0].file
        let attempt = DeliveryPlan.Attempt(
            batches: parcel.items.count, lines: parcel.lines, bytes: parcel.bytes, history: records[first].history,
            canSplit: records[first].canSplit && Self.pieceNames(of: first.name, lines: [1, 1]) != nil, bucket: bucket)
        let step = configuration.plan.step(after: reply, for: attempt, random: configuration.random())
        for item in parcel.items {
            records[item.file].attempts += 1
            // What was refused in company speaks against nobody; who is named in it is noted with the cut.
            let isLimit = if case .limited = reply { true } else { false }
            if parcel.items.count == 1 || (step.isRepeat && !isLimit) {
                records[item.file].history.note(reply, step, in: bucket)
            }
        }
        if case .notFound(let missing, _) = reply, missing == .bucket || missing == .database {
            schema.withLock { $0.doubtLearned(of: parcel.bucket) }
            doubtedAt[parcel.bucket] = self.now
        }
        buckets[parcel.bucket, default: BucketHistory()].note(reply)
        if reply.isStored { counts.lastSuccessAt = self.now } else { noteFailure(reply.text) }
        return (step, attempt)
    }

    private func noteCircuit(_ reply: Reply, _ parcel: Parcel, _ now: Duration) {
        let isAside = parcel.items.contains { records[$0.file].history.isAside }
        noteCircuit(reply.circuitOutcome(isAside: isAside), of: parcel.ticket, reply, now)
    }

    private func noteCircuit(_ outcome: Circuit.Outcome, of ticket: Circuit.Ticket, _ reply: Reply, _ now: Duration) {
        switch circuit.record(outcome, of: ticket, now: now, random: configuration.random()) {
        case .opened: tell(.unreachable(reason: reply.text, retryAfter: (circuit.nextTry ?? now) - now))
        case .closed:
            records.endWaits()
            tell(.reachable)
        case nil: break
        }
    }

    /// - Parameter reply: nil where the request was given up.
    private func notePace(_ reply: Reply?, _ parcel: Parcel, _ time: Duration) {
        if let reply, reply.isStored {
            pace.stored(lines: parcel.lines, bytes: parcel.bytes, in: time)
        } else if reply?.isOfTheDestination ?? true {
            pace = RequestPace()
        }
    }

    private func noteSize(_ reply: Reply, _ parcel: Parcel) {
        switch reply {
        case .acknowledged: size.taken(bytes: parcel.bytes)
        case .tooLarge:
            let before = size.limit
            size.refused(bytes: parcel.bytes)
            if size.limit != before { tell(.tooLarge(limit: size.limit)) }
        default: break
        }
    }

    // MARK: Holds

    func hold(_ target: Holds.Target, _ message: String, for bucket: Bucket, isProbedWithBatch: Bool = false) {
        let random = configuration.random()
        guard holds.hold(target, message, isProbedWithBatch: isProbedWithBatch, now: uptime, random: random) else {
            return
        }
        heldBy[target] = HoldOrigin(bucket: bucket, since: now)
        tell(.held(target.bucket, message: message))
    }

    /// Asks whether a hold can end, with a write of nothing.
    func probe(_ target: Holds.Target, _ ticket: Circuit.Ticket) async {
        let bucket = target.bucket ?? heldBy[target]?.bucket ?? Bucket("")
        let reply = await Self.check(destination, bucket)
        let now = uptime
        if Task.isCancelled {
            _ = circuit.record(.abandoned, of: ticket, now: now, random: 0)
            noteProbe(target, nil)
        } else {
            noteCircuit(reply.circuitOutcome(), of: ticket, reply, now)
            noteProbe(target, reply)
        }
    }

    @concurrent private static func check(_ destination: any Destination, _ bucket: Bucket) async -> Reply {
        await destination.check(bucket)
    }

    // MARK: What people are told

    func tell(_ event: DeliveryEvent) {
        configuration.observe(event)
    }

    func noteFailure(_ text: String) {
        counts.lastError = text
        counts.lastErrorAt = now
    }
}

extension Reply {
    /// Whether it was not reached, asked to wait, or did not answer in time.
    fileprivate var isOfTheDestination: Bool { if case .failed = circuitOutcome() { true } else { false } }

    /// Whether the delivery is stored, be it in part.
    var isStored: Bool {
        switch self {
        case .acknowledged, .partial: true
        case .rejected, .unauthorized, .forbidden, .notFound, .tooLarge, .limited, .overloaded, .unavailable, .failed,
            .unproved, .unexpected:
            false
        }
    }
}
