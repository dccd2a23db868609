import CoinlineFiles
public import InfluxWriter

/// Sends a batch file of this data folder's outbox, with whatever else waits there, and says what became of it.
public struct BatchLoad: Sendable {
    /// As the user names it.
    public let path: String
    /// The bucket that the batch was made for, whatever the settings name.
    public let bucket: Bucket
    private let name: BatchName
    private let layout: OutboxLayout
    /// When this was made. Sending one batch of an outbox sends them all, so it may be gone when it has its turn.
    private let wasThere: Bool

    /// Nil where the file is none of this outbox.
    ///
    /// - Parameters:
    ///   - path: as the user names it.
    ///   - resolved: the same, absolute and without links, as is `dataFolder`.
    public init?(path: String, resolved: String, dataFolder: String, destination: String) {
        let layout = OutboxLayout(dataFolder: dataFolder, destination: destination)
        let parts = resolved.split(separator: "/")
        let own = layout.folder.split(separator: "/")
        guard resolved.hasPrefix("/") == layout.folder.hasPrefix("/"), parts.count == own.count + 2,
            parts.dropLast(2).elementsEqual(own), let bucket = Bucket(folderName: String(parts[own.count])),
            let name = BatchName(parsing: String(parts[own.count + 1]))
        else { return nil }
        self.path = path
        self.bucket = bucket
        self.name = name
        self.layout = layout
        wasThere = Files.exists("\(layout.folder(of: bucket))/\(name.fileName)")
    }

    /// - Parameters:
    ///   - landing: that of the outbox, among others.
    ///   - target: the destination of the outbox, at this batch's bucket.
    public func run(_ landing: Landing, at target: Target, origin: Origin) async -> FileLoad.Outcome {
        var outcome = FileLoad.Outcome()
        outcome.outbox = layout.destination
        guard wasThere else {
            outcome.problems.append(FileLoad.goneText(path))
            outcome.isUnread = true
            return outcome
        }
        do {
            try await OriginKeeper(target: target, dataFolder: layout.dataFolder).claim(origin)
            try await landing.open()
        } catch let error as OriginError {
            outcome.note(error)
            return outcome
        } catch {
            outcome.problems.append("\(path) stays where it is: \(error)")
            return outcome
        }
        await landing.settle()
        await look(landing, &outcome)
        return outcome
    }

    /// The outcome as it is now, for a batch that still waited.
    public func update(_ outcome: FileLoad.Outcome, _ landing: Landing) async -> FileLoad.Outcome {
        guard outcome.landing.pending > 0 else { return outcome }
        var now = FileLoad.Outcome()
        now.outbox = layout.destination
        await look(landing, &now)
        return now
    }

    private func look(_ landing: Landing, _ outcome: inout FileLoad.Outcome) async {
        outcome.landing.offered = name.lines
        do {
            let (pending, dropped) = try linesInFolder()
            let letters = try deadLetters()
            outcome.landing.pending = pending
            outcome.landing.dropped = dropped
            outcome.landing.deadLettered = letters.reduce(0) { $0 + $1.lines }
            outcome.landing.acknowledged = max(
                0, name.lines - pending - dropped - outcome.landing.deadLettered)
            let reason = await landing.pendingReason(of: layout.destination, in: bucket)
            outcome.problems += problems(outcome.landing, letters, pendingReason: reason)
        } catch {
            outcome.landing.pending = name.lines
            outcome.problems.append("what became of \(path) is not known: \(error)")
        }
    }

    private func problems(_ counts: LandingCounts, _ letters: [DeadLetter], pendingReason: String) -> [String] {
        var problems: [String] = []
        if counts.pending == name.lines {
            problems.append("\(path) stays where it is: \(pendingReason)")
        } else if counts.pending > 0 {
            problems.append("\(Plural.points(counts.pending)) of \(path) still wait: \(pendingReason)")
        }
        if let first = letters.first {
            problems.append(
                counts.deadLettered == name.lines && letters.count == 1
                    ? "\(path) is a dead letter now: \(first.reason)"
                    : "\(Plural.points(counts.deadLettered)) of \(path) became dead letters: \(first.reason)")
        }
        if counts.dropped > 0 { problems.append("\(path) was dropped, because the outbox is full") }
        return problems
    }

    /// Of the batch and what came out of it: the lines that wait, and those that a policy dropped.
    private func linesInFolder() throws(FileError) -> (pending: Int, dropped: Int) {
        var (pending, dropped) = (0, 0)
        for file in try Files.names(in: layout.folder(of: bucket)) {
            let isDropped = file.hasSuffix(Self.droppedEnding)
            let found = BatchName(parsing: isDropped ? String(file.dropLast(Self.droppedEnding.utf8.count)) : file)
            guard let found, continues(found.id) else { continue }
            if isDropped { dropped += found.lines } else { pending += found.lines }
        }
        return (pending, dropped)
    }

    private static let droppedEnding = ".dropped"

    private func deadLetters() throws(OutboxError) -> [DeadLetter] {
        let letters = DeadLetters(layout)
        var found: [DeadLetter] = []
        for name in try letters.names() where continues(name.batchID) {
            if let letter = try letters.read(name) { found.append(letter) }
        }
        return found
    }

    private func continues(_ id: String) -> Bool {
        id == name.id || id.hasPrefix(name.id + ".")
    }
}
