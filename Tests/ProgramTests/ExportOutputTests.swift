import CoinlineCompression
import Foundation
import Glibc
import TestKit
import Testing

@Suite("Where export writes")
struct ExportOutputTests {
    private let lines = "# coinline export, origin simulated, precision ms\nm v=1 1767225600000\n"

    /// With a store of one point.
    private func withStore(_ body: (String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let load = try await shell("echo 'm v=1 1767225600000' | $coinline load --origin simulated -", folder)
            try #require(load.exitCode == 0, "\(load)")
            try await body(folder)
        }
    }

    private func shell(_ line: String, _ folder: String) async throws -> ProgramResult {
        var run = ProgramRun("/bin/bash", ["-c", line])
        run.environment["coinline"] = try ProgramRun.coinlinePath()
        run.folder = folder
        return try await run.result()
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test(
        "the store's own files are never written, by whatever name they are called, there or not",
        arguments: [
            "data/coinline.sqlite", "./data/../data//coinline.sqlite", "$PWD/data/coinline.sqlite", "link", "hard",
            "folder/coinline.sqlite", "data/coinline.sqlite-wal", "data/coinline.sqlite-shm",
            "folder/coinline.sqlite-journal", "far", "real/coinline.sqlite-wal",
        ])
    func store(path: String) async throws {
        try await withStore { folder in
            // A store that is a link itself, and names that lead to it.
            let made = try await shell(
                """
                mkdir real; mv data/coinline.sqlite real/; ln -s ../real/coinline.sqlite data/coinline.sqlite
                ln -s data/coinline.sqlite link; ln real/coinline.sqlite hard; ln -s data folder; ln -s link far
                """, folder)
            #expect(made.exitCode == 0, "\(made)")
            let before = try Data(contentsOf: URL(fileURLWithPath: folder + "/real/coinline.sqlite"))
            let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
            let result = try await shell("$coinline export -o \"\(path)\"", folder)

            #expect(result.exitCode == 64 && result.errorText.contains("name another file"), "\(result)")
            #expect(result.output.isEmpty && result.errorText.split(separator: "\n").count == 1)
            #expect(try Data(contentsOf: URL(fileURLWithPath: folder + "/real/coinline.sqlite")) == before)
            #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == names)
        }
    }

    @Test("neither is another database, nor the store through standard output")
    func databases() async throws {
        try await withStore { folder in
            let before = try Data(contentsOf: URL(fileURLWithPath: folder + "/data/coinline.sqlite"))
            let other = try await shell("cp -r data other; $coinline export -o other/coinline.sqlite", folder)
            let appended = try await shell("$coinline export >> data/coinline.sqlite", folder)

            #expect(other.exitCode == 64 && other.errorText.contains("is a SQLite database"), "\(other)")
            #expect(appended.exitCode == 64 && appended.errorText.contains("itself"), "\(appended)")
            for name in ["data", "other"] {
                #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)/coinline.sqlite")) == before)
            }
        }
    }

    @Test("a new file is its owner's, and one that replaces another has the rights of that")
    func modes() async throws {
        try await withStore { folder in
            let result = try await shell(
                """
                umask 022; for mode in 600 640 664 444; do echo old > $mode; chmod $mode $mode
                $coinline export -o $mode > log || exit; done; $coinline export -o new > log
                ln -s 600 link; $coinline export -o link > log; stat -c '%n %a' 600 640 664 444 new
                """, folder)

            #expect(result.outputText == "600 600\n640 640\n664 664\n444 444\nnew 600\n", "\(result)")
            for name in ["600", "640", "664", "444", "new", "link"] { #expect(try text("\(folder)/\(name)") == lines) }
        }
    }

    @Test("what is no ordinary file is written as it is")
    func devices() async throws {
        try await withStore { folder in
            let null = try await shell("$coinline export -o /dev/null", folder)
            #expect(null.exitCode == 0 && null.outputText == "1 point of 1 measurement in /dev/null\n", "\(null)")

            for path in ["-", "/dev/stdout", "/dev/fd/1"] {
                let piped = try await shell("$coinline export -o \(path) | cat", folder)
                #expect(piped.exitCode == 0 && piped.outputText == lines, "\(path): \(piped)")
                let file = try await shell("echo first > out; $coinline export -o \(path) >> out", folder)
                #expect(file.exitCode == 0, "\(path): \(file)")
                #expect(try text(folder + "/out") == "first\n" + lines)
            }
            let substituted = try await shell(
                "$coinline export -o >(cat > got; echo done > end) > log; \(wait("end"))", folder)
            #expect(substituted.exitCode == 0, "\(substituted)")
            #expect(try text(folder + "/got") == lines && text(folder + "/log").contains(" in /dev/fd/"))
        }
    }

    /// Shell text that returns when a file is there.
    private func wait(_ name: String) -> String { "for i in $(seq 600); do [ -s \(name) ] && break; sleep 0.05; done" }

    @Test("a named pipe is waited for, and packed if its name ends in .gz; one without a reader ends at a signal")
    func pipes() async throws {
        try await withStore { folder in
            let result = try await shell(
                "mkfifo p.gz; $coinline export -o p.gz > log & gzip -dc < p.gz > got; wait $!", folder)
            #expect(result.exitCode == 0, "\(result)")
            #expect(try text(folder + "/got") == lines)

            var run = ProgramRun(try ProgramRun.coinlinePath(), ["export", "-o", "p.gz"])
            run.folder = folder
            let alone = try await run.start()
            try await waitUntilStoreIsOpen(alone)
            let stopped = await alone.stop()
            #expect(stopped.exitCode == 143 && stopped.errors.isEmpty, "\(stopped)")
        }
    }

    /// Once it has the store open it hears signals, and asks for the pipe next.
    private func waitUntilStoreIsOpen(_ program: RunningProgram) async throws {
        let folder = "/proc/\(program.pid)/fd"
        let deadline = ContinuousClock.now + .seconds(60)
        while program.isRunning, .now < deadline {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let files = names.map { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
            if files.contains(where: { $0?.hasSuffix("coinline.sqlite") == true }) { return }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test("a folder and a full device have one clear message each", arguments: ["data", "data/", "none/", "/dev/full"])
    func failures(path: String) async throws {
        try await withStore { folder in
            let result = try await shell("$coinline export -o \(path)", folder)

            let isFolder = path != "/dev/full"
            #expect(result.exitCode == (isFolder ? 64 : 1), "\(result)")
            let reason =
                isFolder ? "\(path) is a folder: name a file in it" : "cannot write /dev/full: No space left on device"
            #expect(result.errorText == "coinline export: \(reason)\n" && result.output.isEmpty, "\(result)")
        }
    }
}
