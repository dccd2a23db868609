import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

/// Whatever is accepted is at the destination or a dead letter, once, however often the writer is killed on the way.
@Suite("Killed again and again")
struct KillTests {
    private static func check(_ plan: World.Plan) async throws -> Tally {
        let (tally, problems) = try await World.live(plan)
        try #require(problems.isEmpty, "\(problems.joined(separator: "\n"))")
        return tally
    }

    @Test(
        "killed at random moments, no accepted point is lost or there twice", .timeLimit(.minutes(3)),
        .requiresTestServers,
        arguments: Programs.isPlainLane ? [World.Plan.moments(.fake, 1, 4), .moments(.influxDB1, 2, 2)] : [])
    func moments(plan: World.Plan) async throws {
        print((try await Self.check(plan)).text)
    }

    @Test(
        "killed at every named point, no accepted point is lost or there twice", .timeLimit(.minutes(3)),
        .requiresFaults, .requiresTestServers,
        arguments: [World.Plan.points(.fake, 3), .points(.influxDB1, 4)])
    func points(plan: World.Plan) async throws {
        print((try await Self.check(plan)).text)
    }

    @Test(
        "a letter about a batch that died before it was cut does not stay beside that of its piece",
        .timeLimit(.minutes(1)), .requiresFaults)
    func letterInVain() async throws {
        let place = try await Place()
        let lines = (0..<40).map { number in
            number == 30
                ? "chaos,lane=0,run=\(Place.run) n=30i,v= 1767571200000" : Expected.line(number, run: Place.run)
        }
        try place.data.add(lines, to: Place.bucket.name, .milliseconds, writer: 7)
        func drain(through front: Front, fault: String) async throws -> ProgramResult {
            let words = ["mode=drain", "folder=\(place.data.path)", "url=\(front.url)", "run=\(Place.run)", "speed=20"]
            var run = ProgramRun(try #require(Programs.withFaults), place.backend.words + words)
            run.environment["COINLINE_FAULT"] = fault
            return try await run.result()
        }
        let killed = try await drain(through: place.front, fault: "between-dead-letter-and-rest:1")
        #expect(killed.signal == SIGKILL && place.data.letterNames.count == 1, "\(killed)")

        // Now the whole batch is refused as too large, and its halves are cut instead.
        let narrow = try Front(backend: place.backend.url, bodyBytesMax: 300, seed: 1)
        let result = try await drain(through: narrow, fault: "")

        #expect(result.exitCode == 0, "\(result)")
        var ledger = Ledger()
        ledger.note(0..<40, Ledger.Offer(bucket: Place.bucket.name, precision: "ms"))
        let law = Law(run: Place.run, poison: 0, unreadable: [30: lines[30]])
        let outcome = try await law.check(ledger, place.backend, place.data)
        #expect(outcome.problems.isEmpty && outcome.letters == 1, "\(outcome)")
        await narrow.goDown()
        await place.end()
    }

    @Test(
        "and a few hundred times", .timeLimit(.minutes(max(60, (Programs.longKills ?? 0) / 6))), .requiresFaults,
        .requiresTestServers, .longRun)
    func long() async throws {
        let wanted = Programs.longKills ?? 0
        var sum = Tally()
        var index = 100
        while sum.killCount < wanted {
            // Two worlds at once keep two cores busy.
            let plans = (World.Plan.mixed(index), World.Plan.mixed(index + 1))
            async let first = Self.check(plans.0)
            async let second = Self.check(plans.1)
            for tally in try await [first, second] {
                sum = sum + tally
            }
            index += 2
            print("chaos  \(sum.killCount) of \(wanted) kills")
        }
        print(sum.text)
    }
}

extension World.Plan {
    /// Its own numbers for each.
    private static func plan(
        _ kind: Backend.Kind, _ index: Int, _ kills: (inout SeededGenerator) -> [Kill]
    ) -> World.Plan {
        let seed = SeededGenerator.seed &+ UInt64(index)
        var dice = SeededGenerator(seed: seed)
        return World.Plan(backend: kind, seed: seed, kills: kills(&dice))
    }

    /// Each point once.
    fileprivate static func points(_ kind: Backend.Kind, _ index: Int) -> World.Plan {
        plan(kind, index) { dice in
            let points = FaultPoint.allCases.shuffled(using: &dice)
            return Kill.schedule(points.count, points: points, momentsPart: 0, &dice)
        }
    }

    fileprivate static func moments(_ kind: Backend.Kind, _ index: Int, _ count: Int) -> World.Plan {
        plan(kind, index) { dice in Kill.schedule(count, points: [], momentsPart: 1, &dice) }
    }

    /// Half of them at named points.
    fileprivate static func mixed(_ index: Int) -> World.Plan {
        plan(index % 3 == 0 ? .influxDB1 : .fake, index) { dice in
            let points = FaultPoint.allCases.shuffled(using: &dice)
            return Kill.schedule(20, points: points, momentsPart: 0.5, &dice)
        }
    }
}
