import CoinlineBase
import CoinlineJSON
import Foundation
import LineProtocol
import MarketStore
import TestKit
import Testing

@Suite("load")
struct LoadTests {
    private func run(_ folder: String, _ arguments: String..., input: String = "") async throws -> ProgramResult {
        var run = ProgramRun(try ProgramRun.coinlinePath(), ["load"] + arguments)
        run.folder = folder
        run.input = Array(input.utf8)
        return try await run.result()
    }

    private func points(_ folder: String, _ measurement: String) throws -> [Point] {
        try StoreReader(path: folder + "/data/coinline.sqlite").points(of: measurement)
    }

    @Test("plain and gzip files and standard input land alike")
    func forms() async throws {
        try await withTemporaryFolder { folder in
            try "m,a=x v=1 1767268800000\n".write(toFile: folder + "/a.lp", atomically: true, encoding: .utf8)
            try "m,a=y v=2 1767268800000".write(toFile: folder + "/b.lp", atomically: true, encoding: .utf8)
            let gzip = try await ProgramRun("/usr/bin/env", ["gzip", folder + "/b.lp"]).result()
            #expect(gzip.exitCode == 0)

            let files = try await run(folder, "a.lp")
            let zipped = try await run(folder, "b.lp.gz")
            let piped = try await run(folder, "-", input: "n v=\"a\nb\",w=t 1767268800000\n")

            #expect(files.exitCode == 0, "\(files)")
            #expect(zipped.exitCode == 0, "\(zipped)")
            #expect(piped.exitCode == 0, "\(piped)")
            let stored = try points(folder, "m").sorted { ($0.tags.first?.value ?? "") < ($1.tags.first?.value ?? "") }
            #expect(stored.map(\.tags) == [[Tag("a", "x")], [Tag("a", "y")]])
            #expect(stored.map(\.fields) == [[Field("v", .float(1))], [Field("v", .float(2))]])
            #expect(try points(folder, "n").first?.fields == [Field("v", .string("a\nb")), Field("w", .boolean(true))])
        }
    }

    @Test("a field of another type than the store's is refused with the reason, and the others land")
    func typeConflict() async throws {
        try await withTemporaryFolder { folder in
            let first = try await run(folder, "-", input: "m,a=x v=1 1767268800000\n")
            let second = try await run(folder, "-", input: "m,a=y v=2i 1767268800000\nm,a=z v=3 1767268800000\n")

            #expect(first.exitCode == 0, "\(first)")
            #expect(second.exitCode == 1, "\(second)")
            #expect(second.outputText.contains("v") && second.outputText.contains("integer"), "\(second)")
            #expect(Set(try points(folder, "m").map(\.fields)) == [[Field("v", .float(1))], [Field("v", .float(3))]])
        }
    }

    @Test("the result as JSON adds up, in all and for each file")
    func json() async throws {
        try await withTemporaryFolder { folder in
            try "m,a=x v=1 1767268800000\nm,a=y v=\n".write(
                toFile: folder + "/a \"quoted\".lp", atomically: true, encoding: .utf8)
            try "m,a=z v=2i 1767268800000\nm,a=z v=3 1767268800001\n".write(
                toFile: folder + "/b.lp", atomically: true, encoding: .utf8)

            let result = try await run(folder, "a \"quoted\".lp", "b.lp", "missing.lp", "--json")

            #expect(result.exitCode == 1, "\(result)")
            let root = try result.json()
            #expect(try root.member("command")?.string() == "load")
            #expect(try root.member("ok")?.boolean() == false)
            #expect(try Self.counts(root) == [3, 2, 0, 1, 0, 0, 1])
            let files = try #require(try root.member("files")).elements()
            #expect(try files.map { try $0.member("path")?.string() } == ["a \"quoted\".lp", "b.lp", "missing.lp"])
            let counts = try files.map { try Self.counts($0) }
            // offered, acknowledged, refused, dead letters, pending, lost, bad lines
            #expect(counts == [[1, 1, 0, 0, 0, 0, 1], [2, 1, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0]])
            let problems = try #require(try files[2].member("problems")).elements().map { try $0.string() }
            #expect(problems.contains { $0.contains("missing.lp") }, "\(problems)")
        }
    }

    private static func counts(_ file: JSONCursor) throws -> [Int64?] {
        let ends = ["offered", "acknowledged", "refused", "dead_lettered", "pending", "lost"]
        let names = ends.map { "points_\($0)" } + ["lines_bad"]
        return try names.map { try file.member($0)?.int64() }
    }

    @Test("the store's retention refuses what is older with the reason, and what is younger lands")
    func retention() async throws {
        try await withTemporaryFolder { folder in
            let now = Timing.system.now().milliseconds
            let (old, young) = (now - 2 * 3_600_000, now - 60_000)
            var load = ProgramRun(try ProgramRun.coinlinePath(), ["load", "--json", "-"])
            load.folder = folder
            load.environment["COINLINE_STORE_RETENTION"] = "1h"
            load.input = Array("m,a=old v=1 \(old)\nm,a=young v=2 \(young)\n".utf8)

            let result = try await load.result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("retention"), "\(result)")
            let file = try #require(try result.json().member("files")?.elements().first)
            #expect(try Self.counts(file) == [2, 1, 0, 1, 0, 0, 0])
            let stored = try points(folder, "m")
            #expect(stored.map(\.tags) == [[Tag("a", "young")]])
            #expect(stored.first?.time?.value(in: .milliseconds) == young)
        }
    }

    @Test("a bad line is named with file, line and column, and the good ones land")
    func badLines() async throws {
        try await withTemporaryFolder { folder in
            let text =
                "m v=1 1767268800000\nm v= 1767268800000\n# a comment\nm,a= v=1\nm v=\"open\nm v=3 1767268801000\n"
            try text.write(toFile: folder + "/bad.lp", atomically: true, encoding: .utf8)

            let result = try await run(folder, "bad.lp")

            #expect(result.exitCode == 1)
            for place in ["bad.lp:2:5:", "bad.lp:4:", "bad.lp:5:5:"] {
                #expect(result.errorText.contains(place), "\(place) in \(result)")
            }
            #expect(try points(folder, "m").count == 2)
        }
    }

    @Test("a file of another precision is refused with the one that would fit, and lands with it")
    func precision() async throws {
        try await withTemporaryFolder { folder in
            try "m v=1 1767268800000000123\n".write(toFile: folder + "/ns.lp", atomically: true, encoding: .utf8)

            let wrong = try await run(folder, "ns.lp")
            let right = try await run(folder, "--precision", "ns", "ns.lp")

            #expect(wrong.exitCode == 1 && wrong.errorText.contains("--precision ns"), "\(wrong)")
            #expect(right.exitCode == 0, "\(right)")
            #expect(try points(folder, "m").map(\.time) == [Timestamp(nanoseconds: 1_767_268_800_000_000_123)])
        }
    }

    @Test("a file that is not there or a damaged gzip is said so, and what was before is kept")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let lines = (0..<20_000).map { "m,a=\($0) v=\($0) 1767268800000" }.joined(separator: "\n")
            try lines.write(toFile: folder + "/a.lp", atomically: true, encoding: .utf8)
            _ = try await ProgramRun("/usr/bin/env", ["gzip", folder + "/a.lp"]).result()
            let whole = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.lp.gz"))
            try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: folder + "/half.lp.gz"))

            let missing = try await run(folder, "nothing.lp")
            let half = try await run(folder, "half.lp.gz")

            #expect(missing.exitCode == 1 && missing.outputText.contains("nothing.lp"), "\(missing)")
            #expect(half.exitCode == 1 && half.outputText.contains("gzip"), "\(half)")
            #expect(try points(folder, "m").count > 5_000)
        }
    }

    @Test("a long file streams: its lines all land, in several batches")
    func long() async throws {
        try await withTemporaryFolder { folder in
            var text = ""
            for index in 0..<60_000 { text += "m,a=\(index % 500) v=\(index) \(1_767_268_800_000 + index)\n" }
            try text.write(toFile: folder + "/long.lp", atomically: true, encoding: .utf8)

            let result = try await run(folder, "long.lp", "--json")

            #expect(result.exitCode == 0, "\(result)")
            #expect(try points(folder, "m").count == 60_000)
        }
    }

    @Test("a stray quote costs its own line, not the good lines behind it")
    func strayQuote() async throws {
        try await withTemporaryFolder { folder in
            let lines = ["a f=1", "b f=\"oops", "c f=1", "d f=1", "e g=\"x\"", "h f=1"]
            try lines.map { $0 + " 1767268800000\n" }.joined().write(
                toFile: folder + "/q.lp", atomically: true, encoding: .utf8)

            let result = try await run(folder, "q.lp", "--json")

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.errorText.contains("q.lp:2:5: string of field \"f\" has no closing quote on its line"))
            #expect(try Self.counts(result.json()) == [5, 5, 0, 0, 0, 0, 1])
            for name in ["a", "c", "d", "e", "h"] { #expect(try points(folder, name).count == 1) }
        }
    }

    @Test("of a file that is not there only that is said, once")
    func missing() async throws {
        try await withTemporaryFolder { folder in
            let result = try await run(folder, "nothing.lp")

            #expect(result.exitCode == 1)
            #expect(result.outputText == "error: cannot open nothing.lp: No such file or directory\n", "\(result)")
        }
    }

    @Test("what is assumed is told on standard error: the origin of the first file, and the time of lines without one")
    func assumptions() async throws {
        try await withTemporaryFolder { folder in
            let first = try await run(folder, "-", input: "m,a=x v=1\nm,a=y v=1\nm,a=z v=1 1767268800000\n")
            let second = try await run(folder, "-", input: "m,a=w v=1 1767268800000\n")

            #expect(first.exitCode == 0 && second.exitCode == 0, "\(first)\(second)")
            #expect(first.errorText.contains("standard input: 2 lines have no time and got the moment of loading\n"))
            #expect(
                first.errorText.contains("load: taken as real data (say --origin simulated if it is not)\n"), "\(first)"
            )
            #expect(!second.errorText.contains("taken as") && !second.errorText.contains("no time"), "\(second)")
        }
    }
}
