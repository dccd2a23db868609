import CoinlineBase
import CoinlineFiles
import Foundation
import InfluxWriter
import Testing

@testable import Collector

@Suite("Dead letters sent again")
struct OutboxRetryTests {
    /// A data folder, its letters, and a destination that they are sent to.
    private struct Retry {
        let data: DataFolder
        let destination: ScriptedDestination
        let sending: Sending

        init(_ data: DataFolder, _ reply: Reply, bucket: String = "b", bytesMax: Int = 1 << 30) throws {
            self.data = data
            destination = ScriptedDestination(reply)
            let target = Target(
                name: "main", destination: destination, bucket: Bucket(bucket), dialect: .influx2, label: "the test")
            var configuration = Landing.Configuration(target: target, dataFolder: data.path)
            configuration.outbox.capacity.freeBytesMin = 0
            configuration.outbox.capacity.bytesMax = bytesMax
            configuration.outbox.capacity.whenFull = .block(for: .zero)
            sending = try Sending(target, configuration, guardsTypes: false)
        }

        var writer: Writer { sending.writer }

        func run(origin: Origin? = nil) async throws -> DeadLetterRetry.Outcome {
            let retry = DeadLetterRetry(sending, dataFolder: data.path, origin: origin)
            return await retry.run(try DeadLetterBox(dataFolder: data.path).all().places)
        }

        /// The lines that came to the destination.
        func received() async throws -> [String] {
            _ = await writer.close(within: .seconds(20))
            return try destination.received.flatMap { batch in
                try String(decoding: batch.lineProtocol(), as: UTF8.self).split(separator: "\n").map(String.init)
            }.sorted()
        }
    }

    private func mark(_ data: DataFolder, _ bucket: String = "b") throws {
        let folder = OutboxLayout(dataFolder: data.path).folder(of: Bucket(bucket))
        try Files.makeFolders(folder)
        try data.write("real\n", to: folder + "/.origin")
    }

    private func letters(_ data: DataFolder) -> [String] { data.files("dead-letters/main") }

    @Test("letters of several buckets are sent in their own, and removed")
    func sent() async throws {
        let data = try DataFolder()
        try mark(data, "a")
        try mark(data, "b")
        for number in 1...5 { try data.letter("m,k=\(number) v=1i 5", number, bucket: number == 3 ? "a" : "b") }

        let retry = try Retry(data, .acknowledged)
        let outcome = try await retry.run()

        #expect(outcome.letters == 5 && outcome.points == 5 && outcome.kept.isEmpty)
        #expect(letters(data).isEmpty)
        #expect(try await retry.received() == (1...5).map { "m,k=\($0) v=1i 5" })
    }

    @Test("an edited line is what is sent, and may have become several")
    func edited() async throws {
        let data = try DataFolder()
        try mark(data)
        let name = try data.letter("m v=bad 5")
        try data.edit(name) { $0.replacing("m v=bad 5", with: "m v=1 5\n# a comment\n\nm v=2 6") }

        let retry = try Retry(data, .acknowledged)
        let outcome = try await retry.run()

        #expect(outcome.letters == 1 && outcome.points == 2)
        #expect(try await retry.received() == ["m v=1 5", "m v=2 6"])
    }

    @Test(
        "a letter that cannot be sent is kept as it is, and holds up no other",
        arguments: [
            ("m v=bad 5", "a line in it cannot be read: 1:"), ("m v=1 5\nm v=\"open 6", "a line in it cannot be read"),
            ("", "there is no line in it"), ("# only a comment", "there is no line in it"), ("m time=1 5", "time"),
        ])
    func kept(line: String, reason: String) async throws {
        let data = try DataFolder()
        try mark(data)
        let bad = try data.letter(line, 1)
        try data.letter("m v=3 7", 2)

        let retry = try Retry(data, .acknowledged)
        let outcome = try await retry.run()

        #expect(outcome.letters == 1 && outcome.kept.map { "\($0.place.name)" } == [bad])
        #expect(outcome.kept.first?.reason.contains(reason) == true, "\(outcome.kept)")
        #expect(letters(data) == [bad])
        #expect(try await retry.received() == ["m v=3 7"])
    }

    @Test("what an editor broke is kept by its name")
    func broken() async throws {
        let data = try DataFolder()
        try mark(data)
        let bad = try data.letter("m v=1 5")
        try data.edit(bad) { $0.replacing("# precision: ms\n", with: "") }

        let outcome = try await Retry(data, .acknowledged).run()

        #expect(outcome.kept.first?.reason.contains("cannot be read as a dead letter") == true)
        #expect(letters(data) == [bad])
    }

    @Test("with a destination that does not answer they are safe in the outbox before they are removed")
    func pending() async throws {
        let data = try DataFolder()
        try mark(data)
        for number in 1...3 { try data.letter("m,k=\(number) v=1 5", number) }

        let retry = try Retry(data, .unavailable("down"))
        let outcome = try await retry.run()
        let report = await retry.writer.close(within: .zero)

        #expect(outcome.letters == 3 && letters(data).isEmpty && !report.isComplete)
        #expect(try OutboxSummary.read(OutboxLayout(dataFolder: data.path)).lines == 3)
    }

    @Test("where the outbox takes nothing every letter stays, and the rest is not tried")
    func refused() async throws {
        let data = try DataFolder()
        try mark(data)
        for number in 1...3 { try data.letter("m,k=\(number) v=1 5", number, bucket: "b") }

        let outcome = try await Retry(data, .unavailable("down"), bytesMax: 1).run()

        #expect(outcome.letters == 0 && outcome.kept.count == 3 && letters(data).count == 3)
    }

    @Test("a point of another type than the writer knows is sent, and the server decides")
    func conflict() async throws {
        let data = try DataFolder()
        try mark(data)
        let line = "cryptocurrency_data,code=BTC rate=\"text\" 5"
        try data.letter(line)

        let retry = try Retry(data, .acknowledged)
        let outcome = try await retry.run()

        #expect(outcome.letters == 1 && letters(data).isEmpty, "\(outcome)")
        #expect(try await retry.received() == [line])
    }

    @Test("a letter that cannot be opened is kept, and holds up no other")
    func unopened() async throws {
        let data = try DataFolder()
        try mark(data)
        let bad = try data.letter("m v=1 5", 1)
        try data.enlarge(bad)
        try data.letter("m v=2 6", 2)

        let outcome = try await Retry(data, .acknowledged).run()

        #expect(outcome.letters == 1 && outcome.kept.first?.reason.hasPrefix("it cannot be read: ") == true)
        #expect(letters(data) == [bad])
    }

    @Test("lines are sent before a batch that comes after them")
    func order() async throws {
        let data = try DataFolder()
        try mark(data)
        try data.letter("m,a=x v=99 1767268800000", 1)
        try data.letter(aboutBatch: DataFolder.name(2, lines: 1), try DataFolder.body(DataFolder.lines(1)))

        let retry = try Retry(data, .acknowledged)
        _ = try await retry.run()
        _ = await retry.writer.close(within: .seconds(20))
        let lines = try retry.destination.received.flatMap { try $0.lineProtocol() }

        #expect(String(decoding: lines, as: UTF8.self).hasPrefix("m,a=x v=99 1767268800000\nm,a=x v=0 "))
    }

    @Test("one that waits gives up after its patience, not twice that, though it owns the outbox only a moment later")
    func patience() async throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(1, lines: 1))
        // In real time, so that a busy machine has half a minute to spare before it looks like waiting twice.
        let timing = Timing.system
        let target = Target(
            name: "main", destination: ScriptedDestination(.unavailable("down")), bucket: Bucket("b"),
            dialect: .influx2, label: "the test")
        var configuration = Landing.Configuration(target: target, dataFolder: data.path, timing: timing)
        configuration.patience = .seconds(30)
        configuration.outbox.capacity.freeBytesMin = 0
        let began = timing.uptime()
        let report = await (try Sending(target, configuration)).finish()

        #expect(report.reason == "down" && !report.isComplete)
        #expect((.seconds(30)..<(.seconds(60))).contains(timing.uptime() - began), "\(timing.uptime() - began)")
    }

    @Test("a bucket that has lost its mark needs an origin, and gets one")
    func origin() async throws {
        let data = try DataFolder()
        try data.letter("m v=1 5")

        let first = try Retry(data, .acknowledged)
        let unmarked = try await first.run()
        _ = await first.writer.close(within: .seconds(20))
        let second = try Retry(data, .acknowledged)
        let named = try await second.run(origin: .simulated)
        let third = try Retry(data, .acknowledged)
        try data.letter("m v=1 5")
        _ = await second.writer.close(within: .seconds(20))
        let other = try await third.run(origin: .real)

        #expect(unmarked.kept.first?.reason.contains("--origin") == true)
        #expect(named.letters == 1)
        #expect(other.letters == 0 && other.kept.first?.reason.contains("not mixed") == true, "\(other)")
    }

    @Test("a batch that was set aside is sent when every line of it can be read, else it is kept whole")
    func batches() async throws {
        let data = try DataFolder()
        try mark(data)
        let (whole, torn, poisoned) = (
            DataFolder.name(1, lines: 12), DataFolder.name(2, lines: 12), DataFolder.name(3, lines: 2)
        )
        let body = try DataFolder.body(DataFolder.lines(12))
        try data.letter(aboutBatch: whole, body)
        let second = try data.letter(aboutBatch: torn, Array(body.prefix(20)))
        let third = try data.letter(aboutBatch: poisoned, try DataFolder.body(["m v=1 5", "m v=x 6"]))

        let retry = try Retry(data, .acknowledged)
        let outcome = try await retry.run()

        #expect(outcome.letters == 1 && outcome.points == 12)
        #expect(outcome.kept.map { "\($0.place.name)" } == [second, third])
        #expect(letters(data) == [second, third, torn.fileName, poisoned.fileName].sorted())
        #expect(try await retry.received() == DataFolder.lines(12).sorted())
    }

    @Test("thousands of letters are sent in a few calls")
    func many() async throws {
        let data = try DataFolder()
        try mark(data)
        for number in 1...1_010 { try data.letter("m,k=\(number) v=1 5", number) }

        let retry = try Retry(data, .acknowledged)
        let outcome = try await retry.run()

        #expect(outcome.letters == 1_010 && letters(data).isEmpty)
        #expect(try await retry.received().count == 1_010)
        #expect(retry.destination.received.count <= 2)
    }

    @Test("the report names what is kept, and is 0 only when everything arrived")
    func report() throws {
        let data = try DataFolder()
        let name = try #require(DeadLetterName(parsing: try data.letter("m v=1 5")))
        var outcome = DeadLetterRetry.Outcome()
        outcome.letters = 2
        outcome.points = 3
        let layout = OutboxLayout(dataFolder: data.path)
        let sending = SendingReport(layout, label: "InfluxDB", obstacle: "it is not named")
        let nothing = RetryReport(FoundDeadLetters())
        var good = nothing
        good.add(outcome, sending)
        outcome.kept = [DeadLetterRetry.Kept(place: DeadLetterPlace(layout: layout, name: name), reason: "bad")]
        var bad = nothing
        bad.add(outcome, sending)

        #expect(good.exitCode == 0 && bad.exitCode == 1 && nothing.exitCode == 0)
        #expect(
            bad.text(lettersCommand: "LETTERS").hasPrefix(
                "2 dead letters accepted again, with 3 points\nerror: \(name) is kept: bad\n"))
        #expect(nothing.text(lettersCommand: "") == "There are no dead letters.")
    }
}
