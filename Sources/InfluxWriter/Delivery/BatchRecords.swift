/// What is remembered of single batches from one request to the next: of those that failed, of pieces, and of those
/// that are to be sent alone. All others have no record.
struct BatchRecords: Sendable {
    struct Record: Sendable, Equatable {
        var history = BatchHistory()
        /// Its own wait; nil when it may go.
        var notBefore: Duration?
        /// Never joined with others.
        var isAlone = false
        /// Whether it can be taken apart, as far as is known.
        var canSplit = true
        /// How often it was sent.
        var attempts = 0
        /// How often the disk failed at what was to be done with it.
        var diskFailures = 0

        func isWaiting(_ now: Duration) -> Bool { notBefore.map { $0 > now } ?? false }

        /// Whether those without a record go first.
        func standsBack(_ now: Duration) -> Bool { history.suspicion > 0 || isWaiting(now) }
    }

    private(set) var all: [PendingFile: Record] = [:]

    subscript(file: PendingFile) -> Record {
        get { all[file] ?? Record() }
        set { all[file] = newValue == Record() ? nil : newValue }
    }

    /// It is gone.
    mutating func forget(_ file: PendingFile) {
        all[file] = nil
    }

    /// What is left out when the oldest are looked for.
    func standingBack(_ now: Duration) -> Set<BatchName> {
        Set(all.lazy.filter { $0.value.standsBack(now) }.map(\.key.name))
    }

    /// Of those that stand back and need not wait any longer, the least suspected, and of these the oldest.
    func nextSuspect(_ now: Duration, where isFree: (PendingFile) -> Bool) -> PendingFile? {
        let due = all.filter { $0.value.standsBack(now) && !$0.value.isWaiting(now) && isFree($0.key) }
        return due.min { ($0.value.history.suspicion, $0.key) < ($1.value.history.suspicion, $1.key) }?.key
    }

    /// When the first of those that stand back is due.
    func nextDue(_ now: Duration, where isFree: (PendingFile) -> Bool) -> Duration? {
        all.filter { $0.value.standsBack(now) && isFree($0.key) }.map { $0.value.notBefore ?? now }.min()
    }

    /// The destination answers again: who waited only for that goes on, in the order of age.
    mutating func endWaits() {
        for (file, record) in all where record.notBefore != nil && record.diskFailures == 0 {
            if record.history.suspicion == 0 { self[file].notBefore = nil }
        }
    }

    var asides: Int { all.values.count { $0.history.isAside } }

    /// Of those for which this holds, the oldest.
    func oldest(where holds: (PendingFile, BatchHistory) -> Bool) -> PendingFile? {
        all.filter { holds($0.key, $0.value.history) }.map(\.key).min()
    }

    /// Those of which a batch stands back.
    func bucketsStandingBack(_ now: Duration) -> Set<Bucket> {
        Set(all.lazy.filter { $0.value.standsBack(now) }.map(\.key.bucket))
    }

    /// Of a bucket, the least suspected and of these the oldest, whether it must wait or not.
    func leastSuspected(where isFree: (PendingFile) -> Bool) -> PendingFile? {
        let free = all.filter { isFree($0.key) }
        return free.min { ($0.value.history.suspicion, $0.key) < ($1.value.history.suspicion, $1.key) }?.key
    }
}
