import CoinlineCompression
import TestKit
import Testing

/// Against the programs that users have.
@Suite("gzip and zcat", .requiresPrograms("gzip"))
struct GzipProgramTests {
    @Test("the program reads what we write, several members in a row too", arguments: [0, 1, 6, 9])
    func theirsReadsOurs(level: Int) async throws {
        var gzip = try Gzip(level: level)
        let content = lines(5_000)
        let joined = try gzip.compress(content) + gzip.compress(content)

        let back = try await run(["-dc"], input: joined)

        #expect(back == content + content)
    }

    @Test("we read what the program writes", arguments: ["-1", "-9"])
    func oursReadsTheirs(level: String) async throws {
        let content = lines(5_000)

        let compressed = try await run([level, "-c"], input: content)

        #expect(try Gunzip.decompress(compressed, outputBytesMax: content.count) == content)
    }

    private func run(_ arguments: [String], input: [UInt8]) async throws -> [UInt8] {
        var run = ProgramRun(try MachinePrograms.path("gzip"), arguments)
        run.input = input
        let result = try await run.result()
        try #require(result.exitCode == 0, "\(result.errorText)")
        return result.output
    }
}
