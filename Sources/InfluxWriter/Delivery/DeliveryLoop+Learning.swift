extension DeliveryLoop {
    /// Learns what the writer told of batches that are acknowledged, and returns those of which nobody told.
    func learnTold(_ items: [Item]) -> [BatchFile] {
        var untold: [BatchFile] = []
        for item in items {
            if let types = news.take(item.file.name) {
                note(types, in: item.file.bucket)
            } else if isInDoubt(item.file) || !news.isTold(item.file.name) {
                untold.append(item.batch)
            }
        }
        return untold
    }

    /// Whether the batch may be from before the types of its bucket came into doubt: what was not new then is by now.
    private func isInDoubt(_ file: PendingFile) -> Bool {
        guard let doubted = doubtedAt[file.bucket] else { return false }
        return file.name.sealed.nanoseconds - doubted.nanoseconds < Self.nanosecondsOfCalls
    }

    /// Whoever began to write before the doubt goes by what he knew then.
    private static let nanosecondsOfCalls: Int64 = 3_600_000_000_000

    /// Learns from the lines themselves: of batches of earlier or other processes, and pieces. Not while a backlog is
    /// being sent, since reading costs more than sending; what is missed then, later batches and refusals tell.
    func learn(from batches: [BatchFile], in bucket: Bucket) async {
        guard !batches.isEmpty else { return }
        note(await BatchBytes.types(in: batches), in: bucket)
    }

    /// Acknowledged types.
    func note(_ types: OfferedTypes, in bucket: Bucket) {
        for conflict in schema.withLock({ $0.learn(types, in: bucket) }) {
            // Each field once; beyond a thousand of them nobody reads on.
            guard reportedConflicts.count < 1_000, reportedConflicts.insert("\(bucket) \(conflict)").inserted else {
                continue
            }
            tell(.hiddenPoints(conflict, bucket))
        }
    }
}
