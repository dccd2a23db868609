import CoinlineJSON
import Foundation
import HTTPServer
import MarketStore
import TestKit
import Testing

@Suite("outbox")
struct OutboxTests {
    private static let lines = ["m,a=x v=1 1767268800000", "m,a=y v=2 1767268800000"]

    @Test("it shows what waits and sends it; then nothing waits")
    func showAndFlush() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines)
            try waiting.keep(["m,a=z v=3 1767268800000"], 2)
            let shown = try await waiting.run("outbox", settings: waiting.settings)
            let json = try await waiting.run("outbox", "--json", settings: waiting.settings)
            let sent = try await waiting.run("outbox", "flush", settings: waiting.settings)
            let again = try await waiting.run("outbox", "flush")

            #expect(shown.exitCode == 0 && shown.errorText.contains("test clock"), "\(shown)")
            #expect(shown.outputText.hasPrefix("main  3 points in 2 batches ("), "\(shown)")
            #expect(shown.outputText.contains("send with: ") && shown.outputText.contains(" outbox flush\n"))
            let entry = try #require(try json.json().member("destinations")?.elements().first)
            #expect(try entry.member("points")?.int64() == 3)
            #expect(sent.exitCode == 0 && sent.outputText.contains("3 points sent, nothing waits any more"), "\(sent)")
            #expect(waiting.stored == 3 && waiting.files.isEmpty)
            #expect(again.exitCode == 0 && again.outputText == "Nothing waits.\n", "\(again)")
        }
    }

    @Test("without an answer for 10 seconds it gives up, keeps everything and says why, then and later")
    func down() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines)
            let files = waiting.files
            let sent = try await waiting.run("outbox", "flush", settings: waiting.down)
            let json = try await waiting.run("outbox", "flush", "--json", settings: waiting.down)
            let shown = try await waiting.run("outbox")

            #expect(sent.exitCode == 1 && sent.outputText.contains("2 points in 1 batch ("), "\(sent)")
            #expect(
                sent.outputText.contains("wait safely on disk") && sent.outputText.contains("INFLUXDB_URL"), "\(sent)")
            #expect(waiting.files == files && sent.duration < .seconds(50), "\(sent)")
            let entry = try #require(try json.json().member("destinations")?.elements().first)
            #expect(json.exitCode == 1, "\(json)")
            #expect(try entry.member("ok")?.boolean() == false && entry.member("points_waiting")?.int64() == 2)
            #expect(try entry.member("problem")?.string().contains("connect") == true)
            #expect(shown.outputText.contains("last error 2") && shown.outputText.contains("connect"), "\(shown)")
            _ = try await waiting.run("outbox", "flush", settings: waiting.settings)
            #expect(try await !waiting.run("outbox").outputText.contains("last error"))
        }
    }

    @Test("on a terminal a bar shows how much is sent", .requiresPrograms("script"))
    func progress() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines)
            try waiting.keep(Self.lines, 2, bucket: "other")
            // Waited for until the command gives up.
            waiting.fake.intercept = { request, _ in
                request.target.contains("other") ? ServerResponse(503) : nil
            }
            var run = try waiting.program([], waiting.settings)
            run.arguments = ["-qec", "'\(run.program)' outbox flush", "/dev/null"]
            run.program = "/usr/bin/script"
            let result = try await run.result()

            #expect(result.exitCode == 1 && waiting.stored == 2, "\(result)")
            let bar = "[##########..........]  50 %, 1 batch to go …"
            #expect(result.outputText.contains(bar), "\(result)")
            // The line is written when there is something new to tell, and what is noted there stays.
            #expect(result.outputText.ranges(of: "50 %").count < 10, "\(result)")
        }
    }

    @Test("what the operator must mend is told at once, and a server that is mended takes it")
    func held() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines)
            var settings = waiting.settings
            settings["INFLUXDB_TOKEN"] = "another"
            let refused = try await waiting.run("outbox", "flush", settings: settings)
            let sent = try await waiting.run("outbox", "flush", settings: waiting.settings)

            #expect(refused.exitCode == 1 && refused.outputText.contains("INFLUXDB_TOKEN"), "\(refused)")
            #expect(sent.exitCode == 0 && waiting.stored == 2, "\(sent)")
        }
    }

    @Test("a line that is refused for good becomes a dead letter, the others are sent, and the exit code says so")
    func refused() async throws {
        try await withWaiting { waiting in
            try waiting.keep(["m v=1 1767268800000", "m v=bad 1767268800001", "m v=3 1767268800002"])
            let sent = try await waiting.run("outbox", "flush", settings: waiting.settings)
            let list = try await waiting.run("dead-letters", "list", "--json")

            #expect(sent.exitCode == 1 && sent.outputText.contains("1 point became a dead letter,"), "\(sent)")
            #expect(sent.outputText.contains("dead-letters list"), "\(sent)")
            #expect(waiting.stored == 2 && waiting.files.count == 1)
            #expect(try list.number("count") == 1)
        }
    }

    @Test("letters that went because there were too many are told, and the exit code says so")
    func discarded() async throws {
        try await withWaiting { waiting in
            try waiting.keep((0..<4).map { "m v=\($0 < 3 ? "bad" : "1") 176726880000\($0)" })
            var settings = waiting.settings
            settings["COINLINE_DEAD_LETTERS"] = "1"
            let sent = try await waiting.run("outbox", "flush", settings: settings)

            #expect(sent.exitCode == 1 && sent.outputText.contains("3 points became dead letters"), "\(sent)")
            #expect(sent.outputText.contains("2 dead letters were discarded, the oldest first"), "\(sent)")
            #expect(waiting.stored == 1 && waiting.files.count == 1)
        }
    }

    @Test("a server that takes a request and never answers is told, then and later")
    func silent() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines, bucket: "old_bucket")
            let silent = try RawListener()
            var settings = waiting.settings
            settings["INFLUXDB_URL"] = silent.url
            let sent = try await waiting.run("outbox", "flush", settings: settings)
            let json = try await waiting.run("outbox", "flush", "--json", settings: settings)
            let shown = try await waiting.run("outbox")
            withExtendedLifetime(silent) {}

            let reason = "no answer from bucket \"old_bucket\" of \(silent.url) after "
            #expect(sent.exitCode == 1 && sent.outputText.contains(reason), "\(sent)")
            let entry = try #require(try json.json().member("destinations")?.elements().first)
            #expect(try entry.member("problem")?.string().hasPrefix(reason) == true, "\(json)")
            #expect(shown.outputText.contains(": \(reason)"), "\(shown)")
        }
    }

    @Test("one destination that cannot be read is told, and the others are sent")
    func partlyUnreadable() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines)
            try waiting.write("x", to: "data/outbox/cold")
            try waiting.write("x", to: "data/dead-letters/cold/notes")
            let shown = try await waiting.run("outbox")
            let sent = try await waiting.run("outbox", "flush", settings: waiting.settings)

            #expect(shown.exitCode == 1 && shown.outputText.contains("cannot be read: "), "\(shown)")
            #expect(sent.exitCode == 1 && sent.outputText.contains("destination cold: what waits cannot be read"))
            #expect(waiting.stored == 2, "\(sent)")
        }
    }

    @Test("a data folder that was named and is not there is told, with 1")
    func noFolder() async throws {
        try await withWaiting { waiting in
            for words in [["outbox"], ["outbox", "flush"], ["dead-letters", "list"]] {
                let result = try await waiting.program(words + ["--data-dir", "nowhere"]).result()
                #expect(result.exitCode == 1 && result.errorText.contains("there is no folder nowhere"), "\(result)")
            }
            #expect(try await waiting.run("outbox").exitCode == 0)
        }
    }

    @Test("copies are not laid among the batches and letters themselves, by whatever path")
    func exportInside() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines)
            try FileManager.default.createSymbolicLink(
                atPath: waiting.folder + "/link", withDestinationPath: "data/outbox/main")
            for place in ["data/outbox", "./data//outbox/new/deep", "link/x", "data/new/../dead-letters/x"] {
                let result = try await waiting.run("outbox", "export", place)
                #expect(result.exitCode == 64 && result.errorText.contains("keeps its own"), "\(place): \(result)")
            }
            #expect(waiting.files.count == 1)
            #expect(try await waiting.run("outbox", "export", "data/outbox-copy").exitCode == 0)
        }
    }

    @Test("every destination gets its own, and one that the settings do not name is told")
    func destinations() async throws {
        try await withWaiting { waiting in
            let other = try FakeInfluxDB2()
            try waiting.keep(Self.lines)
            try waiting.keep(Self.lines, destination: "cold-2")
            let first = try await waiting.run("outbox", "flush", settings: waiting.settings)
            let left = try await waiting.run("outbox", settings: waiting.settings)
            var settings = waiting.settings
            settings["COINLINE_DESTINATIONS"] = "cold-2"
            let missing = try await waiting.run("outbox", "flush", settings: settings)
            settings["COINLINE_DEST_COLD_2_URL"] = other.url
            settings["COINLINE_DEST_COLD_2_TOKEN"] = FakeInfluxDB2.writeToken
            settings["COINLINE_DEST_COLD_2_ORG"] = "market"
            settings["COINLINE_DEST_COLD_2_BUCKET"] = Waiting.bucket
            let second = try await waiting.run("outbox", "flush", settings: settings)
            await other.stop()

            #expect(first.exitCode == 1 && waiting.stored == 2, "\(first)")
            #expect(first.outputText.contains("COINLINE_DESTINATIONS does not name it: name it there again, or copy"))
            #expect(left.outputText.contains("outbox export DIR") && !left.outputText.contains("send with:"), "\(left)")
            #expect(missing.exitCode == 78 && missing.errorText.contains("COINLINE_DEST_COLD_2_URL is missing"))
            #expect(second.exitCode == 0 && waiting.files.isEmpty, "\(second)")
            #expect(other.points(in: Waiting.bucket).count == 2)
        }
    }

    @Test("what waits for InfluxDB is not sent into the embedded store, and the other way round")
    func store() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines)
            try waiting.keep(Self.lines, destination: "store", bucket: "store", mark: nil)
            let toStore = try await waiting.run("outbox", "flush")
            let toMain = try await waiting.run("outbox", "flush", settings: waiting.settings)

            #expect(toStore.exitCode == 1 && toStore.outputText.contains("INFLUXDB_URL"), "\(toStore)")
            #expect(toStore.outputText.contains("the embedded store ./data/coinline.sqlite: 2 points sent"))
            #expect(toMain.exitCode == 0 && waiting.files.isEmpty, "\(toMain)")
            let reader = try StoreReader(path: waiting.folder + "/data/coinline.sqlite")
            #expect(try reader.points(of: "m").count == 2 && waiting.stored == 2)
        }
    }

    @Test("beside a process that delivers it waits, gives up when nothing moves, and takes over when that one ends")
    func owned() async throws {
        try await withWaiting { waiting in
            let file = try waiting.keep(Self.lines)
            let lock = waiting.folder + "/data/outbox/main/.lock"
            try waiting.write("", to: "data/outbox/main/.lock")
            let descriptor = open(lock, O_RDWR | O_CLOEXEC)
            try #require(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            let shown = try await waiting.run("outbox")
            let beside = try await waiting.run("outbox", "flush", settings: waiting.settings)
            let running = try await waiting.program(["outbox", "flush"], waiting.settings).start()
            // A program that another test starts just now may have a copy of the descriptor.
            flock(descriptor, LOCK_UN)
            close(descriptor)
            let after = await running.result()

            #expect(shown.outputText.contains("a process that runs now sends them"), "\(shown)")
            #expect(beside.exitCode == 1 && beside.outputText.contains("another process sends"), "\(beside)")
            #expect(beside.duration >= .milliseconds(200), "ten seconds of its clock")
            #expect(after.exitCode == 0 && waiting.stored == 2, "\(after)")
            #expect(!FileManager.default.fileExists(atPath: waiting.folder + "/" + file))
        }
    }

    @Test("it copies what waits, with the command that loads it elsewhere, which works")
    func export() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines, mark: "simulated")
            let files = waiting.files
            let copied = try await waiting.run("outbox", "export", "out")
            let again = try await waiting.run("outbox", "export", "out", "--json")
            let loaded = try await waiting.run(
                "load", "out/main/\(Waiting.bucket)/" + (files[0] as NSString).lastPathComponent, "--data-dir",
                "elsewhere", settings: waiting.settings)

            #expect(copied.exitCode == 0 && waiting.files == files, "\(copied)")
            #expect(copied.outputText.contains("  coinline load out/main/\(Waiting.bucket)/*.lp.gz\n"), "\(copied)")
            #expect(try again.number("batches_there_already") == 1)
            #expect(loaded.exitCode == 0 && waiting.stored == 2, "\(loaded)")
            try waiting.write("real\n", to: "out/main/\(Waiting.bucket)/.origin")
            let mixed = try await waiting.run("outbox", "export", "out")
            #expect(mixed.exitCode == 78 && mixed.errorText.contains("another mark"), "\(mixed)")
        }
    }

    @Test("a folder that cannot be read and a place that cannot be written are told, with 1")
    func unusable() async throws {
        try await withWaiting { waiting in
            try waiting.keep(Self.lines)
            try waiting.write("x", to: "file")
            let export = try await waiting.run("outbox", "export", "file")
            try FileManager.default.removeItem(atPath: waiting.folder + "/data")
            try waiting.write("x", to: "data/outbox")
            let shown = try await waiting.run("outbox")
            let flush = try await waiting.run("outbox", "flush", "--json")

            #expect(export.exitCode == 1 && export.errorText.contains("file"), "\(export)")
            #expect(shown.exitCode == 1 && shown.errorText.contains("./data/outbox"), "\(shown)")
            #expect(flush.exitCode == 1 && flush.outputText.contains("problem"), "\(flush)")
        }
    }

    @Test("slips on the command line are told with what was meant")
    func usage() async throws {
        try await withWaiting { waiting in
            let slip = try await waiting.run("outbox", "flsh")
            let nowhere = try await waiting.run("outbox", "export")
            let help = try await waiting.run("outbox", "--help")

            #expect(slip.exitCode == 64 && slip.errorText.contains("did you mean outbox flush?"), "\(slip)")
            #expect(nowhere.exitCode == 64 && nowhere.errorText.contains("DIR is missing"), "\(nowhere)")
            #expect(help.outputText.contains("outbox flush"), "\(help)")
        }
    }
}
