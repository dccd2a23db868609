import Foundation
import TestKit
import Testing

extension OutsidePackageTests {
    static let products = ["LineProtocol", "InfluxWriter"]

    /// The folder of what the compiler knows of a module, for `docc`.
    private func symbols(of product: String, _ package: OutsidePackage, in name: String) async throws -> String {
        let graph = package.folder.file("symbols-for-\(name)-\(product)")
        try FileManager.default.createDirectory(atPath: graph, withIntermediateDirectories: true)
        let target = (package.products as NSString).deletingLastPathComponent.split(separator: "/").last ?? ""
        // The C libraries are no part of what it shows, but of what it is made of.
        let sources = package.folder.file("coinline/Sources")
        let result = try await package.swift.tool(
            "swift-symbolgraph-extract",
            [
                "-module-name", product, "-I", "\(package.products)/Modules", "-I", "\(sources)/CCoinlineCurl",
                "-I", "\(sources)/CCoinlineZlib", "-target", String(target), "-minimum-access-level", "public",
                "-output-dir", graph,
            ]
        ).result()
        #expect(result.exitCode == 0, "\(result)")
        return graph
    }

    private func graph(of product: String, in name: String) async throws -> SymbolGraph {
        let folder = try await symbols(of: product, try OutsidePackage.current(), in: name)
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(product).symbols.json"))
        return try JSONDecoder().decode(SymbolGraph.self, from: data)
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

    @Test("docc makes the pages of a product without a warning, and a broken link would be one", arguments: products)
    func pages(product: String) async throws {
        let package = try OutsidePackage.current()
        let graph = try await symbols(of: product, package, in: "pages")
        let catalog = package.folder.file("\(product).docc")
        let source = package.folder.file("coinline/" + Documentation.catalog(product))
        try FileManager.default.copyItem(atPath: source, toPath: catalog)

        let good = try await convert(catalog, graph, package)
        try #require(good.exitCode == 0, "\(good)")
        let pages = try FileManager.default.contentsOfDirectory(
            atPath: catalog + ".out/data/documentation/\(product.lowercased())")
        let articles = try FileManager.default.contentsOfDirectory(atPath: source).filter { $0 != "\(product).md" }
        try "# Broken\n\nSee ``Point/nothing``.\n".write(
            toFile: catalog + "/Broken.md", atomically: true, encoding: .utf8)
        let broken = try await convert(catalog, graph, package)

        #expect(articles.count >= 6)
        for article in articles { #expect(pages.contains(article.lowercased().replacing(".md", with: ".json"))) }
        #expect(broken.exitCode != 0 && (broken.outputText + broken.errorText).contains("Point"), "\(broken)")
    }

    @Test("every public declaration of a product says what it is", arguments: products)
    func comments(product: String) async throws {
        let own = try await graph(of: product, in: "comments").own
        let silent = own.filter { $0.docComment == nil }.map(\.path)

        #expect(own.count > 80)
        // What a protocol asks for is explained there.
        let known: Set<String> = ["==(_:_:)", "hash(into:)", "init(rawValue:)"]
        #expect(silent.filter { path in !known.contains { path.hasSuffix($0) } } == [])
    }

    @Test("public declarations name types of the two products and the standard library only", arguments: products)
    func signatures(product: String) async throws {
        let graph = try await graph(of: product, in: "signatures")

        #expect(graph.own.count > 80)
        #expect(graph.strangers(besides: Set(Self.products)) == [])
        // The same check finds those of one product in the other.
        if product == "InfluxWriter" { #expect(graph.strangers(besides: ["InfluxWriter"]).count > 10) }
    }

    @Test("the outside package uses everything that the writer offers")
    func completeness() async throws {
        let offers: Set<String> = [
            "Account", "BatchFile", "Bucket", "DeadLetter", "DeadLetterName", "DeadLetters", "Destination", "DiskState",
            "Event", "FieldDeclaration", "OutboxCapacity", "OutboxError", "OutboxLayout", "OutboxReader",
            "OutboxSummary", "Receipt", "RefusedCount", "RejectedLine", "Reply", "Report", "Status", "SyncPolicy",
            "WriteError", "Writer",
        ]
        let used = Set(OutsidePackage.surface.split { !$0.isLetter && !$0.isNumber })
        let own = try await graph(of: "InfluxWriter", in: "completeness").own
        let offered = own.filter { offers.contains($0.pathComponents[0]) }
        let names = offered.filter { $0.name != "init" && $0.name.allSatisfy(\.isLetter) }

        #expect(Set(offered.map { $0.pathComponents[0] }) == offers && names.count > 150)
        #expect(names.filter { !used.contains($0.name) }.map(\.path) == [])
    }
}
