import Foundation
import TestKit
import Testing

extension OutsidePackageTests {
    /// What the compiler knows of the module, for `docc`.
    private func symbolGraph(of package: OutsidePackage, in name: String) async throws -> String {
        let graph = package.folder.file(name)
        try FileManager.default.createDirectory(atPath: graph, withIntermediateDirectories: true)
        let target = (package.products as NSString).deletingLastPathComponent.split(separator: "/").last ?? ""
        let result = try await package.swift.tool(
            "swift-symbolgraph-extract",
            [
                "-module-name", "LineProtocol", "-I", "\(package.products)/Modules", "-target", String(target),
                "-minimum-access-level", "public", "-output-dir", graph,
            ]
        ).result()
        #expect(result.exitCode == 0, "\(result)")
        return graph
    }

    private func convert(_ catalog: String, _ graph: String, _ package: OutsidePackage) async throws -> ProgramResult {
        try await package.swift.tool(
            "docc",
            [
                "convert", catalog, "--additional-symbol-graph-dir", graph, "--output-dir", catalog + ".out",
                "--warnings-as-errors",
            ]
        ).result()
    }

    @Test("docc makes the pages of LineProtocol without a warning, and a broken link would be one")
    func pages() async throws {
        let package = try OutsidePackage.current()
        let graph = try await symbolGraph(of: package, in: "symbols-for-pages")
        let catalog = package.folder.file("LineProtocol.docc")
        let source = package.folder.file("coinline/" + Documentation.catalog)
        try FileManager.default.copyItem(atPath: source, toPath: catalog)

        let good = try await convert(catalog, graph, package)
        try #require(good.exitCode == 0, "\(good)")
        let pages = try FileManager.default.contentsOfDirectory(
            atPath: catalog + ".out/data/documentation/lineprotocol")
        let articles = try FileManager.default.contentsOfDirectory(atPath: source).filter { $0 != "LineProtocol.md" }
        try "# Broken\n\nSee ``LineEncoder/nothing``.\n".write(
            toFile: catalog + "/Broken.md", atomically: true, encoding: .utf8)
        let broken = try await convert(catalog, graph, package)

        #expect(articles.count >= 6)
        for article in articles { #expect(pages.contains(article.lowercased().replacing(".md", with: ".json"))) }
        #expect(broken.exitCode != 0 && (broken.outputText + broken.errorText).contains("nothing"), "\(broken)")
    }

    @Test("every public declaration of LineProtocol says what it is")
    func comments() async throws {
        let package = try OutsidePackage.current()
        let graph = try await symbolGraph(of: package, in: "symbols-for-comments")
        let data = try Data(contentsOf: URL(fileURLWithPath: graph + "/LineProtocol.symbols.json"))
        let symbols = try JSONDecoder().decode(SymbolGraph.self, from: data).symbols
        let own = symbols.filter { !$0.identifier.precise.contains("::SYNTHESIZED::") }
        let silent = own.filter { $0.docComment == nil }.map { $0.pathComponents.joined(separator: ".") }

        #expect(own.count > 80)
        // What a protocol asks for is explained there.
        let known: Set<String> = ["==(_:_:)", "hash(into:)", "init(rawValue:)"]
        #expect(silent.filter { path in !known.contains { path.hasSuffix($0) } } == [])
    }
}

/// The parts of a symbol graph that matter here.
private struct SymbolGraph: Decodable {
    struct Symbol: Decodable {
        struct Identifier: Decodable {
            let precise: String
        }
        struct Comment: Decodable {}

        let identifier: Identifier
        let pathComponents: [String]
        let docComment: Comment?
    }

    let symbols: [Symbol]
}
