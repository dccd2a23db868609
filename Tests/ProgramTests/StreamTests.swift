import MarketSimulator
import TestKit
import Testing

@Suite("Terminals and pipes")
struct StreamTests {
    private static let escape: UInt8 = 0x1B

    /// The program in a shell's line, with the world's environment.
    private func shell(_ world: World, _ line: String) async throws -> ProgramResult {
        var run = ProgramRun("/bin/bash", ["-c", line])
        run.environment = try world.program().environment
        run.environment["PROGRAM"] = try ProgramRun.coinlinePath()
        run.folder = world.folder
        return try await run.result()
    }

    /// The program begins once nobody reads its output any more.
    private func unread(_ world: World, _ words: String) async throws -> ProgramResult {
        try await shell(
            world,
            """
            mkfifo gate
            { read -r _ <gate; exec "$PROGRAM" \(words); } | { exec 0<&-; echo closed >gate; }
            echo "code ${PIPESTATUS[0]}"
            """)
    }

    @Test("a command that writes goes on when nobody reads its output, and ends with its own code")
    func writing() async throws {
        try await withWorld { world in
            let result = try await unread(world, "fetch -c BTC")

            #expect(result.outputText == "code 0\n", "\(result)")
            #expect(try StoreSummaries(world.folder).read().points("cryptocurrency_data") == 1)
        }
    }

    @Test("its own code is not lost to the closed pipe")
    func failing() async throws {
        try await withWorld { world in
            let result = try await unread(world, "fetch -c BTC -c NOSUCH")

            #expect(result.outputText == "code 1\n", "\(result)")
            #expect(try StoreSummaries(world.folder).read().points("cryptocurrency_data") == 1)
        }
    }

    @Test("a command that only tells ends silently with 0 when nobody reads", arguments: ["status", "config"])
    func printing(command: String) async throws {
        try await withWorld { world in
            let result = try await unread(world, command)

            #expect(result.outputText == "code 0\n", "\(result)")
            #expect(!result.errorText.lowercased().contains("pipe"), "\(result)")
        }
    }

    @Test(
        "on a terminal progress is shown on a line that is written over",
        .requiresPrograms("script"))
    func terminal() async throws {
        try await withWorld { world in
            let result = try await shell(world, #"script -qec '"$PROGRAM" fetch -l 150' /dev/null"#)

            #expect(result.exitCode == 0, "\(result)")
            let erasing: [UInt8] = [0x0D, Self.escape] + Array("[2K".utf8)
            let places = result.output.ranges(of: erasing)
            #expect(places.count >= 2, "\(result)")
            let shown = try #require(places.first).upperBound
            #expect(result.outputText.contains("150 coins …"))
            // The last one leaves the line empty for the summary.
            let summary = try #require(result.output.firstRange(of: Array("acknowledged".utf8))).lowerBound
            #expect(shown < summary && places.allSatisfy { $0.upperBound <= summary })
        }
    }

    @Test("in a pipe or a file there is neither progress nor colour")
    func noTerminal() async throws {
        try await withWorld(faults: [try Fault("overview=503x1")], speed: 100) { world in
            let settings = ["LOG_LEVEL": "DEBUG", "TRACKED_COINS": "BTC"]
            let files = try await world.program("run-once", settings: settings).result()
            let piped = try await shell(world, #"LOG_LEVEL=DEBUG "$PROGRAM" fetch -c BTC 2>&1 | cat"#)

            #expect(files.exitCode == 0 && piped.exitCode == 0, "\(files)\(piped)")
            #expect(files.errorText.contains("Asking upstream again."))
            #expect(piped.outputText.contains("Asked upstream."))
            for bytes in [files.output, files.errors, piped.output] { #expect(!bytes.contains(Self.escape)) }
        }
    }
}
