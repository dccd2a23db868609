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
        outbox terms: OutboxTerms = OutboxTerms(), _ destination: ScriptedDestination, _ folder: String
    ) async throws -> (outcome: FileLoad.Outcome, isThere: Bool) {
        let name = BatchName(sealedMicroseconds: 1, writer: 2, number: 3, precision: precision, lines: lines)
        var gzip = try Gzip()
        let batch = BatchFile(name: name, body: try gzip.compress(Array(text.utf8)))
        let outbox = folder + "/outbox/main/b"
        try Files.makeFolders(outbox)
        try DurableFile.write(batch.body, to: name.fileName, in: outbox)
        let path = "\(outbox)/\(name)"
        let load = try #require(BatchLoad(path: path, resolved: path, dataFolder: folder, destination: "main"))
        let target = Target(
            name: "main", destination: destination, bucket: Bucket("b"), dialect: dialect, label: "a script")
        var configuration = Landing.Configuration(target: target, dataFolder: folder, timing: .tenfold)
        configuration.outbox = terms
        configuration.outbox.capacity.freeBytesMin = 0
        let landing = Landing(configuration, text: .refuse)
        let first = await load.run(landing, at: target, origin: .real)
        await landing.finish()
        let outcome = load.update(first, await BatchFates(of: [load], landing))
        return (outcome, Files.exists(path))
    }

    @Test("a batch in microseconds goes out in nanoseconds where the API has none, and is deleted when it landed")
    func microseconds() async throws {
        try await withTemporaryFolder { folder async throws in
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
            try await withTemporaryFolder { folder async throws in
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

    @Test("of a batch that has to be rewritten the line that cannot be read becomes a dead letter, and the others land")
    func unreadableLine() async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = ScriptedDestination(.acknowledged)
            let result = try await load("m v=1 1\nbad\n", dialect: .influx1, destination, folder)

            #expect(!result.isThere && result.outcome.landing.acknowledged == 1, "\(result.outcome)")
            #expect(result.outcome.landing.deadLettered + result.outcome.landing.pending == 1)
            #expect(result.outcome.problems.first?.contains(":4: expected a tag") == true, "\(result.outcome.problems)")
        }
    }

    @Test("a batch that is not taken stays as it was, with the reason")
    func stays() async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = ScriptedDestination(.unauthorized("no"))
            let result = try await load(Self.lines, dialect: .influx1, destination, folder)

            #expect(result.isThere && result.outcome.landing.pending == 2 && !result.outcome.isComplete)
            #expect(result.outcome.problems.first?.hasSuffix("stays where it is: no") == true)
            #expect(try pendingNames(folder).map(\.precision) == [.microseconds])
        }
    }

    @Test("where dead letters went because there were too many, the rest is not taken for acknowledged")
    func discarded() async throws {
        func line(_ number: Int) -> RejectedLine { RejectedLine(line: "m,a", number: number, reason: "r\(number)") }
        try await withTemporaryFolder { folder async throws in
            var terms = OutboxTerms()
            terms.deadLetters.lettersMax = 1
            let destination = ScriptedDestination(
                .partial(refused: [line(1), line(2)], count: RefusedCount(lines: 2, isAtLeast: false), message: "m"))
            let result = try await load(Self.lines, dialect: .influx2, outbox: terms, destination, folder)

            #expect(result.outcome.landing.acknowledged == 0 && result.outcome.landing.deadLettered == 1)
            #expect(!result.outcome.isComplete && result.outcome.problems.count == 2, "\(result.outcome.problems)")
            #expect(result.outcome.problems.first?.contains("1 point of ") == true)
            #expect(result.outcome.problems.first?.contains("became a dead letter: r") == true)
            #expect(result.outcome.problems.last?.contains("1 point of ") == true)
            #expect(result.outcome.problems.last?.contains("is not known") == true)
        }
    }

    @Test("what came out of a batch counts for it, and for no batch whose id only begins alike")
    func origins() async throws {
        try await withTemporaryFolder { folder async throws in
            let outbox = folder + "/outbox/main/b"
            try Files.makeFolders(outbox)
            let ids = ["0000000000000001-00000002-00000003", "0000000000000001-00000002-00000004"]
            let batches = try ids.map { id in
                let path = "\(outbox)/\(id)-ms-4.lp.gz"
                return try #require(
                    BatchLoad(path: path, resolved: path, dataFolder: folder, destination: "main"))
            }
            for name in ["\(ids[0]).1of2-ms-1.lp.gz", "\(ids[0]).2of2.1of2-ms-2.lp.gz.dropped", "\(ids[1])-ms-4.lp.gz"]
            {
                try DurableFile.write([], to: name, in: outbox)
            }
            let target = Target(
                name: "main", destination: NoDestination(), bucket: Bucket("b"), dialect: .influx2, label: "a script")
            let landing = Landing(.onAnyDisk(target: target, dataFolder: folder), text: .refuse)
            let fates = await BatchFates(of: batches, landing)

            let found = try batches.map { try fates.fate(of: $0).get() }
            #expect(found.map(\.pending) == [1, 4] && found.map(\.dropped) == [2, 0])
        }
    }

    @Test("a batch that is gone was probably sent already")
    func gone() async throws {
        try await withTemporaryFolder { folder async throws in
            let path = folder + "/outbox/main/b/0000000000000001-00000002-00000003-ms-2.lp.gz"
            let load = try #require(BatchLoad(path: path, resolved: path, dataFolder: folder, destination: "main"))
            let destination = ScriptedDestination(.acknowledged)
            let target = Target(
                name: "main", destination: destination, bucket: Bucket("b"), dialect: .influx2, label: "a script")
            let landing = Landing(.onAnyDisk(target: target, dataFolder: folder), text: .refuse)
            let outcome = await load.run(landing, at: target, origin: .real)
            await landing.finish()

            #expect(outcome.problems == ["\(path) is no longer there: probably sent already"])
            #expect(outcome.isUnread && destination.received.isEmpty)
            #expect(try OriginMark(folder: folder + "/outbox/main/b").read() == nil)
        }
    }

    @Test(
        "a batch with other than the named number of lines becomes a dead letter with the reason, and is not sent",
        arguments: [
            ("m v=1 1\n", 2, "the file has 1 lines, its name says 2"),
            ("m v=1 1\nm v=2 2\nm v=3 3\n", 2, "the file has 3 lines, its name says 2"),
            ("", 1, "the file has 0 lines"),
            ("m v=1 1\n", BatchName.linesMax, "its name says 9999999999"),
        ])
    func damaged(text: String, lines: Int, problem: String) async throws {
        for dialect in [Dialect.influx1, .influx2] {
            try await withTemporaryFolder { folder async throws in
                let destination = ScriptedDestination(.acknowledged)
                let result = try await load(text, lines: lines, dialect: dialect, destination, folder)

                #expect(destination.received.isEmpty && !result.isThere && !result.outcome.isComplete)
                #expect(result.outcome.landing.deadLettered == lines)
                let said = try #require(result.outcome.problems.first)
                #expect(said.contains(problem) && said.contains("is a dead letter now"), "\(said)")
                #expect(try deadLetters(folder).count == 1)
            }
        }
    }

    @Test("a number of lines that was made up takes no memory")
    func madeUpLines() throws {
        var gzip = try Gzip()
        let text = Array("m v=1 1767268800123456\n".utf8)
        let name = BatchName(
            sealedMicroseconds: 1, writer: 2, number: 3, precision: .microseconds, lines: BatchName.linesMax)
        let batch = try BatchFile(name: name, body: gzip.compress(text)).inNanoseconds(gzipLevel: 1)

        #expect(try batch.lineProtocol() == Array("m v=1 1767268800123456000\n".utf8))
    }

    @Test("lines that are refused become dead letters, and the others are stored")
    func refusedLines() async throws {
        func line(_ number: Int) -> RejectedLine { RejectedLine(line: "m,a", number: number, reason: "r\(number)") }
        for refused in [[line(1)], [line(1), line(2)]] {
            try await withTemporaryFolder { folder async throws in
                let count = RefusedCount(lines: refused.count, isAtLeast: false)
                let destination = ScriptedDestination(.partial(refused: refused, count: count, message: "m"))
                let result = try await load(Self.lines, dialect: .influx2, destination, folder)

                #expect(!result.isThere && result.outcome.landing.addsUp && !result.outcome.isComplete)
                #expect(result.outcome.landing.deadLettered == refused.count)
                #expect(result.outcome.landing.acknowledged == 2 - refused.count)
                #expect(result.outcome.problems.first?.contains("r1") == true, "\(result.outcome.problems)")
            }
        }
    }
}
