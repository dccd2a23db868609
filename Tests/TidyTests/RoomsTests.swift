import Foundation
import Testing

/// The table of rooms in `docs/architecture.md`: room → what it may import.
private func allowedImports() throws -> [String: Set<String>] {
    var table: [String: Set<String>] = [:]
    for line in try Tree.text("docs/architecture.md").split(separator: "\n") where line.hasPrefix("| `") {
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count == 3 else { continue }
        let imports = Set(names(in: cells[2]))
        guard cells[2] == "nothing" || !imports.isEmpty else { continue }
        for room in names(in: cells[0]) { table[room] = imports }
    }
    return table
}

/// The words between backticks.
private func names(in cell: String) -> [String] {
    cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
        .map { String($0.element) }
}

@Suite("The rooms of the house")
struct RoomsTests {
    @Test("every room is in the table of docs/architecture.md and nothing else is")
    func everyRoomIsListed() throws {
        let table = try allowedImports()

        #expect(table.count >= 20)
        #expect(Set(table.keys) == Set(Tree.rooms))
    }

    @Test("a room imports only the rooms of its row")
    func importsFollowTheTable() throws {
        let table = try allowedImports()
        let rooms = Set(Tree.rooms)

        for path in Tree.files(in: "Sources") {
            let room = String(path.split(separator: "/")[1])
            let inside = Tree.imports(in: try Tree.text(path)).intersection(rooms).subtracting([room])
            let forbidden = inside.subtracting(table[room] ?? [])
            #expect(forbidden.isEmpty, "\(path) imports \(forbidden.sorted())")
        }
    }

    @Test("Package.swift lets a room use what its row says, no more and no less")
    func manifestFollowsTheTable() throws {
        let manifest = try Tree.text("Package.swift")
        let patterns = [
            #"\broom\(\s*"(\w+)"(?:,\s*\[([^\]]*)\])?\s*\)"#,
            #"name: "(coinline)",\s*dependencies: \[([^\]]*)\]"#,
            #"\.systemLibrary\(name: "(\w+)"()"#,
        ]
        var declared: [String: Set<String>] = [:]
        for pattern in patterns {
            let expression = try NSRegularExpression(pattern: pattern)
            for match in expression.matches(in: manifest, range: NSRange(manifest.startIndex..., in: manifest)) {
                let texts = (1...2).map { Range(match.range(at: $0), in: manifest).map { String(manifest[$0]) } ?? "" }
                declared[texts[0]] = Set(
                    texts[1].split(separator: "\"").map(String.init).filter { $0.first?.isLetter == true })
            }
        }

        #expect(declared == (try allowedImports()))
    }

    @Test("TestKit stands apart from LineProtocol, so that the fake of InfluxDB reads lines by a parser of its own")
    func testKitStandsApart() throws {
        let manifest = try Tree.text("Package.swift")
        let target = try #require(
            manifest.firstMatch(of: /\.target\(\s*name: "TestKit",\s*dependencies: \[([^\]]*)\]/))
        var reached = Set(target.1.split(separator: "\"").map(String.init).filter { $0.first?.isLetter == true })
        let table = try allowedImports()
        while true {
            let next = reached.union(reached.flatMap { table[$0] ?? [] })
            guard next != reached else { break }
            reached = next
        }

        #expect(reached.contains("CoinlineBase") && !reached.contains("LineProtocol"), "\(reached.sorted())")
        let files = Tree.files(in: "Tests/TestKit")
        #expect(files.contains { $0.contains("/FakeInfluxDB2/") })
        for path in files {
            #expect(!Tree.imports(in: try Tree.text(path)).contains("LineProtocol"), "\(path)")
        }
    }

    @Test("no file under Sources imports Foundation")
    func noFoundation() throws {
        for path in Tree.files(in: "Sources") + Tree.files(in: "Benchmarks") {
            let found = Tree.imports(in: try Tree.text(path)).filter { $0.hasPrefix("Foundation") }
            #expect(found.isEmpty, "\(path) imports \(found)")
        }
    }

    @Test("the package has no dependency from outside and two declared products")
    func packageIsClosed() throws {
        let manifest = try Tree.text("Package.swift")

        #expect(!manifest.contains(".package("))
        #expect(!manifest.contains("unsafeFlags"))
        #expect(manifest.components(separatedBy: ".library(").count - 1 == 2)
        #expect(!manifest.contains(".executable("))
    }

    @Test("`unsafe` stands only at the C border and in the encoder's buffer")
    func unsafeStaysAtTheBorder() throws {
        let border: Set<String> = [
            "CoinlineBase", "CoinlineFiles", "CoinlineCompression", "CoinlineHTTP", "HTTPServer", "MarketStore",
            "coinline", "LineProtocol",
        ]
        for path in Tree.files(in: "Sources") {
            let room = String(path.split(separator: "/")[1])
            guard !border.contains(room) else { continue }
            let lines = try Tree.text(path).split(separator: "\n").filter { line in
                let code = line.trimmingCharacters(in: .whitespaces)
                return !code.hasPrefix("//") && code.range(of: #"\bunsafe\b"#, options: .regularExpression) != nil
            }
            #expect(lines.isEmpty, "\(path): \(lines.first ?? "")")
        }
    }
}
