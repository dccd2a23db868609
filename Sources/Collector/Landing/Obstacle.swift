import InfluxWriter

/// Why a destination takes no points.
public struct Obstacle: Error, Sendable, CustomStringConvertible {
    public let description: String
    /// More room would not help, and other settings would.
    let isForSettings: Bool

    init(_ error: WriteError) {
        description = OutboxAdvice.text(error)
        isForSettings = error.reason == .noRoom(.batch)
    }

    init(_ error: OriginError) {
        (description, isForSettings) = (error.description, false)
    }
}
