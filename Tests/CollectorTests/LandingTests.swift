import CoinlineBase
import CoinlineFiles
import InfluxWriter
import TestKit
import Testing

@testable import Collector

@Suite("Landing points")
struct LandingTests {
    private func points(_ count: Int) -> [Point] {
        (0..<count).map { index in
            Point(
                measurement: "m", tags: [Tag("code", "C\(index)")], fields: [Field("v", .float(Double(index)))],
                time: Timestamp(1_767_268_800_000 + Int64(index), precision: .milliseconds))
        }
    }

    private func landing(
        _ destination: ScriptedDestination, _ folder: String, _ timing: ManualTiming = ManualTiming(isAdvancing: true)
    ) throws -> Landing {
        let target = Target(
            name: "main", destination: destination, bucket: Bucket("b"), dialect: .influx2, label: "a script")
        return try Landing(
            Landing.Configuration(
                target: target, dataFolder: folder, timing: timing.timing, random: { 0.5 }))
    }

    private func keptNames(_ folder: String) throws -> [String] {
        let outbox = folder + "/outbox/main/b"
        return Files.exists(outbox) ? try Files.names(in: outbox).filter { $0.hasSuffix(".lp.gz") } : []
    }

    @Test("what is acknowledged is counted, batch by batch")
    func acknowledged() async throws {
        try await withTemporaryFolder { folder in
            let destination = ScriptedDestination(.acknowledged)
            let landing = try landing(destination, folder)

            await landing.add(points(12_000))
            let counts = await landing.flush()

            #expect(counts.acknowledged == 12_000 && counts.isComplete && counts.addsUp)
            #expect(destination.received.map(\.lines) == [5_000, 5_000, 2_000])
        }
    }

    @Test(
        "whatever a destination answers, every point is counted once and nothing is lost",
        arguments: [
            Reply.unauthorized("t"), .forbidden("t"), .notFound(.bucket, "t"), .tooLarge("t"), .unavailable("t"),
            .overloaded(after: nil, "t"), .rejected(lines: [], message: "t"), .unexpected(status: 200, "t"),
            .partial(refused: [], count: RefusedCount(lines: 3, isAtLeast: true), message: "m"),
        ])
    func adds(reply: Reply) async throws {
        try await withTemporaryFolder { folder in
            let landing = try landing(ScriptedDestination(reply), folder)

            await landing.add(points(5_010))
            let counts = await landing.flush()

            #expect(counts.addsUp && counts.offered == 5_010 && counts.lost == 0)
            if case .partial = reply {
                #expect(counts.refused == 6 && counts.kept == 0)
            } else {
                #expect(counts.kept == 5_010)
                #expect(try keptNames(folder).count == 2)
            }
        }
    }

    @Test("a kept batch is the very body that was posted, and a batch again under its name")
    func keptBody() async throws {
        try await withTemporaryFolder { folder in
            let destination = ScriptedDestination(.unauthorized("no"))
            let landing = try landing(destination, folder)

            await landing.add(points(3))
            await landing.flush()

            let name = try #require(try keptNames(folder).first)
            let body = try Files.read(folder + "/outbox/main/b/" + name, bytesMax: 1 << 20)
            #expect(body == destination.received.first?.body)
            #expect(BatchName(parsing: name)?.lines == 3)
        }
    }

    @Test("a failure that passes is sent again after a wait, and then counts as acknowledged")
    func again() async throws {
        try await withTemporaryFolder { folder in
            let timing = ManualTiming(isAdvancing: true)
            let destination = ScriptedDestination(
                .unavailable("down"), .overloaded(after: .seconds(7), "busy"), .acknowledged)
            let landing = try landing(destination, folder, timing)

            await landing.add(points(2))
            let counts = await landing.flush()

            #expect(counts.isComplete)
            #expect(destination.received.count == 3)
            #expect(timing.waits.count == 2 && timing.waits.contains(.seconds(7)))
        }
    }

    @Test("after an answer that an operator must mend, later batches are kept without asking")
    func blocked() async throws {
        try await withTemporaryFolder { folder in
            let destination = ScriptedDestination(.forbidden("no right"))
            let landing = try landing(destination, folder)

            await landing.add(points(15_000))
            let counts = await landing.flush()

            #expect(destination.received.count == 1)
            #expect(counts.kept == 15_000)
        }
    }

    @Test("where the disk refuses too, the points are lost and that is said")
    func lost() async throws {
        try await withTemporaryFolder { folder in
            try DurableFile.write([], to: "outbox", in: folder)
            let landing = try landing(ScriptedDestination(.unauthorized("no")), folder)

            await landing.add(points(5_004))
            await landing.flush()

            let summary = await landing.completed(RunSummary())
            #expect(summary.landing.lost == 5_004 && summary.landing.addsUp)
            #expect(summary.problems.count == 1)
            #expect(summary.problems.first?.contains("5004 points are lost: no; and ") == true)
            #expect(summary.exitCode == 1)
        }
    }

    @Test("a point that no line can hold is refused with its reason, and its neighbours land")
    func refused() async throws {
        try await withTemporaryFolder { folder in
            let landing = try landing(ScriptedDestination(.acknowledged), folder)
            let bad = Point(measurement: "m", tags: [], fields: [Field("v", .float(.nan))], time: nil)

            await landing.add(points(1) + [bad] + points(1))
            let counts = await landing.flush()

            #expect(counts.offered == 3 && counts.acknowledged == 2 && counts.refused == 1 && counts.addsUp)
            #expect(await landing.completed(RunSummary()).refusals.count == 1)
        }
    }

    @Test("a stop while it waits to send again keeps the batch and says so")
    func stopped() async throws {
        try await withTemporaryFolder { folder in
            var timing = ManualTiming(isAdvancing: true).timing
            timing.sleep = { _ in throw CancellationError() }
            let target = Target(
                name: "main", destination: ScriptedDestination(.unavailable("down")), bucket: Bucket("b"),
                dialect: .influx2, label: "a script")
            let landing = try Landing(Landing.Configuration(target: target, dataFolder: folder, timing: timing))

            await landing.add(points(3))
            let counts = await landing.flush()

            #expect(counts.kept == 3 && counts.addsUp)
            #expect(await landing.keptFiles.first?.reason.contains("stopped") == true)
        }
    }
}
