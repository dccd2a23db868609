/// What a server answered, whatever its status. A redirect is an answer like any other and is never followed.
public struct HTTPAnswer: Sendable {
    public let status: Int
    /// In the order in which they came, repeated ones too; of the final answer, not of an interim one (100, 103).
    public let headers: [(name: String, value: String)]
    /// After decompression.
    public let body: [UInt8]
    /// Whether the body was longer than the request allowed and ends at that limit (`HTTPRequest.AnswerOverflow.cut`).
    public let isCut: Bool
    /// 10, 11 or 20.
    public let httpVersion: Int
    /// How many connections had to be opened for it: 0 when one was used again.
    public let newConnections: Int
    public let duration: Duration

    /// The last value of that name; upper and lower case are the same.
    public func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.last { $0.name.lowercased() == wanted }?.value
    }
}
