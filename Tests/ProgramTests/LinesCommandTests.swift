import Foundation
import Glibc
import LineProtocol
import TestKit
import Testing

@Suite("lp parse and lp encode")
struct LinesCommandTests {
    private func run(_ arguments: [String], input: String = "", folder: String? = nil) async throws -> ProgramResult {
        var run = ProgramRun(try ProgramRun.coinlinePath(), ["lp"] + arguments)
        run.input = Array(input.utf8)
        run.folder = folder
        return try await run.result()
    }

    private func shell(_ line: String, folder: String) async throws -> ProgramResult {
        var run = ProgramRun("/bin/bash", ["-c", "set -o pipefail; " + line])
        run.environment["coinline"] = try ProgramRun.coinlinePath()
        run.folder = folder
        return try await run.result()
    }

    @Test("standard input becomes one object a line, and bad lines are told with line and column")
    func parse() async throws {
        let result = try await run(["parse"], input: "m,a=b v=1.5,w=2i 1760000000000\nbad\nm v=\"x\"\n")

        #expect(result.exitCode == 1)
        #expect(
            result.outputText == """
                {"measurement":"m","tags":{"a":"b"},"fields":{"v":{"float":1.5},"w":{"integer":2}},"time":1760000000000}
                {"measurement":"m","tags":{},"fields":{"v":{"string":"x"}},"time":null}

                """)
        #expect(
            result.errorText == "2:4: expected a tag or a space and a field, found the end of the line\n", "\(result)")
    }

    @Test("objects become lines, and bad ones are told with line and column")
    func encode() async throws {
        let result = try await run(
            ["encode", "--precision", "s"],
            input: #"{"measurement":"m","tags":{"b":"1","a":"2"},"fields":{"v":{"float":1}},"time":7}"#
                + "\n{\"x\":1}\n")

        #expect(result.exitCode == 1)
        #expect(result.outputText == "m,a=2,b=1 v=1 7\n")
        #expect(result.errorText == "2:6: x: no member of a point has this name\n", "\(result)")
    }

    @Test("files, plain and gzip, are read one after the other and named in messages; one that is not there is told")
    func files() async throws {
        try await withTemporaryFolder { folder in
            try "m v=1 1\nbad".write(toFile: folder + "/a.lp", atomically: true, encoding: .utf8)
            try "m v=2 2\n".write(toFile: folder + "/b.lp", atomically: true, encoding: .utf8)
            _ = try await ProgramRun("/usr/bin/env", ["gzip", folder + "/b.lp"]).result()
            let result = try await run(
                ["parse", "a.lp", "none\n.lp", "b.lp.gz", "-"], input: "m v=3 3\nworse\n", folder: folder)

            #expect(result.exitCode == 1)
            #expect(result.outputText.split(separator: "\n").count == 3, "\(result)")
            let errors = result.errorText.split(separator: "\n")
            #expect(errors.count == 3)
            #expect(errors[0].hasPrefix("a.lp:2:4: ") && errors[2].hasPrefix("standard input:2:6: "), "\(errors)")
            #expect(errors[1] == "coinline lp parse: cannot open none·.lp: No such file or directory")
        }
    }

    @Test("of a folder it is said what to give instead")
    func folder() async throws {
        try await withTemporaryFolder { folder in
            try FileManager.default.createDirectory(atPath: folder + "/in", withIntermediateDirectories: false)
            let parse = try await run(["parse", "in/"], folder: folder)
            let encode = try await run(["encode", "in"], folder: folder)

            let hint = "is a folder: give the files in it, such as in/*"
            #expect(parse.exitCode == 1 && parse.errorText == "coinline lp parse: in/ \(hint).lp.gz\n", "\(parse)")
            #expect(encode.exitCode == 1 && encode.errorText == "coinline lp encode: in \(hint).json\n", "\(encode)")
        }
    }

    @Test("the unit that an export names counts, and a byte order mark is no text")
    func opening() async throws {
        let lines = "# coinline export, origin real, precision s\nm v=1 1760000000\n"
        let good = try await run(["parse", "--precision", "s"], input: "\u{FEFF}" + lines)
        let other = try await run(["parse", "--precision", "ms"], input: lines)
        let unnamed = try await run(["parse"], input: lines)
        let json = try await run(["encode"], input: "\u{FEFF}[" + good.outputText + "]")

        #expect(good.exitCode == 0 && good.output == unnamed.output, "\(good)")
        #expect(other.exitCode == 64 && other.output.isEmpty, "\(other)")
        #expect(
            other.errorText
                == "coinline lp parse: standard input carries its own precision, s: leave --precision out\n")
        #expect(json.exitCode == 0 && json.outputText == "m v=1 1760000000\n", "\(json)")
    }

    @Test("the family has help", arguments: [["--help"], ["-h"]])
    func help(arguments: [String]) async throws {
        let result = try await run(arguments)
        let other = try await ProgramRun.coinline("help", "lp").result()

        #expect(result.exitCode == 0 && result.output == other.output, "\(result)")
        #expect(result.outputText.contains("\n  lp parse ") && result.outputText.contains("\n  lp encode "))
        #expect(!result.outputText.contains("history"))
    }

    @Test("of a gzip that was cut the whole lines go through, and the place of the cut is told")
    func cut() async throws {
        try await withTemporaryFolder { folder in
            let lines = (0..<20_000).map { "m v=\($0 * 7_919) \($0)\n" }
            try lines.joined().write(toFile: folder + "/a.lp", atomically: true, encoding: .utf8)
            let result = try await shell(
                "gzip -c a.lp | head -c 40000 | $coinline lp parse | $coinline lp encode", folder: folder)

            #expect(result.exitCode == 1)
            #expect(lines.joined().hasPrefix(result.outputText) && result.outputText.hasSuffix("\n"))
            let line = result.outputText.split(separator: "\n").count + 1
            #expect(result.errorText.hasPrefix("\(line):"), "\(result.errorText)")
            #expect(result.errorText.contains(": the gzip is damaged: ") && result.errorText.hasSuffix("\n"))
        }
    }

    @Test("there and back is the same bytes")
    func pipeline() async throws {
        try await withTemporaryFolder { folder in
            var encoder = LineEncoder(precision: .nanoseconds)
            let values: [FieldValue] = [
                .float(-0.0), .float(1e308), .float(.leastNonzeroMagnitude), .integer(.min),
                .integer(9_007_199_254_740_993),
                .unsigned(.max), .boolean(false), .string("a\nb\u{0}\"\\é"), .float(0.1),
            ]
            for (index, value) in values.enumerated() {
                try encoder.append(
                    Point(
                        measurement: "m x", tags: [Tag("k,=", "v\(index) ")], fields: [Field("f", value)],
                        time: Timestamp(nanoseconds: Int64(index) - 4)))
            }
            let lines = encoder.copyBytes()
            try Data(lines).write(to: URL(fileURLWithPath: folder + "/a.lp"))
            let result = try await shell(
                "$coinline lp parse --precision ns a.lp | $coinline lp encode --precision NS", folder: folder)

            #expect(result.exitCode == 0 && result.errors.isEmpty, "\(result)")
            #expect(result.output == lines)
        }
    }

    @Test("neither needs settings: what is wrong in .env is no matter, and nothing is made in the folder")
    func settings() async throws {
        try await withTemporaryFolder { folder in
            try "METRICS_PORT=x\n".write(toFile: folder + "/.env", atomically: true, encoding: .utf8)
            let result = try await run(["parse"], input: "m v=1 1\n", folder: folder)

            #expect(result.exitCode == 0, "\(result)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [".env"])
        }
    }

    @Test("a reader that goes away ends them silently with 0, a full disk is told")
    func outputs() async throws {
        try await withTemporaryFolder { folder in
            let closed = try await shell(
                "yes 'm v=1 1' | head -200000 > a.lp; { $coinline lp parse a.lp; echo $? >&2; } | head -1",
                folder: folder)
            #expect(closed.errorText == "0\n", "\(closed.errorText)")
            let full = try await shell("$coinline lp parse a.lp > /dev/full", folder: folder)
            #expect(full.exitCode == 1 && full.errorText.contains("No space left"), "\(full)")
        }
    }

    /// Returns when it is so, when the program has ended, or after a minute.
    private func wait(for program: RunningProgram, until isSo: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !isSo(), program.isRunning, .now < deadline { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test("points go through as they come, before the input ends, and a signal ends the waiting")
    func live() async throws {
        try await withTemporaryFolder { folder in
            var run = ProgramRun(
                "/bin/bash", ["-c", "mkfifo p; exec 3<>p; echo 'm v=1 1' >&3; exec $coinline lp parse < p"])
            run.environment["coinline"] = try ProgramRun.coinlinePath()
            run.folder = folder
            let program = try await run.start()
            try await wait(for: program) { !program.outputSoFar.isEmpty }
            let result = await program.stop()

            #expect(result.outputText.hasPrefix("{\"measurement\":\"m\""), "\(result)")
            #expect(result.exitCode == 143, "\(result)")
        }
    }

    @Test(
        "wrong usage is 64", arguments: [["parse", "--precision", "min"], ["encode", "--dialect", "x"], [], ["pars"]])
    func usage(arguments: [String]) async throws {
        #expect(try await run(arguments).exitCode == 64)
    }

    @Test(
        "memory stays the same however long the input is",
        arguments: [
            ("parse", #"coins,code=BTC,currency=USD rate=61234.5,rank=1i,name="Bitcoin" 1760000000000"#),
            ("encode", #"{"measurement":"coins","tags":{"code":"BTC"},"fields":{"rate":{"float":61234.5}},"time":1}"#),
        ])
    func memory(command: String, line: String) async throws {
        // The sanitizers keep what is freed, so memory says nothing under them.
        if dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil { return }
        let short = try await peakMemory(of: command, line: line, count: 5_000)
        var long = Int.max
        // Pages and arenas vary from run to run; what is kept of the input is there in every one.
        for _ in 0..<3 { long = min(long, try await peakMemory(of: command, line: line, count: 50_000)) }

        // What the long input has more, before and after, is more than this.
        #expect(long < short + (3 << 20), "\(short) and \(long) bytes")
    }

    /// The most that the program held once it had taken all lines: a bad one at the end tells when.
    private func peakMemory(of command: String, line: String, count: Int) async throws -> Int {
        try await withTemporaryFolder { folder in
            let text = "mkfifo p; exec 3<>p; (yes \"$line\" | head -\(count); echo end) >&3 & "
            var run = ProgramRun("/bin/bash", ["-c", text + "exec $coinline lp \(command) < p > /dev/null"])
            run.environment["coinline"] = try ProgramRun.coinlinePath()
            run.environment["line"] = line
            run.folder = folder
            let program = try await run.start()
            try await wait(for: program) { program.errorsSoFar.contains("\(count + 1):") }
            let status = try String(contentsOfFile: "/proc/\(program.pid)/status", encoding: .utf8)
            await program.stop()
            let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            let kibibytes = peak.flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
            return try #require(kibibytes) << 10
        }
    }
}
