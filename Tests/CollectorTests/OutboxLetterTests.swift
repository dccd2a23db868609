import CoinlineFiles
import CoinlineJSON
import Foundation
import InfluxWriter
import Testing

@testable import Collector

@Suite("Dead letters in a data folder")
struct OutboxLetterTests {
    private func box(_ data: DataFolder, _ destination: String? = nil) throws -> DeadLetterBox {
        try DeadLetterBox(dataFolder: data.path, destination: destination)
    }

    @Test("the list has the newest last, of all destinations or of one")
    func list() throws {
        let data = try DataFolder()
        let second = try data.letter("m v=1 1", 1, time: 20, reason: "two")
        let first = try data.letter("m v=1 1", 2, time: 10, bucket: "a", reason: "one")
        let third = try data.letter("m v=1 1", 3, time: 30, reason: "three", destination: "cold")

        let all = DeadLetterList(try box(data).all(), limit: nil)
        let newest = DeadLetterList(try box(data).all(), limit: 1)

        #expect(
            all.rows == [
                ["main", first, "1970-01-01T00:00:10Z", "a", "1", "one"],
                ["main", second, "1970-01-01T00:00:20Z", "b", "1", "two"],
                ["cold", third, "1970-01-01T00:00:30Z", "b", "1", "three"],
            ])
        #expect(all.note == nil && !all.isEmpty)
        #expect(newest.rows.map { $0[1] } == [third] && newest.note == "2 older ones are not shown")
        #expect(try DeadLetterList(box(data, "cold").all(), limit: nil).rows.map { $0[1] } == [third])
        #expect(try DeadLetterList(box(data, "none").all(), limit: nil).isEmpty)
        let json = try JSONCursor(Array(all.json().utf8), name: "list")
        let entry = try #require(try json.member("dead_letters")?.elements().last)
        #expect(try json.member("count")?.int64() == 3)
        #expect(try entry.member("reason")?.string() == "three" && entry.member("destination")?.string() == "cold")
    }

    @Test("a letter that cannot be read is in the list, a file of another kind is not")
    func unreadable() throws {
        let data = try DataFolder()
        let good = try data.letter("m v=1 1", 1)
        let bad = try data.letter("m v=1 1", 2)
        try data.edit(bad) { _ in "m v=1 1\n" }
        try data.write("x", to: data.path + "/dead-letters/main/notes.txt")

        let rows = try DeadLetterList(box(data).all(), limit: nil).rows

        #expect(rows.map { $0[1] } == [bad, good])
        #expect(rows[0][5].hasPrefix("cannot be read: see ") && rows[0][5].hasSuffix(bad))
    }

    @Test("a letter that cannot even be opened is listed with the reason, and kept when others are discarded")
    func unopened() throws {
        let data = try DataFolder()
        let good = try data.letter("m v=1 1", 1)
        let bad = try data.letter("m v=1 1", 2)
        try data.enlarge(bad)
        let box = try box(data)

        let list = DeadLetterList(try box.all(), limit: nil)
        #expect(!list.isReadable && list.rows.map { $0[1] } == [bad, good])
        #expect(list.rows[0][5].hasPrefix("cannot be read: ") && list.rows[0][5].contains("too large"), "\(list.rows)")
        let page = DeadLetterPage(try #require(try box.find([bad]).places.first))
        #expect(!page.isReadable && page.text(retryCommand: "").contains("too large"))
        let report = try box.all().discard()
        #expect(report.exitCode == 1 && report.letters == 1 && report.points == 1)
        #expect(report.text.contains("\nerror: \(bad) is kept: cannot be read: "), "\(report.text)")
        #expect(data.files() == ["dead-letters/main/\(bad)"])
    }

    @Test("a long reason is cut in the list")
    func longReason() throws {
        let data = try DataFolder()
        try data.letter("m v=1 1", reason: String(repeating: "é", count: 500))

        #expect(try DeadLetterList(box(data).all(), limit: nil).rows[0][5] == String(repeating: "é", count: 90) + "…")
    }

    @Test("a letter is found by its name, by its destination and name, and by its path, each once")
    func find() throws {
        let data = try DataFolder()
        let one = try data.letter("m v=1 1", 1)
        let two = try data.letter("m v=1 1", 2)
        let twin = try data.letter("m v=1 1", 2, destination: "cold")
        let box = try box(data)

        #expect(twin == two)
        #expect(try box.find([one]).places.map { "\($0.destination)/\($0.name)" } == ["main/\(one)"])
        #expect(try box.find([two]).places.map(\.destination) == ["cold", "main"])
        #expect(try box.find(["main/\(two)"]).places.map(\.destination) == ["main"])
        #expect(try box.find(["./\(one)"]).places.count == 1 && box.find(["./main/./\(two)"]).places.count == 1)
        #expect(try box.find(["\(data.path)/dead-letters/main/\(one)", one]).places.count == 1)
    }

    @Test("a name that is none is a mistake, one that is not there is told, both with what is near")
    func notFound() throws {
        let data = try DataFolder()
        let name = try data.letter("m v=1 1", 12)
        let box = try box(data)
        func error(_ text: String) -> DeadLetterError? {
            #expect(throws: DeadLetterError.self) { try box.find([text]) }
        }

        #expect(error("foo")?.isUsage == true)
        #expect(
            error("foo")?.description == "foo is not the name of a dead letter: dead-letters list shows all of them")
        #expect(error(String(name.dropLast(4)))?.description.hasSuffix("did you mean \(name)?") == true)
        #expect(error(name + "3")?.isUsage == false)
        #expect(
            error(name + "3")?.description == "there is no dead letter \(name)3: did you mean \(name)?")
        #expect(error("cold/\(name)")?.isUsage == false)
        #expect(error("")?.isUsage == true)
    }

    @Test("a page has reason, answer, time and the line as it is")
    func page() throws {
        let data = try DataFolder()
        let name = try data.letter("m,k=a v=\"x\ny\" 1", time: 5)

        let page = DeadLetterPage(try #require(try box(data).all().places.first))
        let text = page.text(retryCommand: "RETRY")

        #expect(page.isReadable)
        #expect(
            text.replacing(data.path, with: "DATA") == """
                name         \(name)
                destination  main
                bucket       b
                time         1970-01-01T00:00:05Z
                points       1
                precision    ms
                reason       a reason
                answer       an answer
                file         DATA/dead-letters/main/\(name)

                m,k=a v="x
                y" 1
                """)
        let json = try JSONCursor(Array(DeadLetterPage.json([page]).utf8), name: "pages")
        #expect(try json.elements().first?.member("line")?.string() == "m,k=a v=\"x\ny\" 1")
    }

    @Test("a letter that was never sent says how to send it all the same")
    func unsent() throws {
        let data = try DataFolder()
        let name = try data.letter("m v=1 1", reason: "not sent: field \"v\" …")
        let text = try String(
            decoding: Files.read(data.path + "/dead-letters/main/\(name)", bytesMax: 1 << 20), as: UTF8.self)
        try data.edit(name) { _ in text.replacing("# answer: an answer\n", with: "") }

        let page = DeadLetterPage(try #require(try box(data).all().places.first))

        #expect(page.text(retryCommand: "RETRY").contains("\nsend it      RETRY \(name)\n"))
    }

    @Test("the page of a batch has its first lines and where it lies, or what is wrong with it")
    func batchPage() throws {
        let data = try DataFolder()
        let (whole, torn, gone) = (
            DataFolder.name(1, lines: 12), DataFolder.name(2, lines: 12), DataFolder.name(3, lines: 12)
        )
        let body = try DataFolder.body(DataFolder.lines(12))
        try data.letter(aboutBatch: whole, body)
        try data.letter(aboutBatch: torn, Array(body.prefix(20)))
        try data.letter(aboutBatch: gone, nil)
        // All but the checksum.
        try data.letter(aboutBatch: DataFolder.name(4, lines: 12), body.dropLast(8))

        let texts = try box(data).all().places.map { DeadLetterPage($0).text(retryCommand: "RETRY") }

        #expect(texts[0].contains("batch        \(data.path)/dead-letters/main/\(whole.fileName)\n\nm,a=x v=0 "))
        #expect(texts[0].hasSuffix("m,a=x v=9 1767268800009\n… and 2 more"))
        #expect(texts[1].contains("it cannot be unpacked: "))
        #expect(texts[2].hasSuffix("the file is gone"))
        #expect(
            texts[3].contains("\n\nm,a=x v=0 1767268800000\nm,a=x v=1 ") && texts[3].contains("zcat"), "\(texts[3])")
    }

    @Test("what is no letter has a page that says where it lies")
    func brokenPage() throws {
        let data = try DataFolder()
        try data.edit(try data.letter("m v=1 1")) { _ in "" }

        let page = DeadLetterPage(try #require(try box(data).all().places.first))

        #expect(
            !page.isReadable
                && page.text(retryCommand: "").contains("cannot be read as a dead letter: see \(data.path)"))
    }

    @Test("discarded letters are gone with the batches that they are about, and no other is")
    func discard() throws {
        let data = try DataFolder()
        let batch = DataFolder.name(1, lines: 12)
        let about = try data.letter(aboutBatch: batch, [1])
        let one = try data.letter("m v=1 1", 1)
        let two = try data.letter("m v=1 1", 2)

        let report = try box(data).find([about, one]).discard()

        #expect(data.files() == ["dead-letters/main/\(two)"])
        #expect(report.exitCode == 0 && report.text == "2 dead letters discarded, with 13 points")
    }

    @Test("a folder in which nothing can be removed is told, and the letters of the others are discarded")
    func unremovable() throws {
        let data = try DataFolder()
        for destination in ["cold", "store"] { try data.letter("m v=1 1", destination: destination) }
        let batch = DataFolder.name(1, lines: 12)
        let kept = try data.letter(aboutBatch: batch, nil)
        // No file, so that it cannot be removed as one.
        try Files.makeFolders("\(data.path)/dead-letters/main/\(batch.fileName)")

        let report = try box(data).all().discard()

        #expect(data.files() == ["dead-letters/main/\(kept)"])
        #expect(report.exitCode == 1 && report.letters == 2 && report.points == 2)
        #expect(report.text.contains("\nerror: \(kept) is kept: cannot be removed: "), "\(report.text)")
    }

    @Test("a folder that is none is told by its path")
    func unreadableFolder() throws {
        let data = try DataFolder()
        try data.write("x", to: data.path + "/dead-letters")

        let error = #expect(throws: DeadLetterError.self) { try box(data) }

        #expect(error?.isUsage == false && error?.description.contains(data.path + "/dead-letters") == true)
    }
}
