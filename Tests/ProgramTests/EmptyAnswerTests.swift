import HTTPServer
import MarketSimulator
import TestKit
import Testing

@Suite("An upstream that answers and gives nothing is no success")
struct EmptyAnswerTests {
    private func run(
        _ arguments: [String], answering response: @escaping @Sendable (String) -> ServerResponse
    ) async throws -> ProgramResult {
        try await withTemporaryFolder { folder in
            let server = try HTTPServer { request in response(request.path) }
            var run = ProgramRun(try ProgramRun.coinlinePath(), arguments)
            run.folder = folder
            run.environment["LCW_API_KEY"] = "a-key"
            run.environment["LCW_BASE_URL"] = server.baseURL
            let result = try await run.result()
            await server.stop()
            return result
        }
    }

    @Test("a ranking without a coin ends with 1", arguments: ["[]", #"[{"rate":1},{"rate":2}]"#])
    func emptyRanking(body: String) async throws {
        let result = try await run(["fetch", "--limit", "100"]) { _ in .json(Array(body.utf8)) }

        #expect(result.exitCode == 1, "\(result)")
        #expect(result.outputText.contains("no coin at all"))
    }

    @Test("a wrong address that answers 404 is told as such, and not as coins that do not exist")
    func wrongAddress() async throws {
        let result = try await run(["history"]) { _ in .text("<h1>not here</h1>", status: 404) }

        #expect(result.exitCode == 1, "\(result)")
        #expect(result.outputText.contains("LCW_BASE_URL") && !result.outputText.contains("has no coin"))
    }

    @Test("an option that names no coin is a mistake, and nothing else is fetched", arguments: ["fetch", "history"])
    func noCoin(command: String) async throws {
        try await withWorld { world in
            let result = try await world.program(command, "-c", "").result()

            #expect(result.exitCode == 64, "\(result)")
            #expect(world.simulator.requestCount == 0)
        }
    }
}
