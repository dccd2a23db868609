internal import CoinlineBase
internal import CoinlineJSON

/// Lines for people: `2026-01-01T00:00:00.000Z WARNING  writer: Write rejected. status=422 reason="no such field"`.
///
/// An event is always exactly one line: control characters are escaped, and so are those that turn the direction of
/// text.
public struct TextSink: LogSink {
    private let isColoured: Bool
    private let writeBytes: @Sendable ([UInt8]) -> Void

    /// `write` gets a whole line with its end each time, to be written in one piece to a terminal or file.
    public init(isColoured: Bool = false, write: @escaping @Sendable ([UInt8]) -> Void) {
        self.isColoured = isColoured
        writeBytes = write
    }

    public func write(_ event: LogEvent) {
        writeBytes(Array((line(event) + "\n").utf8))
    }

    func line(_ event: LogEvent) -> String {
        let name = event.level.rawValue
        let padding = String(repeating: " ", count: Self.levelWidth - name.count)
        let label = event.label.isEmpty ? "" : Self.escaped(event.label) + ": "
        let start = "\(event.time.rfc3339(fractionDigits: 3)) \(coloured(name, event.level))\(padding) \(label)"
        return event.facts.reduce(start + Self.escaped(event.message)) { line, fact in
            "\(line) \(Self.key(fact.key))=\(Self.value(fact.value))"
        }
    }

    private static let levelWidth = LogLevel.allCases.map(\.rawValue.count).max() ?? 0

    private func coloured(_ text: String, _ level: LogLevel) -> String {
        guard isColoured else { return text }
        let colour =
            switch level {
            case .debug: "2"
            case .info: "32"
            case .warning: "33"
            case .error: "31"
            case .critical: "1;31"
            }
        return "\u{1B}[\(colour)m\(text)\u{1B}[0m"
    }

    private static func key(_ key: String) -> String {
        let clean = escaped(key).map { $0 == "=" || $0 == "\"" || $0.isWhitespace ? "_" : $0 }
        return clean.isEmpty ? "_" : String(clean)
    }

    /// In quotes when it would be read wrongly without.
    private static func value(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.allSatisfy { !$0.isWhitespace && !"\"=\\".contains($0) }
        return isPlain ? escaped(value) : "\"" + escaped(value, quote: true) + "\""
    }

    private static func escaped(_ text: String, quote: Bool = false) -> String {
        text.unicodeScalars.reduce(into: "") { out, scalar in
            switch (scalar, scalar.properties.generalCategory) {
            case ("\\", _) where quote, ("\"", _) where quote: out += "\\" + String(scalar)
            case (_, .control), (_, .lineSeparator), (_, .paragraphSeparator): out += scalar.escaped(asASCII: true)
            case ("\u{61C}", _), ("\u{200E}"..."\u{200F}", _), ("\u{202A}"..."\u{202E}", _),
                ("\u{2066}"..."\u{2069}", _):
                out += scalar.escaped(asASCII: true)
            default: out.unicodeScalars.append(scalar)
            }
        }
    }
}

/// Lines for programs: `{"time":"…","level":"WARNING","label":"writer","message":"…","facts":{"status":"422"}}`.
public struct JSONSink: LogSink {
    private let writeBytes: @Sendable ([UInt8]) -> Void

    /// `write` gets a whole line with its end each time.
    public init(write: @escaping @Sendable ([UInt8]) -> Void) {
        writeBytes = write
    }

    public func write(_ event: LogEvent) {
        let line = JSONWriter.object { out in
            out.member("time", event.time.rfc3339(fractionDigits: 3))
            out.member("level", event.level.rawValue)
            if !event.label.isEmpty { out.member("label", event.label) }
            out.member("message", event.message)
            if !event.facts.isEmpty {
                out.object("facts") { out in
                    // A key twice is a document that readers disagree about; the last one counts.
                    for key in event.keys { out.member(key, event.fact(key) ?? "") }
                }
            }
        }
        writeBytes(line.bytes + [UInt8(ascii: "\n")])
    }
}

extension LogEvent {
    /// Each key once, in the order of first use.
    fileprivate var keys: [String] {
        var seen: Set<String> = []
        return facts.map(\.key).filter { seen.insert($0).inserted }
    }
}

/// Keeps events, for tests.
public final class MemorySink: LogSink {
    private let kept = Locked<[LogEvent]>([])

    public init() {}

    public func write(_ event: LogEvent) {
        kept.withLock { $0.append(event) }
    }

    public var events: [LogEvent] {
        kept.withLock { $0 }
    }
}

/// Hands each event to several sinks, in their order.
public struct SeveralSinks: LogSink {
    private let sinks: [any LogSink]

    public init(_ sinks: [any LogSink]) {
        self.sinks = sinks
    }

    public func write(_ event: LogEvent) {
        for sink in sinks { sink.write(event) }
    }
}
