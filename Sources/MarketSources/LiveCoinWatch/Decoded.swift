/// What an answer held, and what of it was left out.
public struct Decoded<Value: Sendable>: Sendable {
    public let value: Value
    /// What was left out, the first of it where it is very much.
    public let skipped: [Skipped]
    /// How much was left out.
    public let skippedCount: Int
    /// How many records the answer held, those left out too.
    public let recordCount: Int

    init(_ value: Value, _ skips: Skips = Skips(), recordCount: Int = 1) {
        self.value = value
        skipped = skips.listed
        skippedCount = skips.count
        self.recordCount = recordCount
    }
}

/// A state's currency that prices can be asked in.
public struct Fiat: Sendable, Equatable {
    public let code: String
    public var name: String?
    public var symbol: String?
    public var flag: String?
    /// Three-letter codes.
    public var countries: [String] = []
}

/// A chain whose contracts can be asked for.
public struct Platform: Sendable, Equatable {
    public let code: String
    public var name: String?
}
