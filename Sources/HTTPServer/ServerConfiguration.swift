/// Where a server listens and what it allows its peers.
///
/// A deadline that passes closes the connection without an answer; a bound that is passed is answered with a status.
public struct ServerConfiguration: Sendable {
    public var address: ListenAddress = .tcp(host: "127.0.0.1", port: 0)

    /// Open connections; more wait in the kernel's backlog. Each costs about `headBytesMax` and one descriptor.
    public var connectionsMax = 512

    /// Open connections of one address, 0 for no such cap; more are accepted and closed.
    public var connectionsPerAddressMax = 0

    /// Upgraded connections, which are not counted above any more; one more is answered with 503. Each costs one descriptor.
    public var upgradedConnectionsMax = 512

    /// From the end of an answer to the request line of the next request.
    public var idleTimeout: Duration = .seconds(60)

    /// From the start of the connection, or from a later request's line, to the end of the head.
    public var headTimeout: Duration = .seconds(10)

    /// For the whole body of a request; time in which the handler does not read is not counted.
    public var bodyTimeout: Duration = .seconds(60)

    /// For the whole of a fixed answer; of a streamed one, for the peer to take anything of what waits.
    public var answerTimeout: Duration = .seconds(120)

    /// A request's body; more is answered with 413.
    public var bodyBytesMax = 32 << 20

    /// What a connection may hold at once of head and unread body; a bigger head is answered with 431 or 414.
    public var headBytesMax = 16 << 10

    /// Looks at the deadlines this often instead; for proving what must not depend on it.
    var fixedSweepInterval: Duration?

    public init() {}
}

extension ServerConfiguration {
    /// How often deadlines are looked at: a quarter of the shortest, so that none is missed by much, within 10 to 250 ms.
    var sweepInterval: Duration {
        if let fixedSweepInterval { return fixedSweepInterval }
        let shortest = min(idleTimeout, headTimeout, bodyTimeout, answerTimeout)
        return max(.milliseconds(10), min(.milliseconds(250), shortest / 4))
    }
}
