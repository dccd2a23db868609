public import CoinlineBase

/// One thing that happened: a constant message, and the facts beside it.
public struct LogEvent: Sendable, Equatable {
    public struct Fact: Sendable, Equatable {
        public let key: String
        public let value: String

        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    public let time: UTCTime
    public let level: LogLevel
    /// The part of the program that says it; may be empty.
    public let label: String
    public let message: String
    /// In the order they were given, those of the log before those of the event.
    public let facts: [Fact]

    public init(time: UTCTime, level: LogLevel, label: String = "", message: String, facts: [Fact] = []) {
        self.time = time
        self.level = level
        self.label = label
        self.message = message
        self.facts = facts
    }

    /// The value of a fact, for tests.
    public func fact(_ key: String) -> String? {
        facts.last { $0.key == key }?.value
    }
}

/// Where events go. Called from any thread, and to return quickly.
public protocol LogSink: Sendable {
    func write(_ event: LogEvent)
}

/// Says what happens, in the words `log.warning("Write rejected.", ["status": "422", "lines": "5000"])`.
///
/// A value: a copy with another label or more facts goes to the same sink. Messages are constants, so that they can be
/// searched for; what differs from time to time is in the facts. What repeats is told once and then counted.
public struct Log: Sendable {
    public let level: LogLevel
    public private(set) var label: String
    private var facts: [LogEvent.Fact] = []
    private let sink: any LogSink
    private let now: @Sendable () -> UTCTime
    private let repeats = Repeats()

    /// Events below `level` are dropped.
    public init(
        level: LogLevel = .info, label: String = "", sink: any LogSink,
        now: @escaping @Sendable () -> UTCTime = Timing.system.now
    ) {
        self.level = level
        self.label = label
        self.sink = sink
        self.now = now
    }

    /// The same log under another label, with more facts in every event. It shares what has been said `once`.
    public func with(label: String? = nil, _ more: KeyValuePairs<String, String> = [:]) -> Log {
        var log = self
        log.label = label ?? self.label
        log.facts += more.map { LogEvent.Fact($0.key, $0.value) }
        return log
    }

    public func debug(_ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]) {
        log(.debug, message, facts)
    }

    public func info(_ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]) {
        log(.info, message, facts)
    }

    public func warning(_ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]) {
        log(.warning, message, facts)
    }

    public func error(_ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]) {
        log(.error, message, facts)
    }

    public func critical(_ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]) {
        log(.critical, message, facts)
    }

    public func log(_ level: LogLevel, _ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]) {
        write(level, message.description, facts.map { LogEvent.Fact($0.key, $0.value) })
    }

    private func write(_ level: LogLevel, _ message: String, _ more: [LogEvent.Fact]) {
        guard level >= self.level else { return }
        sink.write(LogEvent(time: now(), level: level, label: label, message: message, facts: facts + more))
    }
}

// MARK: - What repeats

extension Log {
    /// Says it the first time and counts it after that, until `settle` or `summarise`. The key is the log's own and the
    /// same for all copies of it.
    public func once(
        _ key: String, _ level: LogLevel, _ message: StaticString, _ facts: KeyValuePairs<String, String> = [:]
    ) {
        guard repeats.isFirst(key, level, message.description) else { return }
        log(level, message, facts)
    }

    /// Ends a repetition: says `message` with how often the thing happened in all (`times`), if it did. Then the next
    /// `once` with this key is said again.
    public func settle(_ key: String, _ level: LogLevel, _ message: StaticString) {
        guard let times = repeats.end(key) else { return }
        write(level, message.description, [LogEvent.Fact("times", String(times))])
    }

    /// Says once more each message that came again since it was last said, with how often it did (`repeated`).
    public func summarise() {
        for summary in repeats.takeSummaries() {
            write(summary.level, summary.message, [LogEvent.Fact("repeated", String(summary.count))])
        }
    }
}

/// What was said by `once`. Shared by the copies of a log, behind a lock.
private final class Repeats: Sendable {
    private struct Seen {
        let level: LogLevel
        let message: String
        var times = 1
        /// Since it was last said.
        var unsaid = 0
    }

    /// Keys come from the program, not from input; with more than this somebody has put a value into a key, and it is
    /// better to say too much than to grow.
    private static let keysMax = 1_000

    private let seen = Locked<[String: Seen]>([:])

    func isFirst(_ key: String, _ level: LogLevel, _ message: String) -> Bool {
        seen.withLock { seen in
            if seen[key] != nil {
                seen[key]?.times += 1
                seen[key]?.unsaid += 1
                return false
            }
            if seen.count < Self.keysMax { seen[key] = Seen(level: level, message: message) }
            return true
        }
    }

    func end(_ key: String) -> Int? {
        seen.withLock { $0.removeValue(forKey: key)?.times }
    }

    func takeSummaries() -> [(level: LogLevel, message: String, count: Int)] {
        seen.withLock { seen in
            let repeated = seen.filter { $0.value.unsaid > 0 }.sorted { $0.key < $1.key }
            for (key, _) in repeated { seen[key]?.unsaid = 0 }
            return repeated.map { (level: $0.value.level, message: $0.value.message, count: $0.value.unsaid) }
        }
    }
}
