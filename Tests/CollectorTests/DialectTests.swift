import CoinlineBase
import InfluxWriter
import TestKit
import Testing

@testable import Collector

@Suite("Points that servers read differently")
struct DialectTests {
    private func point(_ name: String, _ fields: [Field] = [Field("v", .float(1))], time: Int64 = 1) -> Point {
        Point(
            measurement: "m", tags: [Tag("name", name)], fields: fields,
            time: Timestamp(time * 1_767_268_800_000, precision: .milliseconds))
    }

    @Test("are those with backslashes, newlines in strings, many or long tags, or times before 1970")
    func which() {
        #expect(!point("plain, = \"x\"").isReadDifferently)
        #expect(point(#"a\,b"#).isReadDifferently)
        #expect(point("a", [Field(#"k\"#, .float(1))]).isReadDifferently)
        #expect(point("a", [Field("k", .string("x\ny"))]).isReadDifferently)
        #expect(!point("a", [Field("k", .string(#"x\y"#))]).isReadDifferently)
        #expect(point(String(repeating: "x", count: 4_097)).isReadDifferently)
        #expect(!point(String(repeating: "x", count: 4_096)).isReadDifferently)
        #expect(point("a", time: -1).isReadDifferently)
    }

    /// A destination that takes everything, and proves something or not.
    private struct Checked: Destination {
        let inner: ScriptedDestination
        /// The last one holds for every further check.
        let replies: [Reply]
        let asked: Counter

        func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
            await inner.deliver(batches, to: bucket)
        }

        func check(_ bucket: Bucket) async -> Reply {
            asked.count.withLock { count in
                count += 1
                return replies[min(count, replies.count) - 1]
            }
        }
    }

    private final class Counter: Sendable {
        let count = Locked(0)
    }

    @Test("the server is asked once, before the first of them, and spoken to in its dialect from there on")
    func asking() async throws {
        for (reply, refused) in [(Reply.unproved("takes anything"), 1), (.acknowledged, 0), (.unavailable("down"), 0)] {
            try await withTemporaryFolder { folder in
                let inner = ScriptedDestination(.acknowledged)
                let asked = Counter()
                let target = Target(
                    name: "main", destination: Checked(inner: inner, replies: [reply], asked: asked),
                    bucket: Bucket("b"),
                    dialect: .influx2, label: "a script")
                let landing = Landing(
                    .onAnyDisk(target: target, dataFolder: folder), text: .refuse)

                await landing.add([point("plain"), point("plain", time: 2)])
                #expect(asked.count.withLock { $0 } == 0)
                await landing.add([point(#"a\,b"#), point(#"c\,d"#), point("plain", time: 3)])
                let counts = await landing.finished()

                #expect(asked.count.withLock { $0 } == 1)
                #expect(counts.addsUp && counts.refused == refused * 2 && counts.acknowledged == 5 - refused * 2)
            }
        }
    }

    @Test(
        "a check without an answer settles nothing: the next batch asks again, and an answer holds",
        arguments: [Reply.unavailable("down"), .overloaded(after: nil, "busy"), .unexpected(status: 418, "x")])
    func askingAgain(noAnswer: Reply) async throws {
        try await withTemporaryFolder { folder in
            let asked = Counter()
            let checked = Checked(
                inner: ScriptedDestination(.acknowledged), replies: [noAnswer, noAnswer, .unproved("takes anything")],
                asked: asked)
            let target = Target(
                name: "main", destination: checked, bucket: Bucket("b"), dialect: .influx2, label: "a script")
            let landing = Landing(.onAnyDisk(target: target, dataFolder: folder), text: .refuse)
            var askedAfter: [Int] = []
            for _ in 0..<4 {
                await landing.add([point(#"a\,b"#), point(#"c\,d"#)])
                await landing.settle()
                askedAfter.append(asked.count.withLock { $0 })
            }
            let counts = await landing.finished()

            #expect(askedAfter == [1, 2, 3, 3])
            #expect(counts.addsUp && counts.acknowledged == 4 && counts.refused == 4)
        }
    }

    @Test("InfluxDB 3 is spoken to in its own dialect and not asked: its API is its own")
    func influxDB3() async throws {
        try await withTemporaryFolder { folder in
            let asked = Counter()
            let checked = Checked(
                inner: ScriptedDestination(.acknowledged), replies: [.unproved("more is seen when points are written")],
                asked: asked)
            let target = Target(
                name: "main", destination: checked, bucket: Bucket("b"), dialect: .influx3, label: "a script")
            let landing = Landing(.onAnyDisk(target: target, dataFolder: folder), text: .refuse)

            // The second is refused by that dialect, the third would be by VictoriaMetrics' only.
            await landing.add([point("plain"), point(#"a\,b"#), point("a", [Field("k", .string("x\ny"))])])
            let counts = await landing.finished()

            #expect(asked.count.withLock { $0 } == 0)
            #expect(counts.addsUp && counts.refused == 1 && counts.acknowledged == 2)
        }
    }

    @Test(
        "InfluxDB 3 behind the API of an older server is known by its rejection, and spoken to in its dialect from there on",
        arguments: [Dialect.influx1, .influx2])
    func influxDB3BehindOlder(dialect: Dialect) async throws {
        try await withTemporaryFolder { folder in
            let inner = ScriptedDestination(.acknowledged)
            let asked = Counter()
            let checked = Checked(
                inner: inner, replies: [.rejected(lines: [], message: "an empty write is refused")], asked: asked)
            let target = Target(
                name: "main", destination: checked, bucket: Bucket("b"), dialect: dialect, label: "a script")
            let landing = Landing(.onAnyDisk(target: target, dataFolder: folder))

            // InfluxDB 1 and 2 take the pair as it is; VictoriaMetrics would not take the newline.
            await landing.add([point("plain"), point(#"a\\b"#), point("c", [Field("k", .string("x\ny"))])])
            let counts = await landing.finished()

            let text = try inner.received.flatMap { try $0.lineProtocol() }
            #expect(
                String(decoding: text, as: UTF8.self)
                    == "m,name=plain v=1 1767268800000\n" + #"m,name=a_\b v=1 1767268800000"#
                    + "\nm,name=c k=\"x\ny\" 1767268800000\n")
            #expect(asked.count.withLock { $0 } == 1)
            #expect(counts.addsUp && counts.acknowledged == 3)
        }
    }

    @Test("microseconds stay where the API has a name for them that all its servers know")
    func microseconds() {
        let precisions = [Dialect.influx1, .influx2, .influx3, .victoriaMetrics].map { dialect in
            Target(
                name: "main", destination: ScriptedDestination(.acknowledged), bucket: Bucket("b"), dialect: dialect,
                label: "a script"
            ).batchPrecision(for: .microseconds)
        }

        #expect(precisions == [.nanoseconds, .microseconds, .microseconds, .nanoseconds])
    }

    @Test("a destination that takes no more is not asked either")
    func blocked() async throws {
        try await withTemporaryFolder { folder in
            let asked = Counter()
            let checked = Checked(
                inner: ScriptedDestination(.unauthorized("no")), replies: [.unavailable("down")], asked: asked)
            let target = Target(
                name: "main", destination: checked, bucket: Bucket("b"), dialect: .influx2, label: "a script")
            let landing = Landing(.onAnyDisk(target: target, dataFolder: folder), text: .refuse)
            for _ in 0..<3 {
                await landing.add([point(#"a\,b"#)])
                await landing.settle()
            }

            #expect(asked.count.withLock { $0 } == 1)
            #expect(await landing.finished().pending == 3)
        }
    }
}
