/// One request: where to, with what, and how much of time and memory it may cost.
public struct HTTPRequest: Sendable {
    /// What becomes of an answer whose body is longer than `answerBytesMax`.
    public enum AnswerOverflow: Sendable {
        /// The request fails with `HTTPError.Kind.tooLarge`.
        case refuse
        /// The answer is handed over with what came up to the limit, marked `isCut`, and its connection is closed.
        case cut
    }

    public var method = "GET"
    /// An absolute URL of http or https. Belongs into no log as it stands, since its query may tell a secret.
    public var url: String
    /// In the order in which they are sent. Keys belong here (`HTTPHeader.init(_:secret:prefix:)`), never into the URL.
    public var headers: [HTTPHeader] = []
    public var body: [UInt8]?
    /// From the call until the last byte of the answer, waiting for a free connection included.
    public var deadline: Duration = .seconds(30)
    /// For the name, the connection and the TLS handshake together.
    public var connectTimeout: Duration = .seconds(10)
    /// Counted after decompression, which is what stops a small answer that unpacks to gigabytes. A page of 1,000 coins
    /// is about 0.6 MB.
    public var answerBytesMax = 8 << 20
    public var answerOverflow = AnswerOverflow.refuse
    /// Connects to this socket instead of the host of the URL, which still gives the `Host` header.
    public var unixSocketPath: String?

    public init(method: String = "GET", url: String) {
        self.method = method
        self.url = url
    }
}
