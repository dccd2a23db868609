/// When a batch that is accepted is on the disk. Whatever the policy, the death of the process loses nothing that was
/// accepted: the system has the file. They differ in what a loss of power or a crash of the system can take.
///
/// What a split, an excision or a dead letter writes is synced in any case before the batch that it came from goes.
public enum SyncPolicy: Sendable, Hashable {
    /// Before it is accepted: nothing accepted is lost. The default; costs two waits for the disk a batch.
    case everyBatch
    /// At most this long after it was accepted: the batches of the last interval can be lost.
    case interval(Duration)
    /// When the system gets to it, after half a minute as a rule: all batches since then can be lost, and a file can be
    /// left torn, which is found before it is sent.
    case none
}
