import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

/// Asked to end in the midst of whatever trouble, a process does so within the time that it has for that, and what it
/// reports is what is there. The next one finds everything.
@Suite("Stopped in trouble", .timeLimit(.minutes(3)))
struct StopTests {
    private static let closeSeconds = 1

    /// A process at a place, in real time: an end that takes longer than it may shows in its own time as in ours.
    private struct Stopping {
        let place: Place
        let before: Whereabouts
        let program: RunningProgram

        init(_ place: Place, _ words: [String]) async throws {
            self.place = place
            before = try await Whereabouts(place.data, place.backend)
            let more = [
                "folder=\(place.data.path)", "url=\(place.front.url)", "run=\(Place.run)", "callMax=50",
                "closeSeconds=\(StopTests.closeSeconds)", "patienceSeconds=3600", "deadlineMs=600000",
            ]
            program = try await ProgramRun(Programs.ordinary(), place.backend.words + more + words).start()
        }

        func untilSaid(_ words: String) async throws {
            try #require(
                try await eventually { program.errorsSoFar.contains(words) || program.outputSoFar.contains(words) },
                "\(program.outputSoFar)\n\(program.errorsSoFar)")
        }

        /// - Parameter isToTheLast: whether it goes on trying as long as it may.
        func stop(isToTheLast: Bool) async throws -> (ProcessReport, Ledger) {
            let result = await program.stop(within: .seconds(60))
            try #require(result.exitCode == 0, "\(result)")
            let report = try #require(try ProcessReport(output: result.outputText), "\(result)")
            let said = Ledger(result)
            let balance = Balance(
                before: before, after: try await Whereabouts(place.data, place.backend), said: said)
            #expect(balance.problems(of: report) == [], "\(result)")
            #expect(report.delivers, "\(result)")
            let time = StopTests.closeSeconds * 1_000
            #expect(report.endMilliseconds <= time + Programs.slackMilliseconds, "\(report)")
            if isToTheLast { #expect(report.endMilliseconds >= time, "\(report)") }
            return (report, said)
        }
    }

    /// All that was accepted is there in the end, once.
    private func check(
        _ place: Place, _ ledger: Ledger, unreadable: [Int: String] = [:], letters: Int = 0,
        _ location: SourceLocation = #_sourceLocation
    ) async throws {
        place.front.forecast([])
        try await place.front.comeUp()
        let writer = try place.writer()
        _ = await writer.drain(givingUpAfter: .seconds(600))
        let report = await writer.close(within: .zero)
        #expect(report.isDrained, "\(report)", sourceLocation: location)
        let law = Law(run: Place.run, poison: 0, unreadable: unreadable)
        let outcome = try await law.check(ledger, place.backend, place.data)
        #expect(outcome.problems == [], sourceLocation: location)
        #expect(outcome.letters == letters, sourceLocation: location)
        await place.end()
    }

    // MARK: The disk

    @Test("on a full disk, it ends in time and reports what is there", .requiresNamespaces, .inNamespaces)
    func full() async throws {
        let place = try await Place(mood: .down)
        let disk = try await SmallDisk(on: place.data.path, kibibytes: 512)
        let stopping = try await Stopping(place, ["mode=write", "count=1000000"])
        try await stopping.untilSaid("accepted ")
        try disk.fill()
        try await stopping.untilSaid("the disk is full")

        let (report, said) = try await stopping.stop(isToTheLast: true)

        #expect(report.own.accepted > 0 && report.own.accepted == report.own.pending, "\(report)")
        #expect(report.held <= said.refused.count, "\(report)")
        try disk.empty()
        try await check(place, said)
    }

    @Test("where a folder is read-only, it ends in time and reports what is there", .requiresNamespaces, .inNamespaces)
    func readOnly() async throws {
        let place = try await Place(mood: .down)
        let folder = OutboxLayout(dataFolder: place.data.path).folder(of: Place.bucket)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let disk = try await SmallDisk(on: folder, kibibytes: 512)
        let stopping = try await Stopping(place, ["mode=write", "count=1000000"])
        try #require(try await eventually { place.data.pending.contains { $0.bucket == Place.bucket.name } })
        // Not while a file of it is being written.
        try #require(try await eventually { (try? await disk.setReadOnly(true)) != nil })
        try await stopping.untilSaid("the outbox cannot be written")

        let (report, said) = try await stopping.stop(isToTheLast: true)

        #expect(report.own.accepted > 0 && report.own.accepted == report.own.pending, "\(report)")
        #expect(report.held <= said.refused.count, "\(report)")
        try await disk.setReadOnly(false)
        try await check(place, said)
    }

    @Test("while it finds torn and bit-flipped batches, it ends in time and reports what is there")
    func damaged() async throws {
        let place = try await Place()
        var ledger = Ledger()
        var damagedLines = 0
        for index in 0..<20 {
            let numbers = index * 10..<index * 10 + 10
            let bucket = Backend.buckets[index % 2]
            let isDamaged = index % 5 == 0
            try place.data.add(
                numbers.map { Expected.line($0, run: Place.run) }, to: bucket, .milliseconds, writer: UInt32(index))
            if isDamaged {
                try damage(place, index)
                damagedLines += numbers.count
            } else {
                ledger.note(numbers, Ledger.Offer(bucket: bucket, precision: "ms"))
            }
        }
        place.front.forecast([.pass], then: .silence)
        let stopping = try await Stopping(place, ["mode=drain"])
        try await stopping.untilSaid("became dead letters")
        try #require(try await eventually { place.front.count(of: .silence) > 0 })

        let (report, _) = try await stopping.stop(isToTheLast: true)

        #expect(report.total.accepted == 200 && report.total.deadLettered > 0, "\(report)")
        #expect(report.total.acknowledged > 0 && report.total.pending > 0, "\(report)")
        // Nobody can read the numbers in the damaged ones, so the law does not look at them.
        try await check(place, ledger)
        let letters = try place.data.letters()
        #expect(letters.reduce(0) { $0 + $1.count } == damagedLines, "\(letters)")
    }

    private func damage(_ place: Place, _ index: Int) throws {
        let (bucket, name) = try #require(place.data.pending.first { $0.name.writer == UInt32(index) })
        var body = try place.data.body(of: name, in: bucket)
        if index % 2 == 0 { body.removeLast(7) } else { body[body.count / 2] ^= 0x10 }
        try Data(body).write(to: URL(fileURLWithPath: place.data.path(of: name, in: bucket)))
    }

    // MARK: The destination

    @Test("while it cuts lines out of a batch, it ends in time and reports what is there", arguments: 0..<3)
    func cutting(answered: Int) async throws {
        let place = try await Place()
        var ledger = Ledger()
        let unreadable = try plant(place, &ledger)
        try await stop(place, afterAnswers: answered)
        try await check(place, ledger, unreadable: unreadable, letters: unreadable.count)
    }

    @Test(
        "while it halves batches that are too large, it ends in time and reports what is there",
        arguments: [0, 1, 3, 5, 6])
    func halving(answered: Int) async throws {
        let place = try await Place(bodyBytesMax: 300)
        var ledger = Ledger()
        let unreadable = try plant(place, &ledger)
        try await stop(place, afterAnswers: answered)
        try await check(place, ledger, unreadable: unreadable, letters: unreadable.count)
    }

    /// Two batches, and three lines in one of them that no server can read.
    private func plant(_ place: Place, _ ledger: inout Ledger) throws -> [Int: String] {
        var unreadable: [Int: String] = [:]
        for number in [40, 55, 79] {
            unreadable[number] = "chaos,lane=0,run=\(Place.run) n=\(number)i,v= 1767571200000"
        }
        for numbers in [0..<40, 40..<80] {
            let lines = numbers.map { unreadable[$0] ?? Expected.line($0, run: Place.run) }
            try place.data.add(lines, to: Place.bucket.name, .milliseconds, writer: UInt32(numbers.lowerBound))
            ledger.note(numbers, Ledger.Offer(bucket: Place.bucket.name, precision: "ms"))
        }
        return unreadable
    }

    /// The destination falls silent after so many answers, and the process is stopped in its next request.
    private func stop(_ place: Place, afterAnswers count: Int) async throws {
        place.front.forecast(Array(repeating: .pass, count: count), then: .silence)
        let stopping = try await Stopping(place, ["mode=drain"])
        try #require(try await eventually { place.front.count(of: .silence) > 0 })

        let (report, _) = try await stopping.stop(isToTheLast: true)

        #expect(report.total.accepted == 80 && report.total.pending > 0, "\(report)")
        #expect(report.total.acknowledged == place.front.storedLines, "\(report)")
    }

    @Test(
        "while the destination waits for its operator, it ends in time and reports what is there",
        arguments: [Front.Weather.unauthorized, .forbidden, .notFound])
    func hold(weather: Front.Weather) async throws {
        let place = try await Place()
        place.front.forecast([], then: weather)
        let stopping = try await Stopping(place, ["mode=write", "count=1000000"])
        try await stopping.untilSaid("nothing is sent to")

        // There is nothing to wait for where all of it waits for the operator.
        let (report, said) = try await stopping.stop(isToTheLast: false)

        #expect(report.holds > 0 && report.own.accepted > 0, "\(report)")
        #expect(report.own.accepted == report.own.pending, "\(report)")
        try await check(place, said)
    }
}
