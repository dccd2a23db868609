import CoinlineBase
import CoinlineCompression
import CoinlineFiles
import InfluxWriter
import TestKit
import Testing

@testable import Collector

@Suite("Loading a file")
struct FileLoadTests {
    private func load(
        _ bytes: [UInt8], into destination: ScriptedDestination = ScriptedDestination(.acknowledged), _ folder: String,
        precision: Precision = .milliseconds, dialect: Dialect = .influx2, isOriginAssumed: Bool = false
    ) async throws -> (outcome: FileLoad.Outcome, complaints: [String]) {
        try DurableFile.write(bytes, to: "a.lp", in: folder)
        let complaints = Complaints()
        let file = FileLoad(
            path: folder + "/a.lp", precision: precision, isPrecisionNamed: precision != .milliseconds, origin: .real,
            isOriginAssumed: isOriginAssumed
        ) { text in
            complaints.texts.withLock { $0.append(text) }
        }
        let target = Target(
            name: "main", destination: destination, bucket: Bucket("b"), dialect: dialect, label: "a script")
        let outcome = await file.runAlone(
            .onAnyDisk(target: target, dataFolder: folder, timing: .tenfold))
        return (outcome, complaints.texts.withLock { $0 })
    }

    private final class Complaints: Sendable {
        let texts = Locked<[String]>([])
    }

    private func gzip(_ text: String) throws -> [UInt8] {
        var gzip = try Gzip()
        return try gzip.compress(Array(text.utf8))
    }

    private func landed(_ destination: ScriptedDestination) throws -> String {
        try destination.received.map { String(decoding: try $0.lineProtocol(), as: UTF8.self) }.joined()
    }

    @Test("the line in which a gzip is cut is left out, since a shorter number would be another value")
    func cutLine() async throws {
        try await withTemporaryFolder { folder async throws in
            let lines = (0..<300).map { "m v=\($0 * 7_919) \(1_767_268_800_000 + $0)\n" }
            let bytes = try gzip(lines.joined())
            for cut in stride(from: bytes.count - 1, to: 20, by: -97) {
                let destination = ScriptedDestination(.acknowledged)
                let result = try await load(Array(bytes[..<cut]), into: destination, folder)

                let landed = try landed(destination)
                #expect(lines.joined().hasPrefix(landed) && landed.last ?? "\n" == "\n", "cut at \(cut)")
                #expect(result.outcome.problems.count == 1 && result.outcome.badLines == 0)
            }
        }
    }

    @Test("what stands before damage in a gzip lands")
    func beforeDamage() async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = ScriptedDestination(.acknowledged)
            let result = try await load(
                try gzip("m v=1 1767268800000\n") + gzip("m v=2 1767268800001\n") + Array("junk".utf8),
                into: destination, folder)

            #expect(try landed(destination).contains("v=1 ") && landed(destination).contains("v=2 "))
            #expect(result.outcome.problems.first?.contains("gzip is damaged") == true)
        }
    }

    @Test("many bad lines are told by the first of them, and all are counted")
    func manyBadLines() async throws {
        try await withTemporaryFolder { folder async throws in
            let text = String(repeating: "bad\n", count: 500) + "m v=1 1767268800000\r\n"
            let result = try await load(Array(text.utf8), folder)

            #expect(result.outcome.badLines == 500 && result.outcome.landing.acknowledged == 1)
            #expect(result.complaints.count == FileLoad.Limit.messagesMax + 1)
            #expect(
                result.complaints.last?.contains(
                    "480 more bad lines; coinline lp parse \(folder)/a.lp > /dev/null names all") == true)
            #expect(result.outcome.badLinesTold.map(\.place.line) == Array(1...FileLoad.Limit.messagesMax))
        }
    }

    private func manyLines(_ count: Int) -> [UInt8] {
        Array((0..<count).map { "m v=\($0) \(1_767_268_800_000 + $0)\n" }.joined().utf8)
    }

    @Test("a file is read to its end whatever the destination answers, and waits on disk")
    func pending() async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = ScriptedDestination(.unauthorized("no"))
            let result = try await load(manyLines(40_000), into: destination, folder)

            #expect(!result.outcome.isBlocked && result.outcome.problems.isEmpty, "\(result.outcome.problems)")
            #expect(result.outcome.landing.pending == 40_000 && result.outcome.landing.addsUp)
            #expect(try pendingNames(folder).reduce(0) { $0 + $1.lines } == 40_000)
        }
    }

    @Test("a file for which the outbox has no room is left, with the line from which on it can be loaded again")
    func blocked() async throws {
        try await withTemporaryFolder { folder async throws in
            try DurableFile.write(manyLines(40_000), to: "a.lp", in: folder)
            var configuration = Landing.Configuration(
                target: Target(
                    name: "main", destination: ScriptedDestination(.unauthorized("no")), bucket: Bucket("b"),
                    dialect: .influx2, label: "a script"),
                dataFolder: folder, timing: .tenfold)
            // Room for some batches of the eight.
            configuration.outbox.capacity.bytesMax = 60 << 10
            configuration.outbox.capacity.freeBytesMin = 0
            configuration.outbox.capacity.whenFull = .block(for: .seconds(10))
            let file = FileLoad(
                path: folder + "/a.lp", precision: .milliseconds, isPrecisionNamed: false, origin: .real
            ) { _ in }

            let outcome = await file.runAlone(configuration)

            #expect(outcome.isBlocked && outcome.landing.addsUp && outcome.landing.offered < 40_000)
            let accepted = try pendingNames(folder).reduce(0) { $0 + $1.lines }
            #expect(accepted > 0 && outcome.landing.pending == accepted && outcome.landing.lost > 0)
            let told = try #require(outcome.problems.first)
            #expect(told.contains("not everything from line \(accepted + 1) on was accepted"), "\(told)")
            #expect(told.contains("load it again"))
        }
    }

    @Test("of two destinations the one that did not accept everything is named, with the line")
    func oneOfTwo() async throws {
        try await withTemporaryFolder { folder async throws in
            let text = (0..<15_000).map { "m,s=\($0 * 7_919 % 15_000) v=\($0 * 7_919) \(1_767_268_800_000 + $0)\n" }
            try DurableFile.write(Array(text.joined().utf8), to: "a.lp", in: folder)
            func target(_ name: String, _ reply: Reply) -> Target {
                Target(
                    name: name, destination: ScriptedDestination(reply), bucket: Bucket("b"), dialect: .influx2,
                    label: "a script")
            }
            var configuration = Landing.Configuration(
                target: target("main", .acknowledged), dataFolder: folder, timing: .tenfold)
            configuration.others = [target("backup", .unavailable("down"))]
            configuration.outbox.capacity.bytesMax = 100 << 10
            configuration.outbox.capacity.freeBytesMin = 0
            // Ten seconds in which the one that takes them has to make room, however busy the machine.
            configuration.outbox.capacity.whenFull = .block(for: .seconds(100))
            let file = FileLoad(
                path: folder + "/a.lp", precision: .milliseconds, isPrecisionNamed: false, origin: .real
            ) { _ in }

            let outcome = await file.runAlone(configuration)

            #expect(outcome.landing.acknowledged == 15_000 && !outcome.isBlocked && !outcome.isComplete)
            let accepted = try pendingNames(folder, destination: "backup").reduce(0) { $0 + $1.lines }
            #expect(accepted > 0 && accepted < 15_000)
            let place = "from line \(accepted + 1) on was accepted for the destination backup; load it again"
            #expect(outcome.problems.count == 1 && outcome.problems[0].contains(place), "\(outcome.problems)")
        }
    }

    @Test("for a batch that is bigger than all that may wait no room is waited for: the settings are named")
    func tooBig() async throws {
        try await withTemporaryFolder { folder async throws in
            try DurableFile.write(Array("m v=1 1767268800000\n".utf8), to: "a.lp", in: folder)
            let target = Target(
                name: "main", destination: ScriptedDestination(.acknowledged), bucket: Bucket("b"), dialect: .influx2,
                label: "a script")
            var configuration = Landing.Configuration.onAnyDisk(
                target: target, dataFolder: folder, timing: .tenfold)
            configuration.outbox.capacity.bytesMax = 10
            let landing = Landing(configuration, text: .refuse)
            let file = FileLoad(
                path: folder + "/a.lp", precision: .milliseconds, isPrecisionNamed: false, origin: .real
            ) { _ in }

            let outcome = await file.run(landing)
            await landing.finish()

            let told = try #require(outcome.problems.first)
            #expect(told.contains("raise COINLINE_OUTBOX_MAX or lower COINLINE_BATCH_LINES"), "\(told)")
            #expect(!told.contains("when there is room"))
            let reason = await landing.accounts().first?.lossReason ?? ""
            #expect(reason.contains("bigger than") && reason.contains("COINLINE_BATCH_LINES"), "\(reason)")
        }
    }

    @Test("what a file brought is not mixed up with the end of points that waited before it")
    func since() {
        var (before, after) = (LandingCounts(), LandingCounts())
        (before.offered, before.pending) = (2, 2)
        (after.offered, after.acknowledged, after.refused, after.pending) = (6, 4, 1, 1)
        let new = after.since(before)

        #expect((new.offered, new.acknowledged, new.refused, new.pending) == (4, 0, 1, 3) && new.addsUp)
        (before.acknowledged, before.pending) = (2, 0)
        #expect((after.since(before).acknowledged, after.since(before).pending) == (2, 1))
    }

    @Test("of files that waited together each gets its share of the end, the first ones first")
    func shares() {
        var report = LoadReport()
        for (path, count) in [("a", 3), ("b", 4)] {
            var outcome = FileLoad.Outcome()
            (outcome.landing.offered, outcome.landing.pending) = (count, count)
            report.add(outcome, of: path)
        }
        var account = DestinationAccount(name: "main", label: "x")
        account.counts.offered = 7
        (account.counts.acknowledged, account.counts.deadLettered, account.counts.pending) = (4, 1, 2)

        report.finish(with: [account])

        let counts = report.entries.map(\.outcome.landing)
        #expect(counts.map(\.acknowledged) == [3, 1] && counts.map(\.deadLettered) == [0, 1])
        #expect(counts.map(\.pending) == [0, 2] && counts.allSatisfy(\.addsUp))
    }

    @Test("of a file without a good line the destination gets no mark, and of one with a good line its own")
    func mark() async throws {
        try await withTemporaryFolder { folder async throws in
            let mark = OriginMark(folder: folder + "/outbox/main/b")
            _ = try await load(Array("bad\n".utf8), folder)
            #expect(try mark.read() == nil)

            _ = try await load(Array("m v=1 1767268800000\n".utf8), folder)
            #expect(try mark.read() == .real)
        }
    }

    @Test("a destination that was taken for the other origin meanwhile gets nothing")
    func conflict() async throws {
        try await withTemporaryFolder { folder async throws in
            _ = try OriginMark(folder: folder + "/outbox/main/b").claim(.simulated)
            let destination = ScriptedDestination(.acknowledged)
            let result = try await load(Array("m v=1 1767268800000\n".utf8), into: destination, folder)

            #expect(result.outcome.originConflict != nil && destination.received.isEmpty)
            var report = LoadReport()
            report.add(result.outcome, of: "a.lp")
            #expect(report.exitCode == 78)
        }
    }

    @Test(
        "microseconds are sealed as nanoseconds where the API has no microseconds, and any other unit as it is",
        arguments: [
            (Precision.microseconds, Dialect.influx1, Precision.nanoseconds),
            (.microseconds, .victoriaMetrics, .nanoseconds), (.microseconds, .influx2, .microseconds),
            (.nanoseconds, .influx1, .nanoseconds), (.seconds, .influx1, .seconds),
        ] as [(Precision, Dialect, Precision)])
    func sealedPrecision(input: Precision, dialect: Dialect, sealed: Precision) async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = ScriptedDestination(.acknowledged)
            let time = Timestamp(nanoseconds: 1_767_268_800_123_456_000)
            let text = "m v=1 \(time.value(in: input))\n"
            let result = try await load(
                Array(text.utf8), into: destination, folder, precision: input, dialect: dialect)

            #expect(result.outcome.isComplete)
            #expect(destination.received.map(\.precision) == [sealed])
            let landed = Timestamp(time.value(in: input), precision: input)?.value(in: sealed)
            #expect(try self.landed(destination) == "m v=1 \(try #require(landed))\n")
        }
    }

    @Test("lines without a time are counted, and told once")
    func untimed() async throws {
        try await withTemporaryFolder { folder async throws in
            let three = try await load(Array("m v=1\nm v=2\nm v=3 1767268800000\nm v=4\nbad\n".utf8), folder)
            let one = try await load(Array("m v=1\n".utf8), folder)

            #expect(three.outcome.untimedLines == 3 && three.outcome.landing.acknowledged == 4)
            #expect(three.complaints.count == 2)
            #expect(three.complaints.last == folder + "/a.lp: 3 lines have no time and got the moment of loading")
            #expect(one.complaints == [folder + "/a.lp: 1 line has no time and got the moment of loading"])
        }
    }

    @Test("that a file without a mark was taken as real is told by the one that makes the mark, and by no other")
    func assumedOrigin() async throws {
        try await withTemporaryFolder { folder async throws in
            let line = Array("m v=1 1767268800000\n".utf8)
            let bad = try await load(Array("bad\n".utf8), folder, isOriginAssumed: true)
            let many = Array(repeating: line, count: 20_000).flatMap(\.self)
            let first = try await load(many, folder, isOriginAssumed: true)
            let second = try await load(line, folder, isOriginAssumed: true)

            #expect(bad.complaints.count == 1 && bad.outcome.badLines == 1)
            #expect(first.complaints == ["load: taken as real data (say --origin simulated if it is not)"])
            #expect(second.complaints.isEmpty)
        }
        try await withTemporaryFolder { folder async throws in
            let named = try await load(Array("m v=1 1767268800000\n".utf8), folder)
            #expect(named.complaints.isEmpty)
        }
    }
}
