import Foundation
import Testing

@Suite("The text of the tree")
struct TextTests {
    /// What git knows of, or everything outside build folders where this is not a checkout.
    private func tracked() async throws -> [String] {
        let list = try await Tree.run("git", ["ls-files", "--cached", "--others", "--exclude-standard"])
        try #require(list.code == 0, "git ls-files: \(list.output)")
        return list.output.split(separator: "\n").map(String.init).filter {
            FileManager.default.fileExists(atPath: Tree.root.appendingPathComponent($0).path)
        }
    }

    @Test("the layout is what swift format makes of it")
    func layout() async throws {
        let lint = try await Tree.run(
            "swift",
            ["format", "lint", "--strict", "-p", "-r", "Package.swift", "Sources", "Tests", "Benchmarks"])

        #expect(lint.code == 0, "\(lint.output.prefix(2_000))")
    }

    @Test("no marker of unfinished work is left in the sources")
    func noUnfinishedMarkers() throws {
        // Split so that this file does not find itself.
        let markers = [
            "TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK", "not imple" + "mented", "unimple" + "mented",
        ]
        for path in Tree.files(in: "Sources") + Tree.files(in: "Tests") + Tree.files(in: "Benchmarks") {
            let text = try Tree.text(path)
            for marker in markers {
                #expect(text.range(of: "\\b\(marker)\\b", options: .regularExpression) == nil, "\(path): \(marker)")
            }
        }
    }

    @Test("no build output and no secret file is tracked")
    func nothingTrackedThatShouldNotBe() async throws {
        for path in try await tracked() {
            let parts = path.split(separator: "/")
            #expect(!parts.contains { $0.hasPrefix(".build") || $0 == ".env" || $0 == "Package.resolved" }, "\(path)")
        }
    }

    @Test("no source file is longer than 450 lines")
    func filesStaySmall() throws {
        for path in Tree.files(in: "Sources") {
            let lines = try Tree.text(path).split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 451, "\(path) has \(lines) lines")
        }
    }

    @Test("only the program itself prints")
    func onlyTheProgramPrints() throws {
        for path in Tree.files(in: "Sources") where !path.hasPrefix("Sources/coinline/") {
            for line in try Tree.text(path).split(separator: "\n") {
                let code = line.trimmingCharacters(in: .whitespaces)
                guard !code.hasPrefix("//") else { continue }
                let prints = code.range(of: #"(^|[^.\w])(print|debugPrint|dump)\("#, options: .regularExpression) != nil
                #expect(!prints, "\(path): \(code)")
            }
        }
    }

    @Test("every make target that the README names exists")
    func readmeTargetsExist() throws {
        let makefile = try Tree.text("Makefile")
        let readme = try Tree.text("README.md")
        let pattern = try NSRegularExpression(pattern: #"(?m)(?:^ {2,}|`|\$ )make ([a-z][a-z-]*)"#)
        let range = NSRange(readme.startIndex..., in: readme)
        let targets = pattern.matches(in: readme, range: range).compactMap { Range($0.range(at: 1), in: readme) }
            .map { String(readme[$0]) }

        #expect(targets.contains("demo") && targets.contains("test"))
        for target in Set(targets) {
            #expect(makefile.contains("\n\(target):"), "make \(target)")
        }
    }

    @Test("the Makefile's help lists every target of the contract")
    func makeHelp() async throws {
        let help = try await Tree.run("make", ["--no-print-directory", "help"])

        #expect(help.code == 0)
        for target in [
            "help", "setup", "build", "install", "demo", "run", "test", "check", "check-long", "bench", "format",
            "lint", "clean",
        ] {
            #expect(help.output.contains("make \(target) "), "\(target)")
        }
    }
}
