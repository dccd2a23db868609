/// What is known of every bucket, and of all together: counted along, since it is asked for after each step.
struct BucketStates {
    private var states: [Bucket: BucketState] = [:]
    private(set) var totals = PendingTotals()
    /// The oldest batch of each bucket for which something waits.
    private(set) var heads: [Bucket: BatchName] = [:]
    /// The newest name that was ever seen.
    private(set) var newest: BatchName?

    var keys: some Collection<Bucket> { states.keys }
    var values: some Collection<BucketState> { states.values }

    subscript(bucket: Bucket) -> BucketState? {
        get { states[bucket] }
        set {
            totals = totals - (states[bucket]?.totals ?? PendingTotals()) + (newValue?.totals ?? PendingTotals())
            let head = newValue?.window.first?.name
            // Only then: who has the status shares them.
            if heads[bucket] != head { heads[bucket] = head }
            newest = [newest, newValue?.newest].compactMap { $0 }.max()
            states[bucket] = newValue
        }
    }
}
