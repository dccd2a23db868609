import CoinlineBase
import CoinlineJSON
import MarketSimulator
import TestKit
import Testing

@Suite("Credits of the simulated account")
struct CreditTests {
    @Test("each request but /status costs one, refused keys cost none, and /credits still answers when none is left")
    func spending() async throws {
        try await withService {
            $0.credits = 4
        } _: { service async throws in
            _ = try await service.ask("/status")
            _ = try await service.ask("/overview", headers: [SimulatedService.json])
            #expect(service.simulator.creditsRemaining == 4)

            _ = try await service.ask("/overview")
            _ = try await service.ask("/coins/single", "broken")
            _ = try await service.ask("/coins/list", #"{"limit":100}"#)
            let credits = try await service.document("/credits")
            #expect(try credits.whole("dailyCreditsRemaining") == 0)
            #expect(try credits.whole("dailyCreditsLimit") == 4)

            let refused = try await service.ask("/overview")
            #expect(refused.status == 429)
            #expect(refused.header("Retry-After") == nil)
            #expect(
                refused.text
                    == #"{"error":{"code":429,"status":"Too Many Requests","description":"You're requesting too many resources! Slow down!"}}"#
            )
            #expect(try await service.document("/credits").whole("dailyCreditsRemaining") == 0)
            #expect(try await service.ask("/status").status == 200)
        }
    }

    @Test("they are renewed at 00:00 UTC and not a second before")
    func renewal() async throws {
        try await withService {
            $0.credits = 1
        } _: { service async throws in
            _ = try await service.ask("/overview")
            #expect(try await service.ask("/overview").status == 429)

            // 12:34:56.789 to 23:59:59.999.
            service.clock.advance(by: .milliseconds(41_103_210))
            #expect(service.clock.now.rfc3339(fractionDigits: 3) == "2026-07-01T23:59:59.999Z")
            #expect(try await service.ask("/overview").status == 429)
            service.clock.advance(by: .milliseconds(1))
            #expect(service.simulator.creditsRemaining == 1)
            #expect(try await service.ask("/overview").status == 200)
            #expect(service.simulator.creditsRemaining == 0)
        }
    }

    @Test("requests are counted for each endpoint, whatever came of them")
    func counting() async throws {
        try await withService {
            $0.faults = [Fault(.status(500), endpoint: .coinsList)]
        } _: { service async throws in
            for path in ["/coins/list", "/coins/list", "/overview", "/nowhere"] { _ = try await service.ask(path) }

            #expect(service.simulator.requestCounts == [.coinsList: 2, .overview: 1])
            #expect(service.simulator.requestCount == 3)
            #expect(service.simulator.creditsRemaining == 9_999, "a fault that replaces the answer costs none")
        }
    }
}
