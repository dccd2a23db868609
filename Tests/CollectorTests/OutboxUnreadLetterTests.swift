import CoinlineFiles
import CoinlineJSON
import Foundation
import InfluxWriter
import Testing

@testable import Collector

@Suite("Dead letters of which some cannot be read")
struct OutboxUnreadLetterTests {
    /// Letters of main and store; those of cold, if there are any, lie in a folder that is none.
    private struct Letters {
        let data: DataFolder
        let main: String
        let store: String

        init() throws {
            data = try DataFolder()
            main = try data.letter("m v=1 1", 1)
            store = try data.letter("m v=1 1", 2, destination: "store")
            try Files.makeFolders(data.path + "/outbox/cold")
            try data.write("no folder", to: data.path + "/dead-letters/cold")
        }

        func box(_ destination: String? = nil) throws -> DeadLetterBox {
            try DeadLetterBox(dataFolder: data.path, destination: destination)
        }

        var path: String { data.path + "/dead-letters/cold" }

        func isTold(_ problems: [String]) -> Bool {
            problems.count == 1 && problems[0].hasPrefix("the dead letters of cold cannot be read: ")
                && problems[0].contains(path)
        }

        func isTold(_ json: String) throws -> Bool {
            isTold(
                try JSONCursor(Array(json.utf8), name: "report").requiredMember("problems").elements().map {
                    try $0.string()
                })
        }
    }

    @Test("the others are listed, and the folder is told once")
    func list() throws {
        let letters = try Letters()

        let list = DeadLetterList(try letters.box().all(), limit: nil)

        #expect(list.rows.map { $0[1] } == [letters.main, letters.store])
        #expect(!list.isReadable && letters.isTold(list.problems), "\(list.problems)")
        #expect(try letters.isTold(list.json()))
    }

    @Test("a letter is found by its name, and of the folder is told where it may lie in it too")
    func find() throws {
        let letters = try Letters()
        let box = try letters.box()

        let bare = try box.find([letters.main, letters.store])
        let whole = try box.find(["main/\(letters.main)", letters.data.path + "/dead-letters/store/\(letters.store)"])

        #expect(bare.places.map(\.destination) == ["main", "store"] && letters.isTold(bare.problems))
        #expect(whole.places == bare.places && whole.problems.isEmpty)
    }

    @Test("of one that is not found it is told that it may lie in the folder")
    func missing() throws {
        let letters = try Letters()
        let box = try letters.box()
        func text(_ name: String) -> String {
            #expect(throws: DeadLetterError.self) { try box.find([name]) }?.description ?? ""
        }

        #expect(
            text(letters.main + "3").hasPrefix(
                "there is no dead letter \(letters.main)3 among those that can be read: did you mean \(letters.main)"))
        #expect(text(letters.main + "3").contains(letters.path))
        #expect(text("cold/\(letters.main)").contains(letters.path))
        #expect(!text("store/\(letters.main)").contains(letters.path))
    }

    @Test("the others are discarded")
    func discard() throws {
        let letters = try Letters()

        let report = try letters.box().all().discard()

        #expect(letters.data.files("dead-letters") == ["cold"])
        #expect(report.exitCode == 1 && report.letters == 2)
        #expect(report.text.hasPrefix("2 dead letters discarded, with 2 points\nerror: the dead letters of cold "))
        #expect(try letters.isTold(report.json()))
    }

    @Test("a retry is not complete")
    func retry() throws {
        let letters = try Letters()

        let report = RetryReport(try letters.box().all())

        #expect(report.exitCode == 1)
        #expect(report.text(lettersCommand: "").hasPrefix("error: the dead letters of cold cannot be read: "))
        #expect(try letters.isTold(report.json()))
    }

    @Test("asked for alone it is an error, and another alone is none")
    func alone() throws {
        let letters = try Letters()

        let error = #expect(throws: DeadLetterError.self) { try letters.box("cold").all() }

        #expect(error?.description.contains(letters.path) == true)
        #expect(try letters.box("main").all().problems.isEmpty)
    }
}
