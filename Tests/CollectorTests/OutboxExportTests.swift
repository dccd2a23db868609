import CoinlineFiles
import CoinlineJSON
import Foundation
import InfluxWriter
import Testing

@testable import Collector

@Suite("Copying what waits")
struct OutboxExportTests {
    private func export(_ data: DataFolder) throws -> OutboxExportReport {
        try OutboxExport(dataFolder: data.path, to: data.path + "/out").run()
    }

    private func text(_ data: DataFolder) throws -> String {
        try export(data).text(loadCommand: "LOAD").replacing(data.path, with: "DATA")
            .replacing(/\(\d+ bytes\)/, with: "(N bytes)")
    }

    @Test("every batch is copied byte for byte with the mark of its bucket, and stays")
    func copies() throws {
        let data = try DataFolder()
        let (one, two, three) = (
            DataFolder.name(1, lines: 2), DataFolder.name(2, lines: 3), DataFolder.name(3, pieces: [(1, 1)], lines: 1)
        )
        let file = try data.keep(one, in: "a b")
        try data.keep(two, in: "a b")
        try data.keep(three, in: "store", of: "store", mark: nil)
        try data.write("x", to: file + ".dropped")
        let before = data.files("outbox")

        let told = try text(data)

        #expect(data.files("outbox") == before)
        #expect(
            data.files("out") == [
                "main/a%20b/.origin", "main/a%20b/\(one.fileName)", "main/a%20b/\(two.fileName)",
                "store/store/\(three.fileName)",
            ])
        #expect(
            try Files.read(file, bytesMax: 1 << 20)
                == Files.read(data.path + "/out/main/a%20b/\(one.fileName)", bytesMax: 1 << 20))
        #expect(
            told == """
                3 batches with 6 points copied to DATA/out (N bytes)
                They still wait here too. Send the copies, where they are taken to, with:
                  LOAD DATA/out/main/a%20b/*.lp.gz
                  LOAD DATA/out/store/store/*.lp.gz
                """)
    }

    @Test("again it copies what is new only, beside whatever else is there")
    func again() throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(1, lines: 2))
        _ = try export(data)
        try data.write("mine", to: data.path + "/out/main/b/notes.txt")
        try data.keep(DataFolder.name(2, lines: 3))

        #expect(try text(data).hasPrefix("1 batch with 3 points copied to DATA/out (N bytes); 1 batch there already"))
        #expect(data.files("out").count == 4)
        let json = try JSONCursor(Array(try export(data).json().utf8), name: "report")
        #expect(try json.member("batches")?.int64() == 0 && json.member("batches_there_already")?.int64() == 2)
    }

    @Test("a file of a batch's name with other bytes is not replaced, shorter or longer", arguments: ["x", "long"])
    func otherFile(content: String) throws {
        let data = try DataFolder()
        let name = DataFolder.name(1, lines: 2)
        try data.keep(name)
        let place = data.path + "/out/main/b"
        try Files.makeFolders(place)
        let bytes = content == "x" ? "x" : String(repeating: "x", count: 10_000)
        try data.write(bytes, to: "\(place)/\(name.fileName)")

        let error = #expect(throws: OutboxExportError.self) { try export(data) }

        #expect(error?.description.contains(name.fileName) == true && error?.isMixed == false)
        #expect(try Files.read("\(place)/\(name.fileName)", bytesMax: 1 << 20) == Array(bytes.utf8))
    }

    @Test("real and simulated batches are not mixed, and nothing is written before that is seen")
    func mixed() throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(1, lines: 2), in: "a")
        try data.keep(DataFolder.name(2, lines: 2), in: "b", mark: "simulated")
        try Files.makeFolders(data.path + "/out/main/b")
        try data.write("real\n", to: data.path + "/out/main/b/.origin")

        let error = #expect(throws: OutboxExportError.self) { try export(data) }

        #expect(error?.isMixed == true)
        #expect(data.files("out") == ["main/b/.origin"])
    }

    @Test("where nothing waits nothing is made")
    func nothing() throws {
        let data = try DataFolder()
        try Files.makeFolders(data.path + "/outbox/main/b")

        #expect(try text(data) == "Nothing waits, so nothing was copied.")
        #expect(!Files.exists(data.path + "/out"))
    }

    @Test("more files than a command line takes are sent by a command that finds them")
    func many() {
        var report = OutboxExportReport(folder: "/o")
        report.parts = [OutboxExportReport.Part(folder: "/o/main/b c", batches: 1_001, lines: 1_001)]

        #expect(
            report.text(loadCommand: "LOAD").hasSuffix(
                "find '/o/main/b c' -name '*.lp.gz' -print0 | sort -z | xargs -0 LOAD"))
    }

    @Test("one that is stopped copies no further batch and says how to go on")
    func stopped() async throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(1, lines: 2))
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try export(data)
        }
        task.cancel()
        let report = try await task.value

        #expect(report.isStopped && data.files("out").isEmpty)
        #expect(
            report.text(loadCommand: "LOAD")
                == "stopped, 0 batches copied to \(data.path)/out; the same command goes on from there")
        #expect(try !export(data).isStopped)
    }

    @Test("a place that cannot be written is told")
    func unwritable() throws {
        let data = try DataFolder()
        try data.keep(DataFolder.name(1, lines: 2))
        try data.write("x", to: data.path + "/out")

        let error = #expect(throws: OutboxExportError.self) { try export(data) }

        #expect(error?.description.contains(data.path + "/out") == true)
    }
}
