import Testing

@testable import Collector

@Suite("The account in words")
struct AccountTests {
    private func file(_ name: String, _ reason: String = "down") -> KeptFile {
        KeptFile(path: "a b/\(name)", lines: 2, reason: reason)
    }

    @Test(
        "a word is quoted where a shell would not leave it alone",
        arguments: [
            ("./data/x-1.lp.gz", "./data/x-1.lp.gz"), ("my%20b", "my%20b"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#),
            ("", "''"), ("$HOME", "'$HOME'"), ("é", "'é'"), ("~x", "'~x'"),
            ("a'\u{301};reboot;'b", "'a'\\''\u{301};reboot;'\\''b'"),
        ])
    func quoting(word: String, quoted: String) {
        #expect(Array(ShellText.quoted(word).utf8) == Array(quoted.utf8))
    }

    @Test("a path is never taken for an option")
    func dash() {
        #expect(ShellText.quoted(path: "-x") == "./-x")
        #expect(ShellText.quoted(path: "-\u{301}x") == "'./-\u{301}x'")
    }

    @Test("one kept file is named with its reason and its command")
    func one() {
        #expect(
            KeptFile.lines([file("x")], loadCommand: "coinline load") == [
                "error: 2 points are kept in a b/x: down", "       send with: coinline load 'a b/x'",
            ])
    }

    @Test("several are listed under a reason that is said once, very many by their beginning")
    func several() {
        let few = KeptFile.lines([file("x"), file("y"), file("z", "too large")], loadCommand: "c")
        let many = KeptFile.lines((0..<30).map { file("\($0)") }, loadCommand: "c")

        #expect(few.count == 6)
        #expect(few[0] == "error: 4 points are kept in 2 files: down")
        #expect(few[3] == "       send with: c 'a b/x' 'a b/y'")
        #expect(few[4] == "error: 2 points are kept in a b/z: too large")
        #expect(many.count == 13)
        #expect(many[11].contains("20 more") && many[12] == "       send with: c 'a b'/*.lp.gz")
    }

    @Test("what was changed or counted only in part is said, and only then")
    func counts() {
        var counts = LandingCounts()
        counts.refused = 3
        let plain = counts.lines(refusals: ["why"])
        counts.isRefusedAtLeast = true
        counts.textsReplaced = 2
        counts.fieldsDropped = 1
        let full = counts.lines(refusals: [])

        #expect(plain == ["refused       3", "              why", "kept          0"])
        #expect(full[0].contains("2 texts replaced, 1 field dropped"))
        #expect(full[1] == "refused       at least 3")
    }

    @Test("a refused line is told by its beginning")
    func refusals() {
        let text = RefusalText.text(String(repeating: "x", count: 200), "why")

        #expect(text == String(repeating: "x", count: 80) + "…: why")
        #expect(RefusalText.text("m v=1", "why") == "m v=1: why")
    }
}
