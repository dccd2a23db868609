extension OutboxEvent {
    /// What of it an application would log.
    var forApplications: Event? {
        switch self {
        case .owned(let totals): .delivering(lines: totals.lines)
        case .recovered(let bucket, let steps):
            .note("bucket \"\(bucket)\": \(steps.count) files that a crash left twice were removed")
        case .swept(let bucket, let files):
            .note("bucket \"\(bucket)\": \(files) unfinished files of dead processes were removed")
        case .takenUp(let bucket, let totals): .takenUp(lines: totals.lines, bucket)
        case .vanished(let bucket, let totals): .removed(lines: totals.lines, bucket)
        case .foreign(let path): .note("a file that is no batch is left alone: \(path)")
        case .setAside(let file, let reason): .deadLettered(lines: file.name.lines, file.bucket, reason: reason)
        case .dropped(let totals, let reason):
            .dropped(lines: totals.lines, batches: totals.batches, reason: reason)
        case .lettersDiscarded(let count): .deadLettersDiscarded(count)
        case .unusable(let path, let reason): .note("\(path) cannot be used: \(reason)")
        // Told by `DiskNews`.
        case .disk: nil
        case .obstacle(let text?): .held(nil, text)
        case .obstacle(nil): .released(nil)
        }
    }
}

extension DeliveryEvent {
    /// What of it an application would log.
    var forApplications: Event? {
        switch self {
        case .held(let bucket, let message): .held(bucket, message)
        case .released(let bucket): .released(bucket)
        case .unreachable(let reason, _): .unreachable(reason)
        case .reachable: .reachable
        case .retry: nil
        case .deadLettered(let lines, let bucket, let reason): .deadLettered(lines: lines, bucket, reason: reason)
        case .setAside(let file, let reason): .setAside(lines: file.name.lines, file.bucket, reason: reason)
        case .bisecting(let file, let reason):
            .note("the line at fault in \(file.name) is looked for by halves: \(reason)")
        case .tooLarge(let limit): .note("requests have at most \(limit) bytes from now on, since more was refused")
        case .hiddenPoints(let conflict, let bucket): .hiddenPoints("bucket \"\(bucket)\": \(conflict)")
        case .doubt(let text, let bucket):
            .note("bucket \"\(bucket)\": which lines were refused cannot be told for sure: \(text)")
        }
    }
}

extension Status {
    mutating func note(_ delivery: DeliverySnapshot) {
        isReachable = !delivery.isCircuitOpen
        holds = delivery.holds.map { Hold(bucket: $0.bucket, message: $0.message, since: $0.since) }
        setAside = delivery.asides
        lastError = delivery.lastError
        requests = delivery.requests
        retries = delivery.retries
    }
}
