import Foundation
import TestKit

/// The examples of the documentation: every block of Swift in the articles and the documentation comments of the
/// products.
struct Documentation: Sendable {
    struct Block: Sendable {
        /// The file it stands in, from the package's folder.
        let file: String
        let text: String
        /// What it prints, where the documentation shows that right behind it.
        let output: String?
    }

    /// The catalog of a product, from the package's folder.
    static func catalog(_ product: String) -> String { "Sources/\(product)/\(product).docc" }
    /// The article that shows a package and a program instead of parts of one.
    static let program = catalog("LineProtocol") + "/WritingToInfluxDB.md"

    private static let client = "Sources/InfluxWriter"

    let blocks: [Block]

    init() throws {
        var blocks: [Block] = []
        for file in try Self.files(in: "Sources/LineProtocol") + Self.files(in: Self.client) {
            let text = try String(contentsOfFile: try Package.path(file), encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            blocks += Self.blocks(in: file.hasSuffix(".md") ? lines : Self.comments(lines), of: file)
        }
        self.blocks = blocks
    }

    /// The manifest and the program that the article shows, in this order.
    var wholeProgram: [Block] { blocks.filter { $0.file == Self.program } }

    /// Parts of programs that use `LineProtocol` alone.
    var parts: [Block] { blocks.filter { $0.file != Self.program && !$0.file.hasPrefix(Self.client) } }

    /// Parts of programs that use `InfluxWriter`.
    var clientParts: [Block] { blocks.filter { $0.file.hasPrefix(Self.client) } }

    private static func files(in folder: String) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: try Package.path(folder))
        let texts = names?.compactMap { $0 as? String }.filter { $0.hasSuffix(".md") || $0.hasSuffix(".swift") }
        return (texts ?? []).map { "\(folder)/\($0)" }.sorted()
    }

    /// The text of the documentation comments; other lines are empty.
    private static func comments(_ lines: [String]) -> [String] {
        lines.map { line in
            let text = line.drop { $0 == " " }
            return text.hasPrefix("///") ? String(text.dropFirst(text.hasPrefix("/// ") ? 4 : 3)) : ""
        }
    }

    private static func blocks(in lines: [String], of file: String) -> [Block] {
        var blocks: [Block] = []
        var rest = lines[...]
        while let start = rest.firstIndex(of: "```swift") {
            let text = rest[(start + 1)...].prefix { $0 != "```" }
            rest = rest[text.endIndex...].dropFirst()
            let behind = rest.drop { $0.isEmpty }
            let output = behind.first == "```text" ? behind.dropFirst().prefix { $0 != "```" } : nil
            blocks.append(Block(file: file, text: joined(text), output: output.map(joined)))
        }
        return blocks
    }

    private static func joined(_ lines: ArraySlice<String>) -> String {
        lines.map { $0 + "\n" }.joined()
    }
}

/// This package.
enum Package {
    static func path(_ name: String) throws -> String {
        guard let folder = PackageFolder.path else { throw TestKitError("the package's folder is not here") }
        return "\(folder)/\(name)"
    }

    /// Whether this tree comes from git, which says what belongs to the package. That of an archive does not.
    static var isCheckout: Bool {
        (try? path(".git")).map(FileManager.default.fileExists) ?? false
    }

    /// Copies what belongs to the package, as it is at this moment, and commits it: what a clone of it would be.
    static func clone(to folder: String) async throws {
        guard isCheckout else { throw TestKitError("building the products from outside needs a git checkout") }
        let list = try await git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], in: try path("."))
        for name in Set(list.split(separator: "\0").map(String.init)).sorted() {
            let source = try path(name)
            guard FileManager.default.fileExists(atPath: source) else { continue }
            let target = "\(folder)/\(name)"
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: source, toPath: target)
        }
        _ = try await git(["init", "--quiet", "--initial-branch=main"], in: folder)
        _ = try await git(["add", "--all", "--force"], in: folder)
        _ = try await git(
            ["-c", "user.name=Tests", "-c", "user.email=tests@localhost", "commit", "--quiet", "-m", "The tree"],
            in: folder)
    }

    private static func git(_ arguments: [String], in folder: String) async throws -> String {
        // The tree may belong to another user than the one who tests.
        var run = ProgramRun("/usr/bin/git", ["-C", folder, "-c", "safe.directory=*"] + arguments)
        run.environment["GIT_CONFIG_NOSYSTEM"] = "1"
        run.environment["GIT_CONFIG_GLOBAL"] = "/dev/null"
        let result = try await run.result()
        guard result.exitCode == 0 else { throw TestKitError("git \(arguments): \(result)") }
        return result.outputText
    }
}
