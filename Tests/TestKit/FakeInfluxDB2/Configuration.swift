public import CoinlineBase

extension FakeInfluxDB2 {
    /// A place for points.
    public struct Bucket: Sendable {
        public var name: String
        /// 16 hexadecimal digits.
        public var id: String
        /// nil keeps for ever; whole seconds, at least an hour.
        public var retention: Duration?
        /// nil lets the server choose by the retention: an hour, a day or, for long and endless ones, a week.
        public var shardDuration: Duration?

        public init(_ name: String, id: String, retention: Duration? = nil, shardDuration: Duration? = nil) {
            self.name = name
            self.id = id
            self.retention = retention
            self.shardDuration = shardDuration
        }
    }

    /// A token and what it may do.
    public struct Token: Sendable {
        public var text: String
        /// May do everything.
        public var isOperator = false
        /// Names of buckets.
        public var reads: Set<String>
        /// Names of buckets.
        public var writes: Set<String>

        public init(_ text: String, reads: Set<String> = [], writes: Set<String> = []) {
            self.text = text
            self.reads = reads
            self.writes = writes
        }

        public static func `operator`(_ text: String) -> Token {
            var token = Token(text)
            token.isOperator = true
            return token
        }
    }

    /// What the server holds when it starts.
    public struct Configuration: Sendable {
        public var organization: String
        /// 16 hexadecimal digits.
        public var organizationID: String
        public var buckets: [Bucket]
        public var tokens: [Token]
        /// A longer body, after unpacking, is answered with 413. The real one has no limit unless it is given one.
        public var bodyBytesMax: Int?
        /// For points without a time and for retention.
        public var now: @Sendable () -> UTCTime

        public init(
            organization: String, organizationID: String, buckets: [Bucket], tokens: [Token], bodyBytesMax: Int? = nil,
            now: @escaping @Sendable () -> UTCTime = Timing.system.now
        ) {
            self.organization = organization
            self.organizationID = organizationID
            self.buckets = buckets
            self.tokens = tokens
            self.bodyBytesMax = bodyBytesMax
            self.now = now
        }

        /// The organization `market` with the bucket `crypto_data`, which keeps for ever, and three tokens.
        public static let standard = Configuration(
            organization: "market", organizationID: "94448bf527b570fd",
            buckets: [Bucket("crypto_data", id: "1e3caa06a3c78a6e")],
            tokens: [
                .operator(operatorToken), Token(writeToken, writes: ["crypto_data"]),
                Token(readToken, reads: ["crypto_data"]),
            ])
    }

    /// Tokens of the standard configuration: for everything, and for writing or reading `crypto_data`.
    public static let operatorToken = "operator-token-of-the-fake"
    public static let writeToken = "write-token-of-the-fake"
    public static let readToken = "read-token-of-the-fake"
}
