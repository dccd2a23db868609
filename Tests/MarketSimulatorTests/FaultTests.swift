import CoinlineBase
import CoinlineJSON
import MarketSimulator
import TestKit
import Testing

@Suite("Faults on demand")
struct FaultTests {
    /// Asks the overview of a simulator with these faults, some times over.
    private func answers(_ faults: String..., count: Int = 1, isAdvancing: Bool = false) async throws -> [RawAnswer] {
        var answers: [RawAnswer] = []
        let faults = try faults.map { try Fault($0) }
        try await withService(isAdvancing: isAdvancing) {
            $0.faults = faults
        } _: { service async throws in
            for _ in 0..<count { answers.append(try await service.ask("/overview")) }
        }
        return answers
    }

    @Test(
        "an error status comes with the body of the service and the mark",
        arguments: [401, 403, 418, 429, 500, 503, 522])
    func statuses(status: Int) async throws {
        let answer = try await answers("\(status)")[0]

        #expect(answer.status == status)
        #expect(answer.header("X-Coinline-Simulated") == "seed=1")
        let error = try JSONCursor(answer.body).requiredMember("error")
        #expect(error.names == ["code", "status", "description"])
        #expect(try error.whole("code") == Int64(status))
    }

    @Test("Retry-After comes in seconds, as a date, or not at all")
    func retryAfter() async throws {
        let answers = try await [answers("429")[0], answers("429:30")[0], answers("429:date")[0], answers("503:7s")[0]]

        let date = SimulatedService.time.advanced(by: .seconds(30)).httpDate
        #expect(answers.map { $0.header("Retry-After") } == [nil, "30", date, "7"])
    }

    @Test("a burst ends after so many requests, and may begin later")
    func bursts() async throws {
        #expect(try await answers("503:3", count: 5).map(\.status) == [503, 503, 503, 200, 200])
        #expect(try await answers("500x2@2", count: 4).map(\.status) == [200, 500, 500, 200])
        #expect(try await answers("401x1", "500x2", count: 4).map(\.status) == [401, 500, 200, 200])
        #expect(try await answers("credits=500", count: 2).map(\.status) == [200, 200])
    }

    @Test("a page of HTML, an error under 200, and nothing at all")
    func bodies() async throws {
        let html = try await answers("html")[0]
        #expect(html.status == 502)
        #expect(html.header("Content-Type")?.hasPrefix("text/html") == true)
        #expect(html.text.hasPrefix("<!DOCTYPE html>"))
        #expect(try await answers("html:200")[0].status == 200)
        let hidden = try await answers("error200:401")[0]
        #expect(hidden.status == 200)
        #expect(try JSONCursor(hidden.body).requiredMember("error").whole("code") == 401)
        let empty = try await answers("empty")[0]
        #expect(empty.status == 200 && empty.body.isEmpty && empty.isComplete)
    }

    @Test("a truncated body breaks off before its announced length, a cut one does not tell")
    func halves() async throws {
        let whole = try await answers("slow:1s@2")[0]
        let truncated = try await answers("truncated")[0]
        #expect(!truncated.isComplete)
        #expect(truncated.header("Content-Length") == "\(whole.body.count)")
        #expect(truncated.body == Array(whole.body.prefix(whole.body.count / 2)))
        let cut = try await answers("cut")[0]
        #expect(cut.isComplete)
        #expect(cut.body == truncated.body)
        #expect(throws: JSONError.self) { try JSONCursor(cut.body) }
    }

    @Test("a slow body arrives whole, in pieces spread over its time")
    func slowness() async throws {
        try await withService(isAdvancing: true) {
            $0.faults = [Fault(.slow(.seconds(2)))]
        } _: { service async throws in
            let answer = try await service.ask("/overview")

            #expect(answer.isComplete)
            #expect(throws: Never.self) { try JSONCursor(answer.body) }
            #expect(service.clock.waits == Array(repeating: .milliseconds(200), count: 10))
        }
    }

    @Test("a stop does not wait for a slow body")
    func stopping() async throws {
        let service = try SimulatedService {
            $0.faults = [Fault(.slow(.seconds(3_600)))]
        }
        let request = Task { try await service.ask("/overview") }
        await service.clock.untilSleeping()
        await service.simulator.stop()

        let answer = try? await request.value
        #expect(answer?.isComplete != true)
    }

    @Test("a dropped connection ends without an answer")
    func dropping() async throws {
        try await withService {
            $0.faults = [Fault(.drop, count: 1)]
        } _: { service async throws in
            await #expect(throws: TestKitError.self) { try await service.ask("/overview") }
            #expect(try await service.ask("/overview").status == 200)
        }
    }

    @Test("a skewed date is off by so much, and nothing else is")
    func skew() async throws {
        let answer = try await answers("skew:-2m")[0]

        #expect(answer.status == 200)
        #expect(answer.header("Date") == SimulatedService.time.advanced(by: .seconds(-120)).httpDate)
        let both = try await answers("skew:90s", "429")[0]
        #expect(both.status == 429)
        #expect(both.header("Date") == SimulatedService.time.advanced(by: .seconds(90)).httpDate)
    }

    @Test("faults can be changed while it runs")
    func changing() async throws {
        try await withService { service async throws in
            #expect(try await service.ask("/overview").status == 200)
            service.simulator.setFaults([Fault(.status(500), count: 1)])
            #expect(try await service.ask("/overview").status == 500)
            #expect(try await service.ask("/overview").status == 200)
            service.simulator.setFaults([Fault(.status(500))])
            #expect(try await service.ask("/overview").status == 500)
            service.simulator.setFaults([])
            #expect(try await service.ask("/overview").status == 200)
        }
    }
}
