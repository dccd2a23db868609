import CoinlineBase
import CoinlineJSON
import Foundation
import MarketSimulator
import TestKit
import Testing

@Suite("Where results go, and what happens when nobody takes them")
struct OutputTests {
    /// A command line of the shell, in which `$coinline` is the program.
    private func shell(_ line: String, in world: World, settings: [String: String] = [:]) throws -> ProgramRun {
        var run = ProgramRun("/bin/bash", ["-c", line])
        run.environment.merge(try world.program("x").environment) { _, new in new }
        run.environment.merge(settings) { _, new in new }
        run.environment["coinline"] = try ProgramRun.coinlinePath()
        run.folder = world.folder
        return run
    }

    @Test(
        "a result that the disk has no room for is said so and is not 0",
        arguments: ["status", "fetch -c BTC", "fetch -c BTC --dry-run"])
    func fullDisk(command: String) async throws {
        try await withWorld { world in
            let result = try await shell("$coinline \(command) > /dev/full", in: world).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.errorText.contains("cannot write standard output: No space left on device"))
        }
    }

    @Test("progress, with what is waited for, is shown on a terminal and nowhere else")
    func progress() async throws {
        try await withWorld { world in
            // Six requests, of which five may go out at once and the sixth a minute later.
            let settings = ["REQUESTS_PER_MINUTE": "1", "COINS_PER_PAGE": "10"]
            let watched = try await shell(
                "exec script -qec \"exec $coinline fetch --limit 60\" /dev/null < /dev/null", in: world,
                settings: settings
            ).start()
            while !watched.outputSoFar.contains("(REQUESTS_PER_MINUTE)"), watched.isRunning {
                try await Task.sleep(for: .milliseconds(5))
            }
            let seen = await watched.stop()
            let piped = try await world.program("fetch", "-c", "BTC").result()

            #expect(seen.outputText.contains("60 coins …"), "\(seen)")
            #expect(seen.outputText.contains("(REQUESTS_PER_MINUTE)"), "\(seen)")
            #expect(!(piped.outputText + piped.errorText).contains("…"), "\(piped)")
        }
    }

    @Test("on a terminal warnings are coloured, unless NO_COLOR asks for none", arguments: ["", "1"])
    func colours(noColour: String) async throws {
        try await withWorld { world in
            // The test clock is told by a warning.
            let line = "script -qec \"$coinline fetch -c BTC\" /dev/null < /dev/null"
            let settings = ["NO_COLOR": noColour, "TERM": "xterm"]
            let result = try await shell(line, in: world, settings: settings).result()

            #expect(result.outputText.contains("\u{1B}[33mWARNING") == noColour.isEmpty, "\(result)")
        }
    }

    @Test("what somebody typed is shown without what would move the cursor")
    func hostileText() async throws {
        try await withWorld { world in
            let result = try await world.program("fetch", "-c", "A\u{1B}[31mB").result()

            #expect(result.exitCode == 1)
            #expect(!(result.outputText + result.errorText).contains("\u{1B}"), "\(result)")
        }
    }

    @Test("with --json a command that refuses to start gives JSON as well")
    func refusal() async throws {
        try await withWorld { world in
            let result = try await world.program("run-once", "--json", settings: ["METRICS_PORT": "x"]).result()

            #expect(result.exitCode == 78)
            #expect(try result.json().member("ok")?.boolean() == false)
            #expect(try result.json().member("exit")?.int64() == 78)
            #expect(try result.json().member("problem")?.string().contains("METRICS_PORT") == true)
        }
    }

    @Test("a command without --json that refuses to start ends with its code and prints nothing", arguments: ["export"])
    func refusalWithoutJSON(command: String) async throws {
        try await withWorld { world in
            let result = try await world.program(command, settings: ["METRICS_PORT": "x"]).result()

            #expect(result.exitCode == 78 && result.output.isEmpty, "\(result)")
            #expect(result.errorText.contains("METRICS_PORT"), "\(result)")
        }
    }

    @Test("why points wait is said once, and the command that is told sends them as it stands")
    func advice() async throws {
        try await withWorld(speed: 10) { world in
            let settings = [
                "INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o", "INFLUXDB_BUCKET": "it's mine",
                "TRACKED_COINS": "BTC",
            ]
            let result = try await world.program("run-once", "--data-dir", "my data", settings: settings).result()
            let advice = try #require(result.outputText.split(separator: "\n").first { $0.contains("send them now: ") })
            let command = try #require(advice.split(separator: "now: ").last)
            let flush = try await shell(String(command) + " --json", in: world, settings: settings).result()

            #expect(result.outputText.components(separatedBy: "connection refused").count == 2, "\(result)")
            #expect(command.hasSuffix("outbox flush --data-dir 'my data'"), "\(result)")
            // The outbox is found; only the database is missing.
            #expect(flush.exitCode == 1 && flush.outputText.contains("connection refused"), "\(flush)")
        }
    }

    @Test("with full disks points are said to be lost, with the reason once, and the program ends with 1")
    func lost() async throws {
        try await withWorld(speed: 100) { world in
            // A disk of some pages, which only its own user namespace sees, and a database that takes nothing from it.
            let line = """
                mount -t tmpfs -o size=24k none "$PWD" && cd "$PWD" && COINLINE_OUTBOX_MIN_FREE=0B exec $coinline run-once
                """
            let settings = ["INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXDB_ORG": "o", "TRACKED_COINS": "BTC,ETH,GLQ"]
            let result = try await shell("unshare -rm bash -c '\(line)' || exit $?", in: world, settings: settings)
                .result()
            guard !result.errorText.contains("unshare") else { return }

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("lost  "), "\(result)")
            #expect(result.outputText.components(separatedBy: "points are lost").count == 2, "\(result)")
        }
    }
}
