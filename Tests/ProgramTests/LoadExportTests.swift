import Foundation
import MarketStore
import TestKit
import Testing

@Suite("load takes an export for what it is")
struct LoadExportTests {
    private func shell(_ line: String, _ folder: String) async throws -> ProgramResult {
        var run = ProgramRun("/bin/bash", ["-c", line])
        run.environment["coinline"] = try ProgramRun.coinlinePath()
        run.folder = folder
        return try await run.result()
    }

    private func origin(_ folder: String, _ data: String) throws -> StoreOrigin? {
        try StoreReader(path: "\(folder)/\(data)/coinline.sqlite").origin()
    }

    /// With a store of simulated data, and its export in nanoseconds: a.lp, and a.lp.gz.
    private func withExport(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let made = try await shell(
                """
                echo 'm b=1,a="x" 1767225600000000001' | $coinline load --origin simulated --precision ns - &&
                $coinline export --precision ns -o a.lp && $coinline export --precision ns -o a.lp.gz
                """, folder)
            try #require(made.exitCode == 0, "\(made)")
            try await body(folder)
        }
    }

    private static let ways = ["load a.lp", "load a.lp.gz", "load - < a.lp", "load - < a.lp.gz", "load <(cat a.lp)"]

    @Test("whose data it is and its unit go with it, in every form, and it exports the same again", arguments: ways)
    func roundTrip(way: String) async throws {
        try await withExport { folder in
            let load = try await shell("export COINLINE_DATA_DIR=new; $coinline \(way)", folder)
            let again = try await shell("$coinline export --data-dir new --precision ns | cmp - a.lp", folder)

            #expect(load.exitCode == 0 && !load.errorText.contains("taken as"), "\(load)")
            #expect(try origin(folder, "new") == .simulated)
            #expect(again.exitCode == 0, "\(again)")
        }
    }

    @Test("a store of the other origin takes nothing of it", arguments: ways)
    func otherStore(way: String) async throws {
        try await withExport { folder in
            _ = try await shell("echo 'm v=1 1767225600000' | $coinline load --data-dir new -", folder)
            let load = try await shell("export COINLINE_DATA_DIR=new; $coinline \(way)", folder)

            #expect(load.exitCode == 78, "\(load)")
            #expect((load.errorText + load.outputText).contains("not mixed with simulated data"), "\(load)")
            #expect(try origin(folder, "new") == .real)
            #expect(try StoreReader(path: folder + "/new/coinline.sqlite").points(of: "m").count == 1)
        }
    }

    @Test("options against it are refused, also before the files in front of it are loaded", arguments: ways)
    func options(way: String) async throws {
        try await withExport { folder in
            try "m v=1 1767225600000\n".write(toFile: folder + "/z.lp", atomically: true, encoding: .utf8)
            for (option, code, text) in [
                ("--precision ms", Int32(64), "carries its own precision, ns: leave --precision out"),
                ("--origin real", 78, "holds simulated data by its first line: leave --origin real out"),
            ] {
                let file = way.contains("load a") ? "z.lp " : ""
                let words = way.replacing("load ", with: "load \(option) \(file)")
                let load = try await shell("export COINLINE_DATA_DIR=new; $coinline \(words)", folder)

                #expect(load.exitCode == code, "\(words): \(load)")
                #expect((load.errorText + load.outputText).contains(text), "\(load)")
                let reader = try? StoreReader(path: folder + "/new/coinline.sqlite")
                #expect(try reader?.summaries().isEmpty ?? true)
            }
            let same = try await shell("$coinline load --data-dir same --precision NS --origin simulated a.lp", folder)
            #expect(same.exitCode == 0, "\(same)")
        }
    }

    @Test("an export behind other lines, or behind one that says something else, is not loaded in their name")
    func joined() async throws {
        try await withExport { folder in
            for lines in ["echo", "sed 's/simulated/real/' a.lp"] {
                let load = try await shell("(\(lines); cat a.lp) | $coinline load --data-dir new -", folder)

                #expect(load.exitCode == 1 && load.outputText.contains("another export begins"), "\(load)")
                #expect(try StoreReader(path: folder + "/new/coinline.sqlite").summaries().isEmpty)
            }
            let twice = try await shell("cat a.lp a.lp | $coinline load --data-dir twice -", folder)
            #expect(twice.exitCode == 0, "\(twice)")
            #expect(try origin(folder, "twice") == .simulated)
        }
    }
}
