/// How much an event matters. Names are those of the setting `LOG_LEVEL`.
///
/// - debug: one line a cycle or a request.
/// - info: something a person did or asked for came to be: started, stopped, a source paused.
/// - warning: unexpected, and recovered from.
/// - error: data was lost, or a person must act.
/// - critical: the program cannot go on.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    case debug = "DEBUG"
    case info = "INFO"
    case warning = "WARNING"
    case error = "ERROR"
    case critical = "CRITICAL"

    /// Reads a name in any case.
    public init?(name: String) {
        self.init(rawValue: name.uppercased())
    }

    public static func < (first: LogLevel, second: LogLevel) -> Bool {
        first.rank < second.rank
    }

    private var rank: Int {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        case .critical: 4
        }
    }
}
