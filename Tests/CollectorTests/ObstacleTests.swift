import CoinlineBase
import CoinlineFiles
import TestKit
import Testing

@testable import Collector
@testable import InfluxWriter

/// What stands between points and their being sent is told as what it is.
@Suite("Points that cannot be sent from here", .timeLimit(.minutes(8)))
struct ObstacleTests {
    private func configuration(_ folder: String, _ timing: Timing = .tenfold) -> Landing.Configuration {
        let target = Target(
            name: "main", destination: ScriptedDestination(.unavailable("down")), bucket: Bucket("b"),
            dialect: .influx2, label: "the test")
        var configuration = Landing.Configuration(target: target, dataFolder: folder, timing: timing)
        configuration.patience = .seconds(10)
        configuration.outbox.capacity.freeBytesMin = 0
        return configuration
    }

    @Test("a lock that cannot be taken is the reason that is told, and no process that does not exist")
    func lock() async throws {
        let data = try DataFolder()
        let lockPath = OutboxLayout(dataFolder: data.path).lockPath
        try Files.makeFolders(lockPath)
        let landing = Landing(configuration(data.path))
        let point = Point(measurement: "m", fields: [Field("v", .integer(1))], time: Timestamp(nanoseconds: 0))

        await landing.add([point])
        let counts = await landing.finished()
        let report = await (try Sending(configuration(data.path).target, configuration(data.path))).finish()

        #expect(counts.pending == 1 && counts.lost == 0)
        let reason = await landing.accounts()[0].pendingReason
        #expect(reason.contains(lockPath) && !reason.contains("another process"))
        #expect(report.reason == reason && !report.isComplete)
        let text = report.lines(lettersCommand: "LETTERS")
        #expect(text.first?.contains("1 point in 1 batch") == true && text.count == 2, "\(text)")
        #expect(!text.joined().contains("another process"))
    }

    @Test("who waits for another process that sends nothing gives up, though that one adds more and more")
    func patience() async throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(1, lines: 1))
        var settings = Writer.Configuration(dataFolder: data.path)
        settings.capacity.freeBytesMin = 0
        settings.sync = .none
        let owner = try Writer(settings, to: SilentDestination())
        let deadline = ContinuousClock.now + .seconds(60)
        while !owner.status.delivers, ContinuousClock.now < deadline { await Task.yield() }
        let manual = ManualTiming()
        let sending = try Sending(configuration(data.path).target, configuration(data.path, manual.timing))
        let isOver = Counter()
        let waiting = Task {
            let report = await sending.finish()
            isOver.add()
            return report
        }
        var added: Int64 = 0
        while isOver.value == 0, ContinuousClock.now < deadline {
            if manual.sleeperCount > 0 { manual.advance(by: .milliseconds(100)) }
            // One each time that the last one was seen.
            if sending.batches > added {
                added += 1
                let time = Timestamp(nanoseconds: added)
                let point = Point(measurement: "m", fields: [Field("v", .integer(1))], time: time)
                _ = try await owner.write([point], to: Bucket("b"))
            }
            // Behind what the one that waits is looking at.
            for _ in 0..<5 {
                _ = await sending.writer.core.outbox.isOwner
                await Task.yield()
            }
        }
        #expect(isOver.value == 1 && added > 1, "\(added)")
        waiting.cancel()
        let text = await waiting.value.lines(lettersCommand: "LETTERS")
        #expect(text.first?.contains("another process sends") == true, "\(text)")
        _ = await owner.close(within: .zero)
    }
}

/// It never answers.
private struct SilentDestination: Destination {
    func deliver(_ batches: [BatchFile], to bucket: Bucket) async -> Reply {
        // Cancelled at the end of the test.
        try? await Task.sleep(for: .seconds(3_600))
        return .unavailable("cancelled")
    }

    func check(_ bucket: Bucket) async -> Reply { .acknowledged }
}
