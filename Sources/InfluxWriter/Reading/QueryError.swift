/// Why a query gave no answer. Never part of one: who gets tables got all of them.
public struct QueryError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a program may want to tell apart.
    public enum Kind: String, Sendable, CaseIterable {
        /// The token, or user and password, are unknown or missing.
        case unauthorized
        /// They may not read.
        case forbidden
        /// No such bucket, database or organisation, or none that this token may read: InfluxDB 2 does not tell which.
        case notFound
        /// The address answers, but not as a server that takes such queries.
        case noQueries
        /// The server does not understand the query.
        case rejected
        /// The query failed while it ran, perhaps after it had begun to answer.
        case failed
        /// The server asks to wait.
        case overloaded
        /// Not reached, or no answer in time.
        case unavailable
        /// The answer is longer than was allowed.
        case tooLarge
        /// The answer cannot be understood.
        case unreadable
    }

    /// Which case it is.
    public let kind: Kind
    /// What happened, for a person: one line, without secrets.
    public let message: String

    /// An error with its sentence.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
