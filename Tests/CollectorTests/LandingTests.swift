import CoinlineBase
import CoinlineFiles
import InfluxWriter
import TestKit
import Testing

@testable import Collector

@Suite("Landing points", .timeLimit(.minutes(8)))
struct LandingTests {
    private func points(_ count: Int, from first: Int = 0) -> [Point] {
        (first..<first + count).map { index in
            Point(
                measurement: "m", tags: [Tag("code", "C\(index)")], fields: [Field("v", .float(Double(index)))],
                time: Timestamp(1_767_268_800_000 + Int64(index), precision: .milliseconds))
        }
    }

    private func target(_ destination: any Destination, name: String = "main") -> Target {
        Target(name: name, destination: destination, bucket: Bucket("b"), dialect: .influx2, label: "a script")
    }

    private func landing(
        _ destination: any Destination, and others: [Target] = [], _ folder: String, _ timing: Timing = .tenfold,
        patience: Duration? = nil
    ) -> Landing {
        var configuration = Landing.Configuration(
            target: target(destination), dataFolder: folder, timing: timing, random: { 0.5 })
        configuration.outbox.capacity.freeBytesMin = 0
        if let patience { configuration.patience = patience }
        configuration.others = others
        return Landing(configuration)
    }

    private func codes(_ destination: ScriptedDestination) throws -> [String] {
        try destination.received.flatMap { batch in
            var parser = LineParser(try batch.lineProtocol(), precision: batch.precision)
            var codes: [String] = []
            while let line = try parser.next() { codes.append(line.point.tags[0].value) }
            return codes
        }
    }

    @Test("what is acknowledged is counted, batch by batch")
    func acknowledged() async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = ScriptedDestination(.acknowledged)
            let landing = landing(destination, folder)

            await landing.add(points(12_000))
            let counts = await landing.finished()

            #expect(counts.acknowledged == 12_000 && counts.isComplete && counts.addsUp)
            #expect(destination.received.sorted { $0.name < $1.name }.map(\.lines) == [5_000, 5_000, 2_000])
            #expect(try pendingNames(folder).isEmpty)
        }
    }

    @Test(
        "whatever a destination answers, every point is counted once and nothing is lost",
        arguments: [
            Reply.unauthorized("t"), .forbidden("t"), .notFound(.bucket, "t"), .tooLarge("t"), .unavailable("t"),
            .failed("t"), .limited("t"), .overloaded(after: nil, "t"), .rejected(lines: [], message: "t"),
            .unexpected(status: 200, "t"),
            .partial(refused: [], count: RefusedCount(lines: 3, isAtLeast: true), message: "m"),
            .partial(
                refused: [RejectedLine(line: "m", number: 1, reason: "r")],
                count: RefusedCount(lines: 1, isAtLeast: false), message: "m"),
        ])
    func adds(reply: Reply) async throws {
        try await withTemporaryFolder { folder async throws in
            let landing = landing(ScriptedDestination(reply), folder)

            await landing.add(points(5_010))
            let counts = await landing.finished()

            #expect(counts.addsUp && counts.offered == 5_010 && counts.lost == 0 && counts.refused == 0)
            #expect(try counts.pending == pendingNames(folder).reduce(0) { $0 + $1.lines })
            #expect(try counts.deadLettered == deadLetters(folder).reduce(0) { $0 + $1.lines })
            if case .partial = reply {
                #expect(counts.pending == 0 && counts.acknowledged + counts.deadLettered == 5_010, "\(counts)")
            } else {
                #expect(counts.acknowledged == 0)
            }
        }
    }

    @Test("a batch that waits is the very body that was posted, and a batch again under its name")
    func pendingBody() async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = ScriptedDestination(.unauthorized("no"))
            let landing = landing(destination, folder)

            await landing.add(points(3))
            _ = await landing.finished()

            let name = try #require(try pendingNames(folder).first)
            let body = try Files.read("\(folder)/outbox/main/b/\(name)", bytesMax: 1 << 20)
            #expect(body == destination.received.first?.body)
            #expect(name.lines == 3)
        }
    }

    @Test("a failure that passes is sent again after a wait, and then counts as acknowledged")
    func again() async throws {
        try await withTemporaryFolder { folder async throws in
            let timing = Timing.tenfold
            let began = timing.uptime()
            let destination = ScriptedDestination(
                .unavailable("down"), .overloaded(after: .seconds(3), "busy"), .acknowledged)
            let landing = landing(destination, folder, timing)

            await landing.add(points(2))
            let counts = await landing.finished()

            #expect(counts.isComplete)
            #expect(destination.received.count == 3)
            #expect(timing.uptime() - began >= .seconds(3))
        }
    }

    @Test("after an answer that an operator must mend, later batches wait on disk without asking")
    func held() async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = ScriptedDestination(.forbidden("no right"))
            // In real time: the destination is asked again after ten seconds and would then take them.
            let landing = landing(destination, folder, .system)

            await landing.add(points(5_000))
            await landing.settle()
            await landing.add(points(10_000))
            let counts = await landing.finished()

            #expect(destination.received.count == 1)
            #expect(counts.pending == 15_000)
            let account = try #require(await landing.accounts().first)
            #expect(account.problems.count == 1)
            let lines = account.problems[0].lines { "coinline \($0)" }
            #expect(lines[0] == "error: 15000 points are safe on disk and not yet in a script: no right")
            #expect(lines[1].hasSuffix(": coinline outbox flush"))
        }
    }

    @Test("where the disk takes nothing the points are lost, that is said once, and no more is tried")
    func lost() async throws {
        try await withTemporaryFolder { folder async throws in
            try DurableFile.write([], to: "outbox", in: folder)
            let landing = landing(ScriptedDestination(.acknowledged), folder)

            await landing.add(points(5_004))
            #expect(await landing.isShut)
            await landing.add(points(1))
            await landing.finish()

            var summary = RunSummary()
            summary.accounts = await landing.accounts()
            #expect(summary.landing.lost == 5_005 && summary.landing.addsUp)
            let problems = summary.accounts.flatMap(\.problems)
            #expect(problems.count == 1)
            #expect(problems.first?.text.contains("5005 points are lost: ") == true, "\(problems)")
            #expect(problems.first?.text.contains("outbox") == true, "\(problems)")
            #expect(summary.exitCode == 1)
        }
    }

    @Test("a point that no line can hold is refused with its reason, and its neighbours land")
    func refused() async throws {
        try await withTemporaryFolder { folder async throws in
            let landing = landing(ScriptedDestination(.acknowledged), folder)
            let bad = Point(measurement: "m", tags: [], fields: [Field("v", .float(.nan))], time: nil)

            await landing.add(points(1) + [bad] + points(1, from: 1))
            let counts = await landing.finished()

            #expect(counts.offered == 3 && counts.acknowledged == 2 && counts.refused == 1 && counts.addsUp)
            #expect(await landing.accounts().first?.refusals.count == 1)
        }
    }

    @Test("a field of another type than the schema says becomes a dead letter, and costs its neighbours nothing")
    func schema() async throws {
        try await withTemporaryFolder { folder async throws in
            let landing = landing(ScriptedDestination(.acknowledged), folder)
            let coins = [FieldValue.integer(1), .float(1.5)].map { rank in
                Point(
                    measurement: "cryptocurrency_data", tags: [Tag("code", "BTC")], fields: [Field("rank", rank)],
                    time: Timestamp(nanoseconds: 1_767_268_800_000_000_000))
            }

            await landing.add(coins)
            let counts = await landing.finished()

            #expect(counts.acknowledged == 1 && counts.deadLettered == 1 && counts.addsUp)
            let account = try #require(await landing.accounts().first)
            #expect(account.deadLetters.first?.contains("\"rank\"") == true, "\(account)")
            #expect(
                account.problems.first?.lines { "coinline \($0)" }.last?.hasSuffix("coinline dead-letters list") == true
            )
        }
    }

    @Test("what an earlier run left goes first, and is told apart from what this run brought")
    func earlier() async throws {
        try await withTemporaryFolder { folder async throws in
            let first = landing(ScriptedDestination(.unavailable("down")), folder)
            await first.add(points(3))
            #expect(await first.finished().pending == 3)
            let destination = ScriptedDestination(.acknowledged)
            let second = landing(destination, folder)
            await second.add(points(2, from: 3))
            let counts = await second.finished()

            #expect(counts.offered == 2 && counts.isComplete)
            #expect(try codes(destination) == ["C0", "C1", "C2", "C3", "C4"])
            let account = try #require(await second.accounts().first)
            #expect(account.earlier == DestinationAccount.Earlier(acknowledged: 3, deadLettered: 0, pending: 0))
            #expect(account.lines().contains { $0.contains("3 points of earlier runs were sent") })
        }
    }

    @Test("of two destinations each gets every point, and one that is down holds up no other")
    func two() async throws {
        try await withTemporaryFolder { folder async throws in
            let main = ScriptedDestination(.acknowledged)
            let landing = landing(
                main, and: [target(ScriptedDestination(.unavailable("down")), name: "backup")], folder)

            for part in 0..<3 { await landing.add(points(2, from: 2 * part)) }
            await landing.settle()
            #expect(try codes(main).count == 6)
            await landing.finish()

            let accounts = await landing.accounts()
            #expect(accounts.map(\.counts.acknowledged) == [6, 0] && accounts.map(\.counts.pending) == [0, 6])
            #expect(try pendingNames(folder, destination: "backup").reduce(0) { $0 + $1.lines } == 6)
            var summary = RunSummary()
            summary.accounts = accounts
            #expect(summary.landing.isComplete && summary.exitCode == 1)
            let headings = summary.text(isDryRun: false).split(separator: "\n").filter { $0.hasPrefix("destination ") }
            #expect(headings == ["destination   main", "destination   backup"])
        }
    }

    @Test("where another process delivers, what it heard last is told beside that; an answer that never came is told")
    func lastWords() async throws {
        try await withTemporaryFolder { folder async throws in
            let mute = MuteDestination()
            let first = landing(mute, folder)
            await first.add(points(1))
            let second = landing(mute, folder)
            await second.add(points(1, from: 1))
            await second.settle()
            LastError(time: Timestamp(nanoseconds: 1_767_268_800_000_000_000), message: "no such bucket")
                .write(OutboxLayout(dataFolder: folder))
            await second.finish()
            await first.finish()

            let reasons = [await first.accounts()[0].pendingReason, await second.accounts()[0].pendingReason]
            #expect(reasons[0] == "no answer from a script in time")
            #expect(reasons[1].hasPrefix("another process delivers, and has not come to them yet"))
            #expect(reasons[1].hasSuffix("2026-01-01T12:00:00Z: no such bucket"), "\(reasons)")
        }
    }

    /// It never answers.
    private struct MuteDestination: Destination {
        func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
            // Cancelled at the end of the test.
            try? await Task.sleep(for: .seconds(3_600))
            return .unavailable("cancelled")
        }

        func check(_ bucket: Bucket) async -> Reply { .acknowledged }
    }

    @Test(
        "a destination whose own files cannot be used keeps no other from its points, and says why",
        arguments: ["schema/backup.json", "outbox/backup/b/.origin/x"])
    func unusable(file: String) async throws {
        try await withTemporaryFolder { folder async throws in
            let parts = file.split(separator: "/").map(String.init)
            let inner = ([folder] + parts.dropLast()).joined(separator: "/")
            try Files.makeFolders(inner)
            try DurableFile.write(Array("{".utf8), to: parts[parts.count - 1], in: inner)
            let main = ScriptedDestination(.acknowledged)
            let landing = landing(main, and: [target(ScriptedDestination(.acknowledged), name: "backup")], folder)

            try await landing.claim(.real)
            try await landing.open()
            #expect(await !landing.isShut)
            await landing.add(points(2))
            await landing.finish()

            #expect(try codes(main) == ["C0", "C1"])
            let accounts = await landing.accounts()
            #expect(accounts.map(\.counts.acknowledged) == [2, 0] && accounts.map(\.counts.lost) == [0, 2])
            #expect(accounts.allSatisfy { $0.counts.addsUp })
            let place = "\(folder)/\(parts[0])/backup"
            let problem = accounts[1].problems.first?.text ?? ""
            #expect(problem.hasPrefix("2 points are lost: ") && problem.contains(place), "\(problem)")
        }
    }

    @Test("where none can be used that is an error, and the points are counted as lost all the same")
    func noneUsable() async throws {
        try await withTemporaryFolder { folder async throws in
            try Files.makeFolders(folder + "/schema")
            try DurableFile.write(Array("{".utf8), to: "main.json", in: folder + "/schema")
            let landing = landing(ScriptedDestination(.acknowledged), folder)

            let obstacle = await #expect(throws: Obstacle.self) { try await landing.open() }
            #expect(obstacle?.description.contains("schema/main.json") == true)
            await landing.add(points(2))
            let counts = await landing.finished()
            #expect(counts.offered == 2 && counts.lost == 2 && counts.addsUp)
        }
    }

    @Test("data of the other origin in any destination is a conflict, and none is taken")
    func origins() async throws {
        try await withTemporaryFolder { folder async throws in
            _ = try OriginMark(folder: folder + "/outbox/backup/b").claim(.simulated)
            let landing = landing(
                ScriptedDestination(.acknowledged), and: [target(NoDestination(), name: "backup")], folder)

            let error = await #expect(throws: OriginError.self) { try await landing.claim(.real) }

            #expect(error?.isMixed == true)
            #expect(try OriginMark(folder: folder + "/outbox/main/b").read() == nil)
        }
    }

    @Test("two at once on one data folder account for everything, whoever delivers")
    func twoAtOnce() async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = ScriptedDestination(.acknowledged)
            let landings = (0..<2).map { _ in landing(destination, folder) }
            for part in 0..<4 { await landings[part % 2].add(points(10, from: 10 * part)) }
            async let first = landings[0].finished()
            async let second = landings[1].finished()
            let counts = await [first, second]

            #expect(counts.allSatisfy { $0.addsUp && $0.offered == 20 && $0.isComplete }, "\(counts)")
            #expect(try Set(codes(destination)).count == 40)
            #expect(try pendingNames(folder).isEmpty)
        }
    }

    /// Gives no answer until it is stopped.
    private struct Stalling: Destination {
        let asked = AsyncStream.makeStream(of: Void.self)
        private let never = AsyncStream.makeStream(of: Void.self)

        func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
            asked.continuation.yield()
            for await _ in never.stream {}
            return .unavailable("stopped")
        }

        func check(_ bucket: Bucket) async -> Reply { .acknowledged }
    }

    @Test("a stop while the destination stalls ends at once with everything on disk")
    func stopped() async throws {
        try await withTemporaryFolder { folder async throws in
            let destination = Stalling()
            let landing = landing(destination, folder, .system, patience: .seconds(3_600))
            let task = Task { [points = points(3)] in
                await landing.add(points)
                return await landing.finished()
            }
            for await _ in destination.asked.stream { break }
            let began = Timing.system.uptime()
            task.cancel()
            let counts = await task.value

            #expect(counts.pending == 3 && counts.addsUp)
            #expect(Timing.system.uptime() - began < .seconds(60))
            #expect(try pendingNames(folder).map(\.lines) == [3])
        }
    }

    @Test("what is fetched before a stop is accepted behind it")
    func acceptedAfterStop() async throws {
        try await withTemporaryFolder { folder async throws in
            let landing = landing(ScriptedDestination(.unavailable("down")), folder)
            let task = Task { [points = points(3)] in
                while !Task.isCancelled { await Task.yield() }
                await landing.add(points)
                return await landing.finished()
            }
            task.cancel()
            let counts = await task.value

            #expect(counts.pending == 3 && counts.addsUp)
        }
    }

    @Test("a dry run prints the lines and writes nothing")
    func dryRun() async throws {
        try await withTemporaryFolder { folder async throws in
            let printed = Collected<UInt8>()
            var configuration = Landing.Configuration(target: target(NoDestination()), dataFolder: folder)
            configuration.printing = { printed.append($0) }
            let landing = Landing(configuration)
            let bad = Point(measurement: "m", tags: [], fields: [Field("v", .float(.nan))], time: nil)

            try await landing.claim(.real)
            await landing.add(points(2) + [bad])
            let counts = await landing.finished()

            let text = String(decoding: printed.values, as: UTF8.self)
            #expect(text == "m,code=C0 v=0 1767268800000\nm,code=C1 v=1 1767268800001\n")
            #expect(counts.offered == 3 && counts.acknowledged == 2 && counts.refused == 1 && counts.addsUp)
            #expect(try Files.names(in: folder).isEmpty)
        }
    }
}
