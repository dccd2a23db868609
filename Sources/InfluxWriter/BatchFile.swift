/// A sealed batch: its name and the gzip body exactly as it is posted and as it lies in the outbox.
public struct BatchFile: Sendable {
    /// Which batch it is, when it was sealed, and how many lines it has.
    public let name: BatchName
    /// One or more gzip members of line protocol.
    public let body: [UInt8]

    /// A batch of one or several gzip members, whose lines and precision are those of the name.
    public init(name: BatchName, body: [UInt8]) {
        self.name = name
        self.body = body
    }

    /// The unit of the times in the body.
    public var precision: Precision { name.precision }

    /// How many lines the body has.
    public var lines: Int { name.lines }
}
