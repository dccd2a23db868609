import CoinlineBase
import InfluxWriter
import LineProtocol
import Synchronization
import TestKit
import Testing

@testable import MarketStore

@Suite("Retention")
struct RetentionTests {
    /// A store of one day's retention under a clock that the test sets.
    private final class Clock: Sendable {
        private let time = Mutex(testNow)
        var now: UTCTime { time.withLock { $0 } }
        func advance(_ duration: Duration) { time.withLock { $0 = $0.advanced(by: duration) } }
        func milliseconds(before age: Duration) -> Int64 { now.advanced(by: .zero - age).milliseconds }
    }

    private let day: Duration = .seconds(86_400)

    private func open(_ path: String, _ clock: Clock) throws -> EmbeddedStore {
        try EmbeddedStore(path: path, retention: day) { clock.now }
    }

    @Test("a point outside the retention is refused with the reason, the last one inside is stored")
    func incoming() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let clock = Clock()
            let store = try open(path, clock)

            let reply = try await store.deliver(
                lines: "m x=1 \(clock.milliseconds(before: day))",
                "m x=2 \(clock.milliseconds(before: day + .milliseconds(1)))", "m x=3")

            #expect(reply.isPartial)
            #expect(reply.refused.map(\.number) == [2])
            #expect(reply.refused.first?.reason.contains("retention") == true)
            #expect(reply.refused.first?.reason.contains("2025-10-08T08:53:20Z") == true)
            #expect(try StoreReader(path: path).points(of: "m").count == 2)
        }
    }

    @Test("old points are removed with the first delivery after opening, and then once an hour")
    func removal() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let clock = Clock()
            let reader = { try StoreReader(path: path).summaries().map(\.points) }
            let old = try openStore(path)
            _ = try await old.deliver(
                lines: "m x=1 1", "m x=2 \(clock.milliseconds(before: day - .seconds(600)))", "n,rowid=1 x=1 1",
                "o x=1 1")
            await old.close()

            let store = try open(path, clock)
            _ = try await store.deliver(lines: "m x=3")
            #expect(try reader() == [2, 0, 0])

            clock.advance(.seconds(1_200))
            _ = try await store.deliver(lines: "n,rowid=1 x=2")
            #expect(try reader() == [2, 1, 0])

            clock.advance(.seconds(2_400))
            _ = try await store.deliver(lines: "n,rowid=1 x=3")
            #expect(try reader() == [1, 2, 0])
        }
    }

    @Test("a field keeps its type when all its points are gone")
    func typesStay() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            _ = try await openStore(path).deliver(lines: "m x=1 1")
            let store = try open(path, Clock())

            #expect(try await store.deliver(lines: "n x=1i") == .acknowledged)
            #expect(try StoreReader(path: path).pointCount(since: Timestamp(nanoseconds: 0)) == 1)
            #expect(try await store.deliver(lines: "m x=1i").isRejected)
        }
    }

    @Test("a delivery removes so many points and leaves the rest to the next ones")
    func bounded() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let count = StoreLimit.expiredPointsMax * 2 + 500
            let text = (0..<count).map { "m,c=\($0 % 10) x=1 \($0 / 10)\n" }.joined()
            _ = await (try openStore(path)).deliver([try batch(bytes: Array(text.utf8))], to: testBucket)
            let store = try open(path, Clock())

            var left: [Int] = []
            for _ in 0..<4 {
                _ = try await store.deliver(lines: "n x=1")
                left.append(try StoreReader(path: path).summaries()[0].points)
            }

            #expect(left == [10_500, 500, 0, 0])
        }
    }

    @Test("points of one time go together")
    func oneTime() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let count = StoreLimit.expiredPointsMax + 500
            let text = (0..<count).map { "m,c=\($0) x=1 7\n" }.joined()
            _ = await (try openStore(path)).deliver([try batch(bytes: Array(text.utf8))], to: testBucket)
            let store = try open(path, Clock())

            _ = try await store.deliver(lines: "n x=1")

            #expect(try StoreReader(path: path).summaries().map(\.points) == [0, 1])
        }
    }

    @Test("without a retention everything is kept and nothing is due")
    func none() {
        let plan = RetentionPlan(nil)
        #expect(plan.oldestKept(now: testNow) == nil)
        #expect(!plan.isSweepDue(now: testNow))
    }

    @Test("a sweep is due at first, after an hour, and when the clock was set back")
    func schedule() {
        var plan = RetentionPlan(.seconds(60))
        #expect(plan.isSweepDue(now: testNow))
        plan.sweepEnded(now: testNow)
        #expect(!plan.isSweepDue(now: testNow))
        #expect(!plan.isSweepDue(now: testNow.advanced(by: .milliseconds(3_599_999))))
        #expect(plan.isSweepDue(now: testNow.advanced(by: .seconds(3_600))))
        #expect(plan.isSweepDue(now: testNow.advanced(by: .seconds(-1))))
        #expect(plan.oldestKept(now: testNow) == testNow.advanced(by: .seconds(-60)).nanoseconds)
    }

    @Test("a retention longer than time itself refuses nothing")
    func endless() async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/coinline.sqlite"
            let store = try openStore(path, retention: .seconds(Int64.max / 2))
            #expect(try await store.deliver(lines: "m x=1 -9223372036854") == .acknowledged)
        }
    }
}
