import CoinlineBase
import Telemetry
import Testing

private let start = UTCTime(milliseconds: 1_767_225_600_123)

private func log(_ sink: any LogSink, level: LogLevel = .debug, label: String = "") -> Log {
    Log(level: level, label: label, sink: sink, now: { start })
}

/// The lines that a sink would have written.
private final class Lines: Sendable {
    private let kept = Locked<[[UInt8]]>([])
    var all: [String] { kept.withLock { $0 }.map { String(decoding: $0, as: UTF8.self) } }
    func append(_ bytes: [UInt8]) { kept.withLock { $0.append(bytes) } }
}

@Suite("The log")
struct LogTests {
    @Test("levels have the names of LOG_LEVEL, in any case and in order of weight")
    func levels() {
        #expect(LogLevel.allCases.map(\.rawValue) == ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
        #expect(LogLevel.allCases.sorted() == LogLevel.allCases)
        #expect(LogLevel(name: "warning") == .warning)
        #expect(LogLevel(name: "WARN") == nil)
    }

    @Test("an event has time, level, label, message and facts in their order")
    func event() {
        let sink = MemorySink()

        log(sink, label: "writer").warning("Write rejected.", ["status": "422", "lines": "5000"])

        let facts = [LogEvent.Fact("status", "422"), LogEvent.Fact("lines", "5000")]
        #expect(
            sink.events == [
                LogEvent(time: start, level: .warning, label: "writer", message: "Write rejected.", facts: facts)
            ])
        #expect(sink.events.first?.fact("lines") == "5000")
        #expect(sink.events.first?.fact("other") == nil)
    }

    @Test("what is below the level is dropped", arguments: LogLevel.allCases)
    func threshold(level: LogLevel) {
        let sink = MemorySink()
        let log = log(sink, level: level)

        log.debug("d")
        log.info("i")
        log.warning("w")
        log.error("e")
        log.critical("c")

        #expect(sink.events.map(\.level) == LogLevel.allCases.filter { $0 >= level })
    }

    @Test("a copy with another label or more facts goes to the same sink")
    func copies() {
        let sink = MemorySink()
        let first = log(sink, label: "a")

        first.with(label: "b", ["job": "coins"]).info("Started.", ["n": "1"])
        first.with(["job": "x"]).with(["k": "v"]).info("Next.")
        first.info("Plain.")

        #expect(sink.events.map(\.label) == ["b", "a", "a"])
        #expect(sink.events[0].facts.map(\.key) == ["job", "n"])
        #expect(sink.events[1].facts.map(\.value) == ["x", "v"])
        #expect(sink.events[2].facts.isEmpty)
    }

    @Test("several sinks each get every event")
    func several() {
        let first = MemorySink()
        let second = MemorySink()

        log(SeveralSinks([first, second])).info("Here.")

        #expect(first.events.count == 1 && second.events == first.events)
    }

    // MARK: Repetition

    @Test("what repeats is said once, then summarised with a count")
    func once() {
        let sink = MemorySink()
        let log = log(sink)

        for _ in 0..<5 { log.once("down", .error, "Upstream is down.", ["status": "503"]) }
        log.once("other", .warning, "Another.")
        #expect(sink.events.map(\.message) == ["Upstream is down.", "Another."])

        log.summarise()
        #expect(sink.events.count == 3)
        #expect(sink.events[2].message == "Upstream is down." && sink.events[2].level == .error)
        #expect(sink.events[2].fact("repeated") == "4")

        log.summarise()
        #expect(sink.events.count == 3)
        log.once("down", .error, "Upstream is down.")
        #expect(sink.events.count == 3)
        log.summarise()
        #expect(sink.events[3].fact("repeated") == "1")
    }

    @Test("the end of a repetition tells how often it was, and the next one is said again")
    func settle() {
        let sink = MemorySink()
        let log = log(sink)

        log.settle("down", .info, "Upstream is back.")
        #expect(sink.events.isEmpty)
        for _ in 0..<3 { log.with(label: "copy").once("down", .error, "Upstream is down.") }
        log.settle("down", .info, "Upstream is back.")
        log.once("down", .error, "Upstream is down.")

        #expect(sink.events.map(\.message) == ["Upstream is down.", "Upstream is back.", "Upstream is down."])
        #expect(sink.events[1].fact("times") == "3")
    }

    @Test("with more keys than a program has, everything is said rather than kept")
    func manyKeys() {
        let sink = MemorySink()
        let log = log(sink)

        for number in 0..<1_100 { log.once("key \(number)", .info, "Once.") }
        for number in 0..<1_100 { log.once("key \(number)", .info, "Once.") }

        #expect(sink.events.count == 1_100 + 100)
    }

    @Test("many tasks may log at once, and nothing is lost")
    func concurrent() async {
        let sink = MemorySink()
        let log = log(sink)

        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<100 {
                        log.info("One.")
                        log.once("k", .info, "Once.")
                    }
                }
            }
        }

        #expect(sink.events.count { $0.message == "One." } == 800)
        #expect(sink.events.count { $0.message == "Once." } == 1)
    }
}

@Suite("Lines of the log")
struct LogLineTests {
    @Test("text has time, level, label, message and facts")
    func text() {
        let lines = Lines()
        let sink = TextSink { lines.append($0) }

        log(sink, label: "writer").warning("Write rejected.", ["status": "422", "reason": "no such field"])
        log(sink).info("Started.")
        log(sink).critical("Out of room.")

        #expect(
            lines.all == [
                "2026-01-01T00:00:00.123Z WARNING  writer: Write rejected. status=422 reason=\"no such field\"\n",
                "2026-01-01T00:00:00.123Z INFO     Started.\n", "2026-01-01T00:00:00.123Z CRITICAL Out of room.\n",
            ])
    }

    private static let values: [(String, String)] = [
        ("plain", "plain"), ("", #""""#), ("two words", #""two words""#), ("a=b", #""a=b""#),
        (#"say "x""#, #""say \"x\"""#),
        (#"back\slash"#, #""back\\slash""#), ("a\nb", #""a\nb""#), ("a\r\nb", #""a\r\nb""#), ("\t", #""\t""#),
        ("\u{1B}[31mred", #"\u{1B}[31mred"#), ("\u{7F}", #"\u{7F}"#), ("\u{9B}31m", #"\u{009B}31m"#),
        ("nul\0", #"nul\0"#),
        ("\u{2028}", #""\u{2028}""#), ("\u{202E}evil", #"\u{202E}evil"#), ("\u{2066}x", #"\u{2066}x"#),
        ("Ünïcode 👍🏽", "\"Ünïcode 👍🏽\""),
        ("שלום", "שלום"), ("👨‍👩‍👧", "👨‍👩‍👧"), ("https://x/y?z", "https://x/y?z"),
    ]

    @Test("one event is one line, whatever is in it", arguments: values)
    func value(text: String, expected: String) {
        let lines = Lines()

        log(TextSink { lines.append($0) }).info("M", ["k": text])

        #expect(lines.all == ["2026-01-01T00:00:00.123Z INFO     M k=\(expected)\n"])
    }

    @Test("label, message and keys are escaped too")
    func everywhere() {
        let lines = Lines()
        let event = LogEvent(
            time: start, level: .info, label: "a\nb", message: "c\nd\u{1B}",
            facts: [.init("e f=\"\n", "1"), .init("", "2")])

        TextSink { lines.append($0) }.write(event)

        #expect(lines.all == [#"2026-01-01T00:00:00.123Z INFO     a\nb: c\nd\u{1B} e_f__\n=1 _=2"# + "\n"])
    }

    @Test("colours are there only when asked for, around the level")
    func colours() {
        let lines = Lines()

        log(TextSink(isColoured: true) { lines.append($0) }).warning("W")

        #expect(lines.all == ["2026-01-01T00:00:00.123Z \u{1B}[33mWARNING\u{1B}[0m  W\n"])
    }

    @Test("JSON has one object a line, each key once")
    func json() {
        let lines = Lines()
        let sink = JSONSink { lines.append($0) }

        log(sink, label: "w").error("Bad.", ["a": "1", "b": "x\n\"y\"", "a": "2"])
        log(sink).info("Plain.")

        #expect(
            lines.all == [
                #"{"time":"2026-01-01T00:00:00.123Z","level":"ERROR","label":"w","message":"Bad.","#
                    + #""facts":{"a":"2","b":"x\n\"y\""}}"#
                    + "\n",
                #"{"time":"2026-01-01T00:00:00.123Z","level":"INFO","message":"Plain."}"# + "\n",
            ])
    }

    @Test("a secret in a fact is shown as redacted")
    func secret() {
        let lines = Lines()
        let secret = Secret("PLANTED-0123456789")

        log(TextSink { lines.append($0) }).info("M", ["key": "\(secret)"])
        log(JSONSink { lines.append($0) }).info("M", ["key": String(describing: secret)])

        #expect(lines.all.count == 2 && lines.all.allSatisfy { $0.contains("‹redacted›") && !$0.contains("PLANTED") })
    }
}
