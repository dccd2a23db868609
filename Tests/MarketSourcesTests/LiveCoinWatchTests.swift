import CoinlineBase
import CoinlineHTTP
import CoinlineJSON
import MarketData
import TestKit
import Testing

@testable import MarketSources

private let creditsText = #"{"dailyCreditsRemaining":9995,"dailyCreditsLimit":10000}"#

@Suite("The Live Coin Watch source")
struct LiveCoinWatchTests {
    @Test("an answer comes with its times, its date and its mark")
    func fetched() async throws {
        let headers = ["Date": "Thu, 09 Oct 2025 08:53:20 GMT", "X-Coinline-Simulated": "seed=7"]
        let script = Script([.reply(200, headers, #"{"cap":1}"#)])

        let overview = try await script.client().overview()

        #expect(overview.value == MarketOverview(marketCap: 1))
        #expect(overview.sentAt == start && overview.receivedAt == start)
        #expect(overview.upstreamDate == UTCTime(seconds: 1_760_000_000) && overview.clockSkew == .zero)
        #expect(overview.isSimulated && overview.simulation?.seed == 7)
    }

    @Test(
        "a real upstream has no mark, and a date that is none is none",
        arguments: [
            (nil, false, nil), ("seed=18446744073709551615", true, UInt64.max), ("seed=x", true, nil),
            ("yes", true, nil),
        ] as [(String?, Bool, UInt64?)])
    func marks(header: String?, isSimulated: Bool, seed: UInt64?) async throws {
        var headers = ["Date": "yesterday"]
        headers["x-coinline-simulated"] = header
        let script = Script([.reply(200, headers, creditsText)])

        let credits = try await script.client().credits()

        #expect(credits.isSimulated == isSimulated && credits.simulation?.seed == seed)
        #expect(credits.upstreamDate == nil && credits.clockSkew == nil)
    }

    @Test(
        "a clock that is off shows",
        arguments: [("Thu, 09 Oct 2025 08:51:20 GMT", 119), ("Thu, 09 Oct 2025 08:54:20 GMT", -60)])
    func clockSkew(date: String, seconds: Int64) async throws {
        let script = Script([.reply(200, ["Date": date], creditsText)])

        let credits = try await script.client().credits()

        #expect(credits.clockSkew == .seconds(seconds))
    }

    @Test("codes are asked for as the service writes them")
    func codes() async throws {
        let script = Script([.json(#"{"rate":1}"#), .json(#"{"history":[]}"#), .json(#"{"code":"binance"}"#)])
        let client = script.client()

        let coin = try await client.coin(" _stx ")
        let history = try await client.coinHistory(
            code: "btc", start: UTCTime(milliseconds: 1), end: UTCTime(milliseconds: 2))
        let exchange = try await client.exchange(" Binance")

        #expect(coin.value.code == "_STX" && history.value.code == "BTC" && exchange.value.code == "binance")
        #expect(
            script.bodies == [
                #"{"currency":"USD","code":"_STX","meta":true}"#,
                #"{"currency":"USD","code":"BTC","start":1,"end":2,"meta":true}"#,
                #"{"currency":"USD","code":"binance","meta":true}"#,
            ])
    }

    @Test("the currency is sent in upper case and a blank one is USD", arguments: [(" eur ", "EUR"), ("", "USD")])
    func currency(setting: String, sent: String) async throws {
        let script = Script([.json(#"{"cap":1}"#)])
        let client = script.client { $0.currency = setting }

        _ = try await client.overview()

        #expect(client.currency == sent && script.bodies == [#"{"currency":"\#(sent)"}"#])
    }

    @Test("what is left out is told with its path")
    func skipped() async throws {
        let script = Script([.json(#"[{"code":"A","rate":"x"},{"rate":1}]"#)])

        let page = try await script.client().coinsPage(offset: 0, limit: 2)

        #expect(page.skippedCount == 2 && page.recordCount == 2)
        let told = script.events.compactMap { event in
            if case .skipped("/coins/list", let skipped) = event { skipped } else { nil }
        }
        #expect(told == page.skipped && told.map(\.path) == ["coins[0].rate", "coins[1]"])
    }

    @Test("an answer of another shape is an error of that call")
    func malformed() async {
        let script = Script([.json("[]")])

        let error = await failure { () throws(UpstreamError) in try await script.client().credits() }

        guard case .malformed(let json)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(json.path == "credits" && error?.endpoint == "/credits" && script.requests.count == 1)
    }

    // MARK: Credits

    @Test("every attempt is counted, the status is not, and nor is what was never sent")
    func counts() async throws {
        let script = Script([
            .json("{}"), .status(500), .failure(.connect), .json(creditsText), .json(#"{"cap":1}"#),
        ])
        let client = script.client()

        try await client.status()
        #expect(client.requestsMade == 0 && client.creditsRemaining == nil)
        _ = try await client.credits()
        #expect(client.requestsMade == 2 && client.creditsRemaining == 9_995)
        _ = try await client.overview()
        #expect(client.requestsMade == 3 && client.creditsRemaining == 9_994)
    }

    @Test("a 429 with no credits left is told as such and not repeated")
    func outOfCredits() async throws {
        let told = Script.Answer.json(#"{"dailyCreditsRemaining":1,"dailyCreditsLimit":10}"#)
        let script = Script([told, .json(#"{"cap":1}"#), .status(429)])
        let client = script.client()
        _ = try await client.credits()
        _ = try await client.overview()

        let error = await failure { () throws(UpstreamError) in try await client.overview() }

        #expect(error?.kind == .outOfCredits && script.requests.count == 3 && script.time.waits.isEmpty)
        #expect(error?.description.contains("00:00 UTC") == true)
    }

    // MARK: Repeats

    @Test("faults are repeated after growing waits, three times")
    func repeats() async {
        let script = Script([.status(503)])

        let error = await failure { () throws(UpstreamError) in try await script.client(random: 0.5).overview() }

        #expect(error?.kind == .server(status: 503, "d") && script.requests.count == 4)
        #expect(script.time.waits == [.seconds(1), .seconds(2), .seconds(4)])
        let attempts = script.events.compactMap { event in
            if case .retry("/overview", let attempt, let wait, let reason) = event {
                "\(attempt) \(wait.text) \(reason)"
            } else {
                nil
            }
        }
        #expect(attempts.count == 3 && attempts.first?.hasPrefix("1 1 s fault of the service (503)") == true)
    }

    @Test("an answer after faults is an answer")
    func recovers() async throws {
        let script = Script([.failure(.connect), .status(500), .status(429, ["Retry-After": "7"]), .json(creditsText)])

        let credits = try await script.client(random: 0.5).credits()

        #expect(credits.value.remaining == 9_995)
        #expect(script.time.waits == [.seconds(1), .seconds(2), .seconds(7)])
    }

    @Test("a wait until a date is reckoned from the service's own clock")
    func retryAfterDate() async throws {
        // The service's clock is an hour behind ours.
        let headers = ["Date": "Thu, 09 Oct 2025 07:53:20 GMT", "Retry-After": "Thu, 09 Oct 2025 07:53:50 GMT"]
        let script = Script([.status(503, headers), .json(creditsText)])

        _ = try await script.client().credits()

        #expect(script.time.waits == [.seconds(30)])
    }

    @Test("a service that asks for more than a minute is left alone")
    func longRetryAfter() async {
        let script = Script([.status(429, ["Retry-After": "3600"])])

        let error = await failure { () throws(UpstreamError) in try await script.client().overview() }

        #expect(error?.kind == .rateLimited(after: .seconds(3_600)) && error?.endsSweep == true)
        #expect(script.requests.count == 1 && script.time.waits.isEmpty)
    }

    @Test("what will be refused again is sent once", arguments: [400, 401, 403, 404, 405, 418])
    func refusals(status: Int) async {
        let script = Script([.status(status)])

        let error = await failure { () throws(UpstreamError) in try await script.client().coin("BTC") }

        #expect(error != nil && script.requests.count == 1 && script.time.waits.isEmpty)
        #expect(error?.endpoint == "/coins/single")
    }

    @Test("a slow upstream costs no more than the call's deadline")
    func deadline() async {
        let script = Script([.slow(.seconds(1_000), .timeout)])
        let begun = script.time.timing.uptime()

        let error = await failure { () throws(UpstreamError) in try await script.client(random: 0.9).overview() }

        #expect(error?.kind == .network(.timeout, "the test says so"))
        #expect(script.requests.map(\.deadline).first == .seconds(30))
        #expect(script.requests.allSatisfy { $0.deadline <= .seconds(30) })
        #expect(script.time.timing.uptime() - begun <= .seconds(90))
    }

    @Test("under a fast test clock requests keep their real deadlines")
    func fastClock() async {
        let script = Script([.status(500)])
        var timing = script.time.timing
        timing.speed = 1_000
        let client = LiveCoinWatch(
            LiveCoinWatch.Configuration(key: Secret("k")), timing: timing, random: { 0.9 }, observe: { _ in },
            send: { request in
                // Ten real seconds are hours of this clock.
                script.time.advance(by: .seconds(10_000))
                return try script.send(request)
            })

        let error = await failure { () throws(UpstreamError) in try await client.overview() }

        #expect(error?.kind == .server(status: 500, "d"))
        #expect(script.requests.map(\.deadline).allSatisfy { $0 == .seconds(30) } && script.requests.count == 4)
    }

    @Test("calls at the same time are all answered, paced and counted")
    func manyAtOnce() async {
        let script = Script([.json(creditsText)])
        let client = script.client()

        let answered = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { (try? await client.credits()) != nil } }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }

        #expect(answered == 50 && client.requestsMade == 50 && script.requests.count == 50)
        #expect(script.time.waits.count <= 40)
    }

    @Test("a cancelled call ends at once, whether it waits or is under way")
    func cancelled() async {
        let underWay = Script([.cancelled])
        let error = await failure { () throws(UpstreamError) in try await underWay.client().overview() }
        #expect(error?.kind == .cancelled && underWay.requests.count == 1)

        let waiting = Script([.status(500)])
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await failure { () throws(UpstreamError) in try await waiting.client().overview() }
        }
        #expect(await task.value?.kind == .cancelled)
        #expect(waiting.requests.count == 1 && waiting.time.waits.isEmpty)
    }

    // MARK: Pace and breaker

    @Test("requests go out no faster than allowed")
    func pace() async throws {
        let script = Script([.json(creditsText)])
        let client = script.client { $0.requestsPerMinute = 30 }

        for _ in 0..<8 { _ = try await client.credits() }

        #expect(script.time.waits == Array(repeating: .seconds(2), count: 3))
        let waits = script.events.filter { if case .waiting = $0 { true } else { false } }
        #expect(waits.count == 3)
    }

    @Test("after five failures in a row the service is left alone, then tried once")
    func breaker() async throws {
        let script = Script([
            .status(500), .status(500), .status(500), .status(500), .status(500), .json(creditsText),
        ])
        let client = script.client()

        let first = await failure { () throws(UpstreamError) in try await client.credits() }
        let second = await failure { () throws(UpstreamError) in try await client.credits() }
        let third = await failure { () throws(UpstreamError) in try await client.credits() }

        // The fifth failure opens it and is told as what it is; only then calls are refused unsent.
        #expect(first?.kind == .server(status: 500, "d") && second?.kind == .server(status: 500, "d"))
        guard case .breakerOpen(let after, let last)? = third?.kind else {
            Issue.record("\(String(describing: third))")
            return
        }
        #expect(after == .seconds(60) && last == "fault of the service (500)" && script.requests.count == 5)

        script.time.advance(by: .seconds(60))
        #expect(try await client.credits().value.remaining == 9_995)
        let changes = script.events.filter {
            switch $0 {
            case .breakerOpened, .breakerClosed: true
            default: false
            }
        }
        #expect(
            changes == [.breakerOpened(duration: .seconds(60), reason: "fault of the service (500)"), .breakerClosed])
    }

    @Test("a wait that the service asks for holds for the next call too")
    func ban() async throws {
        let script = Script([.status(503, ["Retry-After": "3600"]), .json(creditsText)])
        let client = script.client()

        let first = await failure { () throws(UpstreamError) in try await client.overview() }
        let second = await failure { () throws(UpstreamError) in try await client.credits() }
        script.time.advance(by: .seconds(3_550))
        let third = try await client.credits()

        #expect(first?.kind == .server(status: 503, "d"))
        #expect(second?.kind == .toldToWait(.seconds(3_600)) && second?.endsSweep == true)
        // The last 50 seconds were waited for.
        #expect(third.value.remaining == 9_995 && script.time.waits == [.seconds(50)])
        #expect(script.requests.count == 2)
    }

    @Test("a sweep ends when it is asked too often")
    func rateLimitedSweep() async {
        let script = Script([.status(429)])

        let sweep = await script.client().sweep(coins: 1_000)

        #expect(sweep.failures.count == 1 && script.requests.count == 4)
    }

    @Test("refusals of single requests never open the breaker", arguments: [400, 404, 429])
    func refusalsDoNotOpen(status: Int) async {
        let script = Script([.status(status)])
        let client = script.client()

        for _ in 0..<10 { _ = await failure { () throws(UpstreamError) in try await client.coin("X") } }

        #expect(script.requests.count == (status == 429 ? 40 : 10))
    }

    @Test("a wrong key opens the breaker and stays named")
    func wrongKey() async {
        let script = Script([.status(401)])
        let client = script.client()

        for _ in 0..<5 { _ = await failure { () throws(UpstreamError) in try await client.credits() } }
        let error = await failure { () throws(UpstreamError) in try await client.credits() }

        #expect(script.requests.count == 5 && error?.description.contains("unauthorized (401)") == true)
    }

    @Test("no event and no error shows the key")
    func secrecy() async {
        let key = "planted-key-0123456789"
        let script = Script([
            .reply(401, [:], #"{"error":{"code":401,"description":"\#(key)"}}"#), .reply(200, [:], key),
            .reply(500, [:], key), .json(#"[{"code":"A","rate":"\#(key)"}]"#),
        ])
        let client = script.client()

        var output = ""
        for _ in 0..<4 {
            let error = await failure { () throws(UpstreamError) in try await client.coinsPage(offset: 0, limit: 1) }
            output += "\(String(describing: error)) \(String(reflecting: error)) "
        }
        dump(script.events, to: &output)
        dump(script.requests, to: &output)

        #expect(!output.contains("planted"))
    }
}
