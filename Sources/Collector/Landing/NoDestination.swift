public import InfluxWriter

/// Stands where a dry run has no destination: it is never asked, and nothing is ever stored by it.
public struct NoDestination: Destination {
    public init() {}

    public func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        .unavailable("a dry run has no destination")
    }

    public func check(_ bucket: Bucket) async -> Reply {
        .unavailable("a dry run has no destination")
    }
}
