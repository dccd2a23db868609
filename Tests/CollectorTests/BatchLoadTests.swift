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
}
