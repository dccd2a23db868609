import CoinlineBase
import CoinlineCompression
import CoinlineJSON
import Foundation
import HTTPServer
import LineProtocol
import MarketStore
import TestKit
import Testing

@Suite("load of batches that were kept")
struct LoadBatchTests {
    private static let name = "000660cbade6992d-5bf06aab-00000000-ms-2.lp.gz"
    private static let lines = "m,a=x v=1 1767268800000\nm,a=y v=2 1767268800000\n"

    /// A database that answers every write in the same way and remembers what was asked.
    private final class Database: Sendable {
        private final class Log: Sendable {
            let targets = Locked<[String]>([])
            let deliveries = Locked(0)
        }
        private let log = Log()
        let server: HTTPServer

        init(_ status: Int, _ body: String = "") throws {
            let log = log
            server = try HTTPServer { request in
                log.targets.withLock { $0.append(request.target) }
                if let body = try? await request.body.collect(), !body.isEmpty { log.deliveries.withLock { $0 += 1 } }
                return .text(body, status: status)
            }
        }

        var targets: [String] { log.targets.withLock { $0 } }
        /// Requests that brought points: one that only asks whether they would be taken has no body.
        var deliveries: Int { log.deliveries.withLock { $0 } }

        var settings: [String: String] {
            ["INFLUXDB_URL": server.baseURL, "INFLUXDB_ORG": "o", "INFLUXDB_BUCKET": "now"]
        }
    }

    private func withDatabase(
        _ status: Int, _ body: String = "", _ test: (Database, String) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let database = try Database(status, body)
            do { try await test(database, folder) } catch {
                await database.server.stop()
                throw error
            }
            await database.server.stop()
        }
    }

    private func run(_ folder: String, _ settings: [String: String], _ arguments: String...) async throws
        -> ProgramResult
    {
        var run = ProgramRun(try ProgramRun.coinlinePath(), ["load"] + arguments)
        run.folder = folder
        run.environment.merge(settings) { _, new in new }
        return try await run.result()
    }

    /// A batch as it lies in an outbox, with its mark; gives its path.
    private func keep(
        _ folder: String, destination: String = "main", bucket: String, mark: String? = "simulated",
        isTorn: Bool = false
    ) throws -> String {
        let place = "data/outbox/\(destination)/\(bucket)"
        let absolute = folder + "/" + place
        try FileManager.default.createDirectory(atPath: absolute, withIntermediateDirectories: true)
        if let mark { try (mark + "\n").write(toFile: absolute + "/.origin", atomically: true, encoding: .utf8) }
        var gzip = try Gzip()
        let body = try gzip.compress(Array(Self.lines.utf8))
        let bytes = Data(isTorn ? Array(body.prefix(body.count / 2)) : body)
        try bytes.write(to: URL(fileURLWithPath: absolute + "/" + Self.name))
        return place + "/" + Self.name
    }

    private func exists(_ path: String, _ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: folder + "/" + path)
    }

    @Test("an acknowledged batch is deleted; it goes to its own bucket, and the settings' bucket gets no mark")
    func acknowledged() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "then")
            let result = try await run(folder, database.settings, file, "--json")

            #expect(result.exitCode == 0, "\(result)")
            #expect(!exists(file, folder))
            #expect(try result.number("points_acknowledged") == 2)
            #expect(database.targets.allSatisfy { $0.contains("bucket=then") })
            #expect(result.outputText.contains("then") && !exists("data/outbox/main/now", folder))
        }
    }

    @Test("of all files of a folder each is told to have landed, though the first of them sends them all")
    func wholeFolder() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "then")
            let other = file.replacing("-00000000-ms-", with: "-00000001-ms-")
            try FileManager.default.copyItem(atPath: folder + "/" + file, toPath: folder + "/" + other)
            let result = try await run(folder, database.settings, file, other, "--json")

            #expect(result.exitCode == 0, "\(result)")
            #expect(!exists(file, folder) && !exists(other, folder))
            let files = try #require(try result.json().member("files")).elements()
            #expect(try files.map { try $0.member("points_acknowledged")?.int64() } == [2, 2])
            let main = try #require(try result.json().member("destinations")?.elements().first)
            #expect(try main.member("earlier_points_acknowledged")?.int64() == 0)
        }
    }

    @Test("it is known as the outbox's own through links and dots as well")
    func links() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "then")
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder + "/data")
            let path = "link/../data/." + file.dropFirst("data".count)
            let result = try await run(folder, database.settings, path, "--data-dir", "link")

            #expect(result.exitCode == 0, "\(result)")
            #expect(!exists(file, folder))
        }
    }

    @Test("a batch of which lines are refused is done with: they are dead letters, and the counts say what landed")
    func partial() async throws {
        let answer =
            #"{"code":"unprocessable entity","message":"failure writing points to database: partial write: field type conflict: input field \"v\" on measurement \"m\" is type float, already exists as type integer dropped=2"}"#
        try await withDatabase(422, answer) { database, folder in
            let file = try keep(folder, bucket: "now")
            let result = try await run(folder, database.settings, file, "--json")

            #expect(result.exitCode == 1, "\(result)")
            #expect(!exists(file, folder))
            #expect(try result.number("points_acknowledged") == 0 && result.number("points_dead_lettered") == 2)
            #expect(result.outputText.contains("field type conflict"), "\(result)")
            #expect(filesBelow(folder + "/data/dead-letters/main").count == 2)
        }
    }

    @Test("a damaged batch is not sent, and becomes a dead letter with the reason")
    func damaged() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "now", isTorn: true)
            let result = try await run(folder, database.settings, file)

            #expect(result.exitCode == 1 && result.outputText.contains("the file ends too early"), "\(result)")
            #expect(!exists(file, folder))
            #expect(filesBelow(folder + "/data/dead-letters/main").contains { $0.hasSuffix(".lp.gz") })
            #expect(database.targets.isEmpty)
        }
    }

    @Test("a batch for the other kind of destination is not sent to this one")
    func otherDestination() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, destination: "store", bucket: "store")
            let main = try keep(folder, bucket: "now")
            let toInfluxDB = try await run(folder, database.settings, file)
            let toStore = try await run(folder, [:], main)

            #expect(toInfluxDB.exitCode == 78 && toInfluxDB.errorText.contains("embedded store"), "\(toInfluxDB)")
            #expect(toStore.exitCode == 78 && toStore.errorText.contains("INFLUXDB_URL"), "\(toStore)")
            #expect(exists(file, folder) && exists(main, folder))
        }
    }

    @Test("a batch of another outbox goes by the mark beside it, and is left where it is, which is said")
    func foreign() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "then")
            let settings = database.settings
            let other = try await run(folder, settings, file, "--data-dir", "elsewhere", "--origin", "real")
            #expect(other.exitCode == 78 && other.errorText.contains("then/.origin"), "\(other)")
            #expect(!exists("elsewhere/outbox", folder))

            let sent = try await run(folder, settings, file, "--data-dir", "elsewhere")
            #expect(sent.exitCode == 0 && exists(file, folder), "\(sent)")
            let told = sent.outputText.split(separator: "\n").filter { $0.contains("left in place") }
            #expect(
                told == ["\(file): sent, and left in place since it is not in this data folder's outbox"], "\(sent)")
            #expect(sent.errorText.isEmpty, "\(sent)")
            // To the settings' bucket, which gets the mark.
            #expect(database.targets.contains { $0.contains("bucket=now") })
            let mark = try bytes(of: folder + "/elsewhere/outbox/main/now/.origin")
            #expect(String(decoding: mark, as: UTF8.self) == "simulated\n")
            let json = try await run(folder, settings, file, "--data-dir", "elsewhere", "--json")
            let entry = try #require(try json.json().member("files")?.elements().first)
            #expect(try entry.member("left_in_place")?.boolean() == true)
        }
    }

    @Test("a batch of another outbox does not go where the other kind of data is")
    func foreignMixed() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "then")
            try "m v=1 1767268800000\n".write(toFile: folder + "/real.lp", atomically: true, encoding: .utf8)
            let real = try await run(folder, database.settings, "real.lp", "--data-dir", "elsewhere")
            let writes = database.targets.count
            let mixed = try await run(folder, database.settings, file, "--data-dir", "elsewhere")

            #expect(real.exitCode == 0, "\(real)")
            #expect(mixed.exitCode == 78 && mixed.errorText.contains("not mixed"), "\(mixed)")
            #expect(!database.targets.dropFirst(writes).contains { $0.contains("precision=ms") }, "\(database.targets)")
        }
    }

    @Test("a batch of another outbox without a mark needs its origin named once")
    func foreignUnmarked() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "now", mark: nil)
            let settings = database.settings
            let unnamed = try await run(folder, settings, file, "--data-dir", "elsewhere")
            let named = try await run(folder, settings, file, "--data-dir", "elsewhere", "--origin", "simulated")
            let again = try await run(folder, settings, file, "--data-dir", "elsewhere")
            let other = try await run(folder, settings, file, "--data-dir", "elsewhere", "--origin", "real")

            #expect(unnamed.exitCode == 64 && unnamed.errorText.contains("--origin"), "\(unnamed)")
            #expect(named.exitCode == 0 && again.exitCode == 0, "\(named)\(again)")
            #expect(other.exitCode == 78, "\(other)")
            #expect(exists(file, folder))
        }
    }

    @Test("an origin against the mark of this outbox's own batch is refused by the mark's name")
    func ownMark() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "then")
            let other = try await run(folder, database.settings, file, "--origin", "real")
            let same = try await run(folder, database.settings, file, "--origin", "simulated")

            #expect(other.exitCode == 78 && other.errorText.contains("then/.origin"), "\(other)")
            #expect(same.exitCode == 0 && !exists(file, folder), "\(same)")
        }
    }

    @Test("a batch that is gone was probably sent already, here and in another outbox")
    func gone() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "now")
            try FileManager.default.removeItem(atPath: folder + "/" + file)
            for arguments in [[file], [file, "--data-dir", "elsewhere"]] {
                var load = ProgramRun(try ProgramRun.coinlinePath(), ["load"] + arguments)
                load.folder = folder
                load.environment.merge(database.settings) { _, new in new }
                let result = try await load.result()

                #expect(result.exitCode == 1, "\(result)")
                #expect(result.outputText == "error: \(file) is no longer there: probably sent already\n", "\(result)")
            }
        }
    }

    @Test("over the 1.x API a batch in microseconds is sent in nanoseconds, kept or not, and lands")
    func microseconds() async throws {
        try await withDatabase(204) { database, folder in
            var settings = database.settings
            settings["COINLINE_INFLUXDB_API"] = "v1"
            let name = Self.name.replacing("-ms-", with: "-us-")
            let own = try keep(folder, bucket: "now")
            let kept = own.replacing(Self.name, with: name)
            try FileManager.default.moveItem(atPath: folder + "/" + own, toPath: folder + "/" + kept)
            try FileManager.default.copyItem(atPath: folder + "/" + kept, toPath: folder + "/" + name)
            try "m v=1 1767268800000001\n".write(toFile: folder + "/us.lp", atomically: true, encoding: .utf8)

            // Milliseconds under the name of microseconds are times of 1970, which a batch's own unit allows.
            let result = try await run(folder, settings, kept, name, "us.lp", "--precision", "us", "--json")

            #expect(result.exitCode == 0, "\(result)")
            #expect(try result.number("points_acknowledged") == 5 && result.number("points_pending") == 0)
            #expect(!exists(kept, folder) && exists(name, folder))
            let writes = database.targets.filter { $0.contains("/write") }
            #expect(writes.count >= 3 && writes.allSatisfy { $0.contains("precision=ns") }, "\(writes)")
        }
    }

    @Test("its name carries the precision, and another one on the command line is a mistake")
    func precision() async throws {
        try await withDatabase(204) { database, folder in
            let file = try keep(folder, bucket: "now")
            let other = try await run(folder, database.settings, file, "--precision", "s")
            let same = try await run(folder, database.settings, file, "--precision", "ms")

            #expect(other.exitCode == 64 && other.errorText.contains("its own precision"), "\(other)")
            #expect(same.exitCode == 0, "\(same)")
        }
    }

    @Test("a file that is not there, and one without a good line, mark nothing")
    func nothingToMark() async throws {
        try await withDatabase(204) { database, folder in
            try "no line\n".write(toFile: folder + "/bad.lp", atomically: true, encoding: .utf8)
            let result = try await run(folder, database.settings, "nothing.lp", "bad.lp", folder)

            #expect(result.exitCode == 1, "\(result)")
            #expect(
                result.outputText.contains("\(folder) is a folder: give the files in it, such as \(folder)/*.lp.gz"),
                "\(result)")
            #expect(filesBelow(folder) == ["bad.lp"])
        }
    }

    @Test("files for a destination that does not take them all wait on disk, and it is asked once")
    func waiting() async throws {
        try await withDatabase(401, #"{"code":"unauthorized","message":"no"}"#) { database, folder in
            for name in ["a", "b", "c"] {
                try Self.lines.write(toFile: folder + "/\(name).lp", atomically: true, encoding: .utf8)
            }
            let result = try await run(folder, database.settings, "a.lp", "b.lp", "c.lp", "--json")

            #expect(result.exitCode == 1, "\(result)")
            #expect(database.deliveries == 1)
            #expect(try result.number("points_pending") == 6)
            let files = try #require(try result.json().member("files")).elements()
            #expect(try files.map { try $0.member("points_pending")?.int64() } == [2, 2, 2])
            #expect(try result.json().member("not_loaded")?.elements().isEmpty == true)
        }
    }

    @Test("files behind one for which the outbox has no room are named, not tried")
    func blocked() async throws {
        try await withDatabase(401, #"{"code":"unauthorized","message":"no"}"#) { database, folder in
            var generator = SeededGenerator()
            let text = (0..<20_000).map {
                "m,a=x v=\(Double.random(in: 0..<1, using: &generator)) \(1_767_268_800_000 + $0)"
            }
            try text.joined(separator: "\n").write(toFile: folder + "/a.lp", atomically: true, encoding: .utf8)
            try Self.lines.write(toFile: folder + "/b.lp", atomically: true, encoding: .utf8)
            var settings = database.settings
            // Of such batches the outbox holds one.
            settings["COINLINE_OUTBOX_MAX"] = "128KiB"
            settings["COINLINE_BATCH_TIME"] = "600s"
            settings["COINLINE_TEST_CLOCK"] = TestClock(start: World.start, at: Timing.system.now(), speed: 10)?.text
            let result = try await run(folder, settings, "a.lp", "b.lp", "--json")

            #expect(result.exitCode == 1, "\(result)")
            #expect(try result.number("points_pending") == 5_000 && result.number("points_lost") ?? 0 > 0, "\(result)")
            #expect(result.outputText.contains("not everything from line 5001 on was accepted"), "\(result)")
            #expect(try result.json().member("not_loaded")?.elements().map { try $0.string() } == ["b.lp"])
        }
    }

    @Test("what standard input brings waits on disk when the destination does not take it")
    func standardInput() async throws {
        try await withDatabase(401, #"{"code":"unauthorized","message":"no"}"#) { database, folder in
            var run = ProgramRun(try ProgramRun.coinlinePath(), ["load", "-", "--json"])
            run.folder = folder
            run.environment.merge(database.settings) { _, new in new }
            var text = ""
            for index in 0..<12_000 { text += "m,a=x v=\(index) \(1_767_268_800_000 + index)\n" }
            run.input = Array(text.utf8)
            let result = try await run.result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(try result.number("points_pending") == 12_000)
            // Two may be under way when the first is answered.
            #expect((1...2).contains(database.deliveries))
        }
    }
}
