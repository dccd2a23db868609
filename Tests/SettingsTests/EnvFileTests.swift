import Settings
import TestKit
import Testing

@Suite("The .env file")
struct EnvFileTests {
    private func values(_ text: String, _ environment: [String: String] = [:]) -> [String] {
        EnvFile.parse(text, environment: environment).entries.map { "\($0.name)=\($0.value)" }
    }

    private static let readings: [(String, [String])] = [
        ("A=1", ["A=1"]),
        ("  A = 1  ", ["A=1"]),
        ("A=", ["A="]),
        ("A=\nB=2", ["A=", "B=2"]),
        ("A=x=y", ["A=x=y"]),
        ("A=two words", ["A=two words"]),
        ("# a comment\n\n   \n  # another\nA=1", ["A=1"]),
        ("A=1\nA=2", ["A=1", "A=2"]),
        ("A.b-c=1", ["A.b-c=1"]),
        // export
        ("export A=1", ["A=1"]),
        ("export\tA=1", ["A=1"]),
        ("export=1", ["export=1"]),
        ("exported=1", ["exported=1"]),
        // quotes
        (#"QUOTED="hello world""#, ["QUOTED=hello world"]),
        ("A='hello world'", ["A=hello world"]),
        (#"A="  kept  ""#, ["A=  kept  "]),
        (#"A="""#, ["A="]),
        (#"A='it is "so"'"#, [#"A=it is "so""#]),
        (#"A=a"b""#, [#"A=a"b""#]),
        ("'A B'=1", ["A B=1"]),
        ("A=\"one\ntwo\"\nB=2", ["A=one\ntwo", "B=2"]),
        // escapes
        (#"A="a\nb\tc\rd""#, ["A=a\nb\tc\rd"]),
        (#"A="\a\b\f\v\\\"\'""#, ["A=\u{7}\u{8}\u{C}\u{B}\\\"'"]),
        (#"A="\q\$""#, [#"A=\q\$"#]),
        (#"A='a\nb'"#, [#"A=a\nb"#]),
        (#"A='it\'s \\ here'"#, [#"A=it's \ here"#]),
        (#"A=a\nb"#, [#"A=a\nb"#]),
        (#"A="ends with \\""#, [#"A=ends with \"#]),
        // comments
        ("INLINE=5 # five", ["INLINE=5"]),
        ("A=5\t# five", ["A=5"]),
        ("A=a#b", ["A=a#b"]),
        ("A=a#b # c # d", ["A=a#b"]),
        ("A=#abc", ["A=#abc"]),
        (#"A="x" # c"#, ["A=x"]),
        (##"A="x"#c"##, ["A=x"]),
        (#"A="x # y""#, ["A=x # y"]),
        // line ends
        ("ONE=1\r\nTWO=2\r\n", ["ONE=1", "TWO=2"]),
        ("ONE=1\rTWO=2", ["ONE=1", "TWO=2"]),
        ("ONE=\r\nTWO=\"2\" # c\r\n", ["ONE=", "TWO=2"]),
        ("\u{FEFF}A=1", ["A=1"]),
        ("", []),
    ]

    @Test(
        "reads values as python-dotenv 1.2 does",
        arguments: readings)
    func values(text: String, expected: [String]) {
        #expect(values(text) == expected)
        #expect(EnvFile.parse(text).problems.isEmpty)
    }

    @Test("takes a value that is only a comment for empty, unlike python-dotenv")
    func valueOfComment() {
        #expect(values("LCW_API_KEY= # put your key here\nB=2") == ["LCW_API_KEY=", "B=2"])
    }

    private static let expansions: [(String, [String])] = [
        ("A=${ENV}", ["A=env"]),
        ("A=x${ENV}y${ENV}", ["A=xenvyenv"]),
        ("A='${ENV}'", ["A=env"]),
        (#"A="${ENV}""#, ["A=env"]),
        ("A=1\nB=${A}${A}", ["A=1", "B=11"]),
        ("ENV=mine\nB=${ENV}", ["ENV=mine", "B=mine"]),
        ("A=${NONE}", ["A="]),
        ("A=${NONE:-some thing}", ["A=some thing"]),
        ("A=${NONE:-}", ["A="]),
        ("A=${ENV:-other}", ["A=env"]),
        ("A=${EMPTY:-other}", ["A="]),
        ("A=${A}", ["A="]),
        ("A=$ENV", ["A=$ENV"]),
        ("A=${ENV", ["A=${ENV"]),
        ("A=${ENV:+x}", ["A=${ENV:+x}"]),
        (#"A=\${ENV}"#, [#"A=\env"#]),
        ("A=1\nB=${A}\nA=2\nC=${A}", ["A=1", "B=1", "A=2", "C=2"]),
        ("A='${ENV'\nB=${A}}", ["A=${ENV", "B=${ENV}"]),
    ]

    @Test(
        "replaces ${NAME} everywhere",
        arguments: expansions)
    func expansion(text: String, expected: [String]) {
        #expect(values(text, ["ENV": "env", "EMPTY": ""]) == expected)
    }

    private static let badLines: [(String, Int, EnvFile.Reason)] = [
        ("A=1\nno equals sign\nB=2", 2, EnvFile.Reason.noEqualsSign),
        ("A=1\nalone\nB=2", 2, .noEqualsSign),
        ("A=1\nexport alone\nB=2", 2, .noEqualsSign),
        ("A=1\nname # =\nB=2", 2, .noEqualsSign),
        ("A=1\nkey: value=3\nB=2", 2, .noEqualsSign),
        ("A=1\n=3\nB=2", 2, .noName),
        ("A=1\nexport =3\nB=2", 2, .noName),
        ("A=1\nC=\"open\nB=2", 2, .openQuote),
        ("A=1\nC='open\nB=2", 2, .openQuote),
        ("A=1\r\nC='x' y\r\nB=2", 2, .textBehindQuote),
        ("A=1\n'C D=3\nB=2", 2, .badName),
        ("A=1\n''=3\nB=2", 2, .badName),
        ("A=1\nC=\u{FFFD}\nB=2", 2, .notText),
        ("A=1\nC=\0\nB=2", 2, .notText),
        ("A=1\n\n\nC\nB=2", 4, .noEqualsSign),
        ("A=1\r\n\r\nC\r\nB=2", 3, .noEqualsSign),
    ]

    @Test(
        "reports a line that cannot be read, and reads the others",
        arguments: badLines)
    func problems(text: String, line: Int, reason: EnvFile.Reason) {
        let (entries, problems) = EnvFile.parse(text)

        #expect(problems.map(\.line) == [line])
        #expect(problems.map(\.reason) == [reason])
        #expect(entries.map(\.name) == ["A", "B"])
    }

    @Test("counts lines inside a quoted value, whatever ends them")
    func linesInsideQuotes() {
        let (entries, problems) = EnvFile.parse("A=\"1\r\n2\n3\r4\"\nB=5\nbad")

        #expect(entries.map(\.line) == [1, 5])
        #expect(problems.map(\.line) == [6])
    }

    @Test("stops before values that double with every line fill the memory")
    func growth() {
        let doubling = "A=0123456789\n" + String(repeating: "A=${A}${A}\n", count: 60)

        let (entries, problems) = EnvFile.parse(doubling)

        #expect(problems.map(\.reason) == [.tooLong])
        #expect(entries.reduce(0) { $0 + $1.value.utf8.count } <= 1 << 20)
    }

    @Test("never fails on arbitrary text, and no line is counted twice")
    func arbitraryText() {
        let pieces = [
            "A", "=", " ", "#", "\"", "'", "\\", "\n", "\r\n", "\r", "${A}", "${", "}", "export ", "é", "\0", "👍🏽",
        ]
        for seed in UInt64(1)...2_000 {
            var random = SeededGenerator(seed: seed)
            let text = (0..<20).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let (entries, problems) = EnvFile.parse(text)
            let lines = entries.map(\.line) + problems.map(\.line)
            #expect(Set(lines).count == lines.count || text.contains("\r") || text.contains("\n"), "seed \(seed)")
            #expect(lines.allSatisfy { $0 >= 1 && $0 <= text.unicodeScalars.count + 1 }, "seed \(seed)")
        }
    }
}
