import CoinlineCompression
import CoinlineFiles
import InfluxWriter
import TestKit
import Testing

@testable import Collector

@Suite("Loading a batch of the outbox")
struct BatchLoadTests {
    private static let lines = "m,a=x v=\"a\nb\",w=1u 1767268800123456\nm,a=y v=\"c\" 1767268800000001\n"

    private func load(
        _ text: String, lines: Int = 2, precision: Precision = .microseconds, dialect: Dialect,
        _ destination: ScriptedDestination, _ folder: String
    ) async throws -> (outcome: FileLoad.Outcome, isThere: Bool) {
        let name = BatchName(sealedMicroseconds: 1, writer: 2, number: 3, precision: precision, lines: lines)
        var gzip = try Gzip()
        let batch = BatchFile(name: name, body: try gzip.compress(Array(text.utf8)))
        let path = try KeptBatches(dataFolder: folder).keep(batch, for: Bucket("b"))
        let load = try #require(BatchLoad(path: path, resolved: path, dataFolder: folder, destination: "main"))
        let target = Target(
            name: "main", destination: destination, bucket: Bucket("b"), dialect: dialect, label: "a script")
        let outcome = await load.run(
            Landing.Configuration(target: target, dataFolder: folder, timing: ManualTiming(isAdvancing: true).timing),
            origin: .real)
        return (outcome, Files.exists(path))
    }

    @Test("a batch in microseconds goes out in nanoseconds where the API has none, and is deleted when it landed")
    func microseconds() async throws {
        try await withTemporaryFolder { folder in
            let destination = ScriptedDestination(.acknowledged)
            let result = try await load(Self.lines, dialect: .influx1, destination, folder)

            #expect(result.outcome.isComplete && !result.isThere, "\(result.outcome.problems)")
            #expect(result.outcome.landing.acknowledged == 2)
            let sent = try #require(destination.received.first)
            #expect(sent.precision == .nanoseconds && sent.lines == 2)
            let text = String(decoding: try sent.lineProtocol(), as: UTF8.self)
            #expect(text == "m,a=x v=\"a\nb\",w=1u 1767268800123456000\nm,a=y v=\"c\" 1767268800000001000\n")
        }
    }

    @Test("where the API has microseconds, and in every other unit, the file goes out as it is")
    func asItIs() async throws {
        for (precision, dialect) in [(Precision.microseconds, Dialect.influx2), (.nanoseconds, .influx1)] {
            try await withTemporaryFolder { folder in
                let destination = ScriptedDestination(.acknowledged)
                let result = try await load(
                    "# any text\n" + Self.lines, precision: precision, dialect: dialect, destination, folder)

                #expect(result.outcome.isComplete && !result.isThere)
                #expect(destination.received.map(\.precision) == [precision])
                let text = String(decoding: try #require(destination.received.first).lineProtocol(), as: UTF8.self)
                #expect(text == "# any text\n" + Self.lines)
            }
        }
    }

    @Test("a batch that has to be rewritten and cannot be read stays, and one that is refused stays as it was")
    func stays() async throws {
        try await withTemporaryFolder { folder in
            let destination = ScriptedDestination(.unauthorized("no"))
            let bad = try await load("m v=1 1\nbad\n", dialect: .influx1, destination, folder)
            #expect(destination.received.isEmpty && bad.isThere)
            #expect(bad.outcome.problems.first?.contains("2:4:") == true, "\(bad.outcome.problems)")

            let refused = try await load(Self.lines, dialect: .influx1, destination, folder)
            #expect(refused.isThere && refused.outcome.isBlocked && refused.outcome.landing.kept == 2)
            let names = try KeptBatches(dataFolder: folder).names(in: Bucket("b"))
            #expect(names.map(\.precision) == [.microseconds])
        }
    }

    @Test("a batch that is gone was probably sent already")
    func gone() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/outbox/main/b/0000000000000001-00000002-00000003-ms-2.lp.gz"
            let load = try #require(BatchLoad(path: path, resolved: path, dataFolder: folder, destination: "main"))
            let destination = ScriptedDestination(.acknowledged)
            let target = Target(
                name: "main", destination: destination, bucket: Bucket("b"), dialect: .influx2, label: "a script")
            let outcome = await load.run(Landing.Configuration(target: target, dataFolder: folder), origin: .real)

            #expect(outcome.problems == ["\(path) is no longer there: probably sent already"])
            #expect(outcome.isUnread && destination.received.isEmpty)
            #expect(try OriginMark(folder: folder + "/outbox/main/b").read() == nil)
        }
    }

    @Test(
        "a batch with a line that cannot be read, or with other than the named number of lines, stays and is not sent",
        arguments: [
            ("m v=1 1\nbad\n", 2, "2:4:"), ("m v=1 1\n", 2, "it has 1 line where its name says 2"),
            ("m v=1 1\nm v=2 2\nm v=3 3\n", 2, "it has 3 lines where its name says 2"), ("", 1, "it has 0 lines"),
            ("m v=1 1\n", BatchName.linesMax, "its name says 9999999999"),
        ])
    func damaged(text: String, lines: Int, problem: String) async throws {
        for dialect in [Dialect.influx1, .influx2] {
            try await withTemporaryFolder { folder in
                let destination = ScriptedDestination(.acknowledged)
                let result = try await load(text, lines: lines, dialect: dialect, destination, folder)

                #expect(destination.received.isEmpty && result.isThere && result.outcome.isUnread)
                let said = try #require(result.outcome.problems.first)
                #expect(said.contains(problem) && said.contains("is damaged"), "\(said)")
            }
        }
    }

    @Test("a number of lines that was made up takes no memory")
    func madeUpLines() throws {
        var gzip = try Gzip()
        let text = Array("m v=1 1767268800123456\n".utf8)
        let name = BatchName(
            sealedMicroseconds: 1, writer: 2, number: 3, precision: .microseconds, lines: BatchName.linesMax)
        let batch = try BatchFile(name: name, body: gzip.compress(text)).inNanoseconds(text, gzipLevel: 1)

        #expect(try batch.lineProtocol() == Array("m v=1 1767268800123456000\n".utf8))
    }

    @Test("what is not known to be stored is not said to be")
    func refusedLines() async throws {
        let line = RejectedLine(line: "m v=", number: 1, reason: "r")
        for (refused, count, expected, isAtLeast) in [
            ([line], 1, "the others are stored", false), ([line], 1, "which of the others is not known", true),
            ([], 1, "at least 1 of its 2 lines", true), ([line, line], 2, "none is stored", false),
        ] {
            try await withTemporaryFolder { folder in
                let destination = ScriptedDestination(
                    .partial(
                        refused: refused, count: RefusedCount(lines: count, isAtLeast: isAtLeast), message: "m"))
                let result = try await load(Self.lines, dialect: .influx2, destination, folder)

                let said = try #require(result.outcome.problems.first)
                #expect(
                    said.contains(expected)
                        && said.contains("so it can be deleted") == (expected == "the others are stored"), "\(said)")
                #expect(result.isThere && result.outcome.landing.isRefusedAtLeast == isAtLeast)
            }
        }
    }
}
