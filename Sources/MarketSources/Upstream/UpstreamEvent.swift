/// What happened at an upstream, for whoever logs and counts. Holds no key and no body.
public enum UpstreamEvent: Sendable, Equatable {
    /// A request ended, with the status of its answer or none. `isBilled` says whether it counts against the credits.
    case request(endpoint: String, status: Int?, duration: Duration, isBilled: Bool)
    /// It will be sent again after a wait; `attempt` is 1 for the first repeat.
    case retry(endpoint: String, attempt: Int, after: Duration, reason: String)
    /// A request waits its turn, because as many as are allowed were sent.
    case waiting(endpoint: String, Duration)
    /// A record, or a value of one, was left out.
    case skipped(endpoint: String, Skipped)
    /// A page of a sweep failed; the others go on.
    case pageFailed(endpoint: String, page: String, reason: String)
    /// The service is left alone after failures in a row.
    case breakerOpened(duration: Duration, reason: String)
    /// It answered again.
    case breakerClosed
}
