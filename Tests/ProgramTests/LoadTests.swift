import CoinlineBase
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
            try "m,a=y v=2i 1767268800000".write(toFile: folder + "/b.lp", atomically: true, encoding: .utf8)
            let gzip = try await ProgramRun("/usr/bin/env", ["gzip", folder + "/b.lp"]).result()
            #expect(gzip.exitCode == 0)

            let files = try await run(folder, "a.lp")
            let zipped = try await run(folder, "b.lp.gz")
            let piped = try await run(folder, "-", input: "n v=\"a\nb\",w=t 1767268800000\n")

            #expect(files.exitCode == 0, "\(files)")
            // The type of a field is the store's for ever.
            #expect(zipped.exitCode == 1 && zipped.outputText.contains("v"), "\(zipped)")
            #expect(piped.exitCode == 0, "\(piped)")
            #expect(try points(folder, "n").first?.fields == [Field("v", .string("a\nb")), Field("w", .boolean(true))])
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
}
