import CoinlineCompression
import Foundation
import LineProtocol
import MarketStore
import TestKit
import Testing

@Suite("export")
struct ExportTests {
    private func run(_ folder: String, _ arguments: String..., input: [UInt8] = []) async throws -> ProgramResult {
        var run = ProgramRun(try ProgramRun.coinlinePath(), arguments)
        run.folder = folder
        run.input = input
        return try await run.result()
    }

    private func change(_ folder: String, _ sql: String) async throws {
        let result = try await ProgramRun("/usr/bin/sqlite3", [folder + "/data/coinline.sqlite", sql]).result()
        #expect(result.exitCode == 0, "\(result)")
    }

    private let hostile: [Point] = [
        Point(measurement: "Coins", tags: [Tag("code", "A")], fields: [Field("v", .float(1.5))]),
        Point(
            measurement: "coins", tags: [Tag("Code", "upper"), Tag("code", "lower x,=\"")],
            fields: [
                Field("v", .float(-0.0)), Field("V", .boolean(true)), Field("u", .unsigned(.max)),
                Field("n", .integer(.min)), Field("s", .string("a\nb\r\n\"\\ ,=é\u{0}\u{7F}")),
                Field("t", .boolean(false)),
                Field("x", .float(.leastNonzeroMagnitude)), Field("big", .float(1.7976931348623157e308)),
            ]),
        Point(measurement: "coins", tags: [Tag("code", "only")], fields: [Field("u", .unsigned(0))]),
        Point(
            measurement: "excluded", tags: [Tag("rowid", "1")], fields: [Field("rowid", .float(1))]),
        Point(
            measurement: "it's \"quoted\"", tags: [Tag("a\"b", "c'd")], fields: [Field("select * from", .float(0.1))]),
        Point(measurement: "sqlite_master", tags: [Tag("sqlite_x", "é")], fields: [Field("e\u{301}", .float(1e21))]),
    ]

    /// As an export of real data has them: behind its first line by measurement and time, fields by name.
    private func lines(_ precision: Precision, time: Int64, step: Int64) throws -> [UInt8] {
        var encoder = LineEncoder(precision: precision)
        for (index, point) in hostile.enumerated() {
            var point = point
            point.fields.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            point.time = Timestamp(time + Int64(index) * step, precision: precision)
            try encoder.append(point)
        }
        return Array(head(precision).utf8) + encoder.copyBytes()
    }

    private func head(_ precision: Precision = .milliseconds) -> String {
        "# coinline export, origin real, precision \(precision.rawValue)\n"
    }

    @Test("every value comes out as it came in, byte for byte, and loads into a store that is the same")
    func roundTrip() async throws {
        try await withTemporaryFolder { folder in
            let lines = try lines(.nanoseconds, time: -3, step: 1)
            let load = try await run(folder, "load", "-", input: lines)
            let export = try await run(folder, "export", "--precision", "ns")

            #expect(load.exitCode == 0, "\(load)")
            #expect(export.exitCode == 0 && export.errors.isEmpty, "\(export)")
            #expect(export.output == lines, "\(export.outputText)\n\(String(decoding: lines, as: UTF8.self))")

            let again = try await run(folder, "load", "--data-dir", "second", "-", input: export.output)
            #expect(again.exitCode == 0, "\(again)")
            let names = ["Coins", "coins", "excluded", "it's \"quoted\"", "sqlite_master"]
            let stores = try ["data", "second"].map { data in
                let reader = try StoreReader(path: "\(folder)/\(data)/coinline.sqlite")
                return try names.map { try reader.points(of: $0) }
            }
            #expect(stores[0] == stores[1] && stores[0].joined().count == hostile.count)
            #expect(try await run(folder, "export", "--data-dir", "second", "--precision", "ns").output == lines)
        }
    }

    @Test("a part of it: measurements, from a time on, before a time, in another unit")
    func selection() async throws {
        try await withTemporaryFolder { folder in
            let text =
                "a v=1 1767225600000\na v=2 1767225601000\nb v=3 1767225600000\nb v=4 1767225602000\nc v=5 1767225600000\n"
            _ = try await run(folder, "load", "-", input: Array(text.utf8))
            let result = try await run(
                folder, "export", "--measurement", "b", "--measurement", "a", "--since", "2026-01-01T00:00:00Z",
                "--until",
                "2026-01-01T01:00:02+01:00", "--precision", "s")

            let lines = "a v=1 1767225600\na v=2 1767225601\nb v=3 1767225600\n"
            #expect(result.outputText == head(.seconds) + lines, "\(result)")
            let days = try await run(
                folder, "export", "--since", "2026-01-01", "--until=2026-01-02", "--measurement", "c")
            #expect(days.outputText == head() + "c v=5 1767225600000\n", "\(days)")
            #expect(try await run(folder, "export", "--until", "2026-01-01").outputText == head())
            let none = try await run(folder, "export", "--measurement", "A")
            #expect(
                none.exitCode == 1 && none.output.isEmpty && none.errorText.contains("has no measurement \"A\""),
                "\(none)")
        }
    }

    @Test("a file is there once it is whole, in the place of the older one, and gzip by its name")
    func files() async throws {
        try await withTemporaryFolder { folder in
            let lines = try lines(.milliseconds, time: 1_767_225_600_000, step: 1)
            _ = try await run(folder, "load", "-", input: lines)
            try "old".write(toFile: folder + "/a.lp", atomically: true, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: "a.lp")
            let plain = try await run(folder, "export", "--output", "link")
            let zipped = try await run(folder, "export", "-o", folder + "/b.lp.gz")
            let unzipped = try await ProgramRun("/usr/bin/env", ["gzip", "-dc", folder + "/b.lp.gz"]).result()

            #expect(plain.exitCode == 0 && plain.outputText == "6 points of 5 measurements in link\n", "\(plain)")
            #expect(FileManager.default.contents(atPath: folder + "/a.lp").map { [UInt8]($0) } == lines)
            #expect(zipped.exitCode == 0 && unzipped.output == lines, "\(zipped)")
            for (path, reason) in [("none/a.lp", "No such file"), ("/dev/full", "No space left")] {
                let result = try await run(folder, "export", "--output", path)
                #expect(result.exitCode == 1 && result.errorText.contains(reason), "\(result)")
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names == ["a.lp", "b.lp.gz", "data", "link"])
        }
    }

    @Test("a time that the unit would cut is refused before anything is written, and ns takes it")
    func finerTime() async throws {
        try await withTemporaryFolder { folder in
            let text = Array("a v=1 1767225600000000000\nb v=1 1767225600000000001\n".utf8)
            _ = try await run(folder, "load", "--precision", "ns", "-", input: text)
            let refused = try await run(folder, "export")
            let file = try await run(folder, "export", "--output", "a.lp")
            let nanoseconds = try await run(folder, "export", "--precision", "ns")
            let part = try await run(folder, "export", "--measurement", "a")

            #expect(refused.exitCode == 1 && refused.output.isEmpty, "\(refused)")
            #expect(
                refused.errorText
                    == "coinline export: \"b\" has a point at 2026-01-01T00:00:00.000000001Z, which ms would "
                    + "cut: use --precision ns\n")
            #expect(file.exitCode == 1 && !FileManager.default.fileExists(atPath: folder + "/a.lp"))
            #expect(nanoseconds.output == Array(head(.nanoseconds).utf8) + text && nanoseconds.exitCode == 0)
            #expect(part.outputText == head() + "a v=1 1767225600000\n" && part.exitCode == 0)
        }
    }

    @Test("a row that no line can hold is told with measurement, time and column, and the others go through")
    func foreignRows() async throws {
        try await withTemporaryFolder { folder in
            let text = "m,K=a,k=b v=1,s=\"x\" 1767225600000\nm v=2 1767225601000\nm v=3 1767225602000\nn v=1 1\n"
            _ = try await run(folder, "load", "--precision", "ms", "-", input: Array(text.utf8))
            try await change(
                folder,
                "UPDATE m SET \"k~2\" = 'a' || char(10) WHERE v = 1; UPDATE m SET v = 'much' WHERE v = 2;")
            let result = try await run(folder, "export")
            let file = try await run(folder, "export", "--output", "a.lp")

            #expect(result.exitCode == 1)
            #expect(result.outputText == head() + "m v=3 1767225602000\nn v=1 1\n", "\(result)")
            #expect(
                result.errorText.split(separator: "\n") == [
                    "\"m\", time 1767225600000000000, column \"k~2\": value of tag \"k\": holds the control byte 0x0A",
                    "\"m\", time 1767225601000000000, column \"v\": holds a text that is no float",
                ], "\(result)")
            #expect(file.exitCode == 1 && file.outputText == "2 points of 2 measurements in a.lp\n", "\(file)")
        }
    }

    @Test("no store, one of another program and a damaged one have one clear message each")
    func unreadable() async throws {
        try await withTemporaryFolder { folder in
            let none = try await run(folder, "export")
            #expect(none.exitCode == 1 && none.errorText.contains("does not exist: nothing was collected"), "\(none)")
            #expect(!FileManager.default.fileExists(atPath: folder + "/data"))

            let text = (0..<20_000).map { "m,a=\($0) v=\($0) 1767225600000\n" }.joined()
            _ = try await run(folder, "load", "-", input: Array(text.utf8))
            let path = folder + "/data/coinline.sqlite"
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            let size = try handle.seekToEnd()
            for offset in stride(from: UInt64(65_536), to: size, by: 8_192) {
                try handle.seek(toOffset: offset)
                try handle.write(contentsOf: Data(repeating: 0xA5, count: 4_096))
            }
            try handle.close()
            let damaged = try await run(folder, "export", "--output", "a.lp")
            #expect(damaged.exitCode == 1 && damaged.errorText.contains("is damaged"), "\(damaged)")
            #expect(damaged.errorText.split(separator: "\n").count == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["data"])

            try "no database".write(toFile: path, atomically: true, encoding: .utf8)
            let foreign = try await run(folder, "export")
            #expect(foreign.exitCode == 1 && foreign.errorText.contains("is not a SQLite database"), "\(foreign)")
        }
    }

    @Test("it reads one moment beside a collector that writes")
    func besideWriter() async throws {
        try await withTemporaryFolder { folder in
            let first = (0..<30_000).map { "m,a=\($0) v=1 1767225600000\n" }.joined()
            _ = try await run(folder, "load", "-", input: Array(first.utf8))
            // The pipe is full long before the end, so the reader holds its moment while others write.
            var slow = ProgramRun("/bin/bash", ["-c", "mkfifo p; exec 3<>p; exec $coinline export > p"])
            slow.environment["coinline"] = try ProgramRun.coinlinePath()
            slow.folder = folder
            let export = try await slow.start()
            let writes = try await run(folder, "load", "-", input: Array("m,a=new v=1 1767225600000\n".utf8))
            await export.stop()
            let whole = try await run(folder, "export")

            #expect(writes.exitCode == 0, "\(writes)")
            #expect(whole.output.count { $0 == 0x0A } == 30_002, "\(whole.errorText)")
        }
    }

    @Test("a reader that goes away ends it silently with 0, and wrong times are wrong usage")
    func ends() async throws {
        try await withTemporaryFolder { folder in
            let text = (0..<30_000).map { "m,a=\($0) v=\($0) 1767225600000\n" }.joined()
            _ = try await run(folder, "load", "-", input: Array(text.utf8))
            var run = ProgramRun("/bin/bash", ["-c", "{ $coinline export; echo $? >&2; } | head -1"])
            run.environment["coinline"] = try ProgramRun.coinlinePath()
            run.folder = folder
            let closed = try await run.result()
            #expect(closed.errorText == "0\n" && closed.outputText == head(), "\(closed)")

            for arguments in [
                ["--since", "soon"], ["--since", "2026-02-30"], ["--until", "2026-01"],
                ["--since", "2026-01-01T00:00:00Z", "--until", "2026-01-01T00:00:00Z"],
            ] {
                var wrong = ProgramRun(try ProgramRun.coinlinePath(), ["export"] + arguments)
                wrong.folder = folder
                #expect(try await wrong.result().exitCode == 64)
            }
        }
    }
}
