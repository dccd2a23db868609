import CoinlineBase
import CoinlineCompression
import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

/// What can be found in an outbox at a start, and what the clock can do meanwhile.
@Suite("A writer and what lies in its folder", .timeLimit(.minutes(2)))
struct FolderTests {
    private func plant(_ numbers: Range<Int>, _ place: Place, writer: UInt32) throws {
        let lines = numbers.map { Expected.line($0, run: Place.run) }
        try place.data.add(lines, to: Place.bucket.name, .milliseconds, writer: writer)
    }

    private func drain(_ place: Place) async throws -> Report {
        let writer = try place.writer()
        _ = await writer.drain(givingUpAfter: .seconds(600))
        return await writer.close(within: .zero)
    }

    @Test("torn and bit-flipped batches become dead letters with a reason, and the others go on")
    func damaged() async throws {
        let place = try await Place()
        for index in 0..<4 { try plant(index * 10..<index * 10 + 10, place, writer: UInt32(index)) }
        let layout = OutboxLayout(dataFolder: place.data.path)
        let paths = place.data.pending.map { "\(layout.folder(of: Place.bucket))/\($0.name.fileName)" }
        var torn = try Data(contentsOf: URL(fileURLWithPath: paths[0]))
        torn.removeLast(7)
        try torn.write(to: URL(fileURLWithPath: paths[0]))
        var flipped = try Data(contentsOf: URL(fileURLWithPath: paths[2]))
        flipped[flipped.count / 2] ^= 0x10
        try flipped.write(to: URL(fileURLWithPath: paths[2]))

        let report = try await drain(place)

        #expect(try await place.stored() == Array(10..<20) + Array(30..<40))
        let letters = DeadLetters(layout)
        let found = try letters.names().compactMap { try letters.read($0) }
        #expect(found.map(\.lines) == [10, 10] && found.allSatisfy { $0.bucket == Place.bucket })
        #expect(found[0].reason.contains("ends too early") && found[1].reason.contains("damaged"), "\(found)")
        // Damaged or not, every byte of it is kept.
        #expect(try letters.body(of: found[0]).map { Data($0) } == torn)
        #expect(try letters.body(of: found[1]).map { Data($0) } == flipped)
        #expect(report.status.total.deadLettered == 20 && report.status.total.acknowledged == 20)
        #expect(report.status.total.addsUp && report.isDrained, "\(report)")
        await place.end()
    }

    @Test("a file that is no batch is left alone, and told")
    func foreign() async throws {
        let place = try await Place()
        try plant(0..<10, place, writer: 1)
        let folder = OutboxLayout(dataFolder: place.data.path).folder(of: Place.bucket)
        let names = ["notes.txt", "batch.lp.gz", "0000000000000001-00000001-00000001-ms-1.lp.gz.old"]
        for name in names { try Data("mine".utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
        let writer = try place.writer()

        _ = await writer.drain(givingUpAfter: .seconds(600))
        let report = await writer.close(within: .zero)

        #expect(report.isDrained)
        #expect(try await place.stored() == Array(0..<10))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == names.sorted())
        var told: [String] = []
        for await event in writer.events { told.append("\(event)") }
        for name in names { #expect(told.contains { $0.contains(name) }, "\(name): \(told)") }
        await place.end()
    }

    @Test("a clock that jumps back and forth changes no order, and nothing is lost")
    func clock() async throws {
        let place = try await Place(mood: .down)
        let hours = Locked(0)
        let writer = try place.writer { configuration in
            configuration.now = {
                Timestamp(nanoseconds: 1_767_571_200_000_000_000 + Int64(hours.withLock { $0 }) * 3_600_000_000_000)
            }
        }
        for (index, hour) in [0, 5, -100, 300, 299, -10_000, 0, 1, 1, -1].enumerated() {
            hours.withLock { $0 = hour }
            _ = try await writer.write(Place.points(index * 10..<index * 10 + 10), to: Place.bucket)
        }

        // In the order of their names.
        let folder = OutboxLayout(dataFolder: place.data.path).folder(of: Place.bucket)
        let firsts = try place.data.pending.map { _, name in
            let body = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name.fileName)"))
            var parser = LineParser(try Gunzip.decompress([UInt8](body), outputBytesMax: 1 << 20))
            return try parser.next()?.point.fields.first?.value
        }
        #expect(firsts == (0..<10).map { FieldValue.integer(Int64($0 * 10)) })

        try await place.front.comeUp()
        let report = await writer.drain(givingUpAfter: .seconds(600))
        _ = await writer.close(within: .zero)
        #expect(report.isComplete, "\(report)")
        #expect(try await place.stored() == Array(0..<100))
        await place.end()
    }

    @Test("a second process adds while the first delivers, and takes over when that is killed")
    func twoProcesses() async throws {
        let place = try await Place(mood: .down)
        func start(_ first: Int, closeSeconds: Int) async throws -> RunningProgram {
            try await ProgramRun(
                Programs.ordinary(),
                place.backend.words + [
                    "folder=\(place.data.path)", "url=\(place.front.url)", "run=\(Place.run)", "first=\(first)",
                    "count=500", "speed=20", "closeSeconds=\(closeSeconds)",
                ]
            ).start()
        }
        let owner = try await start(0, closeSeconds: 10_000)
        #expect(try await eventually { owner.errorsSoFar.contains("delivering") })
        #expect(try await eventually { place.data.pendingLines == 500 })
        let adder = try await start(1_000, closeSeconds: 10_000)
        #expect(try await eventually { place.data.pendingLines == 1_000 })
        #expect(!adder.errorsSoFar.contains("delivering"))

        owner.signal(SIGKILL)
        #expect(await owner.result().signal == SIGKILL)
        #expect(try await eventually { adder.errorsSoFar.contains("delivering") })
        try await place.front.comeUp()
        let result = await adder.result()

        let report = try #require(try ProcessReport(output: result.outputText), "\(result)")
        #expect(report.delivers && report.total.addsUp && report.own.addsUp, "\(report)")
        #expect(report.own.accepted == 500 && report.own.acknowledged == 500, "\(report)")
        #expect(place.data.pending.isEmpty && place.data.temporaries.isEmpty)
        let law = try await Law(run: Place.run, poison: 0, unreadable: [:]).check(
            Self.ledger([owner, adder]), place.backend, place.data)
        #expect(law.problems.isEmpty && law.stored == 1_000, "\(law)")
        await place.end()
    }

    @Test("the accounts of two processes that write at once are together what is at the destination, and the letters")
    func twoAccounts() async throws {
        let place = try await Place()
        func start(_ first: Int) async throws -> RunningProgram {
            try await ProgramRun(
                Programs.ordinary(),
                place.backend.words + [
                    "folder=\(place.data.path)", "url=\(place.front.url)", "run=\(Place.run)", "first=\(first)",
                    "count=500", "poison=97", "callMax=20", "speed=20", "closeSeconds=10000",
                ]
            ).start()
        }
        let programs = [try await start(0), try await start(1_000)]
        var reports: [ProcessReport] = []
        for program in programs {
            let result = await program.result()
            reports.append(try #require(try ProcessReport(output: result.outputText), "\(result)"))
        }

        let ledger = Self.ledger(programs)
        let law = try await Law(run: Place.run, poison: 97, unreadable: [:]).check(ledger, place.backend, place.data)
        #expect(law.problems.isEmpty && ledger.refused.isEmpty && law.letters > 0, "\(law)")
        func sum(_ part: KeyPath<ProcessReport.Account, Int>) -> Int {
            reports.reduce(0) { $0 + $1.own[keyPath: part] }
        }
        #expect(sum(\.accepted) == 1_000 && sum(\.pending) + sum(\.dropped) + sum(\.removed) == 0, "\(reports)")
        #expect(sum(\.acknowledged) == law.stored && sum(\.deadLettered) == law.letters, "\(reports)")
        await place.end()
    }

    private static func ledger(_ programs: [RunningProgram]) -> Ledger {
        var ledger = Ledger()
        for program in programs { ledger.read(program.outputSoFar) }
        return ledger
    }
}
