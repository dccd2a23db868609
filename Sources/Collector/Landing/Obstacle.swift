import InfluxWriter

/// Why a destination takes no points.
public struct Obstacle: Error, Sendable, CustomStringConvertible {
    /// What would help.
    enum Remedy: Sendable {
        /// More room, which may come by itself.
        case room
        /// Other settings; more room would not.
        case settings
        /// What it says, and nothing else.
        case mending
    }

    public let description: String
    let remedy: Remedy

    init(_ error: WriteError) {
        description = OutboxAdvice.text(error)
        remedy =
            switch error.reason {
            case .noRoom(.batch): .settings
            case .noRoom, .disk: .room
            case .closed, .bucket, .cancelled, .deadline, .outbox, .compression: .mending
            }
    }

    init(_ error: OriginError) {
        (description, remedy) = (error.description, .mending)
    }
}
