import CoinlineBase
import CoinlineJSON
import MarketSimulator
import TestKit
import Testing

/// Waits between repeats are a hundredth here; the deadline of a request stays real.
@Suite("An upstream that fails in the midst of a run")
struct UpstreamFaultTests {
    @Test(
        "a fault that stays is asked again where that may help, ends with 1 and names what happened",
        arguments: [
            ("503", 4, "503"), ("drop", 4, "could not be reached"), ("truncated", 4, "could not be reached"),
            ("cut", 1, "cannot be read"), ("slow:60s", 4, "timeout"),
        ])
    func stays(fault: String, requests: Int, words: String) async throws {
        try await withWorld(faults: [try Fault("coins/map=\(fault)")], speed: 100) { world in
            // Short only where it is waited for: a busy machine is slow as well.
            let timeout = fault.hasPrefix("slow") ? "4s" : "30s"
            let result = try await world.program(
                "fetch", "-c", "BTC", settings: ["COINLINE_REQUEST_TIMEOUT": timeout]
            ).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(world.simulator.requestCounts[.coinsMap] == requests)
            #expect(result.outputText.contains(words), "\(result)")
            #expect(result.outputText.contains("/coins/map"), "\(result)")
            #expect(result.outputText.split(separator: "\n").count { $0.hasPrefix("error:") } == 1, "\(result)")
            #expect(result.duration < .seconds(50), "\(result)")
            #expect(try StoreSummaries(world.folder).read().points("cryptocurrency_data") == 0)
        }
    }

    @Test("one call that fails costs its own points only", arguments: ["drop", "500", "truncated"])
    func oneCall(fault: String) async throws {
        try await withWorld(faults: [try Fault("overview=\(fault)")], speed: 100) { world in
            let result = try await world.program("run-once", "--json", settings: ["TRACKED_COINS": "BTC"]).result()

            #expect(result.exitCode == 1, "\(result)")
            let problems = try #require(try result.json().member("problems")).elements().map { try $0.string() }
            #expect(problems.count == 1 && problems[0].contains("overview"), "\(problems)")
            #expect(try result.number("markets_stored") == 0)
            #expect(try result.number("coins_stored") == 200)
            #expect(try result.number("exchanges_stored") == 20)
            #expect(try result.number("historical_stored") ?? 0 > 280)
            #expect(try result.number("points_offered") == result.number("points_acknowledged"))
            let store = try StoreSummaries(world.folder).read()
            #expect(store.points("market_overview") == 0 && store.points("exchange_data") == 20)
        }
    }

    @Test("credits that run out in mid-run keep what came before, and nothing more is asked")
    func creditsRunOut() async throws {
        try await withWorld(credits: 3) { world in
            let result = try await world.program("run-once", "--json").result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("credits") && result.outputText.contains("00:00 UTC"), "\(result)")
            // One for the question itself, two pages of coins, and then the first refusal.
            #expect(try result.number("coins_stored") == 200)
            #expect(try StoreSummaries(world.folder).read().points("cryptocurrency_data") == 200)
            #expect(world.simulator.requestCount == 5, "\(world.simulator.requestCounts)")
            #expect(world.simulator.requestCounts[.coinsSingleHistory] == nil)
        }
    }

    @Test("few credits are left to the next fetches, and history waits")
    func creditsForHistory() async throws {
        try await withWorld(credits: 8) { world in
            let result = try await world.program("run-once", "--json", settings: ["TRACKED_COINS": "BTC,ETH"]).result()

            #expect(result.exitCode == 1, "\(result)")
            #expect(result.outputText.contains("history was left out"), "\(result)")
            #expect(try result.number("markets_stored") == 1)
            #expect(world.simulator.requestCounts[.coinsSingleHistory] == nil)
        }
    }
}
