import Foundation
import MarketData
import Settings
import TestKit
import Testing

/// Text that repeats code is made from it. `make docs` writes it anew, by running these with `COINLINE_WRITE_DOCS=1`.
@Suite("Documents that are made from the code")
struct DocumentsTests {
    private static let isWriting = ProcessInfo.processInfo.environment["COINLINE_WRITE_DOCS"] == "1"

    private func path(_ name: String) throws -> String {
        try #require(PackageFolder.path) + "/" + name
    }

    private func compare(_ name: String, with text: String) throws {
        let path = try path(name)
        if Self.isWriting { try text.write(toFile: path, atomically: true, encoding: .utf8) }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "run make docs")
    }

    /// The part of the README between two markers.
    private func compareReadme(_ part: String, with text: String) throws {
        let path = try path("README.md")
        let readme = try String(contentsOfFile: path, encoding: .utf8)
        let (begin, end) = ("<!-- \(part): begin -->\n", "<!-- \(part): end -->")
        let first = try #require(readme.range(of: begin), "the README has no \(begin)")
        let last = try #require(readme.range(of: end), "the README has no \(end)")
        if Self.isWriting {
            let whole = readme[..<first.upperBound] + "\n" + text + "\n" + readme[last.lowerBound...]
            try String(whole).write(toFile: path, atomically: true, encoding: .utf8)
            return
        }
        #expect(readme[first.upperBound..<last.lowerBound] == "\n" + text + "\n", "run make docs")
    }

    @Test("the documents are what the code says, each in turn since two are parts of one file")
    func documents() async throws {
        try compare(".env.example", with: SettingsTable.exampleFile())
        try compare("docs/schema.md", with: Schema.markdown())
        try compareReadme("settings", with: SettingsTable.markdown())
        let help = try await ProgramRun.coinline("--help").result()
        #expect(help.exitCode == 0)
        try compareReadme("commands", with: "```\n" + help.outputText + "```\n")
    }
}
