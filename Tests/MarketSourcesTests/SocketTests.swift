import CoinlineBase
import CoinlineHTTP
import HTTPServer
import MarketData
import TestKit
import Testing

@testable import MarketSources

/// What an upstream was asked.
private struct Seen: Sendable {
    let line: String
    let key: String?
    let agent: String?
    let body: String
}

/// Answers in the order of the test, the last one for ever.
private final class Answers: Sendable {
    private struct State {
        var answers: [ServerResponse]
        var seen: [Seen] = []
    }

    private let state: Locked<State>

    init(_ answers: [ServerResponse]) {
        state = Locked(State(answers: answers))
    }

    var seen: [Seen] { state.withLock { $0.seen } }

    func answer(_ request: ServerRequest) async -> ServerResponse {
        let body = (try? await request.body.collect()) ?? []
        let seen = Seen(
            line: "\(request.method) \(request.path)", key: request.header("x-api-key"),
            agent: request.header("User-Agent"), body: String(decoding: body, as: UTF8.self))
        return state.withLock { state in
            state.seen.append(seen)
            return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
        }
    }
}

/// A Live Coin Watch on a real socket.
private final class SocketUpstream: Sendable {
    private let answers: Answers
    let server: HTTPServer
    private let http: HTTPClient
    let time = ManualTiming(start: start, isAdvancing: true)

    init(_ responses: [ServerResponse], host: String = "127.0.0.1") throws {
        let answers = Answers(responses)
        var configuration = ServerConfiguration()
        configuration.address = .tcp(host: host, port: 0)
        server = try HTTPServer(configuration) { request in await answers.answer(request) }
        self.answers = answers
        http = try HTTPClient()
    }

    var seen: [Seen] { answers.seen }

    /// Waits between attempts pass at once; requests have real deadlines.
    func client(_ change: (inout LiveCoinWatch.Configuration) -> Void = { _ in }) -> LiveCoinWatch {
        var configuration = LiveCoinWatch.Configuration(key: Secret("planted-key-0123456789"))
        configuration.baseURL = server.baseURL
        change(&configuration)
        return LiveCoinWatch(configuration, timing: time.timing, http: http, random: { 0.5 })
    }

    func stop() async {
        http.close()
        await server.stop(grace: .seconds(1))
    }
}

private func with<Value>(
    _ answers: [ServerResponse], _ body: (SocketUpstream) async throws -> Value
) async throws -> Value {
    let upstream = try SocketUpstream(answers)
    do {
        let value = try await body(upstream)
        await upstream.stop()
        return value
    } catch {
        await upstream.stop()
        throw error
    }
}

private func json(_ text: String, status: Int = 200) -> ServerResponse {
    .json(Array(text.utf8), status: status)
}

private func error(_ code: Int, status: Int? = nil, retryAfter: String? = nil) -> ServerResponse {
    var response = json(#"{"error":{"code":\#(code),"status":"s","description":"d"}}"#, status: status ?? code)
    if let retryAfter { response.headers.append(("Retry-After", retryAfter)) }
    return response
}

private let credits = json(#"{"dailyCreditsRemaining":9995,"dailyCreditsLimit":10000}"#)

@Suite("Live Coin Watch over real sockets")
struct SocketTests {
    @Test("a call arrives as a POST with key and body, and its answer as data")
    func call() async throws {
        try await with([json(#"[{"code":"BTC","name":"🚀, =","rate":1e-12}]"#)]) { upstream in
            let page = try await upstream.client { $0.userAgent = "coinline/1.2" }.coinsPage(offset: 0, limit: 1)

            #expect(page.value.first?.rate == 1e-12 && page.value.first?.name == "🚀, =")
            #expect(page.upstreamDate != nil && !page.isSimulated)
            let seen = try #require(upstream.seen.first)
            #expect(seen.line == "POST /coins/list" && seen.key == "planted-key-0123456789")
            #expect(seen.agent == "coinline/1.2")
            #expect(
                seen.body == #"{"currency":"USD","sort":"rank","order":"ascending","offset":0,"limit":1,"meta":true}"#)
        }
    }

    @Test("the status is asked without the key")
    func status() async throws {
        try await with([json("{}")]) { upstream in
            _ = try await upstream.client().status()

            #expect(upstream.seen.map(\.line) == ["POST /status"] && upstream.seen.allSatisfy { $0.key == nil })
        }
    }

    @Test("a wrong key is told and not tried again")
    func unauthorized() async throws {
        try await with([error(401)]) { upstream in
            let client = upstream.client()
            let error = await failure { () throws(UpstreamError) in try await client.credits() }

            #expect(error?.kind == .unauthorized("d") && upstream.seen.count == 1)
            #expect(error?.description.hasPrefix("LCW_API_KEY was refused") == true)
            #expect(error?.description.contains("planted") == false)
        }
    }

    @Test("429 is waited out, with and without a wait asked for")
    func rateLimited() async throws {
        try await with([error(429), error(429, retryAfter: "5"), credits]) { upstream in
            _ = try await upstream.client().credits()

            #expect(upstream.seen.count == 3 && upstream.time.waits == [.seconds(1), .seconds(5)])
        }
    }

    @Test("a burst of faults is survived")
    func burst() async throws {
        try await with([error(500), error(502), error(503), credits]) { upstream in
            let fetched = try await upstream.client().credits()

            #expect(fetched.value.remaining == 9_995 && upstream.seen.count == 4)
        }
    }

    @Test("a fault that stays is told after four attempts")
    func storm() async throws {
        try await with([error(500)]) { upstream in
            let client = upstream.client()
            let error = await failure { () throws(UpstreamError) in try await client.credits() }

            #expect(error?.kind == .server(status: 500, "d") && upstream.seen.count == 4)
        }
    }

    @Test("a proxy's page under 200 is recognised")
    func page() async throws {
        let page = ServerResponse(
            200, headers: [("Content-Type", "text/html")], body: .bytes(Array("<html><body>Hello</body>".utf8)))
        try await with([page]) { upstream in
            let client = upstream.client()
            let error = await failure { () throws(UpstreamError) in try await client.overview() }

            #expect(error?.kind == .notJSON(status: 200, prefix: "<html><body>Hello</body>"))
        }
    }

    @Test("an error under 200 is an error")
    func errorUnder200() async throws {
        try await with([error(401, status: 200)]) { upstream in
            let client = upstream.client()
            let error = await failure { () throws(UpstreamError) in try await client.overview() }

            #expect(error?.kind == .unauthorized("d"))
        }
    }

    @Test("a redirect is not followed, and the key goes nowhere else")
    func redirect() async throws {
        try await with([credits]) { other in
            let response = ServerResponse(302, headers: [("Location", other.server.baseURL + "/credits")])
            try await with([response]) { upstream in
                let client = upstream.client()
                let error = await failure { () throws(UpstreamError) in try await client.credits() }

                #expect(error?.kind == .unexpected(status: 302) && other.seen.isEmpty)
            }
        }
    }

    @Test("a body that ends too early is tried again")
    func truncated() async throws {
        let truncated = ServerResponse(
            200,
            body: .stream(length: 1_000) { writer in
                _ = await writer.write(Array(#"{"dailyCreditsRemaining":1"#.utf8))
                writer.abort()
            })
        try await with([truncated, credits]) { upstream in
            let fetched = try await upstream.client().credits()

            #expect(fetched.value.remaining == 9_995 && upstream.seen.count == 2)
        }
    }

    @Test("JSON that ends too early in a whole answer is an error")
    func damaged() async throws {
        try await with([json(#"{"dailyCreditsRemaining":1"#)]) { upstream in
            let client = upstream.client()
            let error = await failure { () throws(UpstreamError) in try await client.credits() }

            guard case .malformed? = error?.kind else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(upstream.seen.count == 1)
        }
    }

    @Test("a dropped connection is tried again")
    func dropped() async throws {
        try await with([ServerResponse(body: .drop), credits]) { upstream in
            let fetched = try await upstream.client().credits()

            #expect(fetched.value.remaining == 9_995)
        }
    }

    @Test("a server that never ends its answer costs the deadline and no more", .timeLimit(.minutes(8)))
    func slow() async throws {
        let slow = ServerResponse(
            200,
            body: .stream(length: nil) { writer in
                // Until the client has gone.
                while await writer.write([UInt8(ascii: " ")]) { try? await Task.sleep(for: .milliseconds(20)) }
            })
        try await with([slow]) { upstream in
            let client = upstream.client { $0.requestDeadline = .milliseconds(150) }
            let error = await failure { () throws(UpstreamError) in try await client.overview() }

            guard case .network(.timeout, let detail)? = error?.kind else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(detail.hasSuffix(" within 150 ms"), "\(detail)")
        }
    }

    @Test("an upstream that is not there is told with its setting")
    func refused() async throws {
        // Where no other test listens: nobody takes the port when it is free.
        let upstream = try SocketUpstream([credits], host: "127.0.0.4")
        let client = upstream.client()
        await upstream.server.stop(grace: .zero)

        let error = await failure { () throws(UpstreamError) in try await client.credits() }

        guard case .network(.connect, _)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("LCW_BASE_URL") == true && client.requestsMade == 0)
        await upstream.stop()
    }

    @Test("a cancelled task ends its call at once")
    func cancelled() async throws {
        let endless = ServerResponse(
            200,
            body: .stream(length: nil) { writer in
                while await writer.write([UInt8(ascii: " ")]) { try? await Task.sleep(for: .milliseconds(20)) }
            })
        try await with([endless]) { upstream in
            let client = upstream.client()
            let call = Task { await failure { () throws(UpstreamError) in try await client.overview() } }
            while upstream.seen.isEmpty { await Task.yield() }

            call.cancel()

            #expect(await call.value?.kind == .cancelled)
        }
    }
}
