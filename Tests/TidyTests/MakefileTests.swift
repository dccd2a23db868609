import Foundation
import Testing

@Suite("The Makefile")
struct MakefileTests {
    /// What make would do, without doing it; the sources are taken for built.
    private func steps(_ arguments: String...) async throws -> [String] {
        let plan = try await Tree.run("make", ["--no-print-directory", "--dry-run"] + arguments)
        try #require(plan.code == 0, "\(plan.output)")
        return plan.output.split(separator: "\n").map(String.init)
    }

    @Test("install puts the release build and its second name below the prefix, after building it")
    func install() async throws {
        let steps = try await steps("install", "PREFIX=/x y")

        let build = try #require(steps.firstIndex { $0.contains("build") && $0.contains("-c release") })
        #expect(steps[build].contains("--static-swift-stdlib") && steps[build].contains("--product coinline"))
        #expect(
            Array(steps[(build + 1)...]) == [
                #"install -d "/x y/bin""#,
                #"install -m 755 .build/release/coinline "/x y/bin/coinline""#,
                #"ln -sf coinline "/x y/bin/lcw-fetcher""#,
            ])
    }

    @Test("a package is made below DESTDIR, and without a prefix everything goes below /usr/local")
    func packaging() async throws {
        let steps = try await steps("--old-file=build", "install", "DESTDIR=/package")

        #expect(
            steps == [
                #"install -d "/package/usr/local/bin""#,
                #"install -m 755 .build/release/coinline "/package/usr/local/bin/coinline""#,
                #"ln -sf coinline "/package/usr/local/bin/lcw-fetcher""#,
            ])
    }

    @Test("the steps of install make a program that runs under both names")
    func installed() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("coinline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let release = folder.appendingPathComponent(".build/release")
        try FileManager.default.createDirectory(at: release, withIntermediateDirectories: true)
        try "#!/bin/sh\necho \"called as $(basename \"$0\")\"\n".write(
            to: release.appendingPathComponent("coinline"), atomically: true, encoding: .utf8)

        let made = try await Tree.run(
            "make",
            [
                "--no-print-directory", "--old-file=build", "-C", folder.path, "-f",
                Tree.root.appendingPathComponent("Makefile").path, "install", "PREFIX=\(folder.path)/usr",
            ])
        let names = ["coinline", "lcw-fetcher"]

        #expect(made.code == 0, "\(made.output)")
        for name in names {
            #expect(try await Tree.run("\(folder.path)/usr/bin/\(name)", []).output == "called as \(name)\n")
        }
    }
}
