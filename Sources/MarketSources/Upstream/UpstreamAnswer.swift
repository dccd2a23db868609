import CoinlineBase
import CoinlineJSON

/// One call to a service, ready to be sent.
struct UpstreamCall: Sendable, Equatable {
    /// The path, which is also the call's name in events and errors: `/coins/list`.
    let endpoint: String
    let body: [UInt8]
    /// What its answer is called in paths: `coins` makes `coins[17].rate`.
    let answerName: String
    /// Whether the service counts it against the day's credits, and wants the key.
    var isBilled = true
}

/// A good answer: checked JSON that is no error of the service, and what its head said.
struct UpstreamAnswer: Sendable {
    let root: JSONCursor
    let sentAt: UTCTime
    let receivedAt: UTCTime
    let upstreamDate: UTCTime?
    let simulation: Simulation?
}

/// Tells a service's good answers from its errors. Pure.
typealias AnswerReading = @Sendable (Reply, _ name: String) -> Result<JSONCursor, UpstreamFault>

/// A kind of failure as a `Result` wants it.
struct UpstreamFault: Error, Equatable {
    let kind: UpstreamError.Kind
}
