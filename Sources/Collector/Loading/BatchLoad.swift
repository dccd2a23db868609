import CoinlineFiles
public import InfluxWriter

/// Sends a batch file of this data folder's outbox, with whatever else waits there. What became of it ``BatchFates``
/// tells.
public struct BatchLoad: Sendable {
    /// As the user names it.
    public let path: String
    /// The bucket that the batch was made for, whatever the settings name.
    public let bucket: Bucket
    let name: BatchName
    let layout: OutboxLayout
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
        } catch {
            outcome.note(error)
            return outcome
        }
        // Why it stays where it is, if nothing can be sent, is told in the end.
        try? await landing.open()
        await landing.settle()
        // Until its end is known.
        (outcome.landing.offered, outcome.landing.pending) = (name.lines, name.lines)
        return outcome
    }

    /// The outcome in the end, for a batch that was begun.
    func update(_ outcome: FileLoad.Outcome, _ fates: BatchFates) -> FileLoad.Outcome {
        guard outcome.landing.pending > 0 else { return outcome }
        var now = FileLoad.Outcome()
        now.outbox = layout.destination
        now.landing.offered = name.lines
        switch fates.fate(of: self) {
        case .success(let fate):
            now.landing.pending = fate.pending
            now.landing.dropped = fate.dropped
            now.landing.deadLettered = fate.deadLettered
            let rest = max(0, name.lines - fate.pending - fate.dropped - fate.deadLettered)
            if !fate.isUncertain { now.landing.acknowledged = rest }
            now.problems = problems(now.landing, fate, unknown: fate.isUncertain ? rest : 0)
        case .failure(let error):
            now.landing.pending = name.lines
            now.problems.append("what became of \(path) is not known: \(error)")
        }
        return now
    }

    private func problems(_ counts: LandingCounts, _ fate: BatchFates.Fate, unknown: Int) -> [String] {
        var problems: [String] = []
        if counts.pending == name.lines {
            problems.append("\(path) stays where it is: \(fate.pendingReason)")
        } else if counts.pending > 0 {
            let wait = counts.pending == 1 ? "waits" : "wait"
            problems.append("\(Plural.points(counts.pending)) of \(path) still \(wait): \(fate.pendingReason)")
        }
        if let letter = fate.letter {
            let became = counts.deadLettered == 1 ? "became a dead letter" : "became dead letters"
            problems.append(
                counts.deadLettered == name.lines && fate.letters == 1
                    ? "\(path) is a dead letter now: \(letter.reason)"
                    : "\(Plural.points(counts.deadLettered)) of \(path) \(became): \(letter.reason)")
        }
        if counts.dropped > 0 {
            let what = counts.dropped == name.lines ? path : "\(Plural.points(counts.dropped)) of \(path)"
            let was = counts.dropped == name.lines || counts.dropped == 1 ? "was" : "were"
            // Where another process dropped it, only that one knows.
            problems.append("\(what) \(was) dropped" + (fate.droppedReason.isEmpty ? "" : ": \(fate.droppedReason)"))
        }
        if unknown > 0 {
            problems.append(
                "what became of \(Plural.points(unknown)) of \(path) is not known: the oldest dead letters went, because "
                    + "there were too many (COINLINE_DEAD_LETTERS, COINLINE_DEAD_LETTERS_MAX)")
        }
        return problems
    }
}
