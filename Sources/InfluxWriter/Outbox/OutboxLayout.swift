/// Where the files of one destination lie in a data folder.
public struct OutboxLayout: Sendable, Hashable {
    /// What everything lies below.
    public let dataFolder: String
    /// The name that batches belong to, whatever its address is.
    public let destination: String

    /// - Parameters:
    ///   - dataFolder: need not be there.
    ///   - destination: `main`, or another name of 1 to 32 of `a–z 0–9 _ -`; anything else is a mistake of the caller
    ///     and ends the program.
    public init(dataFolder: String, destination: String = "main") {
        precondition(
            Self.isDestination(destination), "a destination's name has 1 to 32 of a-z, 0-9, _ and -")
        self.dataFolder = dataFolder
        self.destination = destination
    }

    /// The folders of the buckets, and the lock.
    public var folder: String { "\(dataFolder)/outbox/\(destination)" }

    /// Held by the process that delivers.
    public var lockPath: String { "\(folder)/\(Self.lockName)" }

    /// One file a dead letter.
    public var deadLetterFolder: String { "\(dataFolder)/dead-letters/\(destination)" }

    /// The field types learned.
    public var schemaPath: String { "\(schemaFolder)/\(destination).json" }

    /// A file a destination.
    var schemaFolder: String { "\(dataFolder)/schema" }

    /// Where the batches of a bucket wait.
    public func folder(of bucket: Bucket) -> String { "\(folder)/\(bucket.folderName)" }

    static let lockName = ".lock"

    /// Whether a destination may have the name.
    static func isDestination(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            }
    }
}
