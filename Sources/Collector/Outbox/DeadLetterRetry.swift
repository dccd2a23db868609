import InfluxWriter

/// Sends dead letters of one destination again, through its outbox.
///
/// The order in which nothing can be lost: the points of a letter are read and checked, then they are accepted in the
/// outbox, synced, and only then the letter is removed. Whoever dies in between leaves both, and sends the same points
/// once more, which changes nothing at the destination. A point that is refused again becomes a new letter by the same
/// rules: it is written before the batch goes.
public struct DeadLetterRetry: Sendable {
    /// What became of the letters.
    public struct Outcome: Sendable {
        /// Letters whose points are in the outbox or further, and which are removed.
        public internal(set) var letters = 0
        public internal(set) var points = 0
        /// Letters that stay, each with the reason.
        public internal(set) var kept: [Kept] = []

        /// Nothing was done with any of these letters.
        public static func keeping(_ places: [DeadLetterPlace], because reason: String) -> Outcome {
            Outcome(kept: places.map { Kept(place: $0, reason: reason) })
        }
    }

    public struct Kept: Sendable, Equatable {
        public let place: DeadLetterPlace
        public let reason: String
    }

    let sending: Sending
    let dataFolder: String
    let origin: Origin?

    var writer: Writer { sending.writer }
    var target: Target { sending.target }

    /// - Parameters:
    ///   - sending: to the destination of the letters, under a policy by which what is accepted is synced and not
    ///     dropped at once, and which leaves types to the server: it may know better than whoever made the letter.
    ///   - origin: for a bucket that has no mark of origin any more.
    public init(_ sending: Sending, dataFolder: String, origin: Origin?) {
        self.sending = sending
        self.dataFolder = dataFolder
        self.origin = origin
    }

    /// Returns when the points of every letter that could be read are accepted.
    ///
    /// - Parameter places: letters of the destination.
    public func run(_ places: [DeadLetterPlace]) async -> Outcome {
        var run = DeadLetterRun(retry: self)
        for place in places { await run.take(place) }
        await run.sendLines()
        return run.outcome
    }
}

/// The state of a retry under way.
private struct DeadLetterRun {
    private enum Limit {
        /// Small enough that each refusal in it is remembered.
        static let pointsOfLines = 1_000
        static let bytesOfLines = 4 << 20
        static let pointsOfBatch = 5_000
    }

    /// Letters about one line that go into one call of the writer.
    private struct Lines {
        let bucket: Bucket
        let precision: Precision
        var places: [DeadLetterPlace] = []
        var points: [Point] = []
        /// For each point, its letter in `places`.
        var owners: [Int] = []
        var bytes = 0
    }

    let retry: DeadLetterRetry
    var outcome = DeadLetterRetry.Outcome()
    private var lines: Lines?
    /// Why nothing is accepted any more.
    private var blockedBy: String?
    private var dialect: DialectQuestion

    init(retry: DeadLetterRetry) {
        self.retry = retry
        dialect = DialectQuestion(of: retry.target)
    }

    mutating func take(_ place: DeadLetterPlace) async {
        if let reason = blockedBy ?? (Task.isCancelled ? "the command was stopped" : nil) { return keep(place, reason) }
        do throws(DeadLetterContent.Problem) {
            let (letter, body) = try read(place)
            let content = try DeadLetterContent(letter, body: body)
            try await claim(letter.bucket)
            switch letter.content {
            case .line(let bytes): try await add(place, letter, content, bytes: bytes.count)
            case .batch:
                // In their order: the lines before it may be older values of its points.
                await sendLines()
                if let reason = blockedBy { return keep(place, reason) }
                try await send(place, letter, content)
            }
        } catch {
            keep(place, error.description)
        }
    }

    private func read(
        _ place: DeadLetterPlace
    ) throws(DeadLetterContent.Problem) -> (letter: DeadLetter, body: [UInt8]?) {
        do throws(OutboxError) {
            if let letter = try place.read() { return (letter, try place.letters.body(of: letter)) }
        } catch {
            throw DeadLetterContent.Problem(description: "it cannot be read: \(error)")
        }
        throw DeadLetterContent.Problem(description: "it cannot be read as a dead letter: see \(place.path)")
    }

    private mutating func keep(_ place: DeadLetterPlace, _ reason: String) {
        outcome.kept.append(DeadLetterRetry.Kept(place: place, reason: reason))
    }

    /// The mark that the bucket of real or simulated data has before its first batch.
    private func claim(_ bucket: Bucket) async throws(DeadLetterContent.Problem) {
        let keeper = OriginKeeper(
            target: retry.target.at(bucket, label: retry.target.label), dataFolder: retry.dataFolder)
        let isMarked: Bool
        do throws(OriginError) {
            if let origin = retry.origin { try await keeper.claim(origin) }
            isMarked = try keeper.marked() != nil
        } catch {
            throw DeadLetterContent.Problem(description: "\(error)")
        }
        guard isMarked else {
            throw DeadLetterContent.Problem(
                description: "its bucket does not tell whose data it holds: add --origin real or --origin simulated")
        }
    }

    /// Returns when the points are accepted.
    private mutating func write(
        _ points: [Point], to bucket: Bucket, _ precision: Precision
    ) async throws(WriteError) -> Receipt {
        let status = retry.writer.status
        if points.contains(where: \.isReadDifferently), dialect.isToBeAsked(status) {
            dialect.note(await retry.target.destination.check(bucket), answered: status.total.acknowledged)
            if let found = dialect.found { retry.writer.use(found) }
        }
        return try await retry.writer.write(points, to: bucket, precision: retry.target.batchPrecision(for: precision))
    }

    // MARK: Letters about a line

    private mutating func add(
        _ place: DeadLetterPlace, _ letter: DeadLetter, _ content: DeadLetterContent, bytes: Int
    ) async throws(DeadLetterContent.Problem) {
        if let lines, lines.bucket != letter.bucket || lines.precision != letter.precision { await sendLines() }
        var content = content
        var lines = self.lines ?? Lines(bucket: letter.bucket, precision: letter.precision)
        // Else each of the growing arrays would be copied for every letter.
        self.lines = nil
        let points = try content.next(pointsMax: .max)
        lines.owners += points.map { _ in lines.places.count }
        lines.points += points
        lines.places.append(place)
        lines.bytes += bytes
        self.lines = lines
        if lines.points.count >= Limit.pointsOfLines || lines.bytes >= Limit.bytesOfLines { await sendLines() }
    }

    mutating func sendLines() async {
        guard let lines else { return }
        self.lines = nil
        do throws(WriteError) {
            let receipt = try await write(lines.points, to: lines.bucket, lines.precision)
            var refused: [Int: String] = [:]
            for refusal in receipt.refused { refused[lines.owners[refusal.index]] = refusal.reason }
            let isKnown = receipt.refusedCount == receipt.refused.count
            var sent: [DeadLetterPlace] = []
            for (index, place) in lines.places.enumerated() {
                if let reason = refused[index] ?? (isKnown ? nil : "a point in it may have been refused") {
                    keep(place, reason)
                } else {
                    sent.append(place)
                }
            }
            remove(sent, points: lines.owners.count { refused[$0] == nil })
        } catch {
            // Which of them are accepted is not known, and sending them twice changes nothing.
            blockedBy = error.description
            for place in lines.places { keep(place, error.description) }
        }
    }

    // MARK: A letter about a batch

    private mutating func send(
        _ place: DeadLetterPlace, _ letter: DeadLetter, _ content: DeadLetterContent
    ) async throws(DeadLetterContent.Problem) {
        var content = content
        var points = 0
        var refusal: String?
        while true {
            let portion = try content.next(pointsMax: Limit.pointsOfBatch)
            guard !portion.isEmpty else { break }
            do throws(WriteError) {
                let receipt = try await write(portion, to: letter.bucket, letter.precision)
                refusal = refusal ?? receipt.refused.first?.reason
                points += receipt.accepted
            } catch {
                blockedBy = error.description
                return keep(place, error.description)
            }
        }
        if let refusal {
            keep(place, "the others of its points were sent, but one is refused: \(refusal)")
        } else {
            remove([place], points: points)
        }
    }

    private mutating func remove(_ places: [DeadLetterPlace], points: Int) {
        do throws(OutboxError) { try DeadLetterPlace.remove(places) } catch {
            for place in places { keep(place, "its points were sent, but it cannot be removed: \(error)") }
            return
        }
        outcome.letters += places.count
        outcome.points += points
    }
}
