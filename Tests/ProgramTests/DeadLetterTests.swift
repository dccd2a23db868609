import CoinlineJSON
import Foundation
import TestKit
import Testing

@Suite("dead-letters")
struct DeadLetterTests {
    @Test("they are listed, shown, repaired with an editor, and sent again")
    func repair() async throws {
        try await withWaiting { waiting in
            let bad = try waiting.letter("m,k=a v=bad 1767268800000", 1, reason: "invalid boolean")
            let good = try waiting.letter("m,k=b v=2 1767268800000", 2)
            let list = try await waiting.run("dead-letters", "list")
            let shown = try await waiting.run("dead-letters", "show", bad)
            let first = try await waiting.run("dead-letters", "retry", "--all", settings: waiting.settings)
            let path = "data/dead-letters/main/\(bad)"
            try waiting.write(try waiting.text(path).replacing("v=bad", with: "v=1"), to: path)
            let second = try await waiting.run("dead-letters", "retry", path, settings: waiting.settings)
            let empty = try await waiting.run("dead-letters", "list")

            let rows = list.outputText.split(separator: "\n")
            #expect(list.exitCode == 0 && rows.count == 4, "\(list)")
            #expect(rows[2].contains(bad) && rows[2].hasSuffix("invalid boolean") && rows[3].contains(good))
            for text in ["invalid boolean", #"{"code":"invalid"}"#, "2026-01-01T00:00:01Z", "\nm,k=a v=bad 17672"] {
                #expect(shown.exitCode == 0 && shown.outputText.contains(text), "\(shown)")
            }
            #expect(first.exitCode == 1 && first.outputText.contains("\(bad) is kept: a line in it cannot"), "\(first)")
            #expect(first.outputText.contains("1 dead letter accepted again, with 1 point\n"), "\(first)")
            #expect(second.exitCode == 0 && waiting.files.isEmpty && waiting.stored == 2, "\(second)")
            #expect(empty.exitCode == 0 && empty.outputText == "There are no dead letters.\n")
        }
    }

    @Test("with a database that is not there their points are safe in the outbox, and flush sends them")
    func down() async throws {
        try await withWaiting { waiting in
            try waiting.letter("m,k=a v=1 1767268800000")
            let retried = try await waiting.run("dead-letters", "retry", "--all", settings: waiting.down)
            let files = waiting.files
            let sent = try await waiting.run("outbox", "flush", settings: waiting.settings)

            #expect(retried.exitCode == 1 && retried.outputText.contains("wait safely on disk"), "\(retried)")
            #expect(files.count == 1 && files[0].hasPrefix("outbox/main/"), "\(files)")
            #expect(sent.exitCode == 0 && waiting.stored == 1, "\(sent)")
        }
    }

    @Test("a full outbox takes none of them, whatever is dropped otherwise, and they stay letters")
    func full() async throws {
        try await withWaiting { waiting in
            let name = try waiting.letter("m,k=a v=1 1767268800000")
            var random = SeededGenerator(seed: 1)
            let noise = (0..<10_000).map { _ in String(UInt64.random(in: 0...UInt64.max, using: &random), radix: 16) }
            let file = try waiting.keep(["m s=\"\(noise.joined())\" 1767268800000"])
            #expect(try bytes(of: "\(waiting.folder)/\(file)").count > 64 << 10)
            for policy in ["drop-newest", "drop-oldest", "block"] {
                var settings = waiting.down
                settings["COINLINE_OUTBOX_MAX"] = "64KiB"
                settings["COINLINE_OUTBOX_WHEN_FULL"] = policy
                let result = try await waiting.run("dead-letters", "retry", name, settings: settings)

                #expect(result.exitCode == 1 && result.outputText.contains("\(name) is kept: "), "\(result)")
                #expect(waiting.files.count == 2, "\(policy): \(waiting.files)")
            }
        }
    }

    @Test("what is refused again is a dead letter again")
    func again() async throws {
        try await withWaiting { waiting in
            let first = try await waiting.run("load", "-", settings: waiting.settings)
            #expect(first.exitCode == 0 || first.exitCode == 1)
            try waiting.keep(["m v=1 1767268800000"])
            _ = try await waiting.run("outbox", "flush", settings: waiting.settings)
            let old = try waiting.letter("m v=\"text\" 1767268800001")
            let retried = try await waiting.run("dead-letters", "retry", "--all", "--json", settings: waiting.settings)
            let list = try await waiting.run("dead-letters", "list")

            #expect(retried.exitCode == 1, "\(retried)")
            #expect(waiting.files.count == 1 && !list.outputText.contains(old), "\(list)")
            #expect(waiting.stored == 1)
        }
    }

    @Test("letters of a destination that the settings do not name are kept, and the setting is told")
    func unnamed() async throws {
        try await withWaiting { waiting in
            try waiting.letter("m v=1 1767268800000")
            try waiting.letter("m v=1 1767268800000", destination: "cold")
            let files = waiting.files
            let toStore = try await waiting.run("dead-letters", "retry", "--all")
            let toMain = try await waiting.run(
                "dead-letters", "retry", "--all", "--destination", "main", settings: waiting.settings)

            #expect(toStore.exitCode == 78 && toStore.errorText.contains("COINLINE_DESTINATIONS"), "\(toStore)")
            #expect(toMain.exitCode == 0 && waiting.files == files.filter { $0.contains("cold") }, "\(toMain)")
            try waiting.letter("m v=2 1767268800001", 2)
            let all = try await waiting.run("dead-letters", "retry", "--all", settings: waiting.settings)
            #expect(all.exitCode == 1 && waiting.stored == 2, "\(all)")
            #expect(waiting.files == files.filter { $0.contains("cold") })
            #expect(all.outputText.contains("is kept: ") && all.outputText.contains("COINLINE_DESTINATIONS"), "\(all)")
        }
    }

    @Test("those that are named are discarded at once, all of them only when it is meant")
    func discard() async throws {
        try await withWaiting { waiting in
            let names = try (1...3).map { try waiting.letter("m v=1 1767268800000", $0) }
            let unsure = try await waiting.run("dead-letters", "discard", "--all")
            let unknown = try await waiting.run("dead-letters", "discard", names[0], names[0].dropLast() + "9")
            #expect(unsure.exitCode == 64 && unsure.errorText.contains("--yes"), "\(unsure)")
            #expect(unknown.exitCode == 1 && waiting.files.count == 3, "\(unknown)")
            let one = try await waiting.run("dead-letters", "discard", names[1])
            #expect(one.exitCode == 0 && one.outputText == "1 dead letter discarded, with 1 point\n", "\(one)")
            #expect(waiting.files.map { ($0 as NSString).lastPathComponent } == [names[0], names[2]])
            let all = try await waiting.run("dead-letters", "discard", "--all", "--yes", "--json")
            #expect(try all.number("letters_discarded") == 2 && waiting.files.isEmpty, "\(all)")
        }
    }

    @Test("a name that is none, or not there, is told with what is near")
    func unknown() async throws {
        try await withWaiting { waiting in
            let name = try waiting.letter("m v=1 1767268800000")
            let none = try await waiting.run("dead-letters", "show", "foo")
            let gone = try await waiting.run("dead-letters", "show", name + "7")
            let nothing = try await waiting.run("dead-letters", "retry", settings: waiting.settings)
            let both = try await waiting.run("dead-letters", "retry", "--all", name, settings: waiting.settings)

            #expect(none.exitCode == 64 && none.errorText.contains("not the name of a dead letter"), "\(none)")
            #expect(gone.exitCode == 1 && gone.errorText.contains("did you mean \(name)?"), "\(gone)")
            #expect(nothing.exitCode == 64 && both.exitCode == 64, "\(nothing)\(both)")
        }
    }

    @Test("a destination that is none is told with what is near")
    func noDestination() async throws {
        try await withWaiting { waiting in
            try waiting.letter("m v=1 1767268800000", destination: "second")
            for command in ["list", "retry", "discard"] {
                let words = ["dead-letters", command] + (command == "list" ? [] : ["--all"])
                let yes = command == "discard" ? ["--yes"] : []
                let near = try await waiting.program(words + yes + ["--destination", "secnd"]).result()
                #expect(near.exitCode == 64 && near.errorText.contains("did you mean second?"), "\(near)")
            }
            let far = try await waiting.run("dead-letters", "list", "--destination", "foo")
            let main = try await waiting.run("dead-letters", "list", "--destination", "main")

            #expect(far.exitCode == 64 && far.errorText.contains("there are main, store, second"), "\(far)")
            #expect(main.exitCode == 0 && waiting.files.count == 1, "\(main)")
        }
    }

    @Test("one that an editor broke is listed and shown as such, and holds up no other")
    func broken() async throws {
        try await withWaiting { waiting in
            let bad = try waiting.letter("m v=1 1767268800000", 1)
            try waiting.letter("m v=1 1767268800000", 2)
            try waiting.write("nothing of a letter\n", to: "data/dead-letters/main/\(bad)")
            let list = try await waiting.run("dead-letters", "list")
            let json = try await waiting.run("dead-letters", "list", "--json", "--limit", "1")
            let shown = try await waiting.run("dead-letters", "show", bad)
            let retried = try await waiting.run("dead-letters", "retry", "--all", settings: waiting.settings)

            #expect(list.exitCode == 0 && list.outputText.contains("cannot be read: see ./data/"), "\(list)")
            #expect(try json.number("count") == 2 && json.json().member("dead_letters")?.elements().count == 1)
            #expect(shown.exitCode == 1 && shown.outputText.contains("cannot be read as a dead letter"), "\(shown)")
            #expect(retried.exitCode == 1 && waiting.stored == 1, "\(retried)")
            #expect(waiting.files == ["dead-letters/main/\(bad)"])
        }
    }

    @Test("a folder of them that cannot be read is told, and holds up no other destination")
    func unreadableFolder() async throws {
        try await withWaiting { waiting in
            let names = try (1...3).map { try waiting.letter("m,k=\($0) v=1 1767268800000", $0) }
            try waiting.write("real\n", to: "data/outbox/cold/\(Waiting.bucket)/.origin")
            try waiting.write("no folder", to: "data/dead-letters/cold")
            let told = "error: the dead letters of cold cannot be read: "
            let list = try await waiting.run("dead-letters", "list")
            let json = try await waiting.run("dead-letters", "list", "--json")
            let main = try await waiting.run("dead-letters", "list", "--destination", "main")
            let cold = try await waiting.run("dead-letters", "list", "--destination", "cold")
            let shown = try await waiting.run("dead-letters", "show", names[0])
            let gone = try await waiting.run("dead-letters", "show", names[0] + "7")
            let discarded = try await waiting.run("dead-letters", "discard", names[0])
            let retried = try await waiting.run("dead-letters", "retry", names[1], settings: waiting.settings)
            let all = try await waiting.run("dead-letters", "retry", "--all", "--json", settings: waiting.settings)
            let rest = try await waiting.run("dead-letters", "list")

            #expect(list.exitCode == 1 && names.allSatisfy { list.outputText.contains($0) }, "\(list)")
            #expect(list.errorText.split(separator: "\n").count { $0.hasPrefix(told) } == 1, "\(list)")
            #expect(try json.exitCode == 1 && json.json().member("problems")?.elements().count == 1, "\(json)")
            #expect(main.exitCode == 0 && !main.errorText.contains("cold"), "\(main)")
            #expect(cold.exitCode == 1 && cold.outputText.isEmpty && cold.errorText.contains("data/dead-letters/cold"))
            #expect(shown.exitCode == 1 && shown.outputText.contains("m,k=1 v=1"), "\(shown)")
            #expect(shown.errorText.contains(told), "\(shown)")
            #expect(gone.exitCode == 1 && gone.errorText.contains(told.dropFirst("error: ".count)), "\(gone)")
            #expect(discarded.exitCode == 1 && discarded.outputText.contains("1 dead letter discarded"))
            #expect(discarded.outputText.contains(told), "\(discarded)")
            #expect(retried.exitCode == 1 && retried.outputText.contains(told), "\(retried)")
            #expect(try all.exitCode == 1 && all.json().member("problems")?.elements().count == 1, "\(all)")
            #expect(waiting.stored == 2 && waiting.files == ["dead-letters/cold"], "\(waiting.files)")
            #expect(rest.exitCode == 1 && rest.outputText.isEmpty && rest.errorText.contains(told), "\(rest)")
        }
    }

    @Test("a line that would move the cursor is shown without, and as JSON as it is")
    func hostile() async throws {
        try await withWaiting { waiting in
            let name = try waiting.letter("m v=\"\u{1B}[2J\" 1", reason: "a\u{202E}b")
            let shown = try await waiting.run("dead-letters", "show", name)
            let list = try await waiting.run("dead-letters", "list")
            let json = try await waiting.run("dead-letters", "show", name, "--json")

            #expect(!shown.outputText.contains("\u{1B}") && !list.outputText.contains("\u{202E}"), "\(shown)")
            #expect(try json.json().elements().first?.member("line")?.string() == "m v=\"\u{1B}[2J\" 1")
        }
    }
}
