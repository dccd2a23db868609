/// What an application would log of delivery.
enum DeliveryEvent: Sendable, Equatable {
    /// The operator must mend something before anything goes to the bucket, or, with nil, to the destination.
    case held(Bucket?, message: String)
    case released(Bucket?)
    /// Nothing goes out for a while, and then one request to try.
    case unreachable(reason: String, retryAfter: Duration)
    case reachable
    /// One batch, or what was joined, waits by itself.
    case retry(after: Duration, reason: String)
    /// With the first reason.
    case deadLettered(lines: Int, Bucket, reason: String)
    /// The destination fails at a batch again and again; it waits long, and the others go on.
    case setAside(PendingFile, reason: String)
    /// Nothing is said about the lines at fault, so they are looked for by halves.
    case bisecting(PendingFile, reason: String)
    /// As many bytes are joined from now on, since a request of more was refused.
    case tooLarge(limit: Int)
    /// A field was acknowledged in another type than it has: such points are stored and in no query's answer. Once for
    /// each field.
    case hiddenPoints(SchemaGuard.Conflict, Bucket)
    /// Which lines were refused could not be told for sure.
    case doubt(String, Bucket)
}
